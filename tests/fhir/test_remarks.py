"""Condition, Observation and DiagnosticReport -> bone loss, and a necrosis that became worse."""

from typing import Any

import pytest

from cds_service.core.knowledge import Knowledge
from cds_service.core.record import SIDES, Remark, Side
from tests.core.builders import on
from tests.fhir.builders import (
    ICD10CM,
    LOINC,
    VERIFICATION,
    Json,
    bundle,
    concept,
    condition,
    gathered,
    hook_request,
    observation,
    prefetch,
    without,
)
from tests.fhir.test_stages import FILM_OF_RIGHT_HIP, RESOLVED, SHOULDER, report

OSTEOPOROSIS = concept({"system": ICD10CM, "code": "M81.0"})
DEFECT = concept({"system": ICD10CM, "code": "M89.751"})
LOCAL = {"coding": [{"system": "urn:local", "code": "77"}], "text": "Osteoporosis"}
HIP_T_SCORE = concept({"system": LOINC, "code": "38264-8"})
PROVISIONAL = concept({"system": VERIFICATION, "code": "provisional"})
NOT_KNOWN = concept({"system": VERIFICATION, "code": "no-such-status"})


def remarks(knowledge: Knowledge, **lists: Any) -> tuple[Remark, ...]:
    """Return what is read of some lists beside a diagnosis of the right hip."""
    return gathered(hook_request(prefetch=prefetch(**lists)), knowledge).remarks.items


def of_entry(knowledge: Knowledge, **members: Any) -> tuple[Remark, ...]:
    """Return what is read of a second Condition, recorded on 7 November 2026."""
    plain = without(condition(id="condition-2"), "onsetDateTime")
    entry = plain | {"recordedDate": "2026-11-07"} | members
    return remarks(knowledge, conditions=bundle(condition(), entry))


def of_report(knowledge: Knowledge, text: str, **members: Any) -> list[tuple[str, Any, bool]]:
    """Return what a report of the right hip says of which hips, and whether it is read whole."""
    sent = report(conclusion=text, code=concept(FILM_OF_RIGHT_HIP), **members)
    found = remarks(knowledge, diagnosticReports=bundle(sent))
    return [(one.says, one.sides, bool(one.unread)) for one in found]


@pytest.mark.parametrize(
    ("code", "says", "basis"),
    [(OSTEOPOROSIS, "osteoporosis", "code"), (LOCAL, "osteoporosis", "words")],
)
def test_an_entry_dates_its_bone_loss(
    code: Json, says: str, basis: str, knowledge: Knowledge
) -> None:
    [found] = of_entry(knowledge, code=code)
    assert (found.says, found.basis, found.on) == (says, basis, on(2026, 11, 7))


def test_an_entry_made_late_holds_since_its_onset(knowledge: Knowledge) -> None:
    [found] = of_entry(knowledge, code=OSTEOPOROSIS, onsetPeriod={"start": "2020-01-01"})
    assert found.on == on(2020, 1, 1)


def test_a_defect_has_its_side(knowledge: Knowledge) -> None:
    [found] = of_entry(knowledge, code=DEFECT)
    assert (found.says, found.sides) == ("boneDefect", frozenset({Side.RIGHT}))


@pytest.mark.parametrize(
    "members",
    [
        {"code": OSTEOPOROSIS, "verificationStatus": PROVISIONAL},
        {"code": OSTEOPOROSIS, "clinicalStatus": RESOLVED},
        {"code": {"text": "No osteoporosis"}},
        {"code": {"text": "Progressive avascular necrosis, skin"}},
    ],
)
def test_what_may_be_or_was_is_no_bone_loss(members: Json, knowledge: Knowledge) -> None:
    assert of_entry(knowledge, **members) == ()


def test_a_status_that_nobody_knows_leaves_it_open(knowledge: Knowledge) -> None:
    [found] = of_entry(knowledge, code=OSTEOPOROSIS, verificationStatus=NOT_KNOWN)
    assert found.unread == {"certainty"}


@pytest.mark.parametrize(("score", "count"), [(-2.5, 1), (-3, 1), (-2.4, 0), (None, 0)], ids=str)
def test_a_t_score_at_the_limit_is_osteoporosis(
    score: float | None, count: int, knowledge: Knowledge
) -> None:
    plain = without(observation(code=HIP_T_SCORE, bodySite=concept(SHOULDER)), "valueString")
    value = {} if score is None else {"valueQuantity": {"value": score}}
    found = remarks(knowledge, observations=bundle(plain | value))
    assert [one.basis for one in found] == ["tScore"] * count


def test_a_part_of_a_result_and_a_draft_of_one_are_read(knowledge: Knowledge) -> None:
    part = {"code": HIP_T_SCORE, "valueQuantity": {"value": -2.7}}
    sent = observation(code={"text": "DXA"}, component=[part], status="preliminary")
    [found] = remarks(knowledge, observations=bundle(sent))
    assert (found.basis, found.unread) == ("tScore", {"status"})


def test_another_result_is_no_t_score(knowledge: Knowledge) -> None:
    other = without(observation(code={"text": "Pain"}), "valueString")
    sent = other | {"valueQuantity": {"value": -4}}
    assert remarks(knowledge, observations=bundle(sent)) == ()


def test_a_value_and_a_note_are_read_and_a_name_alone_is_not(knowledge: Knowledge) -> None:
    value = observation(code={"text": "Impression"}, valueString="Osteopenia")
    note = observation(id="o-2", code={"text": "x"}, valueString="y", note=[{"text": "AVN worse"}])
    name = observation(id="o-3", code={"text": "Osteoporosis risk"}, valueString="12")
    found = remarks(knowledge, observations=bundle(value, note, name))
    assert [one.says for one in found] == ["osteopenia", "worse"]


RIGHT, LEFT = frozenset({Side.RIGHT}), frozenset({Side.LEFT})
REPORTS: list[tuple[str, list[tuple[str, Any, bool]]]] = [
    ("AVN of the right femoral head has progressed.", [("worse", RIGHT, False)]),
    ("Progressive AVN.", [("worse", RIGHT, False)]),
    ("Left: progressive AVN.", [("worse", frozenset(), True)]),
    ("Bilateral AVN has progressed.", [("worse", RIGHT, False)]),
    ("Marked osteopenia.", [("osteopenia", RIGHT, False)]),
    ("No change.", []),
]


@pytest.mark.parametrize(("text", "says"), REPORTS)
def test_a_report_says_it_of_its_hip(text: str, says: list[Any], knowledge: Knowledge) -> None:
    assert of_report(knowledge, text) == says


def test_a_draft_of_a_report_leaves_it_open(knowledge: Knowledge) -> None:
    found = of_report(knowledge, "Progressive AVN.", status="preliminary")
    assert found == [("worse", RIGHT, True)]


def test_a_report_of_another_place_says_nothing_of_a_hip(knowledge: Knowledge) -> None:
    sent = report(code={"text": "XR shoulder"}, conclusion="Progressive AVN, osteopenia")
    assert remarks(knowledge, diagnosticReports=bundle(sent)) == ()


def test_a_report_without_a_place_names_both_hips(knowledge: Knowledge) -> None:
    sent = report(code={"text": "Report"}, conclusion="Both hips: progressive AVN")
    [found] = remarks(knowledge, diagnosticReports=bundle(sent))
    assert found.sides == SIDES
