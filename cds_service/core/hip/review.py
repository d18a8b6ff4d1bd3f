"""When a hip was last imaged and when the next review is due.

All dates are ranges, so a study dated "2026" gives a range of due dates, `overdue` is said only
when it holds for every day of that range, and `notDue` likewise.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Literal, get_args

from cds_service.core.hip.shown_hips import ShownHips, StudyDoubt, shown_hips
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
ReviewStatus = Literal["notDue", "due", "overdue", "inPassing", "otherHipOnly", "noneOnFile"]
Doubt = Literal["undated", "otherSide", "incomplete", "futureDated"]


@dataclass(frozen=True, slots=True)
class DoubtfulStudy:
    """The newest study that may show this hip, why that is not sure, and how it was made."""

    why: StudyDoubt | Never = NEVER
    on: DateRange | Never | Unknown = NEVER
    modality: str | Never | Unknown = NEVER
    sources: tuple[str, ...] = ()


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
    read_from: Literal["code", "words"] = "code"
    doubtful: DoubtfulStudy = DoubtfulStudy()
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
    view: ShownHips
    study: Study


_Doubtful = tuple[StudyDoubt, ShownHips, Study]


@dataclass(frozen=True, slots=True)
class _Sorted:
    quality: set[Doubt]
    dated: list[_Seen] = field(default_factory=list)
    doubts: list[_Doubtful] = field(default_factory=list)
    others: list[Study] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _History:
    """The eligible studies of one hip, newest last, and whether more may exist.

    `perhaps` are the days of studies that may be of this hip.
    """

    studies: tuple[_Seen, ...]
    is_open: bool
    quality: Literal["good"] | Doubt
    doubtful: DoubtfulStudy
    has_other_hip: bool
    perhaps: tuple[DateRange, ...]

    @property
    def days(self) -> tuple[DateRange, ...]:
        """The days of the eligible studies."""
        return tuple(seen.on for seen in self.studies)


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
    stable = steadiness(history.days, schedule)
    stable |= steadiness((*history.days, *history.perhaps), schedule)
    review = next_review(_perhaps_later(last, history), baseline or last, schedule, today, stable)
    status: ReviewStatus | Unknown = review.status
    if history.is_open and status != "notDue":
        status = UNKNOWN
    newest = history.studies[-1]
    return Review(
        status=status,
        last=last,
        modality=newest.view.modality,
        baseline=baseline or last,
        interval=review.interval,
        due=review.due,
        quality=history.quality,
        kind=newest.study.kind,
        read_from="words" if newest.view.is_said else "code",
        doubtful=history.doubtful,
        sources=_references(newest.study),
    )


def _perhaps_later(last: DateRange, history: _History) -> DateRange:
    """Return when the last review was, if studies that may be one are."""
    latest = max([last.latest, *(day.latest for day in history.perhaps)])
    return last if latest == last.latest else DateRange.between(last.earliest, latest)


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
    doubtful = history.doubtful
    if history.is_open:
        return Review(UNKNOWN, baseline=start, quality=history.quality, doubtful=doubtful)
    other: ReviewStatus = "otherHipOnly" if history.has_other_hip else "noneOnFile"
    return Review(
        status="inPassing" if doubtful.why is not NEVER else other,
        last=NEVER,
        modality=NEVER,
        baseline=start,
        interval=UNKNOWN,
        due=DateRange.on(today),
        quality=history.quality,
        doubtful=doubtful,
    )


def _history(hip: Side, studies: Listing[Study], schedule: ReviewSchedule, today: date) -> _History:
    """Return what is known of the imaging of a hip; a doubt counts where it may be the newest."""
    found = _sort(hip, studies, schedule, today)
    found.dated.sort(key=lambda seen: (seen.on.latest, seen.on.earliest))
    newest = found.dated[-1].on.latest if found.dated else None
    if hip is Side.UNRECORDED and any(_may_be_later(study, newest) for study in found.others):
        found.quality.add("otherSide")
    later = [one for one in found.doubts if _may_be_later(one[2], newest)]
    unsure = [study for why, _, study in found.doubts if why != "inPassing"]
    return _History(
        studies=tuple(found.dated),
        is_open=bool(found.quality - {"futureDated"})
        or any(_may_be_later(study, newest) for study in unsure),
        quality=_worst(found.quality),
        doubtful=_doubtful(later),
        has_other_hip=bool(found.others),
        perhaps=tuple(_not_after(s.started or DateRange.on(today), today) for s in unsure),
    )


def _sort(hip: Side, studies: Listing[Study], schedule: ReviewSchedule, today: date) -> _Sorted:
    """Sort the studies into those that show this hip, that may, and that show the other one."""
    found = _Sorted(quality={"incomplete"} if studies.gap else set())
    for study in studies.items:
        view, doubt = shown_hips(study, hip, schedule)
        if view is None:
            continue
        if study.started and _is_future(study.started, today):
            is_named = doubt != "otherHip" or hip is Side.UNRECORDED
            found.quality.update({"futureDated"} if is_named else ())
        elif doubt == "otherHip":
            found.others.append(study)
        elif doubt:
            found.doubts.append((doubt, view, study))
        elif study.started:
            found.dated.append(_Seen(_not_after(study.started, today), view, study))
        else:
            found.quality.add("undated")
    return found


def _may_be_later(study: Study, newest: date | None) -> bool:
    return not (study.started and newest) or study.started.latest > newest


def _doubtful(found: Sequence[_Doubtful]) -> DoubtfulStudy:
    """Return the newest doubt; one that only shows the hips in passing leaves nothing open."""
    if not found:
        return DoubtfulStudy()

    def newest(one: _Doubtful) -> tuple[bool, date]:
        return one[0] != "inPassing", one[2].started.latest if one[2].started else date.min

    why, view, study = max(found, key=newest)
    return DoubtfulStudy(
        why, study.started or UNKNOWN, view.modality or UNKNOWN, _references(study)
    )


def _references(study: Study) -> tuple[str, ...]:
    return (study.reference,) if study.reference else ()


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
    perhaps = () if dates else history.perhaps
    dates = dates or list(history.days)
    if not dates:
        return None
    first = min(dates, key=lambda found: (found.latest, found.earliest))
    earliest = min(found.earliest for found in (*dates, *perhaps))
    if earliest == first.earliest:
        return first
    return DateRange(earliest, first.latest, Precision.RANGE)
