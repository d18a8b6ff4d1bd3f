"""Values in words: no date more exact than it is known, no number without its unit."""

from decimal import Decimal

import pytest

from cds_service.core.knowledge import Knowledge, Words
from cds_service.core.record import Side
from cds_service.core.texts import Placeholder, Template
from cds_service.core.values import NEVER, UNKNOWN, DateRange, Period, Quantity, Value
from cds_service.core.wording import (
    fill,
    hip_key,
    names_in,
    write_amount,
    write_date,
    write_fact,
    write_hips,
)
from tests.core.builders import in_month, in_year, on, years

WORDS = Words(
    months=tuple(f"M{number}" for number in range(1, 13)),
    dates={
        "day": "{day} {month} {year}",
        "month": "{month} {year}",
        "year": "{year}",
        "range": "{earliest} to {latest}",
    },
    hips={"right": "right hip", "right+left": "both hips"},
    choices={"stage": {"one": "first stage"}},
    units={
        "day": ("{number} day", "{number} days"),
        "month": ("{number} month", "{number} months"),
        "year": ("{number} year", "{number} years"),
        "age": ("{number} y", "{number} y"),
    },
    phrases={},
    notes={},
    override_reasons={},
)
TEMPLATE: Template = (" due ", Placeholder("when", "now"), " ", Placeholder("where", None), " ")


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"when": "today", "where": "here"}, "due today here"),
        ({"when": None, "where": "here"}, "due now here"),
        ({"when": "today", "where": None}, "due today"),
        ({"when": None, "where": None}, "due now"),
    ],
)
def test_a_value_that_is_missing_takes_the_words_for_that(
    values: dict[str, str | None], text: str
) -> None:
    assert fill(TEMPLATE, values) == text


def test_the_names_of_a_template_are_its_placeholders() -> None:
    assert names_in(TEMPLATE) == ("when", "where")


@pytest.mark.parametrize(
    ("hips", "key"),
    [
        ({Side.LEFT, Side.RIGHT}, "right+left"),
        ({Side.UNRECORDED, Side.LEFT}, "left+unrecorded"),
        ({Side.UNRECORDED}, "unrecorded"),
    ],
)
def test_a_set_of_hips_has_one_name(hips: set[Side], key: str) -> None:
    assert hip_key(frozenset(hips)) == key


def test_a_set_of_hips_is_written_in_words() -> None:
    assert write_hips(frozenset({Side.RIGHT, Side.LEFT}), WORDS) == "both hips"


@pytest.mark.parametrize(
    "hips",
    [
        {Side.RIGHT},
        {Side.LEFT},
        {Side.RIGHT, Side.LEFT},
        {Side.UNRECORDED},
        {Side.RIGHT, Side.UNRECORDED},
        {Side.LEFT, Side.UNRECORDED},
    ],
)
def test_every_language_has_words_for_every_set_of_hips(
    knowledge: Knowledge, hips: set[Side]
) -> None:
    assert all(write_hips(frozenset(hips), words) for words in knowledge.words.values())


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (on(2026, 5, 4), "4 M5 2026"),
        (in_month(2026, 5), "M5 2026"),
        (in_year(2026), "2026"),
        (
            DateRange.between(on(2026, 5, 4).earliest, on(2027, 1, 2).latest),
            "4 M5 2026 to 2 M1 2027",
        ),
    ],
)
def test_a_date_is_written_no_more_exactly_than_it_is_known(value: DateRange, text: str) -> None:
    assert write_date(value, WORDS) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Period(days=1), "1 day"),
        (Period(days=30), "30 days"),
        (Period(months=1), "1 month"),
        (Period(months=18), "18 months"),
        (Period(months=12), "1 year"),
        (Period(months=24), "2 years"),
        (years(18), "18 y"),
        (years(1), "1 y"),
        (years(17, 18), "17–18 y"),
        (Quantity.exactly(Decimal(6), "mo"), "6 months"),
    ],
)
def test_an_amount_is_written_with_its_unit(value: Period | Quantity, text: str) -> None:
    assert write_amount(value, WORDS) == text


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("stage", NEVER, None),
        ("stage", UNKNOWN, None),
        ("stage", "one", "first stage"),
        ("stage", "two", "two"),
        ("code", "as it stands", "as it stands"),
        ("date", in_year(2026), "2026"),
        ("interval", Period(months=3), "3 months"),
        ("age", years(54), "54 y"),
    ],
)
def test_a_fact_is_written_by_its_kind(name: str, value: Value, text: str | None) -> None:
    assert write_fact(name, value, WORDS) == text
