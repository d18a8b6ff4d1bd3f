"""The shape of every file under `cards/`; refuses to know whether the content makes sense."""

from typing import Annotated, Literal

from msgspec import Meta, field

from cds_service.core.declaration import Declaration
from cds_service.core.vocabulary import CodeSystem

UNREVIEWED = "?"


class File(Declaration, frozen=True):
    """The base of all shapes that are not what the service uses."""


Version = Annotated[str, Meta(pattern=r"^\d+\.\d+\.\d+$(?#a version such as 1.2.0)")]
Filled = Annotated[tuple[str, ...], Meta(min_length=1)]


class OverrideReasonsFile(File, frozen=True):
    """override-reasons.yaml."""

    system: str
    source: str
    codes: list[str]


class WordsFile(File, frozen=True):
    """words.<language>.yaml."""

    language: str
    months: list[str]
    dates: dict[str, str]
    units: dict[str, list[str]]
    hips: dict[str, str]
    choices: dict[str, dict[str, str]]
    phrases: dict[str, str]
    notes: dict[str, dict[str, str]]
    override_reasons: dict[str, str]
    numerals: list[str]
    code_title: str = "{label} ({system} {code})"
    code_labels: dict[str, str] = field(default_factory=dict)


class ConceptFile(File, frozen=True):
    """A code of a value set with our own label; `?` is what a proposal leaves to the reviewer."""

    code: str
    display: str
    laterality: Literal["right", "left", "bilateral", "?"] | None = None
    precision: Literal["head", "femur", "broader", "?"] | None = None
    role: str | None = None
    site_group: str | None = None
    match_prefix: bool = False
    note: str | None = None


class FilterFile(File, frozen=True):
    """A filter of ValueSet.compose.include."""

    property: str
    op: Literal["=", "is-a", "descendent-of", "regex"]
    value: str


class ExpandFromFile(File, frozen=True):
    """What a terminology server expands to the codes of an include: an ECL or a filter."""

    source: str
    ecl: str | None = None
    filter: FilterFile | None = None


class IncludeFile(File, frozen=True):
    """The codes of one system, with where they were verified and how they are defined."""

    system: str
    source: str
    concept: list[ConceptFile]
    expand_from: tuple[ExpandFromFile, ...] = ()


class ComposeFile(File, frozen=True):
    """ValueSet.compose."""

    include: list[IncludeFile]


class ValueSetFile(File, frozen=True):
    """value-sets/*.yaml, FHIR ValueSet element names."""

    id: str
    version: str
    status: Literal["draft", "active"]
    title: str
    description: str
    copyright: str
    compose: ComposeFile


class SystemsFile(File, frozen=True):
    """value-sets/systems.yaml."""

    systems: list[CodeSystem]
