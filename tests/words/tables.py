"""The tables of words, and how they write a side."""

import csv
from pathlib import Path

from cds_service.core.record import SIDES
from cds_service.core.words.sides.said import SidesSaid

FOLDER = Path(__file__).parent


def lines_of(name: str) -> list[list[str]]:
    """Return the lines of a table, without that of the names of its columns."""
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]


def side_of(said: SidesSaid) -> str:
    """Return a side in the words of the tables."""
    if said.is_open:
        return "open"
    return "both" if said.sides == SIDES else "".join(side.value for side in said.sides)
