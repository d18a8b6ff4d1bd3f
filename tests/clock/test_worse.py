"""Nothing that makes a hip worse ever lengthens its interval or puts its next review off."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from cds_service.core.facts.hip_facts import gather_facts
from cds_service.core.hip.clock import Start
from cds_service.core.hip.review import Course, Review, review_of
from cds_service.core.record import Listing, Record, Side, StageText, ValueSetId
from cds_service.core.values import UNKNOWN, Absence, DateRange, Period, add_period
from tests.core.builders import (
    HEAD,
    HIP_OSTEOARTHRITIS,
    ON_RIGHT,
    SCHEDULE,
    STAGES_BY_LABEL,
    TODAY,
    code,
    diagnosis,
    in_month,
    in_year,
    on,
    operation,
    record,
    study,
)
from tests.core.strategies import UNHURRIED

Event = Callable[[Record, DateRange], Record]
PAST = st.dates(TODAY - timedelta(days=1600), TODAY)
EXACT = PAST.map(DateRange.on)
WIDE = st.one_of(
    EXACT,
    PAST.map(lambda day: in_month(day.year, day.month)),
    PAST.map(lambda day: in_year(day.year)),
).map(lambda found: DateRange.between(min(found.earliest, TODAY), min(found.latest, TODAY)))
FILMS = st.lists(WIDE, min_size=1, max_size=4)
RESTARTS = st.builds(Start, st.sampled_from(["operation", "advance"]), WIDE, st.booleans())
COURSES = st.builds(
    lambda days, restarts: Course(
        tuple(diagnosis(HEAD, dates=(day,)) for day in days), tuple(restarts)
    ),
    st.lists(WIDE, max_size=2),
    st.lists(RESTARTS, max_size=2),
)
DECOMPRESSION = code(ValueSetId.HEAD_PRESERVING_SURGERY, "head")


def review(films: list[DateRange], course: Course) -> Review:
    """Return the review of a hip with these films."""
    return review_of(Side.RIGHT, course, Listing(tuple(map(study, films))), SCHEDULE, TODAY)


def is_no_later(after: Review, before: Review, known: date = date.min) -> bool:
    """Tell whether a review came no later and its interval is no longer, but for a day `known`."""
    assert isinstance(before.due, DateRange)
    assert isinstance(after.due, DateRange)
    is_sooner = after.due.earliest <= max(before.due.earliest, known)
    is_sooner = is_sooner and after.due.latest <= max(before.due.latest, known)
    is_late = before.status == "overdue" and known == date.min
    return is_sooner and is_no_longer(after, before) and (not is_late or after.status == "overdue")


def is_no_longer(after: Review, before: Review) -> bool:
    found = [one.interval for one in (after, before) if isinstance(one.interval, Period)]
    return len(found) < 2 or add_period(TODAY, found[0]) <= add_period(TODAY, found[1])


@UNHURRIED
@given(FILMS, COURSES, RESTARTS)
def test_an_operation_or_an_advance_brings_the_review_forward(
    films: list[DateRange], course: Course, event: Start
) -> None:
    worse = structs.replace(course, restarts=(*course.restarts, event))
    assert is_no_later(review(films, worse), review(films, course))


@UNHURRIED
@given(FILMS, COURSES)
def test_something_that_may_say_collapse_brings_the_review_forward(
    films: list[DateRange], course: Course
) -> None:
    assert is_no_later(
        review(films, structs.replace(course, shape="unclear")), review(films, course)
    )


@UNHURRIED
@given(FILMS, EXACT, EXACT, st.lists(RESTARTS, max_size=2))
def test_a_first_record_after_the_onset_puts_nothing_off_beyond_itself(
    films: list[DateRange], onset: DateRange, recorded: DateRange, restarts: list[Start]
) -> None:
    onset, recorded = sorted((onset, recorded), key=lambda one: one.earliest)
    begun = replace(diagnosis(HEAD, dates=(onset,)), is_onset=True)
    course = Course((begun,), tuple(restarts))
    known = structs.replace(course, diagnoses=(begun, diagnosis(HEAD, dates=(recorded,))))
    assert is_no_later(review(films, known), review(films, course), recorded.latest)


@UNHURRIED
@given(FILMS, COURSES, WIDE)
def test_a_later_record_of_the_same_disease_changes_nothing(
    films: list[DateRange], course: Course, recorded: DateRange
) -> None:
    course = structs.replace(
        course, diagnoses=(diagnosis(HEAD, dates=(recorded,)), *course.diagnoses)
    )
    again = (*course.diagnoses, diagnosis(HEAD, dates=(DateRange.on(TODAY),)))
    assert review(films, structs.replace(course, diagnoses=again)) == review(films, course)


@UNHURRIED
@given(FILMS, COURSES, RESTARTS)
def test_what_may_be_an_operation_widens_the_answer_and_holds_the_sure_one(
    films: list[DateRange], course: Course, sure: Start
) -> None:
    with_it = structs.replace(
        course, restarts=(*course.restarts, structs.replace(sure, is_sure=True))
    )
    perhaps = structs.replace(
        course, restarts=(*course.restarts, structs.replace(sure, is_sure=False))
    )
    wide = review(films, perhaps).due
    assert isinstance(wide, DateRange)
    for known in (review(films, with_it).due, review(films, course).due):
        assert isinstance(known, DateRange)
        assert wide.earliest <= known.earliest
        assert known.latest <= wide.latest


def staged(label: str, day: DateRange) -> StageText:
    """Return a stage of the right hip."""
    return StageText("Observation/invented", "stage", ON_RIGHT, day, STAGES_BY_LABEL[label])


def chart(films: list[DateRange], recorded: DateRange, *texts: StageText) -> Record:
    """Return the record of a right hip with these films and stages."""
    found = record(diagnosis(HEAD, dates=(recorded,)), *map(study, films))
    return replace(found, stage_texts=Listing(texts))


def operated(found: Record, day: DateRange) -> Record:
    done = replace(operation(DECOMPRESSION, ON_RIGHT), on=day)
    return replace(found, operations=Listing((*found.operations.items, done)))


def advanced(found: Record, _: DateRange) -> Record:
    texts = (*found.stage_texts.items, staged("ARCO 2019 II", DateRange.on(TODAY)))
    return replace(found, stage_texts=Listing(texts))


def collapsed(found: Record, _: DateRange) -> Record:
    texts = (*found.stage_texts.items, staged("ARCO 2019 III", DateRange.on(TODAY)))
    return replace(found, stage_texts=Listing(texts))


def worn(found: Record, day: DateRange) -> Record:
    entry = diagnosis(HIP_OSTEOARTHRITIS, dates=(day,))
    return replace(found, diagnoses=Listing((*found.diagnoses.items, entry)))


@UNHURRIED
@given(
    FILMS,
    EXACT,
    EXACT,
    st.sampled_from([operated, advanced, collapsed, worn]),
    st.sampled_from([(), ("ARCO 2019 I",), ("ARCO 2019 I", "ARCO 2019 I")]),
)
def test_no_event_in_a_chart_puts_the_next_review_off(
    films: list[DateRange],
    recorded: DateRange,
    day: DateRange,
    event: Event,
    stages: tuple[str, ...],
) -> None:
    days = (on(2024, 1, 1), on(2025, 1, 1))
    before = chart(films, recorded, *map(staged, stages, days))
    due, after = (
        gather_facts(one, SCHEDULE, TODAY)[Side.RIGHT] for one in (before, event(before, day))
    )
    first, second = due["nextReviewDate"].value, after["nextReviewDate"].value
    assert isinstance(first, DateRange)
    assert (second is UNKNOWN) == (event in (collapsed, worn))
    latest = first if isinstance(second, Absence) else second
    assert isinstance(latest, DateRange)
    assert latest.earliest <= first.earliest
    assert latest.latest <= first.latest
