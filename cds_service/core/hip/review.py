"""When a hip was last imaged and where its review stands.

All dates are ranges, so a study dated "2026" gives a range of due dates, `overdue` is said only
when it holds for every day of that range, and `notDue` likewise.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal, get_args

from msgspec import Struct
from msgspec.structs import replace

from cds_service.core.hip.clock import (
    Clock,
    DueStatus,
    Start,
    StartReason,
    next_review,
    steadiness,
)
from cds_service.core.hip.shown_hips import ShownHips, StudyDoubt, shown_hips
from cds_service.core.knowledge import ReviewSchedule
from cds_service.core.record import Diagnosis, Listing, Side, Study, StudyKind
from cds_service.core.values import (
    NEVER,
    UNKNOWN,
    DateRange,
    Never,
    Period,
    Precision,
    Unknown,
)

ReviewStatus = (
    DueStatus
    | Literal["inPassing", "otherHipOnly", "noneOnFile"]
    | Literal["collapsed", "noSchedule"]
)
Shape = Literal["whole", "notRead", "unclear"]
Stability = Literal["notYet", "unchanged", "assumed", "tooFewReviews", "collapseNotExcluded"]
Doubt = Literal["undated", "otherSide", "incomplete", "futureDated"]


class DoubtfulStudy(Struct, frozen=True):
    """The newest study that may show this hip, why that is not sure, and how it was made."""

    why: StudyDoubt | Never = NEVER
    on: DateRange | Never | Unknown = NEVER
    modality: str | Never | Unknown = NEVER
    sources: tuple[str, ...] = ()


class Review(Struct, frozen=True):
    """The answer for one hip; `UNKNOWN` wherever the imaging history does not settle it."""

    status: ReviewStatus | Unknown
    last: DateRange | Never | Unknown = UNKNOWN
    modality: str | Never | Unknown = UNKNOWN
    start: DateRange | Unknown = UNKNOWN
    start_reason: StartReason | Unknown = UNKNOWN
    age: Period | Unknown = UNKNOWN
    stability: Stability | Unknown = "notYet"
    interval: Period | Unknown = UNKNOWN
    due: DateRange | Unknown = UNKNOWN
    quality: Literal["good"] | Doubt = "good"
    kind: StudyKind = "study"
    read_from: Literal["code", "words"] = "code"
    doubtful: DoubtfulStudy = DoubtfulStudy()
    sources: tuple[str, ...] = ()


class Course(Struct, frozen=True):
    """What of a hip decides its review, apart from its imaging.

    `shape` tells what is recorded of the head: a stage before collapse, none that could be read, or
    something that may say collapse.
    """

    diagnoses: tuple[Diagnosis, ...] = ()
    restarts: tuple[Start, ...] = ()
    shape: Shape = "notRead"


class _Seen(Struct, frozen=True):
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


class _History(Struct, frozen=True):
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
    hip: Side, course: Course, studies: Listing[Study], schedule: ReviewSchedule, today: date
) -> Review:
    """Return when this hip was last imaged and what the schedule says of the next time."""
    history = _history(hip, studies, schedule, today)
    clock = _clock(course, history, today)
    if clock is None or not history.studies:
        return _started(_without_study(history, today), clock, today)
    last = _newest(history)
    stable = _steadiness(course, history, clock, schedule)
    review = next_review(_perhaps_later(last, history), clock, schedule, today, stable)
    newest = history.studies[-1]
    found = Review(
        status=UNKNOWN if history.is_open and review.status != "notDue" else review.status,
        last=last,
        modality=newest.view.modality,
        stability=_stability(review.is_late, stable, course),
        interval=review.interval,
        due=review.due,
        quality=history.quality,
        kind=newest.study.kind,
        read_from="words" if newest.view.is_said else "code",
        doubtful=history.doubtful,
        sources=_references(newest.study),
    )
    return _started(found, clock, today)


def without_interval(review: Review, status: Literal["collapsed", "noSchedule"]) -> Review:
    """Return a review for which the schedule has no interval: what was imaged stays."""
    return replace(review, status=status, stability="notYet", interval=UNKNOWN, due=UNKNOWN)


def _started(review: Review, clock: Clock | None, today: date) -> Review:
    """Add where the clock started."""
    if clock is None:
        return review
    return replace(review, start=clock.start, start_reason=clock.reason, age=clock.age(today))


def _steadiness(
    course: Course, history: _History, clock: Clock, schedule: ReviewSchedule
) -> frozenset[bool]:
    if course.shape == "unclear":
        return frozenset({False})
    found = steadiness(history.days, clock, schedule)
    if not history.perhaps:
        return found
    return found | steadiness((*history.days, *history.perhaps), clock, schedule)


def _stability(
    is_late: frozenset[bool], stable: frozenset[bool], course: Course
) -> Stability | Unknown:
    """Return what keeps a hip from yearly reviews, or on what they rest."""
    if len(is_late) > 1:
        return UNKNOWN
    if is_late == {False}:
        return "notYet"
    if course.shape == "unclear":
        return "collapseNotExcluded"
    if len(stable) > 1:
        return UNKNOWN
    if stable == {False}:
        return "tooFewReviews"
    return "unchanged" if course.shape == "whole" else "assumed"


def _perhaps_later(last: DateRange, history: _History) -> DateRange:
    """Return when the last review was, if studies that may be one are."""
    latest = max([last.latest, *(day.latest for day in history.perhaps)])
    return last if latest == last.latest else DateRange.between(last.earliest, latest)


def _without_study(history: _History, today: date) -> Review:
    doubtful = history.doubtful
    if history.is_open:
        return Review(UNKNOWN, quality=history.quality, doubtful=doubtful)
    other: ReviewStatus = "otherHipOnly" if history.has_other_hip else "noneOnFile"
    return Review(
        status="inPassing" if doubtful.why is not NEVER else other,
        last=NEVER,
        modality=NEVER,
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


def _clock(course: Course, history: _History, today: date) -> Clock | None:
    """Return the clock of a hip: from the first record of its disease, else its onset.

    Where neither is known the first study stands in, and without one what restarts it.
    """
    first = (
        _diagnosed("recorded", [d for d in course.diagnoses if not d.is_onset], today)
        or _diagnosed("onset", [d for d in course.diagnoses if d.is_onset], today)
        or _first("firstStudy", history.days, history.perhaps)
    )
    if first:
        return Clock(first, course.restarts)
    sure = [one for one in course.restarts if one.is_sure]
    return Clock(sure[0], tuple(sure[1:])) if sure else None


def _diagnosed(reason: StartReason, diagnoses: Iterable[Diagnosis], today: date) -> Start | None:
    dates = [_not_after(on, today) for d in diagnoses for on in d.dates if on.earliest <= today]
    return _first(reason, dates)


def _first(
    reason: StartReason, dates: Sequence[DateRange], perhaps: Iterable[DateRange] = ()
) -> Start | None:
    """Return the earliest of some dates, no more exactly than they are known."""
    if not dates:
        return None
    first = min(dates, key=lambda found: (found.latest, found.earliest))
    earliest = min(found.earliest for found in (*dates, *perhaps))
    if earliest == first.earliest:
        return Start(reason, first)
    return Start(reason, DateRange(earliest, first.latest, Precision.RANGE))
