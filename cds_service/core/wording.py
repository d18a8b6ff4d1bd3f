"""Writes values in the words of a language."""

from collections.abc import Mapping
from datetime import date

from cds_service.core.knowledge import ParameterValue, Words
from cds_service.core.record import Side
from cds_service.core.texts import Template
from cds_service.core.values import Absence, DateRange, Period, Precision, Value

SIDE_ORDER = (Side.RIGHT, Side.LEFT, Side.UNRECORDED)
UCUM_WORDS = {"a": "age", "mo": "month", "d": "day"}
# The unit of UCUM of a number that has none, such as a T-score.
PLAIN_NUMBER = "1"


def fill(template: Template, values: Mapping[str, str | None]) -> str:
    """Write a template; a value of None takes the placeholder's `otherwise` text.

    Raises `KeyError` for a placeholder that has no value at all.
    """
    if len(template) == 1 and isinstance(template[0], str):
        return template[0].strip()
    parts = [
        part if isinstance(part, str) else values[part.name] or part.otherwise or ""
        for part in template
    ]
    return "".join(parts).strip()


def write_phrase(name: str, words: Words) -> str:
    """Write a phrase that has no placeholders just as it stands, with its spaces."""
    return "".join(part for part in words.phrases[name] if isinstance(part, str))


def names_in(template: Template) -> tuple[str, ...]:
    """Return the names of a template's placeholders."""
    return tuple(part.name for part in template if not isinstance(part, str))


def hip_key(hips: frozenset[Side]) -> str:
    """Return the stable name of a set of hips: `right`, `left`, `right+left`, `unrecorded`, ..."""
    return "+".join(side.value for side in SIDE_ORDER if side in hips)


def write_hips(hips: frozenset[Side], words: Words) -> str:
    """Write a set of hips in words."""
    return words.hips[hip_key(hips)]


def write_fact(name: str, value: Value, words: Words) -> str | None:
    """Write the value of a fact, or None where it has none."""
    if isinstance(value, Absence):
        return None
    if isinstance(value, str):
        return words.choices.get(name, {}).get(value, value)
    return write_date(value, words) if isinstance(value, DateRange) else write_amount(value, words)


def write_date(value: DateRange, words: Words) -> str:
    """Write a date no more exactly than it is known."""
    match value.precision:
        case Precision.RANGE:
            return words.dates["range"].format(
                earliest=_write_day(value.earliest, "day", words),
                latest=_write_day(value.latest, "day", words),
            )
        case precision:
            return _write_day(value.earliest, precision.value, words)


def write_amount(value: ParameterValue, words: Words) -> str:
    """Write a period or a quantity with its unit in the singular or plural."""
    if isinstance(value, Period):
        return _write_period(value, words)
    if value.unit == PLAIN_NUMBER:
        return str(value.low)
    unit = UCUM_WORDS[value.unit]
    if value.low == value.high:
        return _count(int(value.low), unit, words)
    return f"{int(value.low)}–{_count(int(value.high), unit, words)}"


def _write_day(day: date, form: str, words: Words) -> str:
    return words.dates[form].format(day=day.day, month=words.months[day.month - 1], year=day.year)


def _write_period(period: Period, words: Words) -> str:
    if period.days:
        return _count(period.days, "day", words)
    if period.months % 12:
        return _count(period.months, "month", words)
    return _count(period.months // 12, "year", words)


def _count(number: int, unit: str, words: Words) -> str:
    singular, plural = words.units[unit]
    return (singular if number == 1 else plural).format(number=number)
