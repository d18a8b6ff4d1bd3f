"""What the words of orders say, by the rows of two tables; each phrase is needed by one.

A row of `orders.csv` is an order's name, a note of it or the name of a drug, as EHRs hold them;
those of `order-phrases.csv` are there for one phrase each.
"""

import csv
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest

from cds_service.content.terms.topics import Patterns, load_text_patterns
from cds_service.core.knowledge import Knowledge
from cds_service.core.record import OrderKind
from cds_service.core.words.lexicon import CONTEXT, SIDE, SITE, Lexicon
from cds_service.core.words.sides import SidesSaid
from cds_service.core.words.studies import HIPS, PELVIS, Imaged, imaged
from cds_service.core.words.tokens import words_of
from cds_service.core.words.topics import TextPattern, is_named, is_ruled_out
from cds_service.fhir.reader import Reader
from cds_service.fhir.shapes.resources import Resource
from tests.conftest import SHIPPED_CARDS

FOLDER = Path(__file__).parent
KINDS: Mapping[str, OrderKind] = {"name": "service", "note": "service", "drug": "medication"}


REVIEWS = {"film": HIPS | {PELVIS}, "mri": HIPS, "ct": HIPS}


class Row(NamedTuple):
    """A text, where it stands, the topics that it names, and for which hip."""

    text: str
    field: str
    names: str
    side: str


def rows(name: str) -> list[Row]:
    """Return a table."""
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return [Row(*line) for line in list(csv.reader(file))[1:]]


ORDERS = rows("orders.csv")
ROWS = [*ORDERS, *rows("order-phrases.csv")]
PATTERNS = load_text_patterns(SHIPPED_CARDS)
TRIGGERS = PATTERNS.lexicon({}).triggers
TOPICS = [topic.id for topic in PATTERNS.topics if topic.of != "condition"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.text)
def test_an_order_names_what_it_is_for_and_which_hip(row: Row, shipped: Knowledge) -> None:
    reader, resource = Reader(shipped, date(2026, 11, 22)), Resource()
    words: dict[str, list[str]] = {row.field: [row.text]}
    names, notes = ({}, words) if row.field == "note" else (words, {})
    topics = reader.topics(resource, KINDS[row.field], names, notes, is_coded=False)
    shown = imaged(reader.read(row.text)) if row.field == "name" else Imaged()
    is_imaging = shown.kind in REVIEWS and shown.region in REVIEWS[shown.kind]
    found = topics.named | topics.noted | ({"hip-imaging"} if is_imaging else set())
    assert " ".join(sorted(found)) == row.names
    if row.names or row.side:
        said = shown.said if is_imaging else reader.side_in_words(resource, words)
        assert side_of(said) == row.side


def side_of(said: SidesSaid) -> str:
    """Return the side in the words of the table."""
    if said.is_open:
        return "open"
    return "both" if len(said.sides) > 1 else "".join(side.value for side in said.sides)


def test_the_table_is_long_and_a_third_of_it_names_nothing() -> None:
    assert len(ORDERS) >= 300
    assert len([row for row in ORDERS if not row.names]) * 3 >= len(ORDERS)


@pytest.mark.parametrize("topic", TOPICS)
def test_each_phrase_is_needed_by_a_row(topic: str) -> None:
    assert list(_idle(topic, PATTERNS)) == []


def _idle(topic: str, patterns: Patterns) -> Iterator[str]:
    """Yield each phrase of a topic without which every row is read as before."""
    pattern, table = patterns.patterns()[topic], patterns.tables[topic]
    texts = [row.text for row in ROWS if _may_name(pattern, row)]
    whole = _lexicon(patterns, topic, table)
    before = {text: _is_read(pattern, whole, text) for text in texts}
    for label, phrases in table.items():
        for phrase in phrases:
            poorer = {**table, label: [one for one in phrases if one != phrase]}
            without = _lexicon(patterns, topic, poorer)
            told = (text for text in texts if words_of(phrase)[0] in text.casefold())
            if all(_is_read(pattern, without, text) == before[text] for text in told):
                yield phrase


def _may_name(pattern: TextPattern, row: Row) -> bool:
    is_kind = pattern.of == KINDS[row.field]
    return is_kind and (pattern.reads_notes or row.field != "note")


def _is_read(pattern: TextPattern, lexicon: Lexicon, text: str) -> bool:
    read = [lexicon.read(text)]
    return is_named(pattern, read) and not is_ruled_out(pattern, read)


def _lexicon(patterns: Patterns, topic: str, table: Mapping[str, list[str]]) -> Lexicon:
    shared = {name: patterns.tables[name] for name in (CONTEXT, SIDE, SITE)}
    return Lexicon({**shared, topic: table}, TRIGGERS, patterns.context.abbreviations)
