"""Condition -> Diagnosis and Procedure -> Operation in the shapes of FHIR DSTU2 to R5."""

from datetime import date

import pytest

from cds_service.core.knowledge import Knowledge
from cds_service.core.record import Clinical, Diagnosis, Side, Verification
from cds_service.core.values import DateRange
from cds_service.fhir.read.conditions import read_diagnosis, read_operation
from cds_service.fhir.reader import Reader
from tests.conftest import TODAY
from tests.fhir.builders import (
    CLINICAL,
    FEMORAL_HEAD,
    HIP,
    ICD10CM,
    LEFT,
    RIGHT,
    RIGHT_FEMUR,
    SUBJECT,
    VERIFICATION,
    Json,
    concept,
    condition,
    decoded,
    procedure,
    without,
)

ONSET = DateRange.on(date(2026, 6, 1))


def diagnosis(resource: Json, knowledge: Knowledge) -> Diagnosis:
    """Read a Condition that the value sets know."""
    found = next(read_diagnosis(decoded(resource), Reader(knowledge, TODAY)), None)
    assert found is not None
    return found


R4 = condition(bodySite=[concept(HIP)], recordedDate="2026-06-02")
BY_VERSION = {
    "DSTU2": without(R4, "subject", "recordedDate")
    | {
        "patient": SUBJECT,
        "clinicalStatus": "active",
        "verificationStatus": "confirmed",
        "dateRecorded": "2026-06-02",
        "category": concept({"code": "diagnosis"}),
        "notes": "text",
        "stage": {"summary": concept({"code": "x"})},
    },
    "STU3": without(R4, "recordedDate")
    | {
        "clinicalStatus": "active",
        "verificationStatus": "confirmed",
        "assertedDate": "2026-06-02",
        "context": {"reference": "Encounter/1"},
        "stage": {"summary": concept({"code": "x"})},
    },
    "R4": R4 | {"stage": [{"summary": concept({"code": "x"})}], "note": [{"text": "x"}]},
    "R5": R4
    | {
        "evidence": [{"concept": concept({"code": "x"})}],
        "participant": [{"actor": {"reference": "Practitioner/1"}}],
    },
}


@pytest.mark.parametrize("resource", BY_VERSION.values(), ids=BY_VERSION)
def test_every_fhir_version_of_a_condition_reads_the_same(
    resource: Json, knowledge: Knowledge
) -> None:
    found = diagnosis(resource, knowledge)
    assert found.reference == "Condition/condition-1"
    assert [code.code for code in found.codes] == ["M87.051"]
    assert [site.site_group for site in found.sites] == ["hip"]
    assert found.sides == {Side.RIGHT}
    assert found.clinical is Clinical.ACTIVE
    assert found.verification is Verification.CONFIRMED
    assert found.dates == (DateRange.on(date(2026, 6, 2)),)


def both_shapes(system: str, code: str) -> list[object]:
    """Return a status as DSTU2 and STU3 send it, and as R4 and R5 do."""
    return [code, concept({"system": system, "code": code}), concept({"code": code.upper()})]


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        ("active", Clinical.ACTIVE),
        ("recurrence", Clinical.ACTIVE),
        ("relapse", Clinical.ACTIVE),
        ("inactive", Clinical.INACTIVE),
        ("remission", Clinical.INACTIVE),
        ("resolved", Clinical.INACTIVE),
        ("unknown", Clinical.UNRECORDED),
    ],
)
@pytest.mark.parametrize("shape", [0, 1, 2])
def test_each_clinical_status_has_its_meaning(
    shape: int, code: str, meaning: Clinical, knowledge: Knowledge
) -> None:
    status = both_shapes(CLINICAL, code)[shape]
    assert diagnosis(condition(clinicalStatus=status), knowledge).clinical is meaning


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        ("confirmed", Verification.CONFIRMED),
        ("provisional", Verification.UNCONFIRMED),
        ("differential", Verification.UNCONFIRMED),
        ("unconfirmed", Verification.UNCONFIRMED),
        ("refuted", Verification.RULED_OUT),
        ("entered-in-error", Verification.RULED_OUT),
        ("unknown", Verification.UNRECORDED),
    ],
)
@pytest.mark.parametrize("shape", [0, 1, 2])
def test_each_verification_status_has_its_meaning(
    shape: int, code: str, meaning: Verification, knowledge: Knowledge
) -> None:
    status = both_shapes(VERIFICATION, code)[shape]
    assert diagnosis(condition(verificationStatus=status), knowledge).verification is meaning


LOCAL = {"system": "urn:oid:1.2.3", "code": "R"}


def test_a_local_coding_does_not_hide_that_a_condition_is_resolved(knowledge: Knowledge) -> None:
    status = concept(LOCAL, {"system": CLINICAL, "code": "resolved"})
    found = diagnosis(condition(clinicalStatus=status), knowledge)
    assert found.clinical is Clinical.INACTIVE


def test_a_local_coding_does_not_hide_that_a_condition_is_refuted(knowledge: Knowledge) -> None:
    status = concept(LOCAL, {"system": VERIFICATION, "code": "refuted"})
    found = diagnosis(condition(verificationStatus=status), knowledge)
    assert found.verification is Verification.RULED_OUT


def test_a_code_of_another_system_is_no_clinical_status(knowledge: Knowledge) -> None:
    status = concept(LOCAL | {"code": "active"}, {"system": CLINICAL, "code": "resolved"})
    found = diagnosis(condition(clinicalStatus=status), knowledge)
    assert found.clinical is Clinical.INACTIVE


ENDED = without(condition(), "clinicalStatus")


def test_a_missing_clinical_status_is_not_inactive(knowledge: Knowledge) -> None:
    assert diagnosis(ENDED, knowledge).clinical is Clinical.UNRECORDED


@pytest.mark.parametrize("end", [{"abatementDateTime": "2025"}, {"abatementBoolean": True}])
def test_an_ended_condition_without_status_is_inactive(end: Json, knowledge: Knowledge) -> None:
    assert diagnosis(ENDED | end, knowledge).clinical is Clinical.INACTIVE


@pytest.mark.parametrize(
    "end",
    [
        {"abatementPeriod": {"start": "2024", "end": "2025"}},
        {"abatementString": "2025"},
        {"abatementAge": {"value": 50, "unit": "a"}},
    ],
)
def test_every_way_to_say_that_a_condition_ended_counts(end: Json, knowledge: Knowledge) -> None:
    assert diagnosis(ENDED | end, knowledge).clinical is Clinical.INACTIVE


@pytest.mark.parametrize(
    ("onset", "dates"),
    [
        ({"onsetDateTime": "2026-06-01"}, (ONSET,)),
        ({"onsetPeriod": {"start": "2026-06-01", "end": "2026-07-01"}}, (ONSET,)),
        ({"recordedDate": "2026-06-01"}, (ONSET,)),
        ({"onsetDateTime": "last summer"}, ()),
        ({"onsetAge": {"value": 50}, "onsetString": "2020"}, ()),
    ],
    ids=str,
)
def test_only_fhir_dates_become_dates_of_the_diagnosis(
    onset: Json, dates: tuple[DateRange, ...], knowledge: Knowledge
) -> None:
    assert diagnosis(without(condition(), "onsetDateTime") | onset, knowledge).dates == dates


@pytest.mark.parametrize(
    ("members", "sides"),
    [
        ({"code": concept(FEMORAL_HEAD)}, set()),
        ({"code": concept(FEMORAL_HEAD), "bodySite": [concept(HIP), concept(RIGHT)]}, {"right"}),
        ({"code": concept(FEMORAL_HEAD), "bodySite": concept(LEFT)}, {"left"}),
        ({"code": concept(FEMORAL_HEAD, LEFT)}, {"left"}),
        ({"code": concept(FEMORAL_HEAD), "bodySite": [LEFT, RIGHT]}, {"left", "right"}),
        ({"code": concept(RIGHT_FEMUR, {"system": ICD10CM, "code": "M87.052"})}, {"left", "right"}),
    ],
    ids=str,
)
def test_the_side_comes_from_the_code_and_the_body_site(
    members: Json, sides: set[str], knowledge: Knowledge
) -> None:
    found = diagnosis(condition(**members), knowledge)
    assert {side.value for side in found.sides} == sides


def test_a_body_site_on_the_other_side_leaves_the_side_open(knowledge: Knowledge) -> None:
    found = diagnosis(condition(bodySite=[concept(LEFT)]), knowledge)
    assert found.sides == frozenset()


@pytest.mark.parametrize("code", [None, {}, {"text": "avascular necrosis, hip"}, concept(HIP)])
def test_a_condition_without_a_known_code_is_no_diagnosis(
    code: object, knowledge: Knowledge
) -> None:
    assert (
        next(read_diagnosis(decoded(condition(code=code)), Reader(knowledge, TODAY)), None) is None
    )


@pytest.mark.parametrize("status", ["completed", "in-progress", "unknown", None])
def test_a_procedure_that_was_done_is_an_operation(
    status: str | None, knowledge: Knowledge
) -> None:
    found = next(read_operation(decoded(procedure(status=status)), Reader(knowledge, TODAY)), None)
    assert found is not None
    assert found.sides == {Side.RIGHT}


@pytest.mark.parametrize(
    "members",
    [
        {"status": "not-done"},
        {"status": "entered-in-error"},
        {"status": "preparation"},
        {"status": "aborted"},
        {"status": "stopped"},
        {"status": "suspended"},
        {"status": "on-hold"},
        {"status": "completed", "notPerformed": True},
        {"status": "completed", "notDone": True},
    ],
    ids=str,
)
def test_a_procedure_that_was_not_done_is_no_operation(members: Json, knowledge: Knowledge) -> None:
    assert (
        next(read_operation(decoded(procedure(**members)), Reader(knowledge, TODAY)), None) is None
    )
