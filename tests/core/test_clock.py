"""What starts a clock, and what stops a schedule: each doubt, and what does not count."""

from dataclasses import replace
from datetime import date

import pytest

from cds_service.core.facts.hip_facts import gather_facts
from cds_service.core.hip.clock import Start
from cds_service.core.hip.restarts import restarts_of
from cds_service.core.hip.stoppers import stop_of
from cds_service.core.record import (
    Clinical,
    Concept,
    Diagnosis,
    Listing,
    NotUnderstood,
    Operation,
    Record,
    Side,
    ValueSetId,
    Verification,
)
from cds_service.core.values import NEVER, UNKNOWN, DateRange, Period, Value
from tests.core.builders import (
    HEAD,
    ON_LEFT,
    ON_RIGHT,
    SCHEDULE,
    TODAY,
    clock,
    code,
    diagnosis,
    imaging,
    in_month,
    in_year,
    on,
    operation,
    order,
    record,
    said,
    study,
)

DONE = on(2026, 6, 1)
SURGERY = ValueSetId.HEAD_PRESERVING_SURGERY
DECOMPRESSION, GRAFT = code(SURGERY, "head"), code(SURGERY, "femur")
PREGNANT, BROKEN = code(ValueSetId.PREGNANCY), code(ValueSetId.FEMUR_FRACTURE)
PALLIATIVE = code(ValueSetId.PALLIATIVE_CARE)
RIGHT_HEAD = diagnosis(HEAD, dates=(on(2022, 1, 10),))


def done(
    concept: Concept = DECOMPRESSION,
    sides: frozenset[Side] = ON_RIGHT,
    day: DateRange | None = DONE,
) -> Operation:
    """Return an operation of the right hip that was done on a day."""
    return replace(operation(concept, sides), on=day)


UNDATED = DateRange.between(date.min, TODAY)
STARTED: list[tuple[Operation, Value, list[tuple[DateRange, bool]]]] = [
    (done(), NEVER, [(DONE, True)]),
    (replace(done(), reference=None), NEVER, [(DONE, True)]),
    (done(sides=ON_LEFT), NEVER, []),
    (done(sides=frozenset()), "operationSide", [(DONE, False)]),
    (done(day=None), "operationUndated", [(UNDATED, True)]),
    (done(day=on(2027, 6, 1)), "operationUndated", [(UNDATED, True)]),
    (done(day=in_year(2026)), NEVER, [(DateRange.between(date(2026, 1, 1), TODAY), True)]),
    (done(said(DECOMPRESSION)), "operationInWords", [(DONE, True)]),
    (done(GRAFT), "operationKind", [(DONE, False)]),
    (replace(done(GRAFT), purpose="osteonecrosis"), NEVER, [(DONE, True)]),
    (
        replace(done(GRAFT), reason_references=frozenset({"Condition/invented"})),
        NEVER,
        [(DONE, True)],
    ),
    (replace(done(GRAFT), reason_references=frozenset({"Condition/other"})), NEVER, []),
    (replace(done(GRAFT), purpose="other"), NEVER, []),
    (replace(done(), unread=frozenset({"status"})), "operationKind", [(DONE, False)]),
    (done(PALLIATIVE), NEVER, []),
]


@pytest.mark.parametrize(("found", "doubt", "starts"), STARTED)
def test_an_operation_starts_the_clock_anew_or_may(
    found: Operation, doubt: Value, starts: list[tuple[DateRange, bool]]
) -> None:
    restarts = restarts_of(Side.RIGHT, record(RIGHT_HEAD, found), (RIGHT_HEAD,), TODAY)
    assert restarts.doubt == doubt
    assert [(one.on, one.is_sure) for one in restarts.starts] == starts


def test_operations_that_were_not_read_are_a_doubt() -> None:
    gap = record(RIGHT_HEAD, gaps=["Procedure"])
    unread = replace(record(RIGHT_HEAD), operations=Listing((), None, (NotUnderstood("x"),)))
    for found in (gap, unread):
        assert restarts_of(Side.RIGHT, found, (RIGHT_HEAD,), TODAY).doubt is UNKNOWN


def test_an_operation_stands_in_for_a_beginning_that_nobody_recorded() -> None:
    found = record(diagnosis(HEAD), done())
    facts = gather_facts(found, SCHEDULE, TODAY)[Side.RIGHT]
    names = ("reviewStart", "reviewStartReason", "timeSinceStart", "reviewStatus")
    assert [facts[name].value for name in names] == [
        DONE,
        "operation",
        Period(months=5),
        "noneOnFile",
    ]


@pytest.mark.parametrize(
    ("start", "age"),
    [
        (on(2026, 6, 1), Period(months=5)),
        (on(2026, 10, 23), Period(days=30)),
        (on(2026, 11, 22), UNKNOWN),
        (in_month(2026, 6), UNKNOWN),
        (DateRange.between(date(2026, 6, 1), date(2026, 6, 20)), Period(months=5)),
    ],
)
def test_the_time_since_the_start_is_in_whole_months(start: DateRange, age: Value) -> None:
    assert clock(start).age(TODAY) == age


def test_what_may_have_started_it_last_leaves_the_reason_open() -> None:
    found = replace(clock(on(2022, 1, 1)), restarts=(Start("operation", DONE, is_sure=False),))
    assert (found.reason, found.start) == (
        UNKNOWN,
        DateRange.between(date(2022, 1, 1), DONE.latest),
    )


def entry(concept: Concept, **changed: object) -> Diagnosis:
    return replace(diagnosis(concept, dates=(on(2026, 11, 1),)), **changed)  # type: ignore[arg-type]


STOPS: list[tuple[Diagnosis | Operation, Value]] = [
    (entry(BROKEN), "acuteFracture"),
    (entry(BROKEN, sides=frozenset()), "acuteFracture"),
    (entry(BROKEN, sides=ON_LEFT), NEVER),
    (entry(BROKEN, dates=(on(2026, 5, 22),)), "acuteFracture"),
    (entry(BROKEN, dates=(on(2026, 5, 21),)), NEVER),
    (entry(BROKEN, dates=()), "acuteFracture"),
    (entry(PREGNANT, reference=None), "pregnancy"),
    (entry(PREGNANT, dates=(on(2026, 1, 22),)), "pregnancy"),
    (entry(PREGNANT, dates=(on(2026, 1, 21),)), NEVER),
    (entry(PREGNANT, clinical=Clinical.INACTIVE), NEVER),
    (entry(PREGNANT, verification=Verification.RULED_OUT), NEVER),
    (entry(said(PREGNANT)), NEVER),
    (entry(PALLIATIVE, dates=(on(2020, 1, 1),)), "palliativeCare"),
    (operation(PALLIATIVE), "palliativeCare"),
    (operation(DECOMPRESSION), NEVER),
]


@pytest.mark.parametrize(("found", "why"), STOPS)
def test_what_stops_a_schedule_is_present_and_not_old(
    found: Diagnosis | Operation, why: Value
) -> None:
    assert stop_of(Side.RIGHT, record(RIGHT_HEAD, found), SCHEDULE, TODAY).why == why


def test_a_fracture_of_either_femur_may_be_that_of_a_hip_without_a_side() -> None:
    found = record(entry(BROKEN, sides=ON_LEFT))
    assert stop_of(Side.UNRECORDED, found, SCHEDULE, TODAY).why == "acuteFracture"


def test_conditions_that_were_not_read_leave_it_open() -> None:
    gap = record(gaps=["Condition"])
    unread = replace(record(), diagnoses=Listing((), None, (NotUnderstood("x"),)))
    for found in (gap, unread):
        assert stop_of(Side.RIGHT, found, SCHEDULE, TODAY).why is UNKNOWN


def test_a_stopped_hip_keeps_its_last_film_and_loses_its_day() -> None:
    found: Record = record(RIGHT_HEAD, study(on(2026, 10, 5)), entry(PREGNANT))
    facts = gather_facts(found, SCHEDULE, TODAY)[Side.RIGHT]
    names = ("reviewStatus", "lastReviewDate", "nextReviewDate", "reviewInterval", "stability")
    assert [facts[name].value for name in names] == [
        "noSchedule",
        on(2026, 10, 5),
        UNKNOWN,
        UNKNOWN,
        "notYet",
    ]


def test_no_image_comes_too_early_for_a_hip_without_an_interval() -> None:
    film = replace(order(imaging("film", "hip")), is_selected=True)
    known = (RIGHT_HEAD, study(on(2026, 11, 5)))
    early, stopped = (
        gather_facts(one, SCHEDULE, TODAY)[Side.RIGHT]["imagingOrderTiming"].value
        for one in (
            record(*known, orders=Listing((film,))),
            record(*known, entry(PREGNANT), orders=Listing((film,))),
        )
    )
    assert (early, stopped) == ("sooner", "notSooner")


def test_what_may_be_an_operation_makes_the_day_a_range() -> None:
    films = (study(on(2025, 9, 1)), study(on(2026, 9, 1)))
    facts = gather_facts(record(RIGHT_HEAD, *films, done(GRAFT)), SCHEDULE, TODAY)[Side.RIGHT]
    due = DateRange.between(date(2026, 12, 1), date(2027, 9, 1))
    assert (facts["nextReviewDate"].value, facts["stability"].value) == (due, UNKNOWN)


def test_dates_that_are_not_exact_leave_it_open_whether_a_lesion_is_stable() -> None:
    films = (study(in_month(2026, 3)), study(on(2026, 9, 15)))
    facts = gather_facts(record(RIGHT_HEAD, *films), SCHEDULE, TODAY)[Side.RIGHT]
    assert facts["stability"].value is UNKNOWN
