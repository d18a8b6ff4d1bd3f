"""Codes that nearly matched, and codes that matched oddly."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from cds_service.core.knowledge import Knowledge
from cds_service.core.record import Concept, ValueSetId
from cds_service.core.vocabulary.check_digits import CHECKS
from cds_service.core.vocabulary.systems import CodeSystem, normal_code
from cds_service.workbench.doctor.findings import Finding
from cds_service.workbench.doctor.printable import code_of, system_of

FAMILY_LENGTH = 3
_MEND_DIGITS = "Look up the codes whose check digit is wrong; numbers in JSON lose digits."
_OSTEONECROSIS = (ValueSetId.FEMORAL_HEAD, ValueSetId.POSSIBLE, ValueSetId.OTHER_SITE)
_PARTS = re.compile(r"[^A-Za-z0-9.\-]+")


@dataclass(frozen=True, slots=True)
class NearCodes:
    """Explains codes; `families` are the beginnings of the ICD codes that name osteonecrosis."""

    knowledge: Knowledge
    families: frozenset[str]

    def explain(self, system: str | None, code: str) -> Finding | None:
        """Return what is odd about a code, or None for one that is plainly ours or plainly not."""
        known = self.knowledge.recognise(system, code)
        sent_under = self.knowledge.vocabulary.system_sent(system)
        if known:
            return _odd_match(known[0], code, sent_under)
        meant = self._meant(code, sent_under)
        if not meant:
            return self._explain_unknown(code, system, sent_under)
        where = f"under {system_of(system)}, an unknown system" if system else "without a system"
        where = f"as {sent_under.name}" if system and sent_under else where
        words = f"{code_of(code)} is known as {meant.name}, but was sent {where}: not read"
        return Finding(words, remedy=f"Send the code system as {meant.url}.")

    def _explain_unknown(
        self, code: str, system: str | None, sent_under: CodeSystem | None
    ) -> Finding | None:
        shown, bare, is_plain = code_of(code), code.strip(), not _PARTS.search(code.strip())
        check = sent_under.check_digit if sent_under else None
        if sent_under and check and is_plain:
            words = f"{shown} is no {sent_under.name} code: its check digit is wrong"
            return None if CHECKS[check](bare) else Finding(words, remedy=_MEND_DIGITS)
        parts = _PARTS.split(code[:256])
        inside = next((p for p in parts if len(parts) > 1 and self._meant(p, None)), None)
        if inside:
            return Finding(f"{shown} holds {code_of(inside)}, but is not that code alone")
        family, is_icd = bare.upper()[:FAMILY_LENGTH], not sent_under or sent_under.code_form
        if is_icd and is_plain and family in self.families:
            where = f"{shown} (sent under {system_of(system)})"
            return Finding(f"{where} is of the family {family}, but in no value set: not read")
        return None

    def _meant(self, code: str, sent_under: CodeSystem | None) -> CodeSystem | None:
        """Return another system in which the code is known; short codes stand for too much."""
        near = self.knowledge.vocabulary.near(sent_under.url if sent_under else None, code)
        return next((s for s in self._systems if near and s.name == near[0].system_name), None)

    @property
    def _systems(self) -> Iterable[CodeSystem]:
        return self.knowledge.vocabulary.systems.values()


def near_codes(knowledge: Knowledge) -> NearCodes:
    """Collect the families once."""
    icd = {s.name for s in knowledge.vocabulary.systems.values() if s.code_form == "icd"}
    named = (c for name in _OSTEONECROSIS for c in knowledge.value_sets[name])
    families = (c.code[:FAMILY_LENGTH].upper() for c in named if c.system_name in icd)
    return NearCodes(knowledge, frozenset(families))


def _odd_match(known: Concept, code: str, sent_under: CodeSystem | None) -> Finding | None:
    if sent_under is None or any(j in code for j in sent_under.post_coordination):
        return None
    sent, ours = code_of(code), code_of(known.code)
    if sent_under.name != known.system_name:
        return Finding(f"{sent} sent as {sent_under.name} matched as {known.system_name} {ours}")
    if code == known.code:
        return None
    if normal_code(code.strip(), sent_under) == normal_code(known.code, sent_under):
        return Finding(f"{sent} matched as {ours}, written otherwise")
    return Finding(f"{sent} matched by its beginning, {ours}")
