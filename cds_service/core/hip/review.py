"""When a hip was last imaged and when the next review is due.

All dates are ranges, so a study dated "2026" gives a range of due dates, `overdue` is said only
when it holds for every day of that range, and `notDue` likewise.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal, get_args

from cds_service.core.hip.shown_hips import shown_hips
from cds_service.core.knowledge import Phase, ReviewSchedule
from cds_service.core.record import Diagnosis, Listing, Side, Study, StudyKind
from cds_service.core.values import (
    NEVER,
    UNKNOWN,
    Absence,
    DateRange,
    Never,
    Period,
    Precision,
    Unknown,
    add_period,
    subtract_period,
)

ADVANCED = "advanced"
COLLAPSED = "collapsed"
ReviewStatus = Literal["notDue", "due", "overdue", "noneOnFile"]
Doubt = Literal["undated", "otherSide", "siteUnclear", "incomplete", "futureDated"]


@dataclass(frozen=True, slots=True)
class Review:
    """The answer for one hip; `UNKNOWN` wherever the imaging history does not settle it."""

    status: ReviewStatus | Unknown
    last: DateRange | Never | Unknown = UNKNOWN
    modality: str | Never | Unknown = UNKNOWN
    baseline: DateRange | Unknown = UNKNOWN
    interval: Period | Unknown = UNKNOWN
    due: DateRange | Unknown = UNKNOWN
    quality: Literal["good"] | Doubt = "good"
    kind: StudyKind = "study"
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NextReview:
    """What the schedule says of one review: the status today, the interval, the due date."""

    status: ReviewStatus
    interval: Period | Unknown
    due: DateRange


@dataclass(frozen=True, slots=True)
class _Seen:
    on: DateRange
    modality: str
    study: Study


@dataclass(frozen=True, slots=True)
class _History:
    """The eligible studies of one hip, newest last, and whether more may exist."""

    studies: tuple[_Seen, ...]
    is_open: bool
    quality: Literal["good"] | Doubt


def review_of(
    hip: Side,
    diagnoses: tuple[Diagnosis, ...],
    studies: Listing[Study],
    schedule: ReviewSchedule,
    today: date,
) -> Review:
    """Return when this hip was last imaged and what the schedule says of the next time."""
    history = _history(hip, studies, schedule, today)
    baseline = _baseline(diagnoses, history, today)
    if not history.studies:
        return _without_study(history, baseline, today)
    last = _newest(history)
    stable = steadiness((seen.on for seen in history.studies), schedule)
    review = next_review(last, baseline or last, schedule, today, stable)
    status: ReviewStatus | Unknown = review.status
    if history.is_open and status != "notDue":
        status = UNKNOWN
    newest = history.studies[-1]
    return Review(
        status=status,
        last=last,
        modality=newest.modality,
        baseline=baseline or last,
        interval=review.interval,
        due=review.due,
        quality=history.quality,
        kind=newest.study.kind,
        sources=(newest.study.reference,) if newest.study.reference else (),
    )


def may_be_stable(progression: str | Absence, stage: str | Absence) -> bool:
    """Tell whether nothing recorded speaks against a stable lesion: no advance, no collapse."""
    return progression != ADVANCED and stage != COLLAPSED


def steadiness(reviews: Iterable[DateRange], schedule: ReviewSchedule) -> frozenset[bool]:
    """Return whether two reviews lie as far apart as it takes to call a lesion stable.

    Both answers, where the dates are too wide to tell.
    """
    days = list(reviews) or [DateRange.on(date.min)]
    latest, earliest = max(day.latest for day in days), min(day.earliest for day in days)
    sure = max(day.earliest for day in days), min(day.latest for day in days)
    return frozenset(
        last >= add_period(first, schedule.stable_after)
        for last, first in ((latest, earliest), sure)
    )


def schedule_for(schedule: ReviewSchedule, *, is_stable: bool) -> ReviewSchedule:
    """Return the schedule of a lesion: one that is not stable reaches no `stableOnly` phase."""
    if is_stable or not schedule.phases[-1].stable_only:
        return schedule
    *first, last = schedule.phases[:-1]
    return replace(schedule, phases=(*first, replace(last, until=None)))


def next_review(
    last: DateRange,
    baseline: DateRange,
    schedule: ReviewSchedule,
    today: date,
    stable: Iterable[bool],
) -> NextReview:
    """Apply the schedule: the interval in force on the day of the last review gives the due date.

    A study from before the baseline counts, but no review is due before the baseline. `stable`
    holds what the lesion may be: stable, not, or both where it cannot be told.
    """
    schedules = (schedule_for(schedule, is_stable=is_stable) for is_stable in stable)
    phases = [phase for one in schedules for phase in _phases(last, baseline, one)]
    intervals = {phase.interval for phase in phases}
    due_dates = [
        add_period(seen, interval)
        for seen in (last.earliest, last.latest)
        for interval in intervals
    ]
    due = DateRange.between(
        max(baseline.earliest, min(due_dates)), max(baseline.latest, *due_dates)
    )
    return NextReview(
        status=_status(due, schedule.window, today),
        interval=intervals.pop() if len(intervals) == 1 else UNKNOWN,
        due=due,
    )


def _status(due: DateRange, window: Period, today: date) -> ReviewStatus:
    if today > add_period(due.latest, window):
        return "overdue"
    return "notDue" if today < subtract_period(due.earliest, window) else "due"


def _phases(last: DateRange, baseline: DateRange, schedule: ReviewSchedule) -> tuple[Phase, ...]:
    """Return every phase that may have been in force: from the latest start to the earliest."""
    first = _phase_number(last.earliest, baseline.latest, schedule)
    final = _phase_number(last.latest, baseline.earliest, schedule)
    return schedule.phases[first : final + 1]


def _phase_number(seen: date, start: date, schedule: ReviewSchedule) -> int:
    ended = [p for p in schedule.phases if p.until and seen >= add_period(start, p.until)]
    return len(ended)


def _without_study(history: _History, baseline: DateRange | None, today: date) -> Review:
    start: DateRange | Unknown = baseline or UNKNOWN
    if history.is_open:
        return Review(status=UNKNOWN, baseline=start, quality=history.quality)
    return Review(
        status="noneOnFile",
        last=NEVER,
        modality=NEVER,
        baseline=start,
        interval=UNKNOWN,
        due=DateRange.on(today),
        quality=history.quality,
    )


def _history(hip: Side, studies: Listing[Study], schedule: ReviewSchedule, today: date) -> _History:
    """Sort the studies into those that show this hip and those that leave the answer open."""
    dated: list[_Seen] = []
    doubts: list[tuple[Doubt, DateRange | None]] = []
    quality: set[Doubt] = {"incomplete"} if studies.gap else set()
    for study in studies.items:
        view, doubt = shown_hips(study, hip, schedule)
        if study.started and _is_future(study.started, today):
            quality |= {"futureDated"} if view or doubt else set()
        elif view and study.started:
            seen = _not_after(study.started, today)
            dated.append(_Seen(seen, view.modality, study))
        elif view or doubt:
            doubts.append((doubt or "undated", study.started))
    dated.sort(key=lambda seen: (seen.on.latest, seen.on.earliest))
    newest = dated[-1].on.latest if dated else None
    quality |= {d for d, on in doubts if not (on and newest) or on.latest > newest}
    return _History(tuple(dated), bool(quality - {"futureDated"}), _worst(quality))


def _worst(quality: set[Doubt]) -> Literal["good"] | Doubt:
    return next((doubt for doubt in get_args(Doubt) if doubt in quality), "good")


def _is_future(started: DateRange, today: date) -> bool:
    """A day may be one ahead, where the sender's zone is; a month or a year may not."""
    tolerance = timedelta(days=1 if started.precision is Precision.DAY else 0)
    return started.earliest > today + tolerance


def _not_after(started: DateRange, today: date) -> DateRange:
    if started.latest <= today:
        return started
    return DateRange.between(min(started.earliest, today), today)


def _newest(history: _History) -> DateRange:
    ranges = [seen.on for seen in history.studies]
    newest = ranges[-1]
    earliest = max(found.earliest for found in ranges)
    return newest if earliest == newest.earliest else DateRange.between(earliest, newest.latest)


def _baseline(diagnoses: Iterable[Diagnosis], history: _History, today: date) -> DateRange | None:
    dates = [_not_after(on, today) for d in diagnoses for on in d.dates if on.earliest <= today]
    dates = dates or [seen.on for seen in history.studies]
    if not dates:
        return None
    first = min(dates, key=lambda found: (found.latest, found.earliest))
    earliest = min(found.earliest for found in dates)
    if earliest == first.earliest:
        return first
    return DateRange(earliest, first.latest, Precision.RANGE)
