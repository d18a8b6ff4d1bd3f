"""The words of diagnoses and operations are read as an orthopaedic surgeon reads them.

`diagnoses.csv` holds a text a row with what must be read of it: which osteonecrosis or prosthesis
(`;` between several), of which hip, and whether it is there.
"""

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

import pytest

from cds_service.content.terms.topics import load_text_patterns
from cds_service.core.record import SIDES, Side
from cds_service.core.words.diagnoses.bound import COMPLAINT, OTHER_FINDING
from cds_service.core.words.diagnoses.reading import EntryFinding, read_words
from cds_service.core.words.diagnoses.sites import UNPLACED
from cds_service.core.words.lexicon import Lexicon
from cds_service.core.words.text import A_HIP, BESIDE_SIDES
from cds_service.core.words.topics import TextPattern, Topic
from tests.conftest import SHIPPED_CARDS
from tests.words.needed import unneeded
from tests.words.tables import lines_of, side_of

OWN = (Topic.FEMORAL_HEAD_MENTION, Topic.OTHER_OSTEONECROSIS, Topic.HIP_PROSTHESIS)
BESIDE = (OTHER_FINDING, COMPLAINT, UNPLACED)
# Osteonecrosis of the femur, or of pelvis and femur, does not say whether the head is meant.
UNPLACED = ({"femur"}, {"pelvis", "femur"}, set[str]())


class Read(NamedTuple):
    names: str
    side: str
    state: str


class Row(NamedTuple):
    text: str
    wanted: frozenset[Read]


def _rows() -> Iterator[Row]:
    for text, *columns in lines_of("diagnoses.csv"):
        parts = (column.split(";") for column in columns)
        wanted = frozenset(Read(*read) for read in zip(*parts, strict=True))
        yield Row(text, wanted - {Read("other", "", "")})


ROWS = tuple(_rows())
PATTERNS = load_text_patterns(SHIPPED_CARDS)
LEXICON = PATTERNS.lexicon({})
TOPICS = PATTERNS.patterns()


def read(text: str, lexicon: Lexicon, topics: dict[str, TextPattern]) -> frozenset[Read]:
    """Read a text; the osteonecrosis of a hip that it says is replaced is no more to be told."""
    words = read_words(lexicon.read(text), topics)
    replaced = [one for one in words.prostheses if one.state == "present"]
    gone = frozenset(side for hip in replaced for side in hip.said.sides)
    left = [one for one in words.necroses if not any(_is_of(one, hip) for hip in replaced)]
    left = [one for one in left if not one.sites & A_HIP or one.said.sides - gone or gone != SIDES]
    necroses = frozenset(Read(_named(one), _kept(one, gone), one.state) for one in left)
    hips = frozenset(Read("replaced", side_of(one.said), one.state) for one in words.prostheses)
    return _together(necroses | hips)


def _together(said: frozenset[Read]) -> frozenset[Read]:
    """Say `both` once of what is said of each hip in the same state."""
    sides: dict[tuple[str, str], set[str]] = {}
    for one in said:
        if one.names in {"femoral-head", "replaced"} and one.side not in {"", "open"}:
            sides.setdefault((one.names, one.state), set()).add(one.side)
    both = {key for key, named in sides.items() if len(named) > 1}
    own = {one for one in said if (one.names, one.state) not in both or one.side in {"", "open"}}
    return frozenset({*own, *(Read(names, "both", state) for names, state in both)})


def _is_of(necrosis: EntryFinding, hip: EntryFinding) -> bool:
    is_unsided = bool(necrosis.sites & A_HIP) and not necrosis.said.sides
    return is_unsided or (_named(necrosis) != "elsewhere" and hip.said == necrosis.said)


def _kept(necrosis: EntryFinding, gone: frozenset[Side]) -> str:
    """Return the side of an osteonecrosis without the hips that are replaced."""
    is_of_hip = bool(necrosis.sites & A_HIP)
    said = necrosis.said
    return side_of(said._replace(sides=said.sides - gone) if is_of_hip else said)


def _named(finding: EntryFinding) -> str:
    if finding.sites & A_HIP:
        return "femoral-head"
    return "no-site" if set(finding.sites) in UNPLACED else "elsewhere"


def test_an_entry_is_read_as_a_surgeon_does() -> None:
    read_now = ((row, read(row.text, LEXICON, TOPICS)) for row in ROWS)
    otherwise = [
        f"{row} is read as {sorted(found)}" for row, found in read_now if found != row.wanted
    ]
    assert not otherwise, "\n".join(otherwise)


@pytest.mark.parametrize("topic", sorted(OWN))
def test_each_phrase_is_needed_by_a_row(topic: str) -> None:
    said = {label: p for label, p in PATTERNS.tables[topic].items() if label.startswith("says")}
    read_now = partial(read, topics=TOPICS)
    assert unneeded(topic, said, LEXICON, (row.text for row in ROWS), read_now) == []


def test_each_phrase_beside_a_side_is_needed_by_a_row() -> None:
    beside = {label: PATTERNS.tables[BESIDE_SIDES][label] for label in BESIDE}
    # A lone "#" is a fracture here, and any number elsewhere.
    said = {label: [p for p in phrases if p != "#"] for label, phrases in beside.items()}
    read_now = partial(read, topics=TOPICS)
    assert unneeded(BESIDE_SIDES, said, LEXICON, (row.text for row in ROWS), read_now) == []
