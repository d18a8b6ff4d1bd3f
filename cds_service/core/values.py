"""Values that facts can hold: three-valued truth, dates with their precision, quantities."""

import calendar
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from typing import Final, Literal

from msgspec import Struct


class Member(Enum):
    """A choice of our own; each is only equal to itself, so its hash need not be that of a name."""

    __hash__ = object.__hash__


class Absence(Member):
    """Why a fact has no value. `NEVER` is an answer; `UNKNOWN` is the lack of one."""

    NEVER = "never"
    UNKNOWN = "unknown"


NEVER: Final = Absence.NEVER
UNKNOWN: Final = Absence.UNKNOWN
Never = Literal[Absence.NEVER]
Unknown = Literal[Absence.UNKNOWN]


class Truth(Member):
    """Kleene's strong three-valued logic."""

    TRUE = "true"
    FALSE = "false"
    UNKNOWN = "unknown"


class Precision(Member):
    """How exactly a date was recorded."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    RANGE = "range"


class DateRange(Struct, frozen=True):
    """A date known to lie between two days, both included."""

    earliest: date
    latest: date
    precision: Precision = Precision.DAY

    @property
    def ends(self) -> frozenset[date]:
        """The first day and the last, which may be one."""
        return frozenset((self.earliest, self.latest))

    @classmethod
    def on(cls, day: date) -> "DateRange":
        """Return the range that is one day."""
        return cls(day, day)

    @classmethod
    def between(cls, earliest: date, latest: date) -> "DateRange":
        """Return the range with the precision that its ends allow to say."""
        precision = Precision.DAY if earliest == latest else Precision.RANGE
        return cls(earliest, latest, precision)


class Quantity(Struct, frozen=True):
    """A number known to lie between two bounds, both included, in a UCUM unit."""

    low: Decimal
    high: Decimal
    unit: str

    @classmethod
    def exactly(cls, value: Decimal, unit: str) -> "Quantity":
        """Return the quantity whose bounds are one number."""
        return cls(value, value, unit)


class Period(Struct, frozen=True):
    """A calendar period as ISO 8601 writes it: P3M, P1Y, P30D."""

    months: int = 0
    days: int = 0


DAYS_OF_EVERY_MONTH = 28
Value = str | DateRange | Quantity | Period | Absence


def add_period(day: date, period: Period) -> date:
    """Add months by calendar (31 January + 1 month = the last day of February), then days."""
    month_index = day.month - 1 + period.months
    year, month, of_month = day.year + month_index // 12, month_index % 12 + 1, day.day
    if of_month > DAYS_OF_EVERY_MONTH:
        of_month = min(of_month, calendar.monthrange(year, month)[1])
    return date(year, month, of_month) + timedelta(period.days)


def subtract_period(day: date, period: Period) -> date:
    """Go back by months of the calendar, then by days."""
    return add_period(day, Period(-period.months, -period.days))


def whole_years_between(birth: date, day: date) -> int:
    """Return the age in completed years on `day`."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def whole_months_between(first: date, day: date) -> int:
    """Return the completed months of the calendar from one day to another, not before it."""
    months = (day.year - first.year) * 12 + day.month - first.month
    return months - (add_period(first, Period(months=months)) > day)


def negate(truth: Truth) -> Truth:
    """Return Kleene's not."""
    if truth is Truth.UNKNOWN:
        return truth
    return Truth.FALSE if truth is Truth.TRUE else Truth.TRUE
