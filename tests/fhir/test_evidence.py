"""What stands in for ImagingStudy where a site cannot search it."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from cds_service.core.knowledge import Knowledge
from tests.fhir.builders import (
    HIP_FILMS,
    LEFT,
    PHYSIOTHERAPY,
    RIGHT,
    SUBJECT,
    Json,
    bundle,
    concept,
    gathered,
    hook_request,
    outcome,
    prefetch,
    procedure,
    study,
    without,
)
from tests.web.contract import cards_in, post

RECENT = "2026-10-20T09:00:00Z"


def report(**members: Any) -> Json:
    """Return a final report of hip films."""
    return {
        "resourceType": "DiagnosticReport",
        "id": "report-1",
        "status": "final",
        "code": concept(HIP_FILMS),
        "subject": SUBJECT,
        "effectiveDateTime": RECENT,
    } | members


def completed_order(**members: Any) -> Json:
    """Return a completed order of hip films."""
    return report(
        resourceType="ServiceRequest", id="order-1", status="completed", intent="order"
    ) | {"occurrenceDateTime": RECENT, **members}


DONE = procedure(code=concept(HIP_FILMS), status="completed", performedDateTime=RECENT)


def request_with(*evidence: Json, imaging: object = None) -> Json:
    """Return a request whose imaging studies could not be read, with evidence beside them."""
    sent = prefetch(imagingStudies=outcome() if imaging is None else imaging)
    return hook_request(prefetch=sent | {"evidence": bundle(*evidence)})


@pytest.mark.parametrize(
    ("evidence", "words"),
    [
        (report(), "that of an imaging report"),
        (report(effectiveDateTime=None, effectivePeriod={"start": RECENT}), "an imaging report"),
        (report(effectiveDateTime=None, issued=RECENT), "an imaging report"),
        *(
            (report(status=status), "an imaging report")
            for status in ("partial", "preliminary", "amended", "corrected", "appended")
        ),
        (DONE, "that of a recorded procedure"),
        (completed_order(), "that of a completed order"),
    ],
)
def test_evidence_of_a_review_counts_and_is_labelled(
    evidence: Json, words: str, client: FlaskClient
) -> None:
    review = cards_in(post(client, request_with(evidence)))[1]
    assert "next imaging due" in review.summary
    assert words in review.detail


@pytest.mark.parametrize(
    ("of_right", "of_left"),
    [
        [report(code=concept(HIP_FILMS | {"display": f"XR hip, {side}"})) for side in "RL"],
        [report(code=concept(HIP_FILMS) | {"text": f"{side}髋正侧位片"}) for side in "右左"],
        [DONE | {"bodySite": [concept(side)]} for side in (RIGHT, LEFT)],
    ],
)
def test_evidence_counts_for_the_hip_that_its_words_or_its_site_name(
    of_right: Json, of_left: Json, client: FlaskClient
) -> None:
    ours = cards_in(post(client, request_with(of_right)))[1]
    other = cards_in(post(client, request_with(of_left)))[1]
    assert "next imaging due" in ours.summary
    assert "could not check" in other.summary


@pytest.mark.parametrize(
    "evidence",
    [
        report(status="registered"),
        report(status="entered-in-error"),
        report(status=None),
        report(code=concept(PHYSIOTHERAPY)),
        completed_order(status="active"),
        procedure(code=concept(HIP_FILMS), status="not-done", performedDateTime=RECENT),
    ],
)
def test_what_did_not_take_place_or_shows_no_hip_is_no_evidence(
    evidence: Json, client: FlaskClient
) -> None:
    review = cards_in(post(client, request_with(evidence)))[1]
    assert "could not check" in review.summary


LOCAL = {"system": "urn:oid:1.2.999", "code": "IMG7"}
RADIOLOGY = [concept({"system": "http://terminology.hl7.org/CodeSystem/v2-0074", "code": "RAD"})]


@pytest.mark.parametrize(
    ("evidence", "summary"),
    [
        (report(code=concept(LOCAL) | {"text": "XR HIP RIGHT 2-3 VIEWS"}), "next imaging due"),
        (report(code={"text": "双髋关节正位片"}), "next imaging due"),
        (report(code={"text": "XR HIP LEFT"}), "could not check"),
        (report(code={"text": "CT ABDOMEN PELVIS"}), "could not check"),
        (report(code=concept(LOCAL), category=RADIOLOGY), "could not check"),
        (report(status="zz"), "could not check"),
    ],
    ids=str,
)
def test_evidence_in_words_counts_likewise(
    evidence: Json, summary: str, client: FlaskClient
) -> None:
    assert summary in cards_in(post(client, request_with(evidence)))[1].summary


def test_an_imaging_report_that_nobody_can_read_is_named(client: FlaskClient) -> None:
    unread = report(code=concept(LOCAL), category=RADIOLOGY)
    detail = cards_in(post(client, request_with(unread)))[1].detail
    assert (
        "a study of 20 October 2026 (kind not known), whose procedure could not be read" in detail
    )


def test_beside_studies_that_were_read_dated_reports_alone_count(knowledge: Knowledge) -> None:
    others = (report(), report(effectiveDateTime=None), completed_order())
    record = gathered(request_with(*others, imaging=bundle(study())), knowledge)
    assert [found.kind for found in record.studies.items] == ["study", "report"]


def test_old_evidence_is_overdue_only_where_all_evidence_was_read(knowledge: Knowledge) -> None:
    old = report(effectiveDateTime="2026-06-05")
    partly = gathered(request_with(old), knowledge).studies
    wholly = request_with(old, completed_order(occurrenceDateTime="2026-06-04"))
    assert partly.gap is not None
    assert gathered(wholly, knowledge).studies.gap is None


def test_another_patients_report_refuses_the_call(client: FlaskClient) -> None:
    foreign = report(subject={"reference": "Patient/zz-other"})
    assert post(client, request_with(foreign)).status_code == 412


def test_a_report_without_subject_is_not_used(knowledge: Knowledge) -> None:
    record = gathered(request_with(without(report(), "subject")), knowledge)
    assert record.studies.items == ()


@pytest.mark.parametrize(("name", "count"), [("Hip study", 1), ("Chest study", 0), ("", 0)])
def test_a_report_of_imaging_that_names_a_hip_and_not_how_it_was_made_is_a_doubt(
    name: str, count: int, knowledge: Knowledge
) -> None:
    category = [concept({"system": "http://terminology.hl7.org/CodeSystem/v2-0074", "code": "RAD"})]
    found = gathered(request_with(report(code={"text": name}, category=category)), knowledge)
    assert len(found.studies.items) == count
