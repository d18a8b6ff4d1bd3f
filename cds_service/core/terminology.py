"""Value sets as they are published: titles, licences, sources, notes; refuses to look codes up."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter of a FHIR `ValueSet.compose.include`."""

    property: str
    op: str
    value: str


@dataclass(frozen=True, slots=True)
class Definition:
    """What a list of codes should hold by definition: an ECL expression or a filter."""

    rule: str | Filter
    source: str


@dataclass(frozen=True, slots=True)
class Code:
    """A code with our own label, and what the value set says of it by FHIR-like names."""

    code: str
    label: str
    properties: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Include:
    """The codes of one system, where they were verified, and how they are defined."""

    system: str
    system_name: str
    source: str
    codes: tuple[Code, ...]
    definitions: tuple[Definition, ...]


@dataclass(frozen=True, slots=True)
class ValueSet:
    """A value set with the sentences that stand around its codes."""

    id: str
    version: str
    status: str
    title: str
    description: str
    copyright: str
    includes: tuple[Include, ...]
