"""What a (system, code) of a chart means by the value sets.

The index is inverted once, so a lookup costs the same however many value sets there are.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache

from cds_service.core.record import Concept
from cds_service.core.vocabulary.expressions import parts_of
from cds_service.core.vocabulary.systems import ANY, CodeSystem, normal_code, normal_url
from cds_service.core.vocabulary.value_sets import SIDES_OF, Code, ValueSet

REMEMBERED_CODES = 16_384
REMEMBERED_SYSTEMS = 1_024
LONGEST_CODE = 512
SHORTEST_TELLING_CODE = 5
SHORTEST_TELLING_BEGINNING = 4
NO_SYSTEM_READ_AS = ("urn:x-dicom:body-part-examined", "urn:x-dicom:laterality")
_DIGIT = re.compile(r"[0-9]")


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code says: the concepts that it means, and whether it is understood.

    Without a concept, an understood code is one of a system that we know and means something else.
    One that is not understood is of a system that we don't know, or cannot be a code of its system;
    an expression may be understood in part.
    """

    concepts: tuple[Concept, ...] = ()
    is_understood: bool = False


NOT_UNDERSTOOD = Meaning()


@dataclass(slots=True)
class Codes:
    """The codes of one system: exact ones, and prefixes with their lengths, longest first."""

    system: CodeSystem
    exact: dict[str, tuple[Concept, ...]] = field(default_factory=dict)
    prefixes: dict[str, tuple[Concept, ...]] = field(default_factory=dict)
    lengths: tuple[int, ...] = ()
    fallback: "Codes | None" = None
    fallback_from: int = 0

    def add(self, concept: Concept, *, is_prefix: bool = False) -> None:
        table = self.prefixes if is_prefix else self.exact
        key = normal_code(concept.code, self.system)
        table[key] = (*table.get(key, ()), concept)
        if is_prefix:
            self.lengths = tuple(sorted({*self.lengths, len(key)}, reverse=True))

    def understand(self, code: str) -> Meaning:
        """Return what a code says; one that is joined of parts means all of them.

        What refines an expression is understood only where a value set has it.
        """
        parts = parts_of(code, self.system)
        found = [self.find(part) for part in parts]
        free = parts[:1] if self.system.refined_by else parts
        is_understood = all(found) or (all(found[len(free) :]) and all(map(self._may_hold, free)))
        concepts = tuple(concept for concepts in found for concept in concepts)
        return Meaning(concepts, is_understood=bool(parts) and is_understood)

    def find(self, code: str, shortest_beginning: int = 1) -> tuple[Concept, ...]:
        """Find a code that is not joined of parts: as it is, in the fallback, by its beginning."""
        key = normal_code(code, self.system)
        if found := self.exact.get(key):
            return found
        if self.fallback and len(key) >= self.fallback_from:
            found = self.fallback.find(code, shortest_beginning)
        beginnings = (key[:length] for length in self.lengths if length >= shortest_beginning)
        return found or next((self.prefixes[b] for b in beginnings if b in self.prefixes), ())

    def _may_hold(self, code: str) -> bool:
        return self.system.may_hold(code) or (
            self.fallback is not None and self.fallback.system.may_hold(code)
        )


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
        self._codes = self._turned_round()
        self._by_url = {normal_url(url): c for c in self._codes for url in c.system.urls}
        self._wild = [(url.partition(ANY), c) for url, c in self._by_url.items() if ANY in url]
        self._understand = lru_cache(REMEMBERED_CODES)(self._look_up)
        self._codes_under = lru_cache(REMEMBERED_SYSTEMS)(self._sent_under)

    def __reduce__(self) -> tuple[type["Vocabulary"], tuple[object, ...]]:
        """Leave out what follows from the value sets, and what was remembered."""
        return Vocabulary, (tuple(self.systems.values()), tuple(self.published.values()))

    def recognise(self, system: str | None, code: str) -> tuple[Concept, ...]:
        """Return the concepts that a code means."""
        return self.understand(system, code).concepts

    def understand(self, system: str | None, code: str) -> Meaning:
        """Return what a code means; what is longer than any code is not even looked for."""
        is_long = len(code) > LONGEST_CODE or len(system or "") > LONGEST_CODE
        return NOT_UNDERSTOOD if is_long else self._understand(system, code)

    def knows_system(self, system: str | None) -> bool:
        """Tell whether a code system, as sent, is one of ours; no system is none."""
        return bool(system) and bool(self.system_sent(system))

    def system_sent(self, system: str | None) -> CodeSystem | None:
        """Return which system is meant by a URL or a name as sent."""
        is_long = len(system or "") > LONGEST_CODE
        codes = None if is_long or not system else self._codes_under(system)
        return codes.system if codes else None

    def near(self, system: str | None, code: str) -> tuple[Concept, ...]:
        """Return what a code that is not understood would mean under another system of ours.

        Only for a person to look at: the sender's own code may be spelled like ours. Short codes
        stand for too much.
        """
        code, sent = code.strip(), self.system_sent(system)
        if not SHORTEST_TELLING_CODE <= len(code) <= LONGEST_CODE or not _DIGIT.search(code):
            return ()
        others = (codes for codes in self._codes if codes.system is not sent)
        found = (codes.find(code, SHORTEST_TELLING_BEGINNING) for codes in others)
        return next(filter(None, found), ())

    def _look_up(self, system: str | None, code: str) -> Meaning:
        code = code.strip()
        if system and system.strip():
            codes = self._codes_under(system)
            return codes.understand(code) if codes else NOT_UNDERSTOOD
        unsaid = (codes for codes in self._codes if codes.system.url in NO_SYSTEM_READ_AS)
        concepts = tuple(found for codes in unsaid for found in codes.find(code))
        return Meaning(concepts, is_understood=bool(concepts))

    def _sent_under(self, system: str) -> Codes | None:
        sent = normal_url(system)
        if sent in self._by_url:
            return self._by_url[sent]
        for (begin, _, end), codes in self._wild:
            if sent.startswith(begin) and sent.endswith(end):
                return codes
        return None

    def _turned_round(self) -> list[Codes]:
        """Return the codes of each system."""
        tables = {url: Codes(system) for url, system in self.systems.items()}
        for codes in tables.values():
            if also := codes.system.also_sent_under:
                tables[also.url].fallback = codes
                tables[also.url].fallback_from = also.from_characters
        for name, value_set in self.published.items():
            members = zip(value_set.members, self.value_sets[name], strict=True)
            for (url, code), concept in members:
                tables[url].add(concept, is_prefix=code.match_prefix)
                for last in code.seventh_character:
                    tables[url].add(replace(concept, code=f"{code.code:X<7}{last}"))
        return list(tables.values())


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
