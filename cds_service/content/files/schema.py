"""The shape of every file under `cards/`; refuses to know whether the content makes sense."""

from typing import Literal

from msgspec import field

from cds_service.core.declaration import Declaration
from cds_service.core.knowledge import PatientAttribute
from cds_service.core.vocabulary import CodeSystem

UNREVIEWED = "?"


class File(Declaration, frozen=True):
    """The base of all shapes that are not what the service uses."""


class FactFile(File, frozen=True):
    """One entry of facts.yaml."""

    name: str
    kind: Literal["choice", "quantity", "date", "period", "text"]
    meaning: str
    absence: str = ""
    choices: tuple[str, ...] = ()
    unit: str | None = None
    may_be: tuple[Literal["never", "unknown"], ...] = ()
    read_from: tuple[str, ...] = ()
    patient_attributes: tuple[PatientAttribute, ...] = ()
    value_sets: tuple[str, ...] = ()
    text_patterns: tuple[str, ...] = ()


class FactsFile(File, frozen=True):
    """facts.yaml."""

    facts: list[FactFile]


class ParameterFile(File, frozen=True):
    """A number with its evidence."""

    name: str
    value: str
    meaning: str
    evidence: str


class ParametersFile(File, frozen=True):
    """parameters.yaml."""

    parameters: list[ParameterFile]


class EvidenceItem(File, frozen=True):
    """A source."""

    id: str
    kind: Literal[
        "expert-opinion", "guideline", "study", "classification", "coding-rule", "site-policy"
    ]
    citation: str
    says: str
    url: str | None = None


class EvidenceFile(File, frozen=True):
    """evidence.yaml."""

    evidence: list[EvidenceItem]


class PublisherFile(File, frozen=True):
    """publisher.yaml."""

    developer: str
    funding: str


class PhaseFile(File, frozen=True):
    """A phase of the schedule; `until` and `interval` name parameters."""

    name: str
    interval: str
    until: str | None = None
    stable_only: bool = False


class ScheduleFile(File, frozen=True):
    """schedules/*.yaml."""

    id: str
    version: str
    status: Literal["draft", "active"]
    modalities: list[Literal["film", "mri", "ct", "nuclear"]]
    site_groups: list[str]
    phases: list[PhaseFile]
    window: str
    parameters: list[ParameterFile]


class PrefetchFile(File, frozen=True):
    """The key and the query of one resource type."""

    key: str
    query: str


class ServiceFile(File, frozen=True):
    """A CDS service."""

    id: str
    hook: Literal["patient-view", "order-select", "order-sign"]
    hook_version: str
    title: str
    description: str
    usage_requirements: str
    cards: list[str]


class ServicesFile(File, frozen=True):
    """services.yaml."""

    topic_system: str
    most_cards: int
    always_shown: tuple[str, ...]
    prefetch: dict[str, PrefetchFile]
    imaging_stand_ins: dict[str, str]
    services: list[ServiceFile]


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
