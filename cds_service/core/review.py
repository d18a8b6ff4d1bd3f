"""When a hip was last imaged and when the next review is due; refuses to know cards and FHIR.

All dates are ranges, so a study dated "2026" gives a range of due dates, `overdue` is said only
when it holds for every day of that range, and `notDue` likewise.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from cds_service.core.knowledge import Phase, ReviewSchedule
from cds_service.core.record import IMAGING_PROCEDURE, SIDES, Diagnosis, Listing, Side, Study
from cds_service.core.values import (
    NEVER,
    UNKNOWN,
    Absence,
    DateRange,
    Period,
    Precision,
    Truth,
    add_period,
    subtract_days,
)

NOT_A_REVIEW = "not-a-review"


@dataclass(frozen=True, slots=True)
class Review:
    """The answer for one hip; `UNKNOWN` wherever the imaging history does not settle it."""

    status: str | Absence
    last: DateRange | Absence = UNKNOWN
    modality: str | Absence = UNKNOWN
    baseline: DateRange | Absence = UNKNOWN
    interval: Period | Absence = UNKNOWN
    due: DateRange | Absence = UNKNOWN
    quality: str = "good"
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NextReview:
    """What the schedule says of one review: the status today, the interval, the due date."""

    status: str
    interval: Period | Absence
    due: DateRange


@dataclass(frozen=True, slots=True)
class _View:
    modality: str
    sides: frozenset[Side]


@dataclass(frozen=True, slots=True)
class _History:
    """The eligible studies of one hip, newest last, and whether more may exist."""

    studies: tuple[tuple[DateRange, str, str | None], ...]
    is_open: bool
    quality: str


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
    review = next_review(last, baseline or last, schedule, today)
    status: str | Absence = review.status
    if history.is_open and status != "notDue":
        status = UNKNOWN
    modality, source = history.studies[-1][1:]
    return Review(
        status=status,
        last=last,
        modality=modality,
        baseline=baseline or last,
        interval=review.interval,
        due=review.due,
        quality=history.quality,
        sources=(source,) if source else (),
    )


def next_review(
    last: DateRange, baseline: DateRange, schedule: ReviewSchedule, today: date
) -> NextReview:
    """Apply the schedule: the interval in force on the day of the last review gives the due date.

    A study from before the baseline counts, but no review is due before the baseline.
    """
    ends = {
        (seen, start, _phase(seen, start, schedule).interval)
        for seen in (last.earliest, last.latest)
        for start in (baseline.earliest, baseline.latest)
    }
    due_dates = [max(start, add_period(seen, interval)) for seen, start, interval in ends]
    due = DateRange.between(min(due_dates), max(due_dates))
    intervals = {interval for _, _, interval in ends}
    return NextReview(
        status=_status(due, schedule.window, today),
        interval=intervals.pop() if len(intervals) == 1 else UNKNOWN,
        due=due,
    )


def _status(due: DateRange, window: Period, today: date) -> str:
    if today > add_period(due.latest, window):
        return "overdue"
    return "notDue" if today < subtract_days(due.earliest, window) else "due"


def _phase(seen: date, start: date, schedule: ReviewSchedule) -> Phase:
    running = (p for p in schedule.phases if p.until and seen < add_period(start, p.until))
    return next(running, schedule.phases[-1])


def _without_study(history: _History, baseline: DateRange | None, today: date) -> Review:
    start = baseline or UNKNOWN
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
    dated, notes = [], {"": studies.gap is not None}
    for study in studies.items:
        views = _views(study, schedule)
        covers = _covers(views, hip)
        if covers is Truth.FALSE:
            continue
        if study.started is None:
            notes["undated"] = True
        elif study.started.earliest > today + timedelta(days=1):
            notes["futureDated"] = True
        elif covers is Truth.UNKNOWN:
            notes["otherSide"] = True
        else:
            dated.append((_not_after(study.started, today), views[0].modality, study.reference))
    dated.sort(key=lambda item: (item[0].latest, item[0].earliest))
    quality = next((note for note in ("undated", "otherSide", "futureDated") if note in notes), "")
    is_open = notes[""] or bool({"undated", "otherSide"} & notes.keys())
    return _History(tuple(dated), is_open, quality or "good")


def _views(study: Study, schedule: ReviewSchedule) -> list[_View]:
    """Return what of the study shows a hip in a modality that the schedule counts."""
    procedures = [c for c in study.procedures if c.value_set == IMAGING_PROCEDURE]
    if any(concept.role == NOT_A_REVIEW for concept in procedures):
        return []
    named_sides: frozenset[Side] = frozenset().union(
        *(series.sides for series in study.series), *(concept.sides for concept in procedures)
    )
    by_procedure = [
        _view(concept.role, frozenset({concept.site_group or ""}), concept.sides or named_sides)
        for concept in procedures
        if concept.site_group in schedule.site_groups and concept.role in schedule.modalities
    ]
    by_series = [
        _view(series.modality, series.site_groups, series.sides or named_sides)
        for series in study.series
        if series.site_groups & schedule.site_groups and series.modality in schedule.modalities
    ]
    return by_procedure + by_series


def _view(modality: str | None, site_groups: frozenset[str], sides: frozenset[Side]) -> _View:
    shows_both = "pelvis" in site_groups and not sides
    return _View(modality or "", SIDES if shows_both else sides)


def _covers(views: list[_View], hip: Side) -> Truth:
    if not views:
        return Truth.FALSE
    if any(not view.sides or view.sides == SIDES or hip in view.sides for view in views):
        return Truth.TRUE
    return Truth.UNKNOWN if hip is Side.UNRECORDED else Truth.FALSE


def _not_after(started: DateRange, today: date) -> DateRange:
    if started.latest <= today:
        return started
    return DateRange.between(min(started.earliest, today), today)


def _newest(history: _History) -> DateRange:
    ranges = [started for started, _, _ in history.studies]
    newest = ranges[-1]
    earliest = max(found.earliest for found in ranges)
    return newest if earliest == newest.earliest else DateRange.between(earliest, newest.latest)


def _baseline(diagnoses: Iterable[Diagnosis], history: _History, today: date) -> DateRange | None:
    dates = [found for d in diagnoses for found in d.dates if found.earliest <= today]
    dates = dates or [started for started, _, _ in history.studies]
    if not dates:
        return None
    first = min(dates, key=lambda found: (found.latest, found.earliest))
    earliest = min(found.earliest for found in dates)
    if earliest == first.earliest:
        return first
    return DateRange(earliest, first.latest, Precision.RANGE)
