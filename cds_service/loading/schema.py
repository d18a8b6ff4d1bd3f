"""The shape of every file under `cards/`; refuses to know whether the content makes sense."""

from typing import Literal

from msgspec import Struct, field


class File(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """The base of all shapes: a word that is not known is an error, never skipped."""


class WhenNode(File, frozen=True):
    """A line (`fact` with one operator) or a group (`all`, `any`, `none`)."""

    fact: str | None = None
    is_: str | list[str] | None = field(name="is", default=None)
    at_least: str | None = None
    below: str | None = None
    if_unknown: Literal["show"] | None = None
    all: "list[WhenNode] | None" = None
    any: "list[WhenNode] | None" = None
    none: "list[WhenNode] | None" = None


class FactFile(File, frozen=True):
    """One entry of facts.yaml."""

    name: str
    kind: Literal["choice", "quantity", "date", "period", "text"]
    meaning: str
    absence: str = ""
    choices: list[str] = []
    may_be: list[Literal["never", "unknown"]] = []
    read_from: list[str] = []


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


class PhaseFile(File, frozen=True):
    """A phase of the schedule; `until` and `interval` name parameters."""

    name: str
    interval: str
    until: str | None = None


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
    prefetch: dict[str, PrefetchFile]
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


class ConceptFile(File, frozen=True):
    """A code of a value set with our own label."""

    code: str
    display: str
    laterality: Literal["right", "left", "bilateral"] | None = None
    precision: Literal["head", "femur", "broader"] | None = None
    role: str | None = None
    site_group: str | None = None
    match_prefix: bool = False
    note: str | None = None


class IncludeFile(File, frozen=True):
    """The codes of one system, with where they were verified."""

    system: str
    source: str
    concept: list[ConceptFile]


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


class AlsoSentUnder(File, frozen=True):
    """Another system's URL under which codes of this one arrive, from this length on."""

    url: str
    from_characters: int


class SystemFile(File, frozen=True):
    """A code system."""

    url: str
    name: str
    copyright: str
    aliases: list[str] = []
    code_form: Literal["icd"] | None = None
    check_digit: Literal["verhoeff", "mod10"] | None = None
    post_coordination: str = ""
    also_sent_under: AlsoSentUnder | None = None


class SystemsFile(File, frozen=True):
    """value-sets/systems.yaml."""

    systems: list[SystemFile]


class ActionFile(File, frozen=True):
    """actions/*.yaml: a FHIR resource with placeholders."""

    id: str
    resource: dict[str, object]


class VariantsFile(File, frozen=True):
    """The fact whose value picks the summary, with an indicator for each value."""

    by: str
    indicators: dict[str, Literal["info", "warning", "critical"]]


class OrderFile(File, frozen=True):
    """A suggestion: the action it creates and the lines that keep it back."""

    order: str
    unless: list[WhenNode] = []


class SourceFile(File, frozen=True):
    """The label of card.source and the evidence that it stands for."""

    label: str
    evidence: str


class ApprovalFile(File, frozen=True):
    """The sign-off of a card."""

    author: str
    reviewers: list[str] = []
    approved_on: str | None = None
    digest: str | None = None


class CardFile(File, frozen=True):
    """The front matter of card.md."""

    id: str
    version: str
    status: Literal["draft", "active"]
    title: str
    priority: int
    when: WhenNode
    source: SourceFile
    evidence: list[str]
    approval: ApprovalFile
    indicator: Literal["info", "warning", "critical"] | None = None
    variants: VariantsFile | None = None
    data_notes: list[str] = []
    suggestions: list[OrderFile] = []
    links: list[str] = []


class TranslationFile(File, frozen=True):
    """The front matter of card.<language>.md."""

    id: str
    translates: str
    title: str
    source_label: str
    approval: ApprovalFile


class CaseFile(File, frozen=True):
    """One proof of a card: facts of one hip and what must come of them."""

    name: str
    facts: dict[str, str]
    outcome: Literal["shown", "silent", "withheld"]
    variant: str | None = None
    summary: dict[str, str] | None = None
    offered: list[str] | None = None


class CasesFile(File, frozen=True):
    """<card-id>/cases/*.yaml; `given` holds the facts that all its cases share."""

    given: dict[str, str]
    cases: list[CaseFile]


class ScheduleCase(File, frozen=True):
    """One proof of the schedule."""

    name: str
    baseline: str
    last: str
    today: str
    status: Literal["notDue", "due", "overdue"]
    due: str


class ScheduleCasesFile(File, frozen=True):
    """schedules/cases/*.yaml."""

    cases: list[ScheduleCase]
