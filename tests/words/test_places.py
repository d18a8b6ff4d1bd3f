"""The sites of the body and the side that a text names, by `places.csv`.

What only names a disease, such as `Hüftkopfnekrose`, is no site here.
"""

import csv
from pathlib import Path
from typing import NamedTuple

from cds_service.content.terms.topics import load_text_patterns
from cds_service.core.record import SIDES
from cds_service.core.words.lexicon import SITE, Lexicon
from cds_service.core.words.sides import Sides
from tests.conftest import SHIPPED_CARDS

TABLE = Path(__file__).with_name("places.csv")
PATTERNS = load_text_patterns(SHIPPED_CARDS)
LEXICON = PATTERNS.lexicon({})


class Row(NamedTuple):
    """A text, the sites that it names in their order, with `;` between, and its side."""

    text: str
    sites: str
    side: str


def rows() -> list[Row]:
    """Return the table."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return [Row(*line) for line in list(csv.reader(file))[1:]]


def read(text: str, lexicon: Lexicon) -> Row:
    """Return what is read of a text, in the words of the table."""
    found = lexicon.read(text)
    said = Sides(found).said
    side = "both" if said.sides == SIDES else "".join(side.value for side in said.sides)
    sites = ";".join(span.label for span in found.of(SITE))
    return Row(text, sites, "open" if said.is_open else side)


def test_a_place_is_read_as_a_careful_reader_does() -> None:
    read_now = ((row, read(row.text, LEXICON)) for row in rows())
    otherwise = [f"{row} is read as {found}" for row, found in read_now if found != row]
    assert not otherwise, "\n".join(otherwise)
