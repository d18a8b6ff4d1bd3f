"""Codes that nearly matched, and codes that matched oddly."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cds_service.content.files.check_digits import CHECKS
from cds_service.core.knowledge import Knowledge
from cds_service.core.record import FEMORAL_HEAD, OTHER_SITE, POSSIBLE, Concept
from cds_service.core.vocabulary import CodeSystem, normal_code, normal_url
from cds_service.workbench.doctor.printable import code_of, system_of

SHORTEST_TELLING_CODE = 5
FAMILY_LENGTH = 3
_PARTS = re.compile(r"[^A-Za-z0-9.\-]+")


@dataclass(frozen=True, slots=True)
class Finding:
    """What is to be said of a code; `system` is what the EHR should send instead, if that helps."""

    words: str
    system: str | None = None


@dataclass(frozen=True, slots=True)
class NearCodes:
    """The value sets turned round: what a code would mean under each of the code systems."""

    knowledge: Knowledge
    systems: tuple[CodeSystem, ...]
    by_code: Mapping[tuple[str, str], Concept]
    families: frozenset[str]

    def explain(self, system: str | None, code: str) -> Finding | None:
        """Return what is odd about a code, or None for one that is plainly ours or plainly not."""
        known = self.knowledge.recognise(system, code)
        sent_under = self._system(system)
        if known:
            return self._explain_match(known, code, sent_under)
        under = f"sent under {system_of(system)}"
        meant = self._meant(code, sent_under)
        if meant:
            return self._explain_system(code, meant, system, sent_under)
        if sent_under and sent_under.check_digit and _is_plain(code):
            if not CHECKS[sent_under.check_digit](code.strip()):
                words = f"{code_of(code)} is no {sent_under.name} code: its check digit is wrong"
                return Finding(words)
            return None
        inside = self._inside(code)
        if inside:
            return Finding(f"{code_of(code)} holds {code_of(inside)}, but is not that code alone")
        return self._explain_family(code, sent_under, under)

    def _explain_match(
        self, known: Iterable[Concept], code: str, sent_under: CodeSystem | None
    ) -> Finding | None:
        first = next(iter(known))
        if sent_under is None or any(j in code for j in sent_under.post_coordination):
            return None
        if sent_under.name != first.system_name:
            matched = f"{first.system_name} {code_of(first.code)}"
            return Finding(f"{code_of(code)} sent as {sent_under.name} matched as {matched}")
        if code == first.code:
            return None
        if normal_code(code.strip(), sent_under) == normal_code(first.code, sent_under):
            return Finding(f"{code_of(code)} matched as {code_of(first.code)}, written otherwise")
        return Finding(f"{code_of(code)} matched by its beginning, {code_of(first.code)}")

    def _explain_system(
        self, code: str, meant: CodeSystem, system: str | None, sent_under: CodeSystem | None
    ) -> Finding:
        known = f"{code_of(code)} is known as {meant.name}, but was sent"
        if not system:
            return Finding(f"{known} without a system: not read", meant.url)
        if sent_under:
            return Finding(f"{known} as {sent_under.name}: not read", meant.url)
        return Finding(f"{known} under {system_of(system)}, an unknown system: not read", meant.url)

    def _explain_family(
        self, code: str, sent_under: CodeSystem | None, under: str
    ) -> Finding | None:
        family = code.strip().upper()[:FAMILY_LENGTH]
        is_icd = sent_under is None or sent_under.code_form == "icd"
        if not is_icd or family not in self.families or not _is_plain(code):
            return None
        words = f"{code_of(code)} ({under}) is of the family {family}, but in no value set"
        return Finding(f"{words}: not read")

    def _system(self, url: str | None) -> CodeSystem | None:
        same = normal_url(url or "")
        return next((s for s in self.systems if same in {normal_url(u) for u in s.urls}), None)

    def _meant(self, code: str, sent_under: CodeSystem | None) -> CodeSystem | None:
        """Return another system in which the code is known; short codes stand for too much."""
        bare = code.strip()
        if len(bare) < SHORTEST_TELLING_CODE or not any(c.isdigit() for c in bare):
            return None
        others = (s for s in self.systems if s is not sent_under)
        return next((s for s in others if (s.name, normal_code(bare, s)) in self.by_code), None)

    def _inside(self, code: str) -> str | None:
        parts = _PARTS.split(code[:256])
        return next((p for p in parts if len(parts) > 1 and self._meant(p, None)), None)


def near_codes(knowledge: Knowledge) -> NearCodes:
    """Turn the value sets round."""
    systems = tuple(knowledge.vocabulary.systems.values())
    by_name = {system.name: system for system in systems}
    concepts = [c for found in knowledge.value_sets.values() for c in found]
    by_code = {(c.system_name, normal_code(c.code, by_name[c.system_name])): c for c in concepts}
    families = frozenset(
        c.code[:FAMILY_LENGTH].upper()
        for name in (FEMORAL_HEAD, POSSIBLE, OTHER_SITE)
        for c in knowledge.value_sets[name]
        if by_name[c.system_name].code_form == "icd"
    )
    return NearCodes(knowledge, systems, by_code, families)


def _is_plain(code: str) -> bool:
    return not _PARTS.search(code.strip())
