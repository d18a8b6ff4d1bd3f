"""Proves the review schedule by its cases, one exactly at each limit; refuses to correct it."""

from collections.abc import Iterable
from pathlib import Path

from cds_service.content.site.site import Site
from cds_service.core.hip.review import next_review, schedule_for
from cds_service.core.knowledge import Knowledge
from cds_service.core.values import NEVER, DateRange, add_period, subtract_period
from cds_service.errors import KnowledgeError
from cds_service.workbench.proof.cases import PlacedScheduleCase, load_schedule_cases, read_range
from cds_service.workbench.proof.site_cases import with_site_cases

SCHEDULE_CASES = "schedules/cases"
SCHEDULE_FILE = "schedules/femoral-head-review.yaml"


def prove_schedule(knowledge: Knowledge, root: Path, site: Site | None) -> int:
    """Run every case and find one at each limit; return how many there are."""
    cases = _schedule_cases(knowledge, root, site)
    seen = {limit for case in cases for limit in _prove_schedule_case(case, knowledge)}
    for wanted, words in _schedule_limits(knowledge):
        if wanted not in seen:
            raise KnowledgeError(SCHEDULE_FILE, 1, f"no case {words}")
    return len(cases)


def _schedule_cases(
    knowledge: Knowledge, root: Path, site: Site | None
) -> list[PlacedScheduleCase]:
    ours = load_schedule_cases(root / SCHEDULE_CASES, root)
    if site is None:
        return ours
    theirs = load_schedule_cases(site.root / SCHEDULE_CASES, site.above)
    return with_site_cases(
        [(case.name, (document, place, case)) for document, place, case in ours],
        [(document, place, case.name, (document, place, case)) for document, place, case in theirs],
        lambda placed: _prove_schedule_case(placed, knowledge),
    )


def _prove_schedule_case(placed: PlacedScheduleCase, knowledge: Knowledge) -> set[tuple[str, int]]:
    """Return how many days the case lies from each limit."""
    document, place, case = placed
    schedule = knowledge.schedule
    baseline, last, today, due = (
        read_range(document, f"{place}.{name}", getattr(case, name))
        for name in ("baseline", "last", "today", "due")
    )
    in_force = schedule_for(case.progression or NEVER, schedule)
    review = next_review(last, baseline, in_force, today.earliest)
    written = _written(review.due)
    if (review.status, review.due) != (case.status, due):
        raise document.error(place, f"`{case.name}`: it is {review.status}, due {written}")
    ends = {
        (phase.name, (last.earliest - add_period(baseline.earliest, phase.until)).days)
        for phase in schedule.phases
        if phase.until
    }
    if next_review(last, baseline, schedule, today.earliest).due != review.due:
        ends.add(("progression", 0))
    return ends | {
        ("late", (today.earliest - add_period(due.latest, schedule.window)).days),
        ("early", (today.earliest - subtract_period(due.earliest, schedule.window)).days),
    }


def _written(due: DateRange) -> str:
    return str(due.earliest) if due.earliest == due.latest else f"{due.earliest}/{due.latest}"


def _schedule_limits(knowledge: Knowledge) -> Iterable[tuple[tuple[str, int], str]]:
    for phase in knowledge.schedule.phases:
        if phase.stable_only:
            yield ("progression", 0), "needs `progression: advanced`"
        if phase.until:
            yield (phase.name, 0), f"lies exactly at the end of the phase `{phase.name}`"
            yield (phase.name, -1), f"lies one day before the end of the phase `{phase.name}`"
    yield ("late", 0), "lies on the last day of the window"
    yield ("late", 1), "lies one day after the window"
    yield ("early", 0), "lies on the first day of the window"
    yield ("early", -1), "lies one day before the window"
