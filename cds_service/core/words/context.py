"""What the words around a finding say of it, by the method of ConText.

Harkema 2009, 10.1016/j.jbi.2009.05.002: a trigger reaches forward or backward, until its scope ends
or a word ends it; phrases that hold a trigger and trigger nothing are listed as such. Each sweep
passes the tokens once, so the cost grows with the text alone.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

Context = Literal[
    "negated",
    "retracted",
    "doubted",
    "past",
    "current",
    "family",
    "planned",
    "hypothetical",
    "otherSide",
]
CONTEXTS: tuple[Context, ...] = get_args(Context)
Says = Literal[Context, "ends", "cause", "nothing"]
Reach = Literal["forward", "backward", "both"]
# "steroid-induced?": so near to its cause stands a doubt that is of the cause alone.
CAUSED_WITHIN = 3


@dataclass(frozen=True, slots=True)
class Trigger:
    """What a listed phrase says of the findings that it reaches.

    That is `within` so many tokens and, `in_clause`, not beyond a comma; backward and `over_comma`,
    beyond one, where nothing else stands behind that. One that `ends` what is said before it may
    end `only` some of it. One that never `closes` a clause says nothing there.
    A `cause` says nothing itself: what doubts it doubts nothing before it.
    """

    says: Says
    reaches: Reach = "forward"
    within: int | None = None
    in_clause: bool = False
    only: frozenset[Context] = frozenset(CONTEXTS)
    closes: bool = True
    over_comma: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where a finding or a trigger stands: its first token, the one behind it, and in what."""

    start: int
    end: int
    clause: int
    scope: int
    sentence: int


@dataclass(frozen=True, slots=True)
class PlacedTrigger:
    """A trigger where it stands.

    One that `opens_list`, with a colon behind it, reaches to the end of its sentence. One that
    closes its clause speaks of what stands before it: `Collapse: none`, `osteonecrosis, resolved`;
    `closes` is its place as in the clause that it closes, of which it speaks `closes_within`.
    """

    place: Place
    trigger: Trigger
    opens_list: bool
    closes: Place | None
    closes_within: int

    @property
    def looks_ahead(self) -> bool:
        """Whether it says, or ends, something of what stands behind it."""
        return self.closes is None and self.trigger.reaches != "backward"

    @property
    def looks_back(self) -> bool:
        """Whether it says, or ends, something of what stands before it."""
        return self.closes is not None or self.trigger.reaches != "forward"


_Reaching = tuple[Place, Trigger, bool]
"""A trigger where it reaches from, and whether to the end of its sentence."""


@dataclass(frozen=True, slots=True)
class _Reached:
    """How far a trigger reaches: before this token, in a clause or in any, in its sentence."""

    limit: float
    clause: int | None
    is_wide: bool

    def reaches(self, finding: Place) -> bool:
        return finding.start < self.limit and self.clause in (None, finding.clause)


def contexts_of(
    findings: Sequence[Place], triggers: Sequence[PlacedTrigger]
) -> list[frozenset[Context]]:
    """Return by finding, in the order of the text, what the triggers say of it."""
    ahead = sorted((one for one in triggers if one.looks_ahead), key=_where)
    # Of two rows that list a phrase, what it says as the end of its clause reaches less.
    back = sorted(_of_no_cause(findings, triggers), key=_back_order)
    forward = _sweep(findings, [(one.place, one.trigger, one.opens_list) for one in ahead])
    backward = _sweep([_turned(one) for one in reversed(findings)], map(_back, reversed(back)))
    return [one | other for one, other in zip(forward, reversed(backward), strict=True)]


def _of_no_cause(
    findings: Sequence[Place], triggers: Sequence[PlacedTrigger]
) -> Iterator[PlacedTrigger]:
    """Yield what looks back, without the doubts of a cause alone: "AVN (steroid-induced?)"."""
    causes = [one.place for one in triggers if one.trigger.says == "cause"]
    starts, ends = [one.start for one in findings], {one.end for one in findings}
    begun = {one.start for one in causes}
    for one in triggers:
        if not one.looks_back or one.trigger.says == "cause":
            continue
        place = one.place
        last = next(iter(causes[: bisect_left(causes, place.start, key=_start)][-1:]), None)
        is_behind = last is not None and (
            place.start - last.end <= CAUSED_WITHIN
            and last.clause == place.clause
            and bisect_left(starts, last.end) == bisect_left(starts, place.start)
        )
        is_before = place.end in begun and place.start not in ends
        if one.trigger.says != "doubted" or not (is_behind or is_before):
            yield one


def _start(place: Place) -> int:
    return place.start


def _where(one: PlacedTrigger) -> int:
    return one.place.start


def _back_order(one: PlacedTrigger) -> tuple[int, bool]:
    return one.place.start, one.closes is not None


def _back(one: PlacedTrigger) -> _Reaching:
    """Return a trigger as it reaches back, in the text read from its end."""
    place, trigger = one.closes or one.place, one.trigger
    if trigger.reaches == "forward":
        trigger = Trigger(trigger.says, "backward", one.closes_within, in_clause=True)
    return _turned(place), trigger, False


def _turned(place: Place) -> Place:
    """Return a place as it stands in the text read from its end."""
    return Place(-place.end, -place.start, place.clause, place.scope, place.sentence)


def _sweep(findings: Iterable[Place], triggers: Iterable[_Reaching]) -> list[frozenset[Context]]:
    found: list[frozenset[Context]] = []
    reached: dict[Context, _Reached] = {}
    scope, sentence, waiting = -1, -1, deque(triggers)

    def enter(place: Place) -> None:
        nonlocal scope, sentence, reached
        if place.scope != scope:
            is_same = place.sentence == sentence
            reached = {c: one for c, one in reached.items() if is_same and one.is_wide}
            scope, sentence = place.scope, place.sentence

    for finding in findings:
        while waiting and waiting[0][0].start < finding.start:
            place, trigger, is_wide = waiting.popleft()
            enter(place)
            if trigger.says == "ends":
                reached = {c: one for c, one in reached.items() if c not in trigger.only}
            elif trigger.says == "cause":
                continue
            elif trigger.says != "nothing":
                limit = float("inf") if trigger.within is None else place.end + trigger.within
                clause = place.clause if trigger.in_clause and not is_wide else None
                reached[trigger.says] = _Reached(limit, clause, is_wide)
        enter(finding)
        found.append(frozenset(c for c, one in reached.items() if one.reaches(finding)))
    return found
