"""The words of diagnoses and operations are read as an orthopaedic surgeon reads them.

`diagnoses.csv` holds a text a row with what must be read of it: which osteonecrosis or prosthesis
(`;` between several), of which hip, and whether it is there.
"""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from msgspec.structs import replace

from cds_service.content.terms.topics import Patterns, TopicFile, load_text_patterns
from cds_service.core.record import SIDES
from cds_service.core.words.diagnoses import A_HIP, EntryFinding, read_words
from cds_service.core.words.lexicon import Lexicon
from cds_service.core.words.sides import SidesSaid
from cds_service.core.words.tokens import words_of
from cds_service.core.words.topics import TextPattern, Topic
from tests.conftest import SHIPPED_CARDS

OWN = (Topic.FEMORAL_HEAD_MENTION, Topic.OTHER_OSTEONECROSIS, Topic.HIP_PROSTHESIS)
# Less is read of these than a surgeon would: a plural, "R > L" and two hips name no side.
SAYS_LESS = (
    "AVN of right femoral head and left femoral head",
    "AVN right hip and left hip",
    "ONFH R > L",
    "Alcohol related osteonecrosis of hips",
    "Osteonecrosis of femoral heads",
    "No evidence of avascular necrosis of the femoral heads",
    "Negative for AVN of hips",
)
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
    with (Path(__file__).parent / "diagnoses.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            columns = (row[name].split(";") for name in ("names", "side", "state"))
            wanted = frozenset(Read(*read) for read in zip(*columns, strict=True))
            yield Row(row["text"], wanted - {Read("other", "", "")})


ROWS = tuple(_rows())
PATTERNS = load_text_patterns(SHIPPED_CARDS)
LEXICON = PATTERNS.lexicon({})
TOPICS = PATTERNS.patterns()


def read(text: str, lexicon: Lexicon, topics: dict[str, TextPattern]) -> frozenset[Read]:
    """Read a text; the osteonecrosis of a hip that it says is replaced is no more to be told."""
    words = read_words(lexicon.read(text), topics)
    replaced = [one for one in words.prostheses if one.state == "present"]
    left = (one for one in words.necroses if not any(_is_of(one, hip) for hip in replaced))
    necroses = frozenset(Read(_named(one), _side(one.said), one.state) for one in left)
    hips = frozenset(Read("replaced", _side(one.said), one.state) for one in words.prostheses)
    return necroses | hips


def _is_of(necrosis: EntryFinding, hip: EntryFinding) -> bool:
    return hip.said == necrosis.said or not necrosis.said.sides


def _named(finding: EntryFinding) -> str:
    if finding.sites & A_HIP:
        return "femoral-head"
    return "no-site" if set(finding.sites) in UNPLACED else "elsewhere"


def _side(said: SidesSaid) -> str:
    if said.is_open:
        return "open"
    return "both" if said.sides == SIDES else "".join(side.value for side in said.sides)


@pytest.mark.parametrize(
    "row", [r for r in ROWS if r.text not in SAYS_LESS], ids=lambda row: row.text
)
def test_an_entry_is_read_as_a_surgeon_does(row: Row) -> None:
    assert read(row.text, LEXICON, TOPICS) == row.wanted


@pytest.mark.parametrize("text", SAYS_LESS)
def test_no_side_is_read_where_less_is_understood(text: str) -> None:
    [found] = read(text, LEXICON, TOPICS)
    assert found.side in ("", "open")


def without_each() -> Iterator[tuple[str, str, Patterns]]:
    """Yield every phrase of the topics of diagnoses, with the patterns that lack it."""
    for place, topic in enumerate(PATTERNS.topics):
        for language, rules in topic.phrases.items() if topic.id in OWN else ():
            for at, rule in enumerate(rules):
                for phrase in rule.says:
                    poorer = replace(rule, says=tuple(one for one in rule.says if one != phrase))
                    changed = {language: (*rules[:at], poorer, *rules[at + 1 :])}
                    fewer = replace(topic, phrases=topic.phrases | changed)
                    yield topic.id, phrase, _with(place, fewer)


def _with(place: int, topic: TopicFile) -> Patterns:
    topics = PATTERNS.topics
    return replace(PATTERNS, topics=(*topics[:place], topic, *topics[place + 1 :]))


def test_each_phrase_is_needed_by_a_row() -> None:
    unneeded = []
    for topic, phrase, patterns in without_each():
        lexicon, topics = patterns.lexicon({}), patterns.patterns()
        rows = (row for row in ROWS if words_of(phrase)[0] in words_of(row.text))
        if all(read(r.text, lexicon, topics) == read(r.text, LEXICON, TOPICS) for r in rows):
            unneeded.append(f"{topic}: {phrase}")
    assert unneeded == []
