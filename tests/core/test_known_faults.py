"""Faults that are known and not yet mended; a mended one fails here until its mark is dropped."""

from dataclasses import replace
from datetime import date

import pytest

from cds_service.core.advise import advise
from cds_service.core.decide import Truths, unknown_facts
from cds_service.core.facts.hip_facts import gather_facts
from cds_service.core.hip.clock import next_review
from cds_service.core.hip.diagnosis import osteonecrosis_strength, prosthesis_answer
from cds_service.core.hip.review import Course, review_of
from cds_service.core.knowledge import Group, Knowledge, Phase
from cds_service.core.record import NO_SIDE, Concept, Listing, Series, Side, Verification
from cds_service.core.values import UNKNOWN, Period
from tests.core.builders import (
    HEAD,
    HIP_PROSTHESIS,
    ON_LEFT,
    ON_RIGHT,
    OSTEOARTHRITIS,
    SCHEDULE,
    TODAY,
    clock,
    diagnosis,
    imaging,
    in_year,
    on,
    record,
    series,
    study,
)
from tests.core.decided import CALL, facts_of, line

MADE = on(2026, 11, 1)


@pytest.mark.parametrize("other", [series("hip", "film", ON_LEFT), series("foot", "film", ON_LEFT)])
def test_a_pelvis_film_covers_both_hips_whatever_else_the_study_shows(other: Series) -> None:
    studies = Listing((study(MADE, series("pelvis"), other),))
    assert review_of(Side.RIGHT, Course(), studies, SCHEDULE, TODAY).status == "notDue"


@pytest.mark.parametrize(
    "parts",
    [
        (imaging("mri", "limb"),),
        (imaging("mri", "limb"), series("hip", None)),
        (Series("film", frozenset(), NO_SIDE),),
    ],
)
def test_a_study_that_may_show_the_hip_leaves_the_answer_open(
    parts: tuple[Series | Concept, ...],
) -> None:
    found = review_of(Side.RIGHT, Course(), Listing((study(MADE, *parts),)), SCHEDULE, TODAY)
    assert found.status not in ("noneOnFile", "overdue")


def test_the_modality_is_that_of_the_part_on_the_same_side() -> None:
    parts = series("hip", "ct", ON_RIGHT), series("hip", "film", ON_LEFT)
    found = review_of(Side.LEFT, Course(), Listing((study(MADE, *parts),)), SCHEDULE, TODAY)
    assert found.modality == "film"


def test_a_short_first_phase_never_hides_a_review_that_is_overdue() -> None:
    phases = (Phase("a", Period(months=6), Period(months=3)), Phase("b", None, Period(months=12)))
    schedule, last = replace(SCHEDULE, phases=phases), on(2025, 7, 1)
    exact, wide = (
        next_review(last, clock(baseline), schedule, date(2025, 11, 20), {True}).status
        for baseline in (on(2025, 6, 1), in_year(2025))
    )
    assert (exact, wide) == ("overdue", "due")


def test_a_window_in_months_opens_before_the_due_date_too() -> None:
    schedule = replace(SCHEDULE, window=Period(months=1))
    found = next_review(on(2026, 2, 1), clock(on(2026, 1, 1)), schedule, date(2026, 4, 25), {True})
    assert found.status == "due"


def test_the_next_year_does_not_begin_today() -> None:
    studies = Listing((study(in_year(2027)),))
    found = review_of(Side.RIGHT, Course(), studies, SCHEDULE, date(2026, 12, 31))
    assert found.quality == "futureDated"


def test_a_prosthesis_of_one_hip_is_named_where_the_side_of_the_disease_is_unknown() -> None:
    chart = record(diagnosis(HEAD, sides=NO_SIDE), diagnosis(HIP_PROSTHESIS))
    assert prosthesis_answer(chart, Side.UNRECORDED)[0] is not None


def test_a_code_that_names_the_head_outlives_a_lookalike_in_the_same_entry() -> None:
    assert osteonecrosis_strength(diagnosis(HEAD, OSTEOARTHRITIS)) == "possible"


def test_an_entry_without_verification_beside_a_provisional_one_is_not_called_provisional() -> None:
    provisional = diagnosis(HEAD, verification=Verification.UNCONFIRMED)
    unstated = diagnosis(HEAD, verification=Verification.UNRECORDED)
    facts = gather_facts(record(provisional, unstated), SCHEDULE, TODAY)[Side.RIGHT]
    assert (facts["certainty"].value, facts["verification"].value) != ("recorded", "unconfirmed")


def test_a_gap_in_the_imaging_history_is_named_where_nothing_is_due(knowledge: Knowledge) -> None:
    dated = diagnosis(HEAD, dates=(on(2026, 1, 10),))
    whole, partial = (
        advise(chart, knowledge, "onfh-patient-view", CALL, TODAY).cards[1].detail
        for chart in (record(dated, study(MADE)), record(dated, study(MADE), gaps=["ImagingStudy"]))
    )
    assert partial != whole


def test_only_the_facts_that_leave_the_answer_open_are_missing() -> None:
    settled = Group("any", (line("yes", "is", "x"), line("open", "is", "x")))
    when = Group("all", (settled, line("gone", "is", "x")))
    assert unknown_facts(when, Truths(facts_of(yes="x", open=UNKNOWN, gone=UNKNOWN))) == ("gone",)
