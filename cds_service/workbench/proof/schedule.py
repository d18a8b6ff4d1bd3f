"""Proves the review schedule by its cases, one exactly at each limit.

The days of a case may be counted from another one by the name of a number, so that a change of the
number moves them: `due: last + beginningInterval`, `today: due + dueWindow + P1D`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cds_service.content.cards.card_schema import ScheduleCase, ScheduleCasesFile
from cds_service.content.files.strict_yaml import read_yaml
from cds_service.content.files.words import each, wrong
from cds_service.content.numbers import read_amount
from cds_service.content.site.site import Site
from cds_service.core.hip.review import next_review, schedule_for
from cds_service.core.knowledge import Knowledge, ReviewSchedule
from cds_service.core.values import NEVER, DateRange, Period, add_period, subtract_period
from cds_service.errors import KnowledgeError
from cds_service.workbench.proof.cases import read_range, with_site_cases

SCHEDULE_CASES = "schedules/cases"
SCHEDULE_FILE = "schedules/femoral-head-review.yaml"
_COUNTED = re.compile(r"(baseline|last|due)((?: [+-] [A-Za-z0-9]+)+)")
_STEPS = re.compile(r" ([+-]) ([A-Za-z0-9]+)")


@dataclass(frozen=True, slots=True)
class DatedCase:
    """A case with its days worked out."""

    expected: ScheduleCase
    baseline: DateRange
    last: DateRange
    due: DateRange
    today: DateRange


def schedule_cases(knowledge: Knowledge, root: Path, site: Site | None) -> tuple[DatedCase, ...]:
    """Return the cases, a site's in the place of ours that no longer hold."""
    ours = _read(root, root, knowledge)
    theirs = _read(site.root, site.above, knowledge) if site else []
    return with_site_cases(
        ours,
        theirs,
        lambda case: case.expected.name,
        lambda case: _problems(case, knowledge.schedule),
    )


def unproved_schedule(knowledge: Knowledge, cases: Iterable[DatedCase]) -> Iterator[KnowledgeError]:
    """Yield each case that fails, then each limit that none lies on."""
    failed = [error for case in cases for error in _problems(case, knowledge.schedule)]
    yield from failed
    seen = {limit for case in cases for limit in _reached(case, knowledge.schedule)}
    for wanted, words in () if failed else _limits(knowledge.schedule):
        if wanted not in seen:
            yield KnowledgeError(SCHEDULE_FILE, 1, f"no case {words}")


def _read(root: Path, above: Path, knowledge: Knowledge) -> list[DatedCase]:
    found = sorted((root / SCHEDULE_CASES).glob("*.yaml"))
    items = [item for path in found for item in read_yaml(path, above, ScheduleCasesFile).cases]
    return each(lambda item: _dated(item, knowledge), items)


def _dated(item: ScheduleCase, knowledge: Knowledge) -> DatedCase:
    days: dict[str, DateRange] = {}
    for name in ("baseline", "last", "due", "today"):
        days[name] = _day(getattr(item, name), days, knowledge)
    return DatedCase(item, **days)


def _day(text: str, days: Mapping[str, DateRange], knowledge: Knowledge) -> DateRange:
    counted = _COUNTED.fullmatch(text)
    if counted is None or counted[1] not in days:
        return read_range(text)
    day = days[counted[1]]
    for sign, name in _STEPS.findall(counted[2]):
        number = knowledge.parameters.get(name)
        period = number.value if number else read_amount(name)
        if not isinstance(period, Period):
            raise wrong(text, f"`{name}` is neither a period of the schedule nor one such as P1D")
        count = add_period if sign == "+" else subtract_period
        day = DateRange.between(count(day.earliest, period), count(day.latest, period))
    return day


def _problems(case: DatedCase, schedule: ReviewSchedule) -> Iterator[KnowledgeError]:
    in_force = schedule_for(case.expected.progression or NEVER, schedule)
    review = next_review(case.last, case.baseline, in_force, case.today.earliest)
    if (review.status, review.due) != (case.expected.status, case.due):
        words = f"it is {review.status}, due {written(review.due)}"
        yield wrong(case.expected, f"`{case.expected.name}`: {words}")


def _reached(case: DatedCase, schedule: ReviewSchedule) -> Iterator[tuple[str, int]]:
    """Yield how many days the case lies from each limit."""
    last, today = case.last.earliest, case.today.earliest
    for phase in schedule.phases:
        if phase.until:
            yield phase.name, (last - add_period(case.baseline.earliest, phase.until)).days
    if next_review(case.last, case.baseline, schedule, today).due != case.due:
        yield "progression", 0
    yield "late", (today - add_period(case.due.latest, schedule.window)).days
    yield "early", (today - subtract_period(case.due.earliest, schedule.window)).days


def _limits(schedule: ReviewSchedule) -> Iterable[tuple[tuple[str, int], str]]:
    for phase in schedule.phases:
        if phase.stable_only:
            yield ("progression", 0), "needs `progression: advanced`"
        if phase.until:
            yield (phase.name, 0), f"lies exactly at the end of the phase `{phase.name}`"
            yield (phase.name, -1), f"lies one day before the end of the phase `{phase.name}`"
    yield ("late", 0), "lies on the last day of the window"
    yield ("late", 1), "lies one day after the window"
    yield ("early", 0), "lies on the first day of the window"
    yield ("early", -1), "lies one day before the window"


def written(due: DateRange) -> str:
    return str(due.earliest) if due.earliest == due.latest else f"{due.earliest}/{due.latest}"
