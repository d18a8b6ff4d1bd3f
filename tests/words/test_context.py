"""What the words around a finding say of it: context.csv, of which every trigger has need."""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import pytest
from msgspec.structs import replace

from cds_service.content.terms.topics import ContextFile, Patterns, load_text_patterns
from cds_service.core.words.lexicon import ANY_NUMBER, Lexicon
from cds_service.core.words.text import CONTEXT
from cds_service.core.words.tokens import DASHES, plain_text
from tests.conftest import SHIPPED_CARDS

FILE = Path(__file__).with_name("context.csv")


class Row(NamedTuple):
    """A text, a finding in it, and what the words around it say of it."""

    language: str
    text: str
    finding: str
    says: frozenset[str]


class Phrase(NamedTuple):
    """A phrase, as it is looked for in texts, and its row of triggers."""

    words: str
    squeezed: str
    row: int


def read_rows() -> list[Row]:
    """Return the rows of context.csv."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return [
            Row(one["language"], one["text"], one["finding"], frozenset(one["says"].split()))
            for one in csv.DictReader(file)
        ]


ROWS = read_rows()
FINDINGS = {row.finding: {row.finding: [row.finding]} for row in ROWS}


@pytest.fixture(scope="module")
def patterns() -> Patterns:
    """The tables as they are shipped, without those that say nothing of context."""
    shipped = load_text_patterns(SHIPPED_CARDS)
    terms = replace(shipped.sides, terms={})
    return replace(shipped, sides=terms, sites=terms, families=(), topics=())


@pytest.fixture(scope="module")
def lexicon(patterns: Patterns) -> Lexicon:
    """What reads the triggers, and the findings of the rows."""
    return patterns.lexicon(FINDINGS)


def is_read(row: Row, lexicon: Lexicon) -> bool:
    """Tell whether of the first such finding of a text is said what a row says."""
    return next(iter(lexicon.read(row.text).of(row.finding))).context == row.says


def test_what_is_said_of_a_finding(lexicon: Lexicon) -> None:
    otherwise = [f"{row.text} ({row.finding})" for row in ROWS if not is_read(row, lexicon)]
    assert not otherwise, "\n".join(otherwise)


def test_there_are_many_rows_of_each_language() -> None:
    count = Counter(row.language for row in ROWS)
    assert min(count["en"], count["zh"]) >= 200
    assert min(count["de"], count["ja"]) >= 40


def squeezed(text: str) -> str:
    """Return a text without what a phrase passes over: case, width, spaces, dashes, any number."""
    folded = re.sub(r"\d+", ANY_NUMBER, plain_text(text).casefold())
    return "".join(sign for sign in folded if not sign.isspace() and sign not in DASHES)


def phrases(context: ContextFile) -> Iterator[Phrase]:
    """Yield each phrase of each row of triggers."""
    for number, row in enumerate(context.triggers):
        for words in chain.from_iterable(row.phrases.values()):
            yield Phrase(words, squeezed(words), number)


def test_every_trigger_is_needed_by_a_row(patterns: Patterns, lexicon: Lexicon) -> None:
    listed = list(phrases(patterns.context))
    texts = [(row, squeezed(row.text)) for row in ROWS]
    held = {row: [one for one in listed if one.squeezed in text] for row, text in texts}

    def is_needed(phrase: Phrase) -> bool:
        """Tell whether a row that holds a phrase is read otherwise without it."""
        poorer = lexicon.without(CONTEXT, str(phrase.row), [phrase.words])
        return any(not is_read(row, poorer) for row, phrases in held.items() if phrase in phrases)

    assert [(one.words, one.row) for one in listed if not is_needed(one)] == []
