"""What texts say of stages and of collapse, by the rows of `stages.csv`; each phrase is needed."""

from typing import NamedTuple

import pytest

from cds_service.content.numbers import load_evidence
from cds_service.content.terms.staging import load_staging
from cds_service.content.terms.topics import load_text_patterns
from cds_service.core.record import Side
from cds_service.core.words.lexicon import Lexicon
from cds_service.core.words.stages.reading import read_stages
from cds_service.core.words.stages.staging import COLLAPSE, NUMBER, STAGING, WHOLE
from cds_service.core.words.stages.today import Said
from cds_service.core.words.tokens import LONGEST_TEXT
from tests.conftest import SHIPPED_CARDS
from tests.words.needed import unneeded
from tests.words.tables import lines_of


class Row(NamedTuple):
    """A text and what is read of each hip, and of a hip that it does not tell."""

    text: str
    right: str
    left: str
    unsided: str


def rows() -> list[Row]:
    """Return the table, in each cell what is read in the order of the alphabet."""
    return [
        Row(text, *(";".join(sorted(filter(None, cell.split(";")))) for cell in cells))
        for text, *cells in lines_of("stages.csv")
    ]


ROWS = rows()
PATTERNS = load_text_patterns(SHIPPED_CARDS)
STAGES = load_staging(SHIPPED_CARDS / "staging.yaml", SHIPPED_CARDS, load_evidence(SHIPPED_CARDS))
LEXICON = PATTERNS.lexicon({STAGING: STAGES.tables})
IN_WORDS = {"collapse": "collapse", "intact": "no collapse", "unread": "unread"}


def read(text: str, lexicon: Lexicon = LEXICON) -> Row:
    """Return what is read of a text, in the words of the table."""
    cells: dict[Side | None, set[str]] = {Side.RIGHT: set(), Side.LEFT: set(), None: set()}
    for said in read_stages(lexicon.read(text), STAGES):
        for side in said.hips.sides or (None,):
            cells[side].add(_written(said))
    return Row(text, *(";".join(sorted(cell)) for cell in cells.values()))


def _written(said: Said) -> str:
    if said.hips.is_open:
        return "unread"
    if said.stage:
        return said.stage.label
    return IN_WORDS.get(said.says, f"stage {said.number}")


def test_a_text_is_read_as_a_surgeon_does() -> None:
    otherwise = [f"{row} is read as {read(row.text)}" for row in ROWS if read(row.text) != row]
    assert not otherwise, "\n".join(otherwise)


def test_a_text_that_is_too_long_is_not_read() -> None:
    assert read(" " * (LONGEST_TEXT + 1)).unsided == "unread"


def test_the_table_is_long_enough_and_repeats_nothing() -> None:
    assert len({row.text for row in ROWS}) == len(ROWS) >= 300
    assert sum(not any(row[1:]) for row in ROWS) >= 100


# These matter where a value or Condition.stage stands alone: tests/fhir/test_stages.py.
ALONE = {"typed", "denial", "affirmation", "noAnswer"}


@pytest.mark.parametrize("family", [STAGING, COLLAPSE])
def test_each_phrase_is_needed_by_a_row(family: str) -> None:
    tables = {**PATTERNS.tables, STAGING: STAGES.tables}
    table = {
        label: phrases
        for label, phrases in tables[family].items()
        if label not in ALONE and not label.startswith((NUMBER, WHOLE))
    }
    assert unneeded(family, table, LEXICON, (row.text for row in ROWS), read) == []
