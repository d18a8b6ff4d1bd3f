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
from cds_service.core.hip.clock import Clock, NextReview, Start, next_review, steadiness
from cds_service.core.knowledge import Knowledge, ReviewSchedule
from cds_service.core.values import DateRange, Period, add_period, subtract_period
from cds_service.errors import KnowledgeError
from cds_service.workbench.proof.cases import Problems, read_cases, read_range
from cds_service.workbench.proof.run import Content
from cds_service.workbench.proof.schema import ScheduleCase, ScheduleCasesFile

_COUNTED = re.compile(r"(baseline|restart|last|due)((?: [+-] [A-Za-z0-9]+)+)")
_STEPS = re.compile(r" ([+-]) ([A-Za-z0-9]+)")


@dataclass(frozen=True, slots=True)
class DatedCase:
    """A case of the schedule with its days worked out."""

    schedule: ReviewSchedule
    expected: ScheduleCase
    baseline: DateRange
    last: DateRange
    before: DateRange
    restart: DateRange
    due: DateRange
    today: DateRange

    @property
    def name(self) -> str:
        """Its name, as its file has it."""
        return self.expected.name

    def problems(self) -> Problems:
        """Yield what comes out otherwise than the case expects."""
        review = self.review
        if (review.status, review.due) != (self.expected.status, self.due):
            words = f"it is {review.status}, due {written(review.due)}"
            yield wrong(self.expected, f"`{self.name}`: {words}")

    @property
    def review(self) -> NextReview:
        """What the schedule says."""
        return self._next(self._clock, is_unclear=self.expected.shape == "unclear")

    @property
    def _clock(self) -> Clock:
        restarts = (Start("operation", self.restart),) if self.expected.restart else ()
        return Clock(Start("recorded", self.baseline), restarts)

    def _next(self, clock: Clock, *, is_unclear: bool = False) -> NextReview:
        stable = steadiness((self.before, self.last), clock, self.schedule)
        stable = frozenset({False}) if is_unclear else stable
        return next_review(self.last, clock, self.schedule, self.today.earliest, stable)

    def limits(self) -> Iterator[tuple[str, bool]]:
        """Yield each limit that some case must lie at, and whether this one does."""
        last, today, schedule = self.last.earliest, self.today.earliest, self.schedule
        for phase in schedule.phases:
            if phase.stable_only:
                apart = (last - add_period(self.before.earliest, schedule.stable_after)).days
                yield "needs its `shape`", self._next(self._clock).due != self.due
                yield "has reviews just far enough apart for a stable lesion", apart == 0
                yield "has reviews one day too near for a stable lesion", apart == -1
            if phase.until:
                days = (last - add_period(self.baseline.earliest, phase.until)).days
                yield f"lies exactly at the end of the phase `{phase.name}`", days == 0
                yield f"lies one day before the end of the phase `{phase.name}`", days == -1
        without = Clock(self._clock.diagnosed)
        for where, is_there in (
            ("before", self.restart.earliest <= last),
            ("after", self.restart.earliest > last),
        ):
            needs_it = is_there and self._next(without).due != self.due
            yield f"needs its `restart` {where} the last review", needs_it
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
    for name in ("baseline", "restart", "last", "before", "due", "today"):
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
