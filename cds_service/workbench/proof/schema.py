"""The shape of the cases and statements, which the proof reads and the service does not."""

from typing import Literal

from msgspec import field

from cds_service.content.files.schema import File


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
    before: str | None = None
    restart: str | None = None
    shape: Literal["unclear"] | None = None


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
