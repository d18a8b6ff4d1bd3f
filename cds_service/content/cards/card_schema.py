"""The shape of cards, their actions and their cases; refuses to know whether they make sense."""

from typing import Literal

from msgspec import field

from cds_service.content.files.schema import File, Version


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


class ActionFile(File, frozen=True):
    """actions/*.yaml: a FHIR resource with placeholders.

    An `update` sets the members of `resource` in each draft of its type that the fact `of` names,
    unless the draft has one of the members `notWith`; a `delete` takes those drafts out.
    """

    id: str
    resource: dict[str, object] = field(default_factory=dict)
    type: Literal["create", "update", "delete"] = "create"
    of: str | None = None
    not_with: tuple[str, ...] = ()


class VariantsFile(File, frozen=True):
    """The fact whose value picks the summary, with an indicator for each value."""

    by: str
    indicators: dict[str, Literal["info", "warning", "critical"]]


class OrderFile(File, frozen=True):
    """A suggestion: the action it creates and the lines that keep it back."""

    order: str
    unless: tuple[WhenNode, ...] = ()


class SourceFile(File, frozen=True):
    """The label of card.source and the evidence that it stands for."""

    label: str
    evidence: str


class CardFile(File, frozen=True):
    """The front matter of card.md."""

    id: str
    version: Version
    title: str
    priority: int
    source: SourceFile
    evidence: list[str]
    author: str
    population: str | None = None
    when: WhenNode | None = None
    indicator: Literal["info", "warning", "critical"] | None = None
    variants: VariantsFile | None = None
    data_notes: tuple[str, ...] = ()
    suggestions: tuple[OrderFile, ...] = ()
    links: tuple[str, ...] = ()


class PopulationFile(File, frozen=True):
    """Whom cards are about: a rule that they share."""

    id: str
    meaning: str
    when: WhenNode


class PopulationsFile(File, frozen=True):
    """populations.yaml."""

    populations: list[PopulationFile]


class TranslationFile(File, frozen=True):
    """The front matter of card.<language>.md."""

    id: str
    translates: str
    title: str
    source_label: str
    author: str


class CaseFile(File, frozen=True):
    """One proof of a card: facts of one hip and what must come of them.

    `offered` are the suggestions. `findings`, and `notes` on missing or doubtful data, are named
    `fact answer`.
    """

    name: str
    outcome: Literal["shown", "silent", "withheld"]
    facts: dict[str, str] = field(default_factory=dict)
    variant: str | None = None
    summary: dict[str, str] | None = None
    offered: list[str] | None = None
    findings: list[str] | None = None
    notes: list[str] | None = None


class CasesFile(File, frozen=True):
    """<card-id>/cases/*.yaml; `given` is what all its cases have otherwise than the patient."""

    cases: list[CaseFile]
    given: dict[str, str] = field(default_factory=dict)


class PatientFile(File, frozen=True):
    """cases/example-patient.yaml: the facts that every case begins with."""

    facts: dict[str, str]


class ScheduleCase(File, frozen=True):
    """One proof of the schedule."""

    name: str
    baseline: str
    last: str
    today: str
    status: Literal["notDue", "due", "overdue"]
    due: str
    progression: Literal["advanced"] | None = None


class ScheduleCasesFile(File, frozen=True):
    """schedules/cases/*.yaml."""

    cases: list[ScheduleCase]


class StatementFile(File, frozen=True):
    """One statement of the source text in our own words; `sentence` counts the text's sentences."""

    id: str
    sentence: int
    says: str


class StatementsFile(File, frozen=True):
    """statements.yaml: what the source text states; `evidence` is that text."""

    evidence: str
    statements: list[StatementFile]
