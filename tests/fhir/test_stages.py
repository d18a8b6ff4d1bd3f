"""Condition.stage, Observation and DiagnosticReport of every FHIR version -> stage texts."""

from typing import Any

import pytest

from cds_service.core.knowledge import Knowledge
from cds_service.core.record import StageText
from tests.core.builders import NO_SIDE, ON_LEFT, ON_RIGHT, on
from tests.fhir.builders import (
    HIP,
    LEFT,
    SUBJECT,
    Json,
    bundle,
    concept,
    condition,
    gathered,
    hook_request,
    prefetch,
)

SHOULDER = {"system": "http://snomed.info/sct", "code": "16982005"}


def observation(**members: Any) -> Json:
    """Return a final observation of a stage of the left hip, FHIR R4."""
    return {
        "resourceType": "Observation",
        "id": "observation-1",
        "status": "final",
        "subject": SUBJECT,
        "code": {"text": "ARCO stage"},
        "bodySite": concept(LEFT),
        "effectiveDateTime": "2026-10-05",
        "valueString": "II",
    } | members


def report(**members: Any) -> Json:
    """Return a final report, FHIR R4."""
    return {
        "resourceType": "DiagnosticReport",
        "id": "report-1",
        "status": "final",
        "subject": SUBJECT,
        "code": {"text": "MRI of the hip"},
        "effectiveDateTime": "2026-10-05",
        "conclusion": "ARCO stage III.",
    } | members


def texts_of(knowledge: Knowledge, **members: Any) -> tuple[StageText, ...]:
    """Return what is read from a prefetch with these members."""
    return gathered(hook_request(prefetch=prefetch(**members)), knowledge).stage_texts.items


STAGE_SHAPES = [
    ({"summary": {"text": "ARCO II"}}, ["ARCO II"]),
    ([{"summary": {"text": "II"}, "type": {"text": "ARCO"}}], ["ARCO: II"]),
    ([{"summary": concept({"display": "ARCO II"})}], ["ARCO II"]),
    (
        [{"summary": {"text": "ARCO II"}}, {"summary": {"text": "Ficat IIa"}}],
        ["ARCO II", "Ficat IIa"],
    ),
    ([{"type": {"text": "ARCO"}}], ["ARCO"]),
    ([None], []),
    ("ARCO II", ["ARCO II"]),
    (2, ["2.0"]),
]


@pytest.mark.parametrize(("stage", "texts"), STAGE_SHAPES)
def test_the_stage_of_a_condition_is_read_in_every_shape(
    knowledge: Knowledge, stage: Any, texts: list[str]
) -> None:
    found = texts_of(knowledge, conditions=bundle(condition(stage=stage)))
    assert [text.text for text in found] == texts
    assert {(text.sides, text.on) for text in found} <= {(ON_RIGHT, None)}


def test_the_stage_of_another_condition_is_not_read(knowledge: Knowledge) -> None:
    other = condition(
        code=concept({"system": "urn:x", "code": "1"}), stage=[{"summary": {"text": "I"}}]
    )
    assert texts_of(knowledge, conditions=bundle(other)) == ()


VALUES = [
    ({}, ["ARCO stage: II"]),
    ({"valueString": None, "valueCodeableConcept": {"text": "ARCO II"}}, ["ARCO stage: ARCO II"]),
    ({"code": concept({"display": "Stage"}), "valueString": "ARCO II"}, ["Stage: ARCO II"]),
    ({"valueString": None}, ["ARCO stage"]),
    ({"code": None}, ["II"]),
    ({"code": "ARCO stage"}, ["ARCO stage: II"]),
]


@pytest.mark.parametrize(("members", "texts"), VALUES)
def test_the_words_of_code_and_value_are_one_text(
    knowledge: Knowledge, members: Json, texts: list[str]
) -> None:
    found = texts_of(knowledge, observations=bundle(observation(**members)))
    assert [text.text for text in found] == texts
    assert {(text.sides, text.on) for text in found} == {(ON_LEFT, on(2026, 10, 5))}


@pytest.mark.parametrize(
    ("members", "count"),
    [
        ({"status": "entered-in-error"}, 0),
        ({"status": "cancelled"}, 0),
        ({"bodySite": concept(SHOULDER)}, 0),
        ({"bodySite": concept(HIP)}, 1),
        ({"bodySite": {"text": "left hip"}}, 1),
        ({"bodySite": None}, 1),
    ],
)
def test_what_is_void_or_elsewhere_is_left_out(
    knowledge: Knowledge, members: Json, count: int
) -> None:
    assert len(texts_of(knowledge, observations=bundle(observation(**members)))) == count


@pytest.mark.parametrize("status", ["preliminary", "registered", "unknown", None])
def test_an_observation_that_is_not_final_says_so(knowledge: Knowledge, status: str | None) -> None:
    [found] = texts_of(knowledge, observations=bundle(observation(status=status)))
    assert not found.is_final


def test_a_report_is_read_with_the_words_of_its_code(knowledge: Knowledge) -> None:
    [found] = texts_of(knowledge, diagnosticReports=bundle(report()))
    assert (found.text, found.about, found.sides) == ("ARCO stage III.", "MRI of the hip", NO_SIDE)
    assert (found.is_final, found.is_of_hip, found.on) == (True, False, on(2026, 10, 5))


def test_a_hip_study_by_its_code_is_about_the_hip(knowledge: Knowledge) -> None:
    coded = concept({"system": "http://loinc.org", "code": "24762-7"})
    [found] = texts_of(knowledge, diagnosticReports=bundle(report(code=coded)))
    assert found.is_of_hip


@pytest.mark.parametrize(
    ("members", "texts"),
    [
        ({"conclusionCode": [{"text": "ARCO II"}]}, ["ARCO II", "ARCO stage III."]),
        ({"conclusion": None, "codedDiagnosis": [{"text": "ARCO II"}]}, ["ARCO II"]),
        ({"status": "entered-in-error"}, []),
        ({"conclusion": None}, []),
    ],
)
def test_a_report_says_a_stage_in_its_conclusion_or_its_code(
    knowledge: Knowledge, members: Json, texts: list[str]
) -> None:
    found = texts_of(knowledge, diagnosticReports=bundle(report(**members)))
    assert [text.text for text in found] == texts


@pytest.mark.parametrize("key", ["observations", "diagnosticReports"])
def test_a_list_that_was_not_sent_is_a_gap(knowledge: Knowledge, key: str) -> None:
    sent = prefetch()
    del sent[key]
    found = gathered(hook_request(prefetch=sent), knowledge).stage_texts
    assert found.gap is not None
