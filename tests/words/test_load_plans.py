"""What texts say of the load on a leg, by the rows of `load-plans.csv`; each phrase is needed."""

from typing import NamedTuple

from cds_service.content.terms.topics import load_text_patterns
from cds_service.core.words.lexicon import Lexicon
from cds_service.core.words.load_plan import LOAD_PLAN, read_load_plan
from tests.conftest import SHIPPED_CARDS
from tests.words.needed import unneeded
from tests.words.tables import lines_of


class Row(NamedTuple):
    """A text, how much weight it allows, and on what."""

    text: str
    load: str
    aid: str


ROWS = [Row(*line) for line in lines_of("load-plans.csv")]
PATTERNS = load_text_patterns(SHIPPED_CARDS)
LEXICON = PATTERNS.lexicon({})


def read(text: str, lexicon: Lexicon = LEXICON) -> Row:
    """Return what is read of a text, in the words of the table."""
    plan = read_load_plan([lexicon.read(text)])
    return Row(text, plan.load, plan.aid or "") if plan else Row(text, "", "")


def test_a_text_is_read_as_a_surgeon_does() -> None:
    otherwise = [f"{row} is read as {read(row.text)}" for row in ROWS if read(row.text) != row]
    assert not otherwise, "\n".join(otherwise)


def test_each_phrase_is_needed_by_a_row() -> None:
    texts = (row.text for row in ROWS)
    assert unneeded(LOAD_PLAN, PATTERNS.tables[LOAD_PLAN], LEXICON, texts, read) == []
