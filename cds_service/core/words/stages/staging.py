"""The staging systems as content gives them, and their stages by name and number."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta, field

from cds_service.core.declaration import Declaration
from cds_service.core.record import Stage, StageGroup
from cds_service.core.words.text import Span

STAGING = "staging"
"""The family of the phrases of `staging.yaml`; `SYSTEM` and `NUMBER` begin their labels."""
COLLAPSE = "collapse"
"""The family of the phrases of `text-patterns/collapse.yaml`."""
SHAPES = ("collapse", "flat", "broken")
"""The labels in it for whose sake an entry of any code is looked at."""
SYSTEM, NUMBER, VERSION, WHOLE = "system ", "number ", "version ", "whole "
MONTH = "month "
STAGE = "stage"
LETTERS = "ABCD"
TERMS = frozenset(
    {
        *(
            "stage",
            "suffix",
            "type",
            "typed",
            "between",
            "join",
            "to",
            "grown",
            "unit",
            "unsure",
            "vague",
        ),
        *("earlier", "was", "reported", "own", "then", "became", "now", "compare"),
        *("removed", "opened", "corrected", "copied", "retracted", "stale", "disputed"),
        *(
            "version 2019",
            "version 1994",
            "untold",
            "replaced",
            "gone",
            "reason",
            "wanted",
            "done",
            "operated",
        ),
        *("lesion", "general", "lesson", "bound", "advice"),
        *(f"month {number}" for number in range(1, 13)),
        *("disease", "other", "scale", "foreign", "nameless", "apart"),
        *("beside", "instead", "respectively", "right first", "left first", "extent"),
    }
)
"""The labels of the words around a stage; `staging.yaml` says what each means."""

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
class Staging:
    """The systems by id, their stages by system and number (`3A`), and how numbers are written."""

    systems: Mapping[str, StagingSystem]
    stages: Mapping[tuple[str, str], Stage]
    numerals: tuple[str, ...]
    tables: Mapping[str, tuple[str, ...]]


def is_kept(finding: Span) -> bool:
    """Tell whether words deny that a head has lost its shape, or say that it has kept it."""
    is_said = finding.label in {"round", "kept"}
    return finding.family == COLLAPSE and is_said is not ("negated" in finding.context)


def staging_of(
    systems: tuple[StagingSystem, ...],
    numerals: tuple[tuple[str, ...], ...],
    terms: Mapping[str, tuple[str, ...]],
) -> Staging:
    """Return the stages of some systems, with the phrases by which all of it is found."""
    numbers = {
        f"{NUMBER}{number}{letter}": tuple(f"{spelling} {letter}".strip() for spelling in row)
        + tuple(f"{spelling}{letter}" for spelling in row if letter and spelling.isascii())
        for number, row in enumerate(numerals)
        for letter in ("", *LETTERS)
    }
    names = {f"{SYSTEM}{system.id}": system.names for system in systems}
    # Without a space: `Arco3`.
    whole = {
        f"{WHOLE}{system.id} {number.removeprefix(NUMBER)}": tuple(
            f"{name}{spelling}"
            for name in system.names
            for spelling in spellings
            if name.isascii() and name.isalpha() and spelling.isascii() and " " not in spelling
        )
        for system in systems
        for number, spellings in numbers.items()
    } | {
        f"{WHOLE}{STAGE} {number.removeprefix(NUMBER)}": tuple(
            f"{STAGE}{one}" for one in spellings if one.isascii() and " " not in one
        )
        for number, spellings in numbers.items()
    }
    return Staging(
        systems={system.id: system for system in systems},
        stages={key: stage for one in systems for key, stage in _stages(one, numerals)},
        numerals=tuple(row[0] for row in numerals),
        tables={**names, **numbers, **whole, **terms},
    )


def _stages(
    system: StagingSystem, numerals: tuple[tuple[str, ...], ...]
) -> list[tuple[tuple[str, str], Stage]]:
    """Return the stages of a system, each by the system and its number with every letter."""
    places = {spelling: number for number, row in enumerate(numerals) for spelling in row}
    found = []
    for level in system.stages:
        number = places[level.name]
        for letter, group in {"": level.group, **level.letters}.items():
            said = "" if system.letters_say_nothing else letter
            stage = Stage(
                label=f"{system.name} {level.name}{said}",
                group=group,
                family=system.family,
                system=system.id,
                number=number,
                letter=said,
                letters_in_order=level.letters_in_order,
            )
            found.append(((system.id, f"{number}{letter}"), stage))
    return found
