"""The review schedule against an oracle, for partial dates, and for one study more."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from cds_service.core.hip.review import Course, Review, review_of
from cds_service.core.record import Listing, Side
from cds_service.core.values import Absence, DateRange
from tests.core.builders import HEAD, SCHEDULE, TODAY, diagnosis, in_month, in_year, study
from tests.core.strategies import UNHURRIED

# Chance has no part in what is covered.
Widen = Callable[[date], DateRange]
DAYS = st.dates(TODAY - timedelta(days=1600), TODAY + timedelta(days=60))
PAST_DAYS = st.dates(TODAY - timedelta(days=1600), TODAY)
WIDENINGS = st.sampled_from(
    [DateRange.on, lambda day: in_month(day.year, day.month), lambda day: in_year(day.year)]
)
WIDENED_DAYS = st.tuples(PAST_DAYS, WIDENINGS)


def review(made: list[DateRange], diagnosed: list[DateRange], today: date = TODAY) -> Review:
    """Return the review of a hip with studies and diagnoses of these dates."""
    entries = tuple(diagnosis(HEAD, dates=(found,)) for found in diagnosed)
    return review_of(Side.RIGHT, Course(entries), Listing(tuple(map(study, made))), SCHEDULE, today)


def months_later(day: date, months: int) -> date:
    """Oracle: walk month by month, then stop at the month's last day."""
    first = reduce(
        lambda reached, _: (reached + timedelta(31)).replace(day=1),
        range(months),
        day.replace(day=1),
    )
    last = (first + timedelta(31)).replace(day=1) - timedelta(1)
    return min(first + timedelta(day.day - 1), last)


def status_by_hand(made: list[date], diagnosed: list[date]) -> str:
    """Oracle: count the months that were complete on the last study, then the days of delay."""
    happened = [min(day, TODAY) for day in made if day <= TODAY + timedelta(1)]
    if not happened:
        return "noneOnFile"
    last = max(happened)
    baseline = min([day for day in diagnosed if day <= TODAY] or happened)
    complete = sum(months_later(baseline, n) <= last for n in range(1, 25))
    reviews = [day for day in happened if day >= baseline]
    is_steady = bool(reviews) and last >= months_later(min(reviews), 6)
    months = 3 if complete < 12 else 12 if complete >= 24 and is_steady else 6
    delay = (TODAY - max(baseline, months_later(last, months))).days
    return "overdue" if delay > 30 else "notDue" if delay < -30 else "due"


@UNHURRIED
@given(st.lists(DAYS, max_size=4), st.lists(DAYS, max_size=3))
def test_with_exact_dates_the_status_is_the_one_worked_out_by_hand(
    made: list[date], diagnosed: list[date]
) -> None:
    found = review(list(map(DateRange.on, made)), list(map(DateRange.on, diagnosed)))
    assert found.status == status_by_hand(made, diagnosed)


@UNHURRIED
@given(st.lists(WIDENED_DAYS, max_size=4), st.lists(WIDENED_DAYS, max_size=3))
def test_a_wider_date_never_contradicts_the_exact_one(
    made: list[tuple[date, Widen]], diagnosed: list[tuple[date, Widen]]
) -> None:
    exact = review(*([DateRange.on(day) for day, _ in dates] for dates in (made, diagnosed)))
    wide = review(*([widen(day) for day, widen in dates] for dates in (made, diagnosed)))
    assert wide.status in (exact.status, "due")


@UNHURRIED
@given(st.lists(WIDENED_DAYS, min_size=1, max_size=4), st.lists(WIDENED_DAYS, max_size=3))
def test_the_due_date_of_the_exact_dates_lies_within_that_of_the_wider_ones(
    made: list[tuple[date, Widen]], diagnosed: list[tuple[date, Widen]]
) -> None:
    exact = review(*([DateRange.on(day) for day, _ in dates] for dates in (made, diagnosed))).due
    wide = review(*([widen(day) for day, widen in dates] for dates in (made, diagnosed))).due
    assert not isinstance(exact, Absence)
    assert not isinstance(wide, Absence)
    assert wide.earliest <= exact.earliest <= exact.latest <= wide.latest


@UNHURRIED
@given(
    st.lists(WIDENED_DAYS, min_size=1, max_size=3), st.lists(WIDENED_DAYS, max_size=2), WIDENED_DAYS
)
def test_one_more_study_never_makes_the_next_review_due_earlier(
    made: list[tuple[date, Widen]],
    diagnosed: list[tuple[date, Widen]],
    one_more: tuple[date, Widen],
) -> None:
    known, dates, extra = (
        [widen(day) for day, widen in found] for found in (made, diagnosed, [one_more])
    )
    before, after = review(known, dates).due, review(known + extra, dates).due
    assert not isinstance(before, Absence)
    assert not isinstance(after, Absence)
    assert before.earliest <= after.earliest
    assert before.latest <= after.latest


@UNHURRIED
@given(st.lists(WIDENED_DAYS, min_size=1, max_size=3), st.lists(WIDENED_DAYS, max_size=2))
def test_studies_that_were_not_read_never_settle_more_than_that_nothing_is_due(
    made: list[tuple[date, Widen]], diagnosed: list[tuple[date, Widen]]
) -> None:
    entries = tuple(diagnosis(HEAD, dates=(widen(day),)) for day, widen in diagnosed)
    studies = Listing(tuple(study(widen(day)) for day, widen in made), "was not read")
    found = review_of(Side.RIGHT, Course(entries), studies, SCHEDULE, TODAY)
    assert found.status in ("notDue", Absence.UNKNOWN)
