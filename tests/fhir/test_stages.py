"""Condition, Observation and DiagnosticReport of every FHIR version -> what they say of a stage."""

from typing import Any

import pytest

from cds_service.core.knowledge import Knowledge
from cds_service.core.record import Side, StageText
from tests.core.builders import on
from tests.fhir.builders import (
    HIP,
    SUBJECT,
    Json,
    bundle,
    concept,
    condition,
    gathered,
    hook_request,
    observation,
    prefetch,
)

SHOULDER = {"system": "http://snomed.info/sct", "code": "16982005"}
SIDED_HIP = {"system": "http://snomed.info/sct", "code": "287579007"}
FILM_OF_RIGHT_HIP = {"system": "http://loinc.org", "code": "26132-1"}
RESOLVED = concept(
    {"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "resolved"}
)


def of_imaging(code: str) -> list[Json]:
    """Return the category of a report."""
    return [concept({"system": "http://terminology.hl7.org/CodeSystem/v2-0074", "code": code})]


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


def written(text: StageText) -> str:
    """Write what is read as a table does: the sides, the stage or what else is said, the doubts."""
    sides = "+".join(side.value for side in (Side.RIGHT, Side.LEFT) if side in text.sides)
    says = text.stage.label if text.stage else f"{text.says} {text.number}".strip()
    doubts = f"({', '.join(sorted(text.unread))})" if text.unread else ""
    return " ".join(part for part in (sides, says, doubts) if part)


def read(knowledge: Knowledge, **members: Any) -> list[str]:
    """Return what is read from a prefetch with these members, in words."""
    return [written(text) for text in texts_of(knowledge, **members)]


STAGE_SHAPES = [
    ({"summary": {"text": "ARCO II"}}, ["right ARCO II"]),
    ([{"summary": {"text": "II"}, "type": {"text": "ARCO"}}], ["right ARCO II"]),
    ([{"summary": concept({"display": "ARCO II"})}], ["right ARCO II"]),
    (
        [{"summary": {"text": "ARCO II"}}, {"summary": {"text": "Ficat IIa"}}],
        ["right ARCO II", "right Ficat-Arlet IIA"],
    ),
    ([{"type": {"text": "ARCO"}}], ["right unread"]),
    ([{"summary": {"text": "moderate"}}], ["right unread"]),
    ([{"summary": {"text": "JIC type C1"}}], []),
    ([{"summary": {"text": "III"}}], ["right unnamed III"]),
    ([{"summary": {"text": "left hip ARCO III"}}], ["ARCO III (side)"]),
    ([None], []),
    ("ARCO II", ["right ARCO II"]),
    (2, ["right unread"]),
]


@pytest.mark.parametrize(("stage", "texts"), STAGE_SHAPES)
def test_the_stage_of_a_condition_is_read_in_every_shape(
    knowledge: Knowledge, stage: Any, texts: list[str]
) -> None:
    found = texts_of(knowledge, conditions=bundle(condition(stage=stage)))
    assert [written(text) for text in found] == texts
    assert {text.on for text in found} <= {None}


def test_the_stage_of_another_condition_is_not_read(knowledge: Knowledge) -> None:
    other = condition(
        code=concept({"system": "urn:x", "code": "1"}), stage=[{"summary": {"text": "I"}}]
    )
    assert read(knowledge, conditions=bundle(other)) == []


CONDITIONS = [
    ({"text": "Avascular necrosis of right hip, ARCO stage III (HCC)"}, ["right ARCO III"]),
    ({"text": "AVN of the left hip with collapse"}, ["collapse (side)"]),
    ({"text": "Stage III avascular necrosis"}, ["right unnamed III"]),
    ({"text": "Avascular necrosis, right hip"}, []),
]


@pytest.mark.parametrize(("words", "texts"), CONDITIONS)
def test_the_words_of_a_problem_are_read(
    knowledge: Knowledge, words: Json, texts: list[str]
) -> None:
    coded = condition()
    coded["code"] = coded["code"] | words
    assert read(knowledge, conditions=bundle(coded)) == texts


@pytest.mark.parametrize(
    ("members", "texts"),
    [
        ({"code": {"text": "Collapse of left femoral head"}}, ["left collapse"]),
        ({"note": [{"text": "ARCO II"}]}, ["right ARCO II"]),
        ({"code": {"text": "Collapse of left femoral head"}, "clinicalStatus": RESOLVED}, []),
        ({"code": {"text": "Chronic kidney disease stage 3"}}, []),
    ],
)
def test_a_condition_of_any_kind_may_say_that_a_head_has_collapsed(
    knowledge: Knowledge, members: Json, texts: list[str]
) -> None:
    told = bundle(condition(), condition(id="other", **members))
    assert read(knowledge, conditions=told) == texts


VALUES = [
    ({}, ["left ARCO II"]),
    ({"valueString": None, "valueCodeableConcept": {"text": "ARCO II"}}, ["left ARCO II"]),
    ({"code": concept({"display": "Stage"}), "valueString": "ARCO II"}, ["left ARCO II"]),
    ({"valueString": None}, ["left unread"]),
    ({"valueString": None, "valueInteger": 3}, ["left ARCO III"]),
    ({"valueString": None, "valueQuantity": {"value": 3}}, ["left ARCO III"]),
    ({"code": None}, ["left unnamed II"]),
    ({"code": "ARCO stage"}, ["left ARCO II"]),
    ({"code": {"text": "ARCO stage right hip"}, "bodySite": None}, ["right ARCO II"]),
    ({"code": {"text": "ARCO stage right hip"}}, ["ARCO II (side)"]),
    (
        {"note": [{"text": "with a crescent sign of the femoral head"}]},
        ["left ARCO II", "left collapse"],
    ),
    ({"code": {"text": "Collapse of the femoral head"}, "valueString": "no"}, ["left intact"]),
    ({"code": {"text": "Collapse of the femoral head"}, "valueString": "2 mm"}, ["left collapse"]),
    (
        {"code": {"text": "Collapse of the femoral head"}, "valueString": "see text"},
        ["left unread"],
    ),
    ({"code": {"text": "Collapse of the femoral head"}, "valueString": None}, ["left unread"]),
    (
        {"code": {"text": "Femoral head collapse"}, "valueString": None, "valueBoolean": True},
        ["left collapse"],
    ),
    (
        {"code": {"text": "Femoral head collapse"}, "valueString": None, "valueBoolean": False},
        ["left intact"],
    ),
]


@pytest.mark.parametrize(("members", "texts"), VALUES)
def test_the_words_of_code_and_value_are_one_text(
    knowledge: Knowledge, members: Json, texts: list[str]
) -> None:
    found = texts_of(knowledge, observations=bundle(observation(**members)))
    assert [written(text) for text in found] == texts
    assert {text.on for text in found} == {on(2026, 10, 5)}


def test_every_component_is_read_with_the_name_of_its_observation(knowledge: Knowledge) -> None:
    components = [
        {"code": {"text": "right hip"}, "valueString": "III"},
        {"code": {"text": "left hip"}, "valueCodeableConcept": {"text": "II"}},
        None,
    ]
    staged = observation(valueString=None, bodySite=None, component=components)
    found = read(knowledge, observations=bundle(staged))
    assert [one for one in found if "ARCO" in one] == ["right ARCO III", "left ARCO II"]


@pytest.mark.parametrize(
    ("members", "texts"),
    [
        ({"status": "entered-in-error"}, []),
        ({"status": "cancelled"}, []),
        ({"bodySite": concept(SHOULDER)}, []),
        ({"bodySite": {"text": "left knee"}}, []),
        ({"bodySite": concept(HIP)}, ["ARCO II"]),
        ({"bodySite": {"text": "left hip"}}, ["left ARCO II"]),
        ({"bodySite": concept({"system": "urn:x", "code": "1"})}, ["ARCO II (site)"]),
        ({"bodySite": concept(SIDED_HIP)}, ["right ARCO II"]),
        ({"bodySite": None}, ["ARCO II"]),
    ],
)
def test_a_body_site_that_nobody_knows_is_a_doubt_and_not_elsewhere(
    knowledge: Knowledge, members: Json, texts: list[str]
) -> None:
    assert read(knowledge, observations=bundle(observation(**members))) == texts


@pytest.mark.parametrize("status", ["preliminary", "registered", "unknown", "zz", None])
def test_an_observation_that_is_not_final_says_so(knowledge: Knowledge, status: str | None) -> None:
    found = read(knowledge, observations=bundle(observation(status=status)))
    assert found == ["left ARCO II (status)"]


def test_an_observation_of_tomorrow_is_not_understood(knowledge: Knowledge) -> None:
    found = read(knowledge, observations=bundle(observation(effectiveDateTime="2031-01-01")))
    assert found == ["left ARCO II (status)"]


REPORTS = [
    ({}, ["ARCO III"]),
    (
        {"conclusion": "Collapse of the right femoral head with subchondral fracture."},
        ["right collapse"],
    ),
    (
        {"conclusion": "1. Right hip: ARCO stage IIIA.\n2. Left hip: ARCO stage II."},
        ["right ARCO III", "left ARCO II"],
    ),
    ({"conclusionCode": [{"text": "ARCO III"}]}, ["ARCO III", "ARCO III"]),
    ({"conclusion": None, "codedDiagnosis": [{"text": "ARCO II"}]}, ["ARCO II"]),
    ({"status": "entered-in-error"}, []),
    ({"status": "zz"}, ["ARCO III (status)"]),
    ({"code": {"text": "MRI of the knee"}}, ["unread"]),
    ({"code": concept(FILM_OF_RIGHT_HIP)}, ["right ARCO III"]),
    (
        {"code": concept(FILM_OF_RIGHT_HIP), "conclusion": "Left femoral head: collapse."},
        ["collapse (side)"],
    ),
    ({"conclusion": None}, ["report"]),
    ({"conclusion": None, "presentedForm": [{"contentType": "application/pdf"}]}, ["report"]),
    ({"conclusion": None, "code": {"text": "CT of the chest"}}, []),
    ({"conclusion": None, "code": {"text": "Urea and electrolytes"}}, []),
    *(
        (
            {"conclusion": None, "code": {"text": "2 views"}, "category": of_imaging(code)},
            ["report"],
        )
        for code in ("RAD", "IMG", "RX", "CT", "NMR", "LP29684-5")
    ),
    ({"conclusion": None, "code": {"text": "2 views"}, "category": of_imaging("LAB")}, []),
    ({"code": {"text": "Final report"}, "conclusion": "Collapse, 3 mm."}, ["unread"]),
    ({"code": {"text": "Final report"}, "conclusion": "No collapse."}, []),
]


@pytest.mark.parametrize(("members", "texts"), REPORTS)
def test_a_report_says_a_stage_in_its_conclusion_or_was_not_read(
    knowledge: Knowledge, members: Json, texts: list[str]
) -> None:
    assert read(knowledge, diagnosticReports=bundle(report(**members))) == texts


@pytest.mark.parametrize("key", ["observations", "diagnosticReports"])
def test_a_list_that_was_not_sent_is_a_gap(knowledge: Knowledge, key: str) -> None:
    sent = prefetch()
    del sent[key]
    found = gathered(hook_request(prefetch=sent), knowledge).stage_texts
    assert found.gap is not None
