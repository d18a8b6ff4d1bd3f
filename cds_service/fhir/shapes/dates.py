"""FHIR date and dateTime -> DateRange with the precision that was sent.

The day is taken as written, in the zone of the sender: a review is due on a calendar day, not at
an instant. Anything that is not a FHIR date gives None.
"""

import calendar
import re
from datetime import date

from cds_service.core.values import DateRange, Precision
from cds_service.fhir.shapes.resources import Resource

_DATE = re.compile(
    r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})(?:[T ][0-9]{2}:[0-9]{2}[0-9:.Z+\-]*)?)?)?"
)


def parse_date(text: str | None) -> DateRange | None:
    """Return 2026, 2026-05, 2026-05-04 or 2026-05-04T10:00:00Z as the days it may mean."""
    if not text:
        return None
    match = _DATE.fullmatch(text.strip())
    if match is None:
        return None
    try:
        return _range(*match.groups())
    except ValueError:
        return None


def date_of(resource: Resource) -> DateRange | None:
    """Return when something took place, else when it was issued."""
    periods = (resource.effective_period, resource.performed_period, resource.occurrence_period)
    texts = [
        resource.effective_date_time,
        resource.performed_date_time,
        resource.occurrence_date_time,
        *(period.start for period in periods if period),
        resource.issued,
    ]
    return next((found for text in texts if (found := parse_date(text))), None)


def _range(in_year: str, in_month: str | None, on_day: str | None) -> DateRange:
    year = int(in_year)
    if in_month is None:
        return DateRange(date(year, 1, 1), date(year, 12, 31), Precision.YEAR)
    month = int(in_month)
    if on_day is None:
        last = calendar.monthrange(year, month)[1]
        return DateRange(date(year, month, 1), date(year, month, last), Precision.MONTH)
    return DateRange.on(date(year, month, int(on_day)))
