"""What users read of a card in one language, as templates: facts and the hip are written later."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from msgspec import Struct

from cds_service.core.values import Absence, Value
from cds_service.hooks import Coding, Link, Source


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A place in a text where a fact, a parameter or the hip is written."""

    name: str
    otherwise: str | None


Template = tuple[str | Placeholder, ...]
Notes = Mapping[tuple[str, str], Template]
"""Sentences by fact and answer: each is said where the fact has that answer."""
Sentences = tuple[tuple[str, Mapping[Value, Template]], ...]
"""The same by fact, in the order in which a card says them, and then by answer."""
_ABSENCES: Mapping[str, Value] = {absence.value: absence for absence in Absence}


@dataclass(frozen=True, slots=True)
class SuggestionText:
    """What the user reads of a suggestion, in one language."""

    label: Template
    description: Template


@dataclass(frozen=True, slots=True)
class Spoken:
    """All that a card says of answers, its own notes and those that all cards share.

    `first` is what may void the card, `findings` stand above the advice, `below` below it.
    `unknown` are the facts of which it says that they are unknown.
    """

    first: Sentences
    findings: Sentences
    below: Sentences
    unknown: frozenset[str]


@dataclass(frozen=True, slots=True)
class CardText:
    """The words of one card in one language; `summary` up to `spoken` by variant.

    `detail` is lines of a list, and `trust` one line below it; `page` and `rationale` stand on the
    card's page alone. `notes` are the card's own and those that all cards share; `spoken` holds
    `findings` and `notes` as the card says them. `names` lists
    the facts that a variant writes: two hips that agree on them share a card. Parameters are
    written into the templates already; `parameters` names those that are.
    """

    title: str
    source_label: str
    summary: Mapping[str, Template]
    detail: Mapping[str, Template]
    findings: Mapping[str, Notes]
    notes: Mapping[str, Notes]
    spoken: Mapping[str, Spoken]
    trust: Template
    page: Template
    rationale: Template
    suggestions: Mapping[str, SuggestionText]
    names: Mapping[str, tuple[str, ...]]
    parameters: frozenset[str]

    @property
    def facts(self) -> frozenset[str]:
        """The facts that any variant writes."""
        return frozenset(name for names in self.names.values() for name in names)


class Frame(Struct, frozen=True):
    """What a card says whoever the patient is; `trust` stands below its list."""

    source: Source
    links: tuple[Link, ...]
    override_reasons: tuple[Coding, ...]
    trust: str


def in_turn(notes: Notes, facts: Collection[str]) -> Sentences:
    """Return notes, all on some facts, in the order of the facts."""
    said: dict[str, dict[Value, Template]] = {fact: {} for fact in facts}
    for (fact, answer), note in notes.items():
        said[fact][_ABSENCES.get(answer, answer)] = note
    return tuple((fact, answers) for fact, answers in said.items() if answers)
