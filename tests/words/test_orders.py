"""What the words of orders say, by the rows of two tables; each phrase is needed by one.

A row of `orders.csv` is an order's name, a note of it or the name of a drug, as EHRs hold them;
those of `order-phrases.csv` are there for one phrase each.
"""

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import NamedTuple

import pytest

from cds_service.content.terms.topics import load_text_patterns
from cds_service.core.knowledge import Knowledge
from cds_service.core.record import OrderKind
from cds_service.core.words.lexicon import Lexicon
from cds_service.core.words.studies import HIPS, PELVIS, Imaged, imaged
from cds_service.core.words.topics import TextPattern, is_named, is_ruled_out
from cds_service.fhir.reader import Reader
from cds_service.fhir.shapes.resources import Resource
from tests.conftest import SHIPPED_CARDS
from tests.words.needed import unneeded
from tests.words.tables import lines_of, side_of

KINDS: Mapping[str, OrderKind] = {"name": "service", "note": "service", "drug": "medication"}


REVIEWS = {"film": HIPS | {PELVIS}, "mri": HIPS, "ct": HIPS}


class Row(NamedTuple):
    """A text, where it stands, the topics that it names, and for which hip."""

    text: str
    field: str
    names: str
    side: str


ORDERS = [Row(*line) for line in lines_of("orders.csv")]
ROWS = [*ORDERS, *(Row(*line) for line in lines_of("order-phrases.csv"))]
PATTERNS = load_text_patterns(SHIPPED_CARDS)
LEXICON = PATTERNS.lexicon({})
TOPICS = [topic.id for topic in PATTERNS.topics if topic.of != "condition"]


def test_an_order_names_what_it_is_for_and_which_hip(shipped: Knowledge) -> None:
    read_now = ((row, read(row, shipped)) for row in ROWS)
    otherwise = [f"{row} is read as {found}" for row, found in read_now if found != row]
    assert not otherwise, "\n".join(otherwise)


def read(row: Row, knowledge: Knowledge) -> Row:
    """Return what is read of an order; the side only where the row tells of one or of a topic."""
    reader, resource = Reader(knowledge, date(2026, 11, 22)), Resource()
    words: dict[str, list[str]] = {row.field: [row.text]}
    names, notes = ({}, words) if row.field == "note" else (words, {})
    topics = reader.topics(resource, KINDS[row.field], names, notes, is_coded=False)
    shown = imaged(reader.read(row.text)) if row.field == "name" else Imaged()
    is_imaging = shown.kind in REVIEWS and shown.region in REVIEWS[shown.kind]
    found = topics.named | topics.noted | ({"hip-imaging"} if is_imaging else set())
    said = shown.said if is_imaging else reader.side_in_words(resource, words)
    side = side_of(said) if row.names or row.side else ""
    return row._replace(names=" ".join(sorted(found)), side=side)


def test_the_table_is_long_and_a_third_of_it_names_nothing() -> None:
    assert len(ORDERS) >= 300
    assert len([row for row in ORDERS if not row.names]) * 3 >= len(ORDERS)


@pytest.mark.parametrize("topic", TOPICS)
def test_each_phrase_is_needed_by_a_row(topic: str) -> None:
    pattern, table = PATTERNS.patterns()[topic], PATTERNS.tables[topic]
    texts = (row.text for row in ROWS if _may_name(pattern, row))
    assert unneeded(topic, table, LEXICON, texts, partial(_is_read, pattern)) == []


def _may_name(pattern: TextPattern, row: Row) -> bool:
    is_kind = pattern.of in ("any", KINDS[row.field])
    return is_kind and (pattern.reads_notes or row.field != "note")


def _is_read(pattern: TextPattern, text: str, lexicon: Lexicon) -> bool:
    read = [lexicon.read(text)]
    return is_named(pattern, read) and not is_ruled_out(pattern, read)
