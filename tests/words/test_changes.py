"""What texts say of bone beside a stage, by the rows of `changes.csv`; each phrase is needed."""

from typing import NamedTuple

from cds_service.content.terms.topics import load_text_patterns
from cds_service.core.record import Side
from cds_service.core.words.changes import CHANGES, Change, read_changes
from cds_service.core.words.lexicon import Lexicon
from tests.conftest import SHIPPED_CARDS
from tests.words.needed import unneeded
from tests.words.tables import lines_of


class Row(NamedTuple):
    """A text and what is said of each hip, and of a hip that it does not tell; `+` is more."""

    text: str
    right: str
    left: str
    unsided: str


ROWS = [Row(*line) for line in lines_of("changes.csv")]
PATTERNS = load_text_patterns(SHIPPED_CARDS)
LEXICON = PATTERNS.lexicon({})
IN_WORDS = {"largerLesion": "larger"}


def read(text: str, lexicon: Lexicon = LEXICON) -> Row:
    """Return what is read of a text, in the words of the table."""
    cells: dict[Side | None, set[str]] = {Side.RIGHT: set(), Side.LEFT: set(), None: set()}
    for change in read_changes(lexicon.read(text)):
        for side in change.said.sides or (None,):
            cells[side].add(_written(change))
    return Row(text, *(";".join(sorted(cell)) for cell in cells.values()))


def _written(change: Change) -> str:
    word = "open" if change.said.is_open else IN_WORDS.get(change.says, change.says)
    return f"{word}+" if change.is_more else word


def test_a_text_is_read_as_a_surgeon_does() -> None:
    otherwise = [f"{row} is read as {read(row.text)}" for row in ROWS if read(row.text) != row]
    assert not otherwise, "\n".join(otherwise)


def test_a_third_of_the_rows_says_nothing() -> None:
    assert len({row.text for row in ROWS}) == len(ROWS) >= 150
    assert sum(not any(row[1:]) for row in ROWS) * 3 >= len(ROWS)


def test_each_phrase_is_needed_by_a_row() -> None:
    texts = (row.text for row in ROWS)
    assert unneeded(CHANGES, PATTERNS.tables[CHANGES], LEXICON, texts, read) == []
