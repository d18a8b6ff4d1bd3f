"""Value sets as they are published, and what a (system, code) of a chart means by them.

The index is inverted once, so a lookup costs the same however many value sets there are.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from cds_service.core.declaration import Declaration
from cds_service.core.record import Concept

REMEMBERED_CODES = 16_384
LONGEST_CODE = 256
NO_SYSTEM_READ_AS = ("urn:x-dicom:body-part-examined", "urn:x-dicom:laterality")
_ICD_FORM = str.maketrans("", "", ". ")


class AlsoSentUnder(Declaration, frozen=True):
    """Another system's URL under which codes of this one arrive, from this length on."""

    url: str
    from_characters: int


class CodeSystem(Declaration, frozen=True):
    """A code system, and how its URL and its codes are read."""

    url: str
    name: str
    copyright: str
    aliases: tuple[str, ...] = ()
    code_form: Literal["icd"] | None = None
    check_digit: Literal["verhoeff", "mod10"] | None = None
    post_coordination: str = ""
    also_sent_under: AlsoSentUnder | None = None

    @property
    def urls(self) -> tuple[str, ...]:
        return (self.url, *self.aliases)


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


@dataclass(slots=True)
class Codes:
    """The codes of one system: exact ones, and prefixes with their lengths, longest first."""

    system: CodeSystem
    exact: dict[str, tuple[Concept, ...]] = field(default_factory=dict)
    prefixes: dict[str, tuple[Concept, ...]] = field(default_factory=dict)
    lengths: tuple[int, ...] = ()
    fallback: "Codes | None" = None
    fallback_from: int = 0

    def add(self, concept: Concept, *, is_prefix: bool) -> None:
        table = self.prefixes if is_prefix else self.exact
        key = normal_code(concept.code, self.system)
        table[key] = (*table.get(key, ()), concept)
        if is_prefix:
            self.lengths = tuple(sorted({*self.lengths, len(key)}, reverse=True))

    def find(self, code: str) -> tuple[Concept, ...]:
        """Find a code; a post-coordinated one (ICD-11) means all of its parts."""
        joints = self.system.post_coordination
        if not any(joint in code for joint in joints):
            return self.find_one(code)
        for joint in joints[1:]:
            code = code.replace(joint, joints[0])
        return tuple(c for part in code.split(joints[0]) for c in self.find_one(part))

    def find_one(self, code: str) -> tuple[Concept, ...]:
        """Find a code that is not joined of parts."""
        key = normal_code(code, self.system)
        found = self.exact.get(key)
        if found:
            return found
        for length in self.lengths:
            if key[:length] in self.prefixes:
                return self.prefixes[key[:length]]
        if self.fallback and len(key) >= self.fallback_from:
            return self.fallback.find_one(code)
        return ()


class Vocabulary:
    """Finds a code under any URL that its system is sent under, and remembers what it found."""

    def __init__(self, systems: Iterable[Codes]) -> None:
        self._systems = tuple(systems)
        self._by_url = _by_sent_url(self._systems)
        self._find = lru_cache(REMEMBERED_CODES)(self._look_up)
        self.knows_system = lru_cache(REMEMBERED_CODES)(self._is_ours)

    def __reduce__(self) -> tuple[type["Vocabulary"], tuple[tuple[Codes, ...]]]:
        """Leave out what was remembered."""
        return Vocabulary, (self._systems,)

    def recognise(self, system: str | None, code: str) -> tuple[Concept, ...]:
        """Return what a code means; what is longer than any code is not even looked for."""
        is_long = len(code) > LONGEST_CODE or len(system or "") > LONGEST_CODE
        return () if is_long else self._find(system, code)

    def _look_up(self, system: str | None, code: str) -> tuple[Concept, ...]:
        tables = self._by_url.get(normal_url(system or ""), ())
        return tuple(concept for codes in tables for concept in codes.find(code.strip()))

    def _is_ours(self, system: str | None) -> bool:
        return bool(system) and normal_url(system or "") in self._by_url


def normal_code(code: str, system: CodeSystem) -> str:
    """Return the form in which codes of a system are compared."""
    return code.translate(_ICD_FORM).upper() if system.code_form == "icd" else code


def normal_url(url: str) -> str:
    """Return the form in which the URLs of code systems are compared."""
    return url.strip().rstrip("/").lower().replace("https://", "http://", 1)


def _by_sent_url(systems: Iterable[Codes]) -> Mapping[str, tuple[Codes, ...]]:
    by_url: dict[str, tuple[Codes, ...]] = {
        normal_url(url): (codes,) for codes in systems for url in codes.system.urls
    }
    unsaid = {codes.system.url: codes for codes in systems}
    by_url[""] = tuple(unsaid[url] for url in NO_SYSTEM_READ_AS if url in unsaid)
    return by_url
