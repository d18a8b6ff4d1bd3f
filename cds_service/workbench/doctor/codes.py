"""Which codes nearly matched, and which matched and do not count."""

from collections.abc import Iterator
from dataclasses import replace

from cds_service.core.hip.diagnosis import osteonecrosis_strength
from cds_service.core.knowledge import Knowledge
from cds_service.core.record import Clinical, Diagnosis, ValueSetId, Verification
from cds_service.workbench.doctor.examined import Examined
from cds_service.workbench.doctor.findings import Finding
from cds_service.workbench.doctor.near_codes import near_codes
from cds_service.workbench.doctor.printable import code_of


def code_findings(case: Examined) -> Iterator[Finding]:
    """Look at every code that the service looked at."""
    codes = [(part, sent) for sent in case.resources for part in sent.note.parts if part.coding]
    understood = sum(part.is_understood for part, _ in codes)
    yield Finding(f"{len(codes)} codings looked at, {understood} in our value sets")
    near = near_codes(case.knowledge)
    for part, sent in codes:
        found = near.explain(*part.coding) if part.coding else None
        if found:
            yield replace(found, details=(f"{sent.reference} {part.element}",))
    for diagnosis in case.record.diagnoses.items:
        yield from _of_diagnosis(diagnosis, case.knowledge)


def _of_diagnosis(diagnosis: Diagnosis, knowledge: Knowledge) -> Iterator[Finding]:
    """Say what keeps a Condition with a code of ours from counting, or from naming a hip."""
    place = (diagnosis.reference or "Condition without a plain id",)
    codes = ", ".join(dict.fromkeys(code_of(concept.code) for concept in diagnosis.codes))
    value_sets = {concept.value_set for concept in diagnosis.codes}
    if not value_sets & {ValueSetId.FEMORAL_HEAD, ValueSetId.POSSIBLE}:
        if ValueSetId.OTHER_SITE in value_sets:
            words = "is osteonecrosis of another site than the femoral head: no card"
            yield Finding(f"{codes} {words}", place)
        return
    strength = osteonecrosis_strength(diagnosis)
    why = _why_not(diagnosis, value_sets, strength)
    if why:
        yield Finding(f"{codes} {why}", place)
    if strength and not diagnosis.sides:
        named = {side for c in (*diagnosis.codes, *diagnosis.sites) for side in c.sides}
        why = "neither the code nor bodySite says right or left"
        why = "code and bodySite contradict each other" if named else why
        sided = next((c for c in knowledge.value_sets[ValueSetId.FEMORAL_HEAD] if c.sides), None)
        example = f", as {sided.system_name} has them" if sided else ""
        mend = f"Record the side: a code that names it{example}, or bodySite."
        yield Finding(f"{codes} has no side: {why}", place, mend)


def _why_not(diagnosis: Diagnosis, value_sets: set[str], strength: str | None) -> str:
    """Give the reasons that the rules of `core.hip.diagnosis` have, in words."""
    is_none = strength is None
    reasons = {
        "does not count: clinicalStatus or abatement says that it is over": (
            diagnosis.clinical is Clinical.INACTIVE
        ),
        "does not count: verificationStatus is refuted or entered-in-error": (
            diagnosis.verification is Verification.RULED_OUT
        ),
        "does not count: a childhood hip disorder is coded on the same Condition": (
            is_none and ValueSetId.JUVENILE in value_sets
        ),
        "is possible only: it names no femoral head, and no bodySite at the hip does": (
            is_none and ValueSetId.FEMORAL_HEAD not in value_sets
        ),
        "does not count: a second code or the bodySite names another place": is_none,
        "counts as possible only: the code or the bodySite leaves the femoral head open": (
            strength == "possible"
        ),
    }
    return next((words for words, holds in reasons.items() if holds), "")
