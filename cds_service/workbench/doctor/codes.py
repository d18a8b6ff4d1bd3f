"""Which codes nearly matched, which matched and do not count, and what words alone do."""

from collections.abc import Iterator
from dataclasses import dataclass

from cds_service.core.hip.diagnosis import osteonecrosis_strength
from cds_service.core.record import (
    FEMORAL_HEAD,
    JUVENILE,
    OTHER_SITE,
    POSSIBLE,
    Clinical,
    Diagnosis,
    Verification,
)
from cds_service.fhir.notes import Note, Path, What
from cds_service.workbench.doctor.examined import Examined
from cds_service.workbench.doctor.near_codes import Finding, NearCodes
from cds_service.workbench.doctor.printable import bounded, code_of, reference_of

MOST_REFERENCES = 3


@dataclass(frozen=True, slots=True)
class CodeReport:
    """Each finding with the elements that it was found in; how many codings were looked at."""

    looked_at: int
    recognised: int
    findings: dict[Finding, list[str]]


def report_codes(case: Examined, near: NearCodes) -> CodeReport:
    """Look at every code and every word that the service looked at."""
    codes = [note for note in case.notes if note.what is What.CODE]
    findings: dict[Finding, list[str]] = {}
    for finding, place in (*_of_codes(case, near, codes), *_of_words(case), *_of_diagnoses(case)):
        findings.setdefault(finding, []).append(place)
    return CodeReport(len(codes), sum(note.is_understood for note in codes), findings)


def codes_section(report: CodeReport) -> list[str]:
    """Return the section on codes."""
    lines = [f"  {report.looked_at} codings looked at, {report.recognised} in our value sets"]
    return lines + list(bounded(_finding_line(f, at) for f, at in report.findings.items()))


def _finding_line(finding: Finding, places: list[str]) -> str:
    shown = list(dict.fromkeys(places))
    more = f" and {len(shown) - MOST_REFERENCES} more" if len(shown) > MOST_REFERENCES else ""
    return f"  {finding.words}\n    in {', '.join(shown[:MOST_REFERENCES])}{more}"


def _of_codes(case: Examined, near: NearCodes, codes: list[Note]) -> Iterator[tuple[Finding, str]]:
    for note in codes:
        finding = near.explain(*note.coding) if note.coding else None
        if finding:
            yield finding, f"{reference_of(case.content(note))} {note.element}"


def _of_words(case: Examined) -> Iterator[tuple[Finding, str]]:
    """Say of an element without a code what its words do; of a coded one, where they say more."""
    said: dict[tuple[Path, str], list[Note]] = {}
    for note in case.notes:
        if note.what in (What.NO_CODE, What.WORDS):
            said.setdefault((note.path, note.element), []).append(note)
    for (_, element), notes in said.items():
        read = [note for note in notes if note.what is What.WORDS]
        understood = [note.why for note in read if note.is_understood]
        words = ", ".join(dict.fromkeys(understood or [note.why for note in read]))
        where = f"{notes[0].resource_type}.{element}"
        place = f"{reference_of(case.content(notes[0]))} {element}"
        if len(read) < len(notes):
            words = (
                f"the service reads them: {words}" if read else "the service reads no words here"
            )
            yield Finding(f"{where}: only words, no code; {words}"), place
        elif understood:
            yield Finding(f"{where}: the service reads its words: {words}"), place


def _of_diagnoses(case: Examined) -> Iterator[tuple[Finding, str]]:
    """Say what keeps a Condition with a code of ours from counting, or from naming a hip."""
    for diagnosis in case.record.diagnoses.items:
        place = diagnosis.reference or "Condition without a plain id"
        codes = ", ".join(dict.fromkeys(code_of(concept.code) for concept in diagnosis.codes))
        value_sets = {concept.value_set for concept in diagnosis.codes}
        if value_sets & {FEMORAL_HEAD, POSSIBLE}:
            for words in _why_not(diagnosis, value_sets):
                yield Finding(f"{codes} {words}"), place
        elif OTHER_SITE in value_sets:
            words = "is osteonecrosis of another site than the femoral head: no card"
            yield Finding(f"{codes} {words}"), place


def _why_not(diagnosis: Diagnosis, value_sets: set[str]) -> Iterator[str]:
    """Give the reasons that the rules of `core.diagnosis` have, in words."""
    strength = osteonecrosis_strength(diagnosis)
    if diagnosis.clinical is Clinical.INACTIVE:
        yield "does not count: clinicalStatus or abatement says that it is over"
    elif diagnosis.verification is Verification.RULED_OUT:
        yield "does not count: verificationStatus is refuted or entered-in-error"
    elif strength is None and JUVENILE in value_sets:
        yield "does not count: a childhood hip disorder is coded on the same Condition"
    elif strength is None and FEMORAL_HEAD not in value_sets:
        yield "is possible only: it names no femoral head, and no bodySite at the hip does"
    elif strength is None:
        yield "does not count: a second code or the bodySite names another place"
    elif strength == "possible":
        yield "counts as possible only: the code or the bodySite leaves the femoral head open"
    if strength and not diagnosis.sides:
        yield f"has no side: {_why_no_side(diagnosis)}"


def _why_no_side(diagnosis: Diagnosis) -> str:
    named = {side for c in (*diagnosis.codes, *diagnosis.sites) for side in c.sides}
    if named:
        return "code and bodySite contradict each other"
    return "neither the code nor bodySite says right or left"
