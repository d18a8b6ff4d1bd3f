"""Which codes nearly matched, and which matched and yet do not count; refuses to advise."""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

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
from cds_service.fhir.read.conditions import read_diagnosis
from cds_service.fhir.reader import Reader
from cds_service.fhir.shapes.resources import Resource
from cds_service.workbench.doctor.case import Case
from cds_service.workbench.doctor.codings import SentCode, codings_of
from cds_service.workbench.doctor.near import Finding, Near
from cds_service.workbench.doctor.places import Located
from cds_service.workbench.doctor.words import bounded, code_of, reference_of

MOST_REFERENCES = 3
TEXT_ONLY = "only words, no code; the service reads no words"


@dataclass(frozen=True, slots=True)
class CodeReport:
    """Each finding with the elements that it was found in; how many codings were looked at."""

    looked_at: int
    recognised: int
    findings: dict[Finding, list[str]]


def report_codes(case: Case, near: Near) -> CodeReport:
    """Look at every coding that the service looks at."""
    sent = [coding for found in case.resources for coding in codings_of(found)]
    findings: dict[Finding, list[str]] = {}
    for coding in sent:
        finding = _finding(coding, near)
        if finding:
            findings.setdefault(finding, []).append(f"{coding.reference} {coding.element}")
    for found in case.resources:
        for words in _conditions_words(found, case):
            findings.setdefault(Finding(words), []).append(reference_of(found.content))
    known = sum(bool(c.code and case.knowledge.recognise(c.system, c.code)) for c in sent)
    return CodeReport(len(sent), known, findings)


def codes_section(report: CodeReport) -> list[str]:
    """Return the section on codes."""
    lines = [f"  {report.looked_at} codings looked at, {report.recognised} in our value sets"]
    return lines + list(bounded(_finding_line(f, at) for f, at in report.findings.items()))


def _finding_line(finding: Finding, places: list[str]) -> str:
    shown = list(dict.fromkeys(places))
    more = f" and {len(shown) - MOST_REFERENCES} more" if len(shown) > MOST_REFERENCES else ""
    return f"  {finding.words}\n    in {', '.join(shown[:MOST_REFERENCES])}{more}"


def _finding(coding: SentCode, near: Near) -> Finding | None:
    if coding.code is None:
        return Finding(f"{coding.resource_type}.{coding.element}: {TEXT_ONLY}")
    return near.explain(coding.system, coding.code)


def _conditions_words(found: Located, case: Case) -> Iterator[str]:
    """Say what keeps a Condition with a code of ours from counting, or from naming a hip."""
    if found.content.get("resourceType") != "Condition":
        return
    try:
        resource = msgspec.convert(found.content, Resource)
    except (msgspec.ValidationError, RecursionError):
        return
    diagnosis = read_diagnosis(resource, Reader(case.knowledge, case.today))
    if diagnosis is None:
        return
    codes = ", ".join(dict.fromkeys(code_of(concept.code) for concept in diagnosis.codes))
    value_sets = {concept.value_set for concept in diagnosis.codes}
    if value_sets & {FEMORAL_HEAD, POSSIBLE}:
        yield from (f"{codes} {words}" for words in _why_not(diagnosis, value_sets))
    elif OTHER_SITE in value_sets:
        yield f"{codes} is osteonecrosis of another site than the femoral head: no card"


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
