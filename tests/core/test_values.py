"""Truth tables, calendar arithmetic and ages."""

from datetime import date, timedelta
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_service.core.values import (
    DateRange,
    Period,
    Precision,
    Truth,
    add_period,
    negate,
    subtract_period,
    whole_years_between,
)
from tests.core.strategies import UNHURRIED

LETTERS = {"T": Truth.TRUE, "F": Truth.FALSE, "U": Truth.UNKNOWN}
DAYS = st.dates(date(1900, 1, 1), date(2400, 12, 31))


def month_after(first: date) -> date:
    """Return the first day of the next month."""
    return (first + timedelta(days=31)).replace(day=1)


def by_walking(day: date, months: int) -> date:
    """Oracle of calendar addition: walk month by month, then stop at the month's last day."""
    first = reduce(lambda reached, _: month_after(reached), range(months), day.replace(day=1))
    return min(first + timedelta(day.day - 1), month_after(first) - timedelta(1))


def birthday(birth: date, age: int) -> date:
    """Return the day on which an age is reached; on 1 March where there is no 29 February."""
    return date(birth.year + age, birth.month, 1) + timedelta(birth.day - 1)


@pytest.mark.parametrize("row", ["T F", "F T", "U U"])
def test_negate_follows_the_table_of_kleene(row: str) -> None:
    assert negate(LETTERS[row[0]]) is LETTERS[row[2]]


@pytest.mark.parametrize(
    ("day", "period", "expected"),
    [
        (date(2026, 1, 31), Period(months=1), date(2026, 2, 28)),
        (date(2028, 1, 31), Period(months=1), date(2028, 2, 29)),
        (date(2026, 3, 31), Period(months=1), date(2026, 4, 30)),
        (date(2024, 2, 29), Period(months=12), date(2025, 2, 28)),
        (date(2024, 2, 29), Period(months=48), date(2028, 2, 29)),
        (date(2096, 2, 29), Period(months=48), date(2100, 2, 28)),
        (date(2026, 10, 5), Period(months=3), date(2027, 1, 5)),
        (date(2026, 12, 31), Period(months=12), date(2027, 12, 31)),
        (date(2026, 12, 1), Period(months=0), date(2026, 12, 1)),
        (date(2026, 12, 15), Period(days=30), date(2027, 1, 14)),
        (date(2026, 1, 31), Period(months=1, days=1), date(2026, 3, 1)),
    ],
)
def test_a_period_is_added_by_calendar(day: date, period: Period, expected: date) -> None:
    assert add_period(day, period) == expected


@UNHURRIED
@given(DAYS, st.integers(0, 150))
def test_adding_months_agrees_with_walking_the_calendar(day: date, months: int) -> None:
    assert add_period(day, Period(months=months)) == by_walking(day, months)


@UNHURRIED
@given(DAYS, DAYS, st.integers(0, 60), st.integers(0, 400))
def test_a_later_day_never_gives_an_earlier_sum(
    first: date, second: date, months: int, days: int
) -> None:
    period = Period(months, days)
    assert add_period(min(first, second), period) <= add_period(max(first, second), period)


@UNHURRIED
@given(DAYS, st.integers(0, 1000))
def test_subtracting_days_undoes_adding_them(day: date, days: int) -> None:
    period = Period(days=days)
    assert subtract_period(add_period(day, period), period) == day


@pytest.mark.parametrize(
    ("birth", "day", "age"),
    [
        (date(2008, 11, 23), date(2026, 11, 22), 17),
        (date(2008, 11, 22), date(2026, 11, 22), 18),
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
        (date(2008, 2, 29), date(2028, 2, 29), 20),
        (date(2026, 11, 22), date(2026, 11, 22), 0),
    ],
)
def test_a_year_of_age_is_completed_on_the_birthday(birth: date, day: date, age: int) -> None:
    assert whole_years_between(birth, day) == age


@UNHURRIED
@given(st.dates(date(1900, 1, 1), date(2026, 1, 1)), st.integers(0, 45_000))
def test_the_age_is_the_number_of_birthdays_that_have_passed(birth: date, days: int) -> None:
    day = birth + timedelta(days)
    passed = sum(birthday(birth, age) <= day for age in range(1, 130))
    assert whole_years_between(birth, day) == passed


@pytest.mark.parametrize(
    ("latest", "precision"),
    [(date(2026, 5, 4), Precision.DAY), (date(2026, 5, 5), Precision.RANGE)],
)
def test_a_range_of_one_day_is_exact(latest: date, precision: Precision) -> None:
    assert DateRange.between(date(2026, 5, 4), latest).precision is precision
