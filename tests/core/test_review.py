"""When the next review is due: limits, partial dates, gaps, and the choice of the baseline."""

from datetime import date

import pytest

from cds_service.core.hip.clock import next_review
from cds_service.core.hip.review import Course, Review, review_of
from cds_service.core.record import Diagnosis, Listing, Side, Study
from cds_service.core.values import NEVER, UNKNOWN, Absence, DateRange, Period, Value
from tests.core.builders import (
    HEAD,
    SCHEDULE,
    TODAY,
    clock,
    diagnosis,
    in_month,
    in_year,
    on,
    study,
)

MONTHS = {3: Period(months=3), 6: Period(months=6), 12: Period(months=12)}


def review(
    *studies: Study,
    gap: str | None = None,
    hip: Side = Side.RIGHT,
    diagnosed: tuple[DateRange, ...] = (),
    today: date = TODAY,
) -> Review:
    """Return the review of one hip of a patient with these studies."""
    entries: tuple[Diagnosis, ...] = (diagnosis(HEAD, dates=diagnosed),)
    return review_of(hip, Course(entries), Listing(studies, gap), SCHEDULE, today)


@pytest.mark.parametrize(
    ("last", "months"),
    [
        (on(2023, 12, 1), 3),
        (on(2024, 1, 31), 3),
        (on(2025, 1, 30), 3),
        (on(2025, 1, 31), 6),
        (on(2026, 1, 30), 6),
        (on(2026, 1, 31), 12),
        (on(2026, 11, 22), 12),
    ],
)
def test_the_interval_is_the_one_in_force_on_the_day_of_the_last_study(
    last: DateRange, months: int
) -> None:
    found = next_review(last, clock(on(2024, 1, 31)), SCHEDULE, TODAY, {True})
    assert found.interval == MONTHS[months]


def test_what_may_say_collapse_keeps_a_hip_from_yearly_reviews() -> None:
    course = Course((diagnosis(HEAD, dates=(on(2023, 1, 1),)),), shape="unclear")
    films = Listing((study(on(2024, 1, 1)), study(on(2026, 1, 1))))
    found = review_of(Side.RIGHT, course, films, SCHEDULE, TODAY)
    assert (found.stability, found.interval) == ("collapseNotExcluded", MONTHS[6])


@pytest.mark.parametrize(
    ("today", "status"),
    [
        (date(2026, 4, 29), "notDue"),
        (date(2026, 4, 30), "due"),
        (date(2026, 5, 30), "due"),
        (date(2026, 6, 29), "due"),
        (date(2026, 6, 30), "overdue"),
    ],
)
def test_a_review_is_due_within_the_window_and_overdue_after_it(today: date, status: str) -> None:
    found = review(study(on(2025, 11, 30)), diagnosed=(on(2024, 11, 30),), today=today)
    assert (found.due, found.status) == (on(2026, 5, 30), status)


@pytest.mark.parametrize(
    ("last", "baseline", "due"),
    [
        (on(2025, 11, 30), on(2025, 11, 1), on(2026, 2, 28)),
        (on(2024, 2, 29), on(2020, 1, 1), on(2025, 2, 28)),
        (
            in_month(2026, 2),
            on(2026, 1, 10),
            DateRange.between(date(2026, 5, 1), date(2026, 5, 28)),
        ),
        (in_year(2024), on(2020, 1, 1), DateRange.between(date(2025, 1, 1), date(2025, 12, 31))),
    ],
)
def test_the_due_date_is_reckoned_by_calendar(
    last: DateRange, baseline: DateRange, due: DateRange
) -> None:
    assert next_review(last, clock(baseline), SCHEDULE, TODAY, {True}).due == due


def test_a_date_that_leaves_two_intervals_leaves_the_interval_unknown() -> None:
    assert (
        next_review(in_year(2025), clock(on(2024, 6, 1)), SCHEDULE, TODAY, {True}).interval
        is UNKNOWN
    )


@pytest.mark.parametrize("last", [on(2009, 5, 11), on(2026, 7, 1), in_year(2009)])
def test_no_review_is_due_before_the_baseline(last: DateRange) -> None:
    assert next_review(last, clock(on(2026, 11, 1)), SCHEDULE, TODAY, {True}).due == on(2026, 11, 1)


@pytest.mark.parametrize(
    ("last", "today", "status"),
    [
        (in_year(2025), date(2026, 4, 30), "due"),
        (in_year(2025), date(2026, 5, 1), "overdue"),
        (in_month(2026, 2), date(2026, 6, 27), "due"),
        (in_month(2026, 2), date(2026, 6, 28), "overdue"),
        (in_month(2026, 2), date(2026, 4, 1), "due"),
        (in_month(2026, 2), date(2026, 3, 31), "notDue"),
    ],
)
def test_a_partial_date_is_overdue_only_when_every_day_of_it_is(
    last: DateRange, today: date, status: str
) -> None:
    found = review(study(last), diagnosed=(on(2025, 6, 1),), today=today)
    assert found.status == status


@pytest.mark.parametrize(
    ("started", "last"),
    [
        (on(2026, 11, 23), on(2026, 11, 22)),
        (in_month(2026, 11), DateRange.between(date(2026, 11, 1), TODAY)),
        (in_year(2026), DateRange.between(date(2026, 1, 1), TODAY)),
        (in_month(2026, 10), in_month(2026, 10)),
    ],
)
def test_a_study_cannot_have_been_made_after_today(started: DateRange, last: DateRange) -> None:
    assert review(study(started)).last == last


@pytest.mark.parametrize("future", [on(2026, 11, 24), in_month(2026, 12), in_year(2027)])
def test_a_study_of_the_future_is_no_evidence_and_is_named(future: DateRange) -> None:
    found = review(study(future), study(on(2024, 1, 1)))
    assert (found.last, found.status, found.quality) == (on(2024, 1, 1), "overdue", "futureDated")


def test_a_study_of_the_future_alone_is_none_on_file() -> None:
    found = review(study(in_year(2027)))
    assert (found.status, found.quality) == ("noneOnFile", "futureDated")


@pytest.mark.parametrize(
    ("studies", "gap", "status"),
    [
        ((), None, "noneOnFile"),
        ((), "was not read", UNKNOWN),
        ((study(None),), None, UNKNOWN),
        ((study(on(2026, 11, 1)),), "was not read", "notDue"),
        ((study(on(2026, 8, 22)),), "was not read", UNKNOWN),
        ((study(on(2026, 1, 1)),), "was not read", UNKNOWN),
        ((study(on(2026, 11, 1)), study(None)), None, "notDue"),
        ((study(on(2026, 1, 1)), study(None)), None, UNKNOWN),
    ],
)
def test_a_gap_or_an_undated_study_settles_only_that_nothing_is_due(
    studies: tuple[Study, ...], gap: str | None, status: str | Absence
) -> None:
    assert review(*studies, gap=gap).status == status


def test_nothing_on_file_is_due_today() -> None:
    found = review(diagnosed=(on(2026, 6, 1),))
    assert (found.status, found.last, found.modality) == ("noneOnFile", NEVER, NEVER)
    assert (found.start, found.interval) == (on(2026, 6, 1), UNKNOWN)
    assert (found.due, found.quality) == (DateRange.on(TODAY), "good")


def test_a_history_that_was_not_read_keeps_the_baseline() -> None:
    found = review(gap="was not read", diagnosed=(on(2026, 6, 1),))
    assert (found.status, found.start) == (UNKNOWN, on(2026, 6, 1))
    assert (found.last, found.due, found.quality) == (UNKNOWN, UNKNOWN, "incomplete")


@pytest.mark.parametrize(
    ("studies", "quality"),
    [
        ((study(on(2026, 1, 1)),), "good"),
        ((study(None),), "undated"),
        ((study(None), study(in_year(2027))), "undated"),
        ((study(in_year(2027)),), "futureDated"),
    ],
)
def test_the_quality_names_the_first_doubt(studies: tuple[Study, ...], quality: str) -> None:
    assert review(*studies).quality == quality


@pytest.mark.parametrize(
    ("studies", "last"),
    [
        ((on(2025, 1, 1), on(2026, 1, 1), on(2024, 1, 1)), on(2026, 1, 1)),
        ((on(2026, 5, 1), in_year(2026)), DateRange.between(date(2026, 5, 1), TODAY)),
        ((in_year(2025), on(2025, 3, 1)), DateRange.between(date(2025, 3, 1), date(2025, 12, 31))),
        ((in_year(2025), on(2025, 12, 31)), on(2025, 12, 31)),
        ((in_year(2024), in_year(2025)), in_year(2025)),
    ],
)
def test_the_last_study_is_no_more_exact_than_the_dates_allow(
    studies: tuple[DateRange, ...], last: DateRange
) -> None:
    assert review(*map(study, studies)).last == last


@pytest.mark.parametrize(
    ("reference", "sources"), [("ImagingStudy/b", ("ImagingStudy/b",)), (None, ())]
)
def test_the_source_is_the_newest_study(reference: str | None, sources: tuple[str, ...]) -> None:
    newest, older = study(on(2026, 2, 1), reference=reference), study(on(2026, 1, 1))
    assert review(newest, older).sources == sources


@pytest.mark.parametrize(
    ("diagnosed", "baseline"),
    [
        ((on(2025, 5, 4), on(2024, 3, 2)), on(2024, 3, 2)),
        ((on(2026, 12, 24), on(2024, 3, 2)), on(2024, 3, 2)),
        ((on(2026, 12, 24),), on(2020, 7, 7)),
        ((), on(2020, 7, 7)),
        ((in_year(2024), on(2024, 3, 2)), DateRange.between(date(2024, 1, 1), date(2024, 3, 2))),
        ((in_year(2024), in_month(2024, 1)), in_month(2024, 1)),
        ((on(2022, 1, 1), in_year(2024)), on(2022, 1, 1)),
    ],
)
def test_the_baseline_is_the_first_date_of_the_disease_else_the_first_study(
    diagnosed: tuple[DateRange, ...], baseline: DateRange
) -> None:
    found = review(study(on(2020, 7, 7)), study(on(2026, 7, 7)), diagnosed=diagnosed)
    assert found.start == baseline


@pytest.mark.parametrize(("gap", "expected"), [(None, UNKNOWN), ("was not read", UNKNOWN)])
def test_without_any_date_there_is_no_baseline(gap: str | None, expected: Value) -> None:
    assert review(gap=gap).start == expected


@pytest.mark.parametrize(
    ("films", "due"),
    [
        ([on(2026, 1, 10)], on(2026, 7, 10)),
        ([on(2025, 7, 10), on(2026, 1, 10)], on(2027, 1, 10)),
        ([on(2025, 7, 11), on(2026, 1, 10)], on(2026, 7, 10)),
        (
            [in_month(2025, 7), on(2026, 1, 10)],
            DateRange.between(date(2026, 7, 10), date(2027, 1, 10)),
        ),
        ([on(2024, 1, 1), on(2025, 12, 1), on(2026, 1, 10)], on(2027, 1, 10)),
    ],
)
def test_only_two_reviews_far_enough_apart_show_a_stable_lesion(
    films: list[DateRange], due: DateRange
) -> None:
    assert review(*map(study, films), diagnosed=(on(2020, 1, 10),)).due == due
