"""Where and on which side a text says, by `places.csv`: each phrase for a side or a site is needed.

What only names a disease, such as `Hüftkopfnekrose`, is no site here.
"""

import csv
from collections import Counter
from typing import NamedTuple

import pytest

from cds_service.content.terms.topics import load_text_patterns
from cds_service.core.words.lexicon import Lexicon
from cds_service.core.words.sides.whole import Sides
from cds_service.core.words.text import A_HIP, SIDE, SITE
from cds_service.core.words.tokens import words_of
from tests.conftest import SHIPPED_CARDS
from tests.words.needed import unneeded
from tests.words.tables import FOLDER, lines_of, side_of

PATTERNS = load_text_patterns(SHIPPED_CARDS)
LEXICON = PATTERNS.lexicon({})


class Row(NamedTuple):
    """A text, the sites that it names in their order, with `;` between, and its side."""

    text: str
    sites: str
    side: str


ROWS = [Row(*line) for line in lines_of("places.csv")]


def texts() -> set[str]:
    """Return the texts of all tables of words."""
    found: set[str] = set()
    for path in FOLDER.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            found.update(line["text"] for line in csv.DictReader(file))
    return found


def read(text: str, lexicon: Lexicon) -> Row:
    """Return what is read of a text, in the words of the table."""
    found = lexicon.read(text)
    sites = ";".join(span.label for span in found.of(SITE))
    return Row(text, sites, side_of(Sides(found).said))


def test_a_place_is_read_as_a_careful_reader_does() -> None:
    read_now = ((row, read(row.text, LEXICON)) for row in ROWS)
    otherwise = [f"{row} is read as {found}" for row, found in read_now if found != row]
    assert not otherwise, "\n".join(otherwise)


@pytest.mark.parametrize("family", [SIDE, SITE])
def test_each_phrase_for_a_place_is_needed_by_a_row(family: str) -> None:
    assert unneeded(family, PATTERNS.tables[family], LEXICON, texts(), _placed) == []


def _placed(text: str, lexicon: Lexicon) -> tuple[Row, object]:
    """Return what is read and where a side ends, a site begins and a hip ends.

    That tells which of them belong together.
    """
    found = lexicon.read(text)
    sides, sites = found.of(SIDE), found.of(SITE)
    hips = [site.end for site in sites if site.label in A_HIP]
    return read(text, lexicon), ([one.end for one in sides], [one.start for one in sites], hips)


@pytest.mark.parametrize("family", [SIDE, SITE])
def test_each_phrase_for_a_place_stands_once(family: str) -> None:
    """A second one would hide a misspelling of the first."""
    phrases = (words_of(one) for many in PATTERNS.tables[family].values() for one in many)
    assert [one for one, times in Counter(phrases).items() if times > 1] == []
