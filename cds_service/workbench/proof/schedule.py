"""Proves the review schedule by its cases, one exactly at each limit.

The days of a case may be counted from another one by the name of a number, so that a change of the
number moves them: `due: last + beginningInterval`, `today: due + dueWindow + P1D`.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cds_service.content.declared import SCHEDULE
from cds_service.content.files.strict_yaml import read_yaml
from cds_service.content.files.words import each, raise_all, wrong
from cds_service.content.numbers import read_amount
from cds_service.core.hip.review import (
    NextReview,
    may_be_stable,
    next_review,
    schedule_for,
    steadiness,
)
from cds_service.core.knowledge import Knowledge, ReviewSchedule
from cds_service.core.values import NEVER, DateRange, Period, add_period, subtract_period
from cds_service.errors import KnowledgeError
from cds_service.workbench.proof.cases import Problems, read_cases, read_range
from cds_service.workbench.proof.run import Content
from cds_service.workbench.proof.schema import ScheduleCase, ScheduleCasesFile

_COUNTED = re.compile(r"(baseline|last|due)((?: [+-] [A-Za-z0-9]+)+)")
_STEPS = re.compile(r" ([+-]) ([A-Za-z0-9]+)")


@dataclass(frozen=True, slots=True)
class DatedCase:
    """A case of the schedule with its days worked out."""

    schedule: ReviewSchedule
    expected: ScheduleCase
    baseline: DateRange
    last: DateRange
    before: DateRange
    due: DateRange
    today: DateRange

    @property
    def name(self) -> str:
        """Its name, as its file has it."""
        return self.expected.name

    def problems(self) -> Problems:
        """Yield what comes out otherwise than the case expects."""
        course = self.expected.progression or NEVER, self.expected.stage or NEVER
        in_force = schedule_for(self.schedule, is_stable=may_be_stable(*course))
        review = self._next_by(in_force)
        if (review.status, review.due) != (self.expected.status, self.due):
            words = f"it is {review.status}, due {written(review.due)}"
            yield wrong(self.expected, f"`{self.name}`: {words}")

    def _next_by(self, schedule: ReviewSchedule) -> NextReview:
        stable = steadiness((self.before, self.last), schedule)
        return next_review(self.last, self.baseline, schedule, self.today.earliest, stable)

    def limits(self) -> Iterator[tuple[str, bool]]:
        """Yield each limit that some case must lie at, and whether this one does."""
        last, today, schedule = self.last.earliest, self.today.earliest, self.schedule
        for phase in schedule.phases:
            if phase.stable_only:
                due = self._next_by(schedule).due
                apart = (last - add_period(self.before.earliest, schedule.stable_after)).days
                for name in ("progression", "stage"):
                    is_told = getattr(self.expected, name) is not None
                    yield f"needs its `{name}`", is_told and due != self.due
                yield "has reviews just far enough apart for a stable lesion", apart == 0
                yield "has reviews one day too near for a stable lesion", apart == -1
            if phase.until:
                days = (last - add_period(self.baseline.earliest, phase.until)).days
                yield f"lies exactly at the end of the phase `{phase.name}`", days == 0
                yield f"lies one day before the end of the phase `{phase.name}`", days == -1
        late = (today - add_period(self.due.latest, schedule.window)).days
        yield "lies on the last day of the window", late == 0
        yield "lies one day after the window", late == 1
        early = (today - subtract_period(self.due.earliest, schedule.window)).days
        yield "lies on the first day of the window", early == 0
        yield "lies one day before the window", early == -1


def prove_schedule(content: Content) -> Counter[str]:
    """Run the cases, and find one at each limit."""
    cases = schedule_cases(content)
    raise_all(error for case in cases for error in case.problems())
    reached = {words for case in cases for words, is_reached in case.limits() if is_reached}
    limits = [words for words, _ in cases[0].limits()] if cases else ["stands in schedules/cases"]
    missing = [words for words in limits if words not in reached]
    raise_all(KnowledgeError(SCHEDULE, 1, f"no case {words}") for words in missing)
    return Counter(cases=len(cases))


def schedule_cases(content: Content) -> tuple[DatedCase, ...]:
    """Return the cases, a site's in the place of ours that no longer hold."""

    def read(path: Path, above: Path) -> list[DatedCase]:
        items = read_yaml(path, above, ScheduleCasesFile).cases
        return each(lambda item: _dated(item, content.knowledge), items)

    return read_cases((content.root, content.site), "schedules/cases/*.yaml", read)


def written(due: DateRange) -> str:
    return str(due.earliest) if due.earliest == due.latest else f"{due.earliest}/{due.latest}"


def _dated(item: ScheduleCase, knowledge: Knowledge) -> DatedCase:
    days: dict[str, DateRange] = {}
    for name in ("baseline", "last", "before", "due", "today"):
        days[name] = _day(getattr(item, name) or item.last, days, knowledge)
    return DatedCase(knowledge.schedule, item, **days)


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
