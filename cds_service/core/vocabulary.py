"""Value sets as their files have them, and what a (system, code) of a chart means by them.

The index is inverted once, so a lookup costs the same however many value sets there are.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from cds_service.core.declaration import Declaration
from cds_service.core.record import NO_SIDE, SIDES, Concept, Side

REMEMBERED_CODES = 16_384
LONGEST_CODE = 256
ATTRIBUTES = ("laterality", "precision", "role", "siteGroup")
NO_SYSTEM_READ_AS = ("urn:x-dicom:body-part-examined", "urn:x-dicom:laterality")
_ICD_FORM = str.maketrans("", "", ". ")
SIDES_OF: Mapping[str | None, frozenset[Side]] = {
    "right": frozenset({Side.RIGHT}),
    "left": frozenset({Side.LEFT}),
    "bilateral": SIDES,
    None: NO_SIDE,
}


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


class Filter(Declaration, frozen=True):
    """A filter of a FHIR `ValueSet.compose.include`."""

    property: str
    op: Literal["=", "is-a", "descendent-of", "regex"]
    value: str


class Definition(Declaration, frozen=True, kw_only=True):
    """What a list of codes should hold by definition: an ECL expression or a filter."""

    ecl: str | None = None
    filter: Filter | None = None
    source: str

    def __str__(self) -> str:
        """Return the rule as a person writes it."""
        rule = self.filter
        return f"{rule.property} {rule.op} {rule.value}" if rule else self.ecl or ""


class Code(Declaration, frozen=True):
    """A code with our own label; `?` is what a proposal leaves to the reviewer."""

    code: str
    display: str
    laterality: Literal["right", "left", "bilateral", "?"] | None = None
    precision: Literal["head", "femur", "broader", "?"] | None = None
    role: str | None = None
    site_group: str | None = None
    match_prefix: bool = False
    note: str | None = None

    @property
    def attributes(self) -> dict[str, str]:
        """What the rules read of it, by the names of the files."""
        said = (self.laterality, self.precision, self.role, self.site_group)
        return {name: value for name, value in zip(ATTRIBUTES, said, strict=True) if value}


class Include(Declaration, frozen=True):
    """The codes of one system, where they were verified, and how they are defined."""

    system: str
    source: str
    concept: tuple[Code, ...]
    expand_from: tuple[Definition, ...] = ()


class Compose(Declaration, frozen=True):
    include: tuple[Include, ...]


class ValueSet(Declaration, frozen=True):
    """A value set with the sentences that stand around its codes, by FHIR's names."""

    id: str
    version: str
    status: Literal["draft", "active"]
    title: str
    description: str
    copyright: str
    compose: Compose

    @property
    def members(self) -> Iterator[tuple[str, Code]]:
        """Every code with the URL of its system, in order."""
        for include in self.compose.include:
            yield from ((include.system, code) for code in include.concept)


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
    """Finds a code under any URL that its system is sent under, and remembers what it found.

    `systems` are by URL; the value sets, as `published` and as the concepts in them, by their ids.
    """

    def __init__(self, systems: Iterable[CodeSystem], value_sets: Iterable[ValueSet]) -> None:
        self.systems = {system.url: system for system in systems}
        self.published = {value_set.id: value_set for value_set in value_sets}
        self.value_sets = {
            name: tuple(_concept(name, self.systems[url], code) for url, code in value_set.members)
            for name, value_set in self.published.items()
        }
        self._by_url = self._turned_round()
        self._find = lru_cache(REMEMBERED_CODES)(self._look_up)
        self.knows_system = lru_cache(REMEMBERED_CODES)(self._is_ours)

    def __reduce__(self) -> tuple[type["Vocabulary"], tuple[object, ...]]:
        """Leave out what follows from the value sets, and what was remembered."""
        return Vocabulary, (tuple(self.systems.values()), tuple(self.published.values()))

    def recognise(self, system: str | None, code: str) -> tuple[Concept, ...]:
        """Return what a code means; what is longer than any code is not even looked for."""
        is_long = len(code) > LONGEST_CODE or len(system or "") > LONGEST_CODE
        return () if is_long else self._find(system, code)

    def _look_up(self, system: str | None, code: str) -> tuple[Concept, ...]:
        tables = self._by_url.get(normal_url(system or ""), ())
        return tuple(concept for codes in tables for concept in codes.find(code.strip()))

    def _is_ours(self, system: str | None) -> bool:
        return bool(system) and normal_url(system or "") in self._by_url

    def _turned_round(self) -> dict[str, tuple[Codes, ...]]:
        """Return the codes of each system, by each URL that they are sent under, normalised."""
        tables = {url: Codes(system) for url, system in self.systems.items()}
        for codes in tables.values():
            if also := codes.system.also_sent_under:
                tables[also.url].fallback = codes
                tables[also.url].fallback_from = also.from_characters
        for name, value_set in self.published.items():
            members = zip(value_set.members, self.value_sets[name], strict=True)
            for (url, code), concept in members:
                tables[url].add(concept, is_prefix=code.match_prefix)
        unsaid = tuple(tables[url] for url in NO_SYSTEM_READ_AS if url in tables)
        sent = {normal_url(url): (codes,) for codes in tables.values() for url in codes.system.urls}
        return {**sent, "": unsaid}


def normal_code(code: str, system: CodeSystem) -> str:
    """Return the form in which codes of a system are compared."""
    return code.translate(_ICD_FORM).upper() if system.code_form == "icd" else code


def normal_url(url: str) -> str:
    """Return the form in which the URLs of code systems are compared."""
    return url.strip().rstrip("/").lower().replace("https://", "http://", 1)


def _concept(value_set: str, system: CodeSystem, code: Code) -> Concept:
    return Concept(
        value_set=value_set,
        system_name=system.name,
        code=code.code,
        label=code.display,
        sides=SIDES_OF[code.laterality],
        precision=code.precision,
        role=code.role,
        site_group=code.site_group,
    )
