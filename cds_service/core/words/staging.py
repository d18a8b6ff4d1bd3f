"""The staging systems as content gives them, and one stage of one system."""

import dataclasses
from dataclasses import dataclass
from typing import Annotated, Literal, get_args

from msgspec import Meta, field

from cds_service.core.declaration import Declaration
from cds_service.core.record import Side

StageGroup = Literal["filmNormal", "earlyChange", "collapsed"]
GROUPS: tuple[StageGroup, ...] = get_args(StageGroup)
# A list without words would match everywhere.
Phrases = Annotated[tuple[str, ...], Meta(min_length=1)]


class StageLevel(Declaration, frozen=True):
    """One stage of a system: how it is written, its group, and its sub-letters with theirs."""

    name: str = field(name="stage")
    group: StageGroup
    letters: dict[str, StageGroup] = field(default_factory=dict)
    letters_in_order: bool = False


class StagingSystem(Declaration, frozen=True, eq=False):
    """A staging system with its stages in order; `types` are no stages."""

    id: str
    name: str
    family: str
    names: Phrases
    stages: Annotated[tuple[StageLevel, ...], Meta(min_length=1)]
    evidence: Phrases
    types: tuple[str, ...] = ()
    needs_stage_word: bool = field(name="stageWordNeeded", default=False)
    letters_say_nothing: bool = False


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a named system; `letter` is empty where none was given or it says nothing."""

    system: StagingSystem
    level: StageLevel = dataclasses.field(compare=False)
    number: int
    letter: str = ""

    @property
    def group(self) -> StageGroup:
        return self.level.letters.get(self.letter, self.level.group)

    @property
    def rank(self) -> int:
        """The place of the group among `GROUPS`."""
        return GROUPS.index(self.group)

    @property
    def label(self) -> str:
        """The stage with its system, such as `ARCO 2019 IIIA`."""
        return f"{self.system.name} {self.level.name}{self.letter}"


@dataclass(frozen=True, slots=True)
class SidedStage:
    """A stage, and the hips that the text says it of; no side where it does not say."""

    stage: Stage
    sides: frozenset[Side]


class SideWords(Declaration, frozen=True):
    """The words for a side."""

    both: Phrases
    right: Phrases
    left: Phrases


class Wording(Declaration, frozen=True):
    """How stages are worded; the place of a row in `numerals` is the number that it spells."""

    numerals: Annotated[tuple[tuple[str, ...], ...], Meta(min_length=1)]
    stage_words: Phrases
    suffixes: Phrases
    type_words: Phrases
    between: Phrases
    links: Phrases
    joins: Phrases
    units: Phrases
    doubts: Phrases
    abbreviations: Phrases
    sides: SideWords
    hip_words: Phrases
    other_sites: Phrases


def compare(earlier: Stage, later: Stage) -> int | None:
    """Return 1 where the later stage is worse, 0 where it is the same, -1 where it is milder.

    None where the two cannot be compared: another family, or a letter that matters is lacking.
    Two systems of one family are compared by their numbers alone.
    """
    if earlier.system.family != later.system.family:
        return None
    if earlier.number != later.number:
        return 1 if later.number > earlier.number else -1
    letters = (earlier.letter, later.letter)
    if earlier.system != later.system or not later.level.letters_in_order:
        return 0
    if letters[0] == letters[1]:
        return 0
    if not all(letters):
        return None
    return 1 if letters[1] > letters[0] else -1
