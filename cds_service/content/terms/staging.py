"""staging.yaml -> the staging systems and how text words them; refuses to read any text."""

from collections.abc import Mapping
from typing import Literal

from msgspec import field

from cds_service.content.files.schema import File
from cds_service.content.files.source import Document
from cds_service.core.knowledge import Citation
from cds_service.core.text.stage_patterns import make_patterns, numbers_of
from cds_service.core.text.staging import GROUPS, StageLevel, Staging, StagingSystem, Wording

StageGroup = Literal["filmNormal", "earlyChange", "collapsed"]
LETTERS = "ABCD"


class StageFile(File, frozen=True):
    """One stage of a system; `letters` are its sub-letters, each with its group."""

    stage: str
    group: StageGroup
    letters: dict[str, StageGroup] = field(default_factory=dict)
    letters_in_order: bool = False


class SystemFile(File, frozen=True):
    """A staging system."""

    id: str
    name: str
    family: str
    names: tuple[str, ...]
    stages: tuple[StageFile, ...]
    evidence: tuple[str, ...]
    types: tuple[str, ...] = ()
    stage_word_needed: bool = False
    letters_say_nothing: bool = False


class SidesFile(File, frozen=True):
    """The words for a side."""

    both: tuple[str, ...]
    right: tuple[str, ...]
    left: tuple[str, ...]


class WordingFile(File, frozen=True):
    """How stages are worded."""

    numerals: tuple[tuple[str, ...], ...]
    stage_words: tuple[str, ...]
    suffixes: tuple[str, ...]
    type_words: tuple[str, ...]
    between: tuple[str, ...]
    links: tuple[str, ...]
    joins: tuple[str, ...]
    units: tuple[str, ...]
    doubts: tuple[str, ...]
    abbreviations: tuple[str, ...]
    sides: SidesFile
    hip_words: tuple[str, ...]
    other_sites: tuple[str, ...]


class StagingFile(File, frozen=True):
    """staging.yaml."""

    systems: tuple[SystemFile, ...]
    wording: WordingFile


def load_staging(document: Document, evidence: Mapping[str, Citation]) -> Staging:
    """Read the staging systems; every stage can be spelled, every name stands for one system."""
    content = document.read_as(StagingFile)
    numbers = numbers_of(content.wording.numerals)
    _check_numerals(document, content.wording)
    _check_words(document, content.wording)
    systems: dict[str, StagingSystem] = {}
    for i, item in enumerate(content.systems):
        place = f"$.systems[{i}]"
        if item.id in systems:
            raise document.error(f"{place}.id", f"system `{item.id}` stands here twice")
        for j, name in enumerate(item.evidence):
            if name not in evidence:
                raise document.error(f"{place}.evidence[{j}]", f"`{name}` is not in evidence.yaml")
        systems[item.id] = _system(document, place, item, numbers)
    _check_names(document, content.systems)
    wording = _wording(content.wording)
    return Staging(systems, wording, make_patterns(systems, wording))


def _check_numerals(document: Document, wording: WordingFile) -> None:
    seen: set[str] = set()
    for number, row in enumerate(wording.numerals):
        for j, spelling in enumerate(row):
            if spelling.upper() in seen:
                place = f"$.wording.numerals[{number}][{j}]"
                raise document.error(place, f"`{spelling}` stands here twice")
            seen.add(spelling.upper())


def _check_words(document: Document, wording: WordingFile) -> None:
    """A list without words would match everywhere."""
    lists = {name: getattr(wording, name) for name in wording.__struct_fields__}
    sides = {f"sides.{name}": words for name, words in _sides(wording.sides).items()}
    for name, words in {**lists, **sides}.items():
        if not words:
            raise document.error(f"$.wording.{_camel(name)}", "this list has no words")


def _system(
    document: Document, place: str, item: SystemFile, numbers: Mapping[str, int]
) -> StagingSystem:
    levels: dict[int, StageLevel] = {}
    for i, stage in enumerate(item.stages):
        at = f"{place}.stages[{i}]"
        number = numbers.get(stage.stage.upper())
        if number is None:
            raise document.error(f"{at}.stage", f"`{stage.stage}` is not among the `numerals`")
        if number <= max(levels, default=-1):
            raise document.error(f"{at}.stage", "the stages of a system stand in their order")
        _check_groups(document, at, stage, levels)
        levels[number] = StageLevel(stage.stage, stage.group, stage.letters, stage.letters_in_order)
    if not levels or not item.names or not item.evidence:
        raise document.error(place, "a system has names, stages and evidence")
    return StagingSystem(
        id=item.id,
        name=item.name,
        family=item.family,
        names=item.names,
        levels=levels,
        types=item.types,
        needs_stage_word=item.stage_word_needed,
        letters_say_nothing=item.letters_say_nothing,
        evidence=item.evidence,
    )


def _check_groups(
    document: Document, place: str, stage: StageFile, levels: Mapping[int, StageLevel]
) -> None:
    """A head that has collapsed keeps no earlier shape: groups and letters only get worse."""
    before = [GROUPS.index(level.group) for level in levels.values()]
    groups = [GROUPS.index(group) for group in (stage.group, *stage.letters.values())]
    if groups[0] < max(before, default=0):
        raise document.error(f"{place}.group", "this group is milder than that of a stage before")
    if min(groups) < groups[0]:
        raise document.error(f"{place}.letters", "a letter is not milder than its stage")
    for letter in stage.letters:
        if len(letter) != 1 or letter not in LETTERS:
            raise document.error(f"{place}.letters.{letter}", "a letter is A, B, C or D")
    if stage.letters_in_order and list(stage.letters) != sorted(stage.letters):
        raise document.error(f"{place}.letters", "the letters stand in their order")


def _check_names(document: Document, systems: tuple[SystemFile, ...]) -> None:
    seen: set[str] = set()
    for i, item in enumerate(systems):
        for j, name in enumerate(item.names):
            spelled = "".join(name.split()).casefold()
            if spelled in seen:
                place = f"$.systems[{i}].names[{j}]"
                raise document.error(place, f"the name `{name}` stands here twice")
            seen.add(spelled)


def _wording(content: WordingFile) -> Wording:
    plain = {name: getattr(content, name) for name in content.__struct_fields__}
    return Wording(**{**plain, "sides": _sides(content.sides)})


def _sides(content: SidesFile) -> dict[str, tuple[str, ...]]:
    return {"both": content.both, "right": content.right, "left": content.left}


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)
