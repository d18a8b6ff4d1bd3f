"""What users read of a card in one language, as templates: facts and the hip are written later."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A place in a text where a fact, a parameter or the hip is written."""

    name: str
    otherwise: str | None


Template = tuple[str | Placeholder, ...]
Notes = Mapping[tuple[str, str], Template]
"""Sentences by fact and answer: each is said where the fact has that answer."""


@dataclass(frozen=True, slots=True)
class SuggestionText:
    """What the user reads of a suggestion, in one language."""

    label: Template
    description: Template


@dataclass(frozen=True, slots=True)
class CardText:
    """The words of one card in one language; `summary`, `detail`, `findings` by variant.

    `detail` is lines of a list, and `trust` one line below it; `page` and `rationale` stand on the
    card's page alone. `names` lists the facts that a variant writes: two hips that agree on them
    share a card. Parameters are written into the templates already; `parameters` names those that
    are.
    """

    title: str
    source_label: str
    summary: Mapping[str, Template]
    detail: Mapping[str, Template]
    findings: Mapping[str, Notes]
    notes: Notes
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
