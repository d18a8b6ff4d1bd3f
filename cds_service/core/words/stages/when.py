"""Who said what a text says, and when: of an earlier day, by others, on a date."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from cds_service.core.words.stages.staging import (
    COLLAPSE,
    MONTH,
    NUMBER,
    SHAPES,
    STAGE,
    STAGING,
    SYSTEM,
    VERSION,
    WHOLE,
)
from cds_service.core.words.text import Span, Text, by_start
from cds_service.core.words.tokens import DASHES

_YEAR, _DIGITS, _MONTHS = 4, 2, 12
# So many tokens before a stage stands what says that it is one of an earlier day.
_NEAR = 8
_IN_DATES = DASHES | frozenset("./\u5e74")


class Day(NamedTuple):
    """The month that a finding is dated by; 0 where the year alone is told.

    `is_near` where the date stands in its clause, and not only before it in its sentence.
    """

    year: int = 0
    month: int = 0
    is_near: bool = False


UNDATED = Day()


class Staged(Protocol):
    """What is told somewhere in a text."""

    span: Span
    is_earlier: bool


class Voice(NamedTuple):
    """Who tells a finding: others, whom the writer `overruled`, or one who took it back.

    `is_earlier` where it is copied from an earlier day, or nobody has looked since.
    """

    is_earlier: bool = False
    is_overruled: bool = False
    is_retracted: bool = False


PLAIN = Voice()
_WHO = {one: one for one in ("reported", "own", "copied", "now")} | {"corrected": "own"}
READERS = ("reported", "own", "corrected")
"""The labels of the words for who has read something."""


class Voices:
    """Who tells what a text says, ready to be asked for its findings.

    What others `reported` in a sentence counts until a word for a later, `own` or more expert
    reading leads to another finding. What is `copied` is of an earlier day until somebody else
    speaks, and so is all where nobody has looked since (`stale`).
    """

    def __init__(self, text: Text) -> None:
        words = text.labelled(STAGING, *_WHO, "retracted")
        named = (NUMBER, WHOLE, SYSTEM)
        stages = (span for span in text.of(STAGING) if span.label.startswith(named))
        self._who: dict[int, str] = {}
        self._is_stale = bool(text.labelled(STAGING, "stale"))
        if words or self._is_stale:
            self._hear(sorted((*words, *stages, *text.of(COLLAPSE)), key=by_start))
        self._last = max((at for at, who in self._who.items() if who == "own"), default=-1)

    def of(self, finding: Span) -> Voice:
        """Return who tells a finding."""
        who = self._who.get(finding.start, "")
        return Voice(
            is_earlier=who == "copied" or (self._is_stale and who not in {"own", "now"}),
            is_overruled=who == "reported" and finding.start < self._last,
            is_retracted=who == "retracted",
        )

    def _hear(self, spans: Iterable[Span]) -> None:
        """Note by finding the last reader before it.

        What is taken back stands before the word that says so, in its sentence; else behind it.
        """
        who, sentence, is_taking = "", -1, False
        last: Span | None = None
        doubtful: list[Span] = []
        for span in spans:
            if span.sentence != sentence:
                sentence, is_taking, doubtful = span.sentence, False, []
                who = "" if who == "reported" else who
            if span.label == "retracted":
                self._who |= {one.start: "retracted" for one in _taken_back(doubtful, self._who)}
                is_taking, doubtful = not doubtful, []
            elif span.label in _WHO:
                self._look_back(span, doubtful)
                who, last = _next_reader(who, span, last), span
                is_taking, doubtful = False, doubtful if who != "own" else []
            else:
                self._who[span.start] = "retracted" if is_taking else who
                doubtful += [span] if who != "own" else []

    def _look_back(self, reader: Span, doubtful: Iterable[Span]) -> None:
        """Note what stands before a reader: that others told it, or that it is put right."""
        for span in doubtful:
            if reader.label == "corrected":
                was_reported = self._who[span.start] == "reported"
                self._who[span.start] = "retracted" if was_reported else "reported"
            elif reader.label == "reported" and span.clause == reader.clause:
                self._who[span.start] = "reported"


def _next_reader(who: str, word: Span, last: Span | None) -> str:
    """Return who reads from a word on; it may only go on with the one before: `outside report:`.

    What is so `now` is told by others in their clause alone.
    """
    if who == "reported" and last is not None:
        if word.label == "now":
            return who if word.clause == last.clause else "own"
        if word.start == last.end:
            return who
    return _WHO[word.label]


def _taken_back(before: Sequence[Span], who: Mapping[int, str]) -> list[Span]:
    """Return what others have told, else what stands in the last clause."""
    reported = [span for span in before if who[span.start] == "reported"]
    return reported or [span for span in before if span.clause == before[-1].clause]


def mark_earlier(numbers: Sequence[Staged], text: Text) -> None:
    """Mark what is said of an earlier day by words before it: `from II`, `s/p drilling for II`."""
    spans = text.of(STAGING)
    placed = {number.span.start: number for number in numbers}
    operated = named = -1
    last = None
    for span in spans:
        number = placed.get(span.start)
        if number:
            is_led = last is not None and _leads_to(last, span, text)
            number.is_earlier = "past" in span.context or is_led
            last, named = None, -1
        elif span.label == "operated" and "past" in span.context:
            operated = span.clause
        elif span.label.startswith(SYSTEM) or span.label == STAGE:
            named = span.clause
        elif span.label == "was" and span.clause == named:
            continue
        elif span.label in {"earlier", "was"} or (
            span.label == "reason" and span.clause == operated
        ):
            last = span
    _mark_outdated(spans, placed)


def _leads_to(word: Span, number: Span, text: Text) -> bool:
    """Tell whether a word stands near before a number in its clause, or before its brackets."""
    is_near = number.start - word.end <= _NEAR
    is_bracketed = "(" in text.tokens.raw[word.end : number.start] if is_near else False
    is_same = word.sentence == number.sentence and (is_bracketed or word.clause == number.clause)
    return is_near and is_same


def _mark_outdated(spans: Sequence[Span], placed: Mapping[int, Staged]) -> None:
    """Mark what is said of an earlier day by words behind it: `II at first`, `II, now III`."""
    then = changed = now = last = -1
    for span in reversed(spans):
        number = placed.get(span.start)
        if number:
            is_before = span.sentence == changed and span.clause != now
            number.is_earlier |= span.clause == then or is_before
            last = span.sentence
        elif span.label == "then":
            then = span.clause
        elif span.label in {"became", "now"} and last == span.sentence:
            changed, now = span.sentence, span.clause if span.label == "now" else -1


class Days:
    """The dates of a text, ready to be asked for its findings; not that of a system (`ARCO 2019`).

    A date counts for what follows it in its clause and its sentence, and for what stands before it
    in its clause where that begins with a finding.
    """

    def __init__(self, text: Text) -> None:
        raw, tokens = text.tokens.raw, text.tokens
        spans = text.of(STAGING)
        named = (s for s in spans if s.label.startswith((SYSTEM, VERSION)))
        of_systems = {place for span in named for place in range(span.start, span.end)}
        compared = text.labelled(STAGING, "compare")
        aside = {span.clause for span in compared if raw[span.end : span.end + 1] != [":"]}
        months = {s.end: int(s.label.removeprefix(MONTH)) for s in spans if s.label[:6] == MONTH}
        self._clauses: dict[int, list[tuple[int, Day]]] = {}
        self._sentences: dict[int, list[tuple[int, Day]]] = {}
        for place, token in enumerate(raw):
            is_year = len(token) == _YEAR and token[:2] in {"19", "20"} and token.isdecimal()
            if is_year and place not in of_systems and tokens.clauses[place] not in aside:
                ends = (place - skipped for skipped in range(_DIGITS + 1))
                month = next((months[end] for end in ends if end in months), _month(raw, place))
                dated = (place, Day(int(token), month, is_near=True))
                self._clauses.setdefault(tokens.clauses[place], []).append(dated)
                self._sentences.setdefault(tokens.sentences[place], []).append(dated)
        self.clauses = frozenset(self._clauses)
        self._now = {span.clause for span in spans if span.label == "now"}
        self._begins: dict[int, int] = {}
        for span in sorted((*spans, *text.of(COLLAPSE)), key=by_start):
            is_in_date = "".join(raw[span.end : span.end + 1]) in _IN_DATES - {"."}
            is_number = span.label.startswith(NUMBER) and not is_in_date
            if is_number or (span.family == COLLAPSE and span.label in SHAPES):
                self._begins.setdefault(span.clause, span.start)

    def of(self, finding: Span) -> Day:
        """Return the day that a finding is dated by."""
        near = self._clauses.get(finding.clause, [])
        if near and near[0][0] > self._begins.get(finding.clause, -1):
            behind = bisect_left(near, (finding.start, UNDATED))
            return near[min(behind, len(near) - 1)][1]
        is_now = not near and finding.clause in self._now
        told = [] if is_now else self._sentences.get(finding.sentence, [])
        before = told[: bisect_left(told, (finding.start, UNDATED))][-1:]
        return before[0][1]._replace(is_near=bool(near)) if before else UNDATED


def _month(raw: Sequence[str], place: int) -> int:
    """Return the month beside a year: `2024-11-02`, `2024年11月`, `02.11.2024`, `11/2/2024`."""
    sign, behind = [*raw[place + 1 : place + 3], "", ""][:2]
    if sign in _IN_DATES and _is_month(behind):
        return int(behind)
    before, sign = ["", "", *raw[max(place - 2, 0) : place]][-2:]
    if sign not in _IN_DATES:
        return 0
    first = raw[place - 4] if place >= _YEAR and raw[place - 3] == sign else ""
    is_first = _is_month(first) and (sign == "/" or not _is_month(before))
    month = first if is_first else before
    return int(month) if _is_month(month) else 0


def _is_month(token: str) -> bool:
    return token.isdecimal() and len(token) <= _DIGITS and 1 <= int(token) <= _MONTHS
