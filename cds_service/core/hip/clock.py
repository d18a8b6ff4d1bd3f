"""Where the clock of a hip starts, and when its next review is due.

It starts with the disease and anew with an operation that preserves the head or an advance of the
stage. All days are ranges: an answer holds for every day that they may mean, and an event that may
be of this hip brings the next review forward, never back.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Literal

from msgspec import Struct, structs

from cds_service.core.knowledge import Phase, ReviewSchedule
from cds_service.core.values import (
    UNKNOWN,
    DateRange,
    Period,
    Unknown,
    add_period,
    subtract_period,
    whole_months_between,
)

DueStatus = Literal["notDue", "due", "overdue"]
StartReason = Literal["recorded", "onset", "firstStudy", "operation", "advance"]


class Start(Struct, frozen=True):
    """What starts the clock; `is_sure`: it did happen to this hip, on some day of `on`."""

    reason: StartReason
    on: DateRange
    is_sure: bool = True
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class Clock:
    """The first record of the disease, its stand-in, and what starts the clock anew."""

    diagnosed: Start
    restarts: tuple[Start, ...] = ()

    @property
    def starts(self) -> tuple[Start, ...]:
        return (self.diagnosed, *self.restarts)

    @cached_property
    def start(self) -> DateRange:
        """Return when the clock started last; what is not sure may or may not have."""
        if not self.restarts:
            return self.diagnosed.on
        latest = max(self.starts, key=lambda one: (one.on.latest, one.on.earliest))
        earliest = max(one.on.earliest for one in self.starts if one.is_sure)
        is_one = latest.is_sure and latest.on.earliest == earliest
        return latest.on if is_one else DateRange.between(earliest, latest.on.latest)

    @property
    def reason(self) -> StartReason | Unknown:
        """Return what started it last; unknown where two things may have."""
        may_be_last = {one.reason for one in self.starts if one.on.latest >= self.start.earliest}
        return may_be_last.pop() if len(may_be_last) == 1 else UNKNOWN

    def until(self, last: DateRange) -> "Clock":
        """Return the clock as it stood at a review: what may have come later may not have been."""
        restarts = (
            one if one.on.latest <= last.earliest else structs.replace(one, is_sure=False)
            for one in self.restarts
            if one.on.earliest <= last.latest
        )
        return Clock(self.diagnosed, tuple(restarts))

    def age(self, today: date) -> Period | Unknown:
        """Return the whole months since then, or the days of the first; unknown where not exact."""
        months = {whole_months_between(day, today) for day in self.start.ends}
        days = (today - self.start.latest).days
        if months == {0} and self.start.earliest == self.start.latest and days:
            return Period(days=days)
        return Period(months=months.pop()) if len(months) == 1 and 0 not in months else UNKNOWN


_Reached = Sequence[tuple[Start, int]]
"""What starts the clock, each with the number of the phase that is reached since."""


class NextReview(Struct, frozen=True):
    """What the schedule says of one review: the status today, the interval, the due date.

    `is_late` tells whether the last phase is reached, if the lesion is stable; it may be either.
    """

    status: DueStatus
    interval: Period | Unknown
    due: DateRange
    is_late: frozenset[bool]


def steadiness(
    reviews: Sequence[DateRange], clock: Clock, schedule: ReviewSchedule
) -> frozenset[bool]:
    """Return whether two reviews lie as far apart as it takes to call a lesion stable.

    Only those count that are not before the start that held at the last one.

    Both answers, where the dates are too wide to tell.
    """
    start = clock.until(max(reviews, key=lambda day: (day.latest, day.earliest))).start
    may = [day for day in reviews if day.latest >= start.earliest]
    sure = [day for day in reviews if day.earliest >= start.latest]
    widest = [(max(d.earliest, start.earliest), d.latest) for d in may]
    surest = [(d.latest, d.earliest) for d in sure]
    return frozenset(_are_apart(found, schedule.stable_after) for found in (widest, surest))


def _are_apart(reviews: list[tuple[date, date]], period: Period) -> bool:
    """Tell whether the last of the second days lies a period behind the first of the first."""
    if not reviews:
        return False
    return max(last for _, last in reviews) >= add_period(min(f for f, _ in reviews), period)


def next_review(
    last: DateRange, clock: Clock, schedule: ReviewSchedule, today: date, stable: Iterable[bool]
) -> NextReview:
    """Apply the schedule: the interval in force on the day of the last review gives the due date.

    What starts the clock anew after the last review asks for one an interval of the beginning
    later, if none is due before. A study from before the disease was recorded counts, but no review
    is due before that. `stable` holds what the lesion may be: stable, not, or both where it cannot
    be told.
    """
    phases = schedule.phases
    soon = [(one, _phase_number(last.earliest, one.on.latest, phases)) for one in clock.starts]
    late = [
        (one, _phase_number(last.latest, one.on.earliest, phases))
        for one in clock.starts
        if one.is_sure
    ]
    firsts = {min([number for _, number in found]) for found in (soon, late)}
    reached = [phases[: schedule.last_phase(is_stable) + 1] for is_stable in stable]
    known = clock.diagnosed.on
    due = DateRange.between(
        max(known.earliest, min([_soonest(last, clock, soon, one) for one in reached])),
        max(known.latest, *[_latest(last, clock, late, one) for one in reached]),
    )
    intervals = {_phase(number, one).interval for number in firsts for one in reached}
    return NextReview(
        status=_status(due, schedule.window, today),
        interval=intervals.pop() if len(intervals) == 1 else UNKNOWN,
        due=due,
        is_late=frozenset([number == len(phases) - 1 for number in firsts]),
    )


def _soonest(last: DateRange, clock: Clock, starts: _Reached, phases: tuple[Phase, ...]) -> date:
    """Return the first day on which a review can be due."""
    days = list[date]()
    for one, number in starts:
        is_before = one is clock.diagnosed or one.on.earliest <= last.latest
        from_day = last.earliest if is_before else one.on.earliest
        days.append(add_period(from_day, _phase(number, phases).interval))
    return min(days)


def _latest(last: DateRange, clock: Clock, starts: _Reached, phases: tuple[Phase, ...]) -> date:
    """Return the last day on which a review can be due."""
    days = list[date]()
    for one, number in starts:
        day = add_period(last.latest, _phase(number, phases).interval)
        if one is not clock.diagnosed and one.on.latest > last.earliest:
            day = max(day, add_period(one.on.latest, phases[0].interval))
        days.append(day)
    return min(days)


def _phase(number: int, phases: tuple[Phase, ...]) -> Phase:
    """Return the phase of a number, the last where no later one is reached."""
    return phases[min(number, len(phases) - 1)]


def _phase_number(seen: date, start: date, phases: tuple[Phase, ...]) -> int:
    return len([one for one in phases if one.until and seen >= add_period(start, one.until)])


def _status(due: DateRange, window: Period, today: date) -> DueStatus:
    if today > add_period(due.latest, window):
        return "overdue"
    return "notDue" if today < subtract_period(due.earliest, window) else "due"
