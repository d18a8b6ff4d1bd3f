"""Dates keep the precision that was sent, and nothing that is not a FHIR date becomes one."""

import calendar
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_service.core.values import DateRange, Precision
from cds_service.fhir.shapes.dates import parse_date

DAY = DateRange.on(date(2026, 5, 4))


@pytest.mark.parametrize(
    "text",
    [
        "2026-05-04",
        " 2026-05-04 ",
        "2026-05-04T10:00:00Z",
        "2026-05-04T23:59:60Z",
        "2026-05-04T10:00:00.123456+05:30",
        "2026-05-04T10:00:00",
        "2026-05-04T10:00",
        "2026-05-04 10:00:00",
    ],
)
def test_a_day_is_taken_as_the_sender_wrote_it(text: str) -> None:
    assert parse_date(text) == DAY


def test_a_year_is_all_of_its_days() -> None:
    whole = DateRange(date(2026, 1, 1), date(2026, 12, 31), Precision.YEAR)
    assert parse_date("2026") == whole


@pytest.mark.parametrize(("text", "last"), [("2024-02", 29), ("2023-02", 28), ("2026-12", 31)])
def test_a_month_is_all_of_its_days(text: str, last: int) -> None:
    year, month = (int(part) for part in text.split("-"))
    assert parse_date(text) == DateRange(
        date(year, month, 1), date(year, month, last), Precision.MONTH
    )


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        " ",
        "20260504",
        "2026-W19",
        "2026-W19-1",
        "2026-5-4",
        "2026-05-4",
        "26-05-04",
        "04.05.2026",
        "05/04/2026",
        "2026-13",
        "2026-00",
        "2026-00-10",
        "2026-02-30",
        "2023-02-29",
        "2026-05-00",
        "0000",
        "0000-01-01",
        "-2026",
        "+2026",
        "10000-01-01",
        "2026-",
        "2026-05-",
        "2026T10:00",
        "2026-05T10:00",
        "unknown",
        "<b>2026</b>",
        "2026\n-05",
        "2026-05-04T10:00:00Z\n2027",
    ],
)
def test_what_is_not_a_fhir_date_gives_nothing(text: str | None) -> None:
    assert parse_date(text) is None


@pytest.mark.parametrize("text", ["٢٠٢٦-٠٥-٠٤", "２０２６", "২০২৬-০৫"])
def test_digits_of_other_scripts_are_not_a_fhir_date(text: str) -> None:
    assert parse_date(text) is None


@pytest.mark.parametrize("text", ["2026-05-04Tnoon", "2026-05-04 or earlier", "2026-05-04T"])
def test_a_day_followed_by_words_is_not_a_fhir_date(text: str) -> None:
    assert parse_date(text) is None


@given(st.dates())
def test_every_day_is_read_back_from_its_iso_form(day: date) -> None:
    assert parse_date(day.isoformat()) == DateRange.on(day)


@given(st.dates())
def test_every_month_holds_its_days(day: date) -> None:
    found = parse_date(f"{day.year:04}-{day.month:02}")
    assert found is not None
    assert found.earliest <= day <= found.latest
    assert found.latest.day == calendar.monthrange(day.year, day.month)[1]


@given(st.text(max_size=30))
def test_no_text_makes_the_reader_fail(text: str) -> None:
    found = parse_date(text)
    assert found is None or found.earliest <= found.latest
