"""staging.yaml -> the staging systems and how text words them."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, pairwise
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from cds_service.content.files.schema import File, Filled
from cds_service.content.files.strict_yaml import read_yaml
from cds_service.content.files.words import raise_all, twice, unknown, wrong
from cds_service.core.knowledge import Citation
from cds_service.core.record import GROUPS
from cds_service.core.words.stages.staging import (
    LETTERS,
    TERMS,
    StageLevel,
    Staging,
    StagingSystem,
    staging_of,
)
from cds_service.errors import KnowledgeError

Numerals = Annotated[tuple[Filled, ...], Meta(min_length=1)]


class StagingFile(File, frozen=True):
    """staging.yaml: the systems, how numbers are spelled, and words by what they mean."""

    systems: tuple[StagingSystem, ...]
    numerals: Numerals
    terms: dict[str, dict[str, Filled]]


def load_staging(path: Path, root: Path, evidence: Mapping[str, Citation]) -> Staging:
    """Read the staging systems; every stage can be spelled, every name stands for one system."""
    content = read_yaml(path, root, StagingFile)
    numbers = {word.upper(): n for n, row in enumerate(content.numerals) for word in row}
    terms = {label: _all(phrases) for label, phrases in content.terms.items()}
    raise_all(
        chain(
            twice((w for row in content.numerals for w in row), normal=str.upper),
            twice((item.id for item in content.systems), "system "),
            twice((n for item in content.systems for n in item.names), "the name ", _spelled),
            (
                wrong(phrases, f"the software reads no words for `{label}`")
                for label, phrases in content.terms.items()
                if label not in TERMS
            ),
            *(_wrong(item, numbers, evidence) for item in content.systems),
        )
    )
    return staging_of(content.systems, content.numerals, terms)


def _all(phrases: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(chain.from_iterable(phrases.values()))


def _spelled(name: str) -> str:
    return "".join(name.split()).casefold()


def _wrong(
    item: StagingSystem, numbers: Mapping[str, int], evidence: Mapping[str, Citation]
) -> Iterator[KnowledgeError]:
    yield from unknown(item.evidence, evidence, "`{}` is not in evidence.yaml")
    stages = [stage.name.upper() for stage in item.stages]
    places = [numbers[name] for name in stages if name in numbers]
    for stage, name in zip(item.stages, stages, strict=True):
        if name not in numbers:
            yield wrong(stage.name, f"`{stage.name}` is not among the `numerals`")
    if len(places) == len(stages):
        yield from _wrong_order(item.stages, places)
    for stage in item.stages:
        yield from _wrong_letters(stage)


def _wrong_order(stages: Iterable[StageLevel], places: list[int]) -> Iterator[KnowledgeError]:
    """A head that has collapsed keeps no earlier shape: groups only get worse."""
    for (above, before), (stage, place) in pairwise(zip(stages, places, strict=True)):
        if place <= before:
            yield wrong(stage.name, "the stages of a system stand in their order")
        if GROUPS.index(stage.group) < GROUPS.index(above.group):
            yield wrong(stage.name, "this group is milder than that of a stage before")


def _wrong_letters(stage: StageLevel) -> Iterator[KnowledgeError]:
    for letter, group in stage.letters.items():
        if letter not in (*LETTERS,):
            yield wrong(stage.name, "a letter is A, B, C or D")
        if GROUPS.index(group) < GROUPS.index(stage.group):
            yield wrong(stage.name, "a letter is not milder than its stage")
    if stage.letters_in_order and list(stage.letters) != sorted(stage.letters):
        yield wrong(stage.name, "the letters stand in their order")
