"""Sides and findings that take turns: `right II, left III`, `III and II on the right and left`."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from cds_service.core.words.sides.said import BOTH, ONE_SIDE, side_spans
from cds_service.core.words.stages.staging import NUMBER, STAGING, is_kept
from cds_service.core.words.text import (
    SIDE,
    Span,
    Spans,
    Text,
    by_clause,
    by_sentence,
    by_start,
    distance,
    grouped,
    nearest,
)

# A label that stands for several sides of which none can be told.
UNTOLD = ""
_PAIR = 2
_PARTS = "\u3001"
# Words for both sides that stand in an order.
_ORDERS = {"right first": ("right", "left"), "left first": ("left", "right")}
# How near a side stands to what is said of it and is no stage: `left hip effusion`.
_NEAR = 8


class Turns:
    """The sides of some stretches of a text, clauses or sentences, and what is said beside them.

    A side of what is no stage, an effusion or a greater extent, does not count where another one
    stands in its stretch; if the two ways of reading differ, none is told.
    """

    def __init__(self, text: Text, findings: Sequence[Span]) -> None:
        self._pairs = dict(_pairs(text, findings))
        self.asides = frozenset(_asides(text, findings))

    def plain(self, sides: Spans) -> list[Span]:
        """Return the sides that are said of a stage."""
        return [side for side in sides if side.start not in self.asides]

    def labels(
        self, sides: Mapping[int, Spans], findings: Mapping[int, Spans], *, is_near: bool
    ) -> dict[int, str]:
        """Return the side of each finding of some stretches by where it starts."""
        told: dict[int, str] = {}
        for place, own in findings.items():
            if place in sides:
                told |= self._agreed(sides[place], own, is_near=is_near)
                told |= {
                    one.start: self._pairs[one.start] for one in own if one.start in self._pairs
                }
        return told

    def _agreed(self, sides: Spans, own: Spans, *, is_near: bool) -> dict[int, str]:
        all_told, plain = _in_turn(sides, own, is_near=is_near), self.plain(sides)
        if not plain or len(plain) == len(sides):
            return all_told
        told = _in_turn(plain, own, is_near=is_near)
        for one in own:
            label = told[one.start]
            is_of_both = label == BOTH and (one.family == STAGING or is_kept(one))
            if all_told[one.start] not in {UNTOLD, label} and not is_of_both:
                told[one.start] = UNTOLD
        return told


def _in_turn(sides: Spans, own: Spans, *, is_near: bool) -> dict[int, str]:
    """Return the side of each finding of one stretch.

    Where there are several, sides and findings must take turns, as in `right II, left III` and in
    `II right, III left`; after `both` one side alone may follow what is said of it. What is denied
    beside all of them is denied of both: `30% of the right and 10% of the left, no collapse`.
    """
    only = {side.label for side in sides}
    if len(only) == 1:
        return dict.fromkeys(map(by_start, own), min(only))
    events = sorted((*sides, *own), key=by_start)
    if any(len(run - {BOTH}) > 1 for run in _runs(events)):
        is_of_both = _are_denied_of_both(sides, own) or _stand_behind_both(sides, own)
        label = BOTH if is_of_both else UNTOLD
        return dict.fromkeys(map(by_start, own), label)
    before, behind = _latest(events), _latest(events[::-1])
    mixed = _behind_both_and_one(events)
    # `Bilateral: II right, III left`.
    is_led = events[0].family == SIDE
    is_led = is_led and not (is_near and events[0].label == BOTH and events[-1].family == SIDE)
    told = {}
    for one in map(by_start, own):
        label = (before if is_led else behind)[one]
        if not is_near and one in mixed:
            label = UNTOLD
        if is_near:
            label = label or before[one]
            label = (behind[one] or label) if label == BOTH else label
        told[one] = label
    return told


def _are_denied_of_both(sides: Spans, findings: Spans) -> bool:
    """Tell whether all that is found beside both sides is denied: one clause names them."""
    is_denied = all(is_kept(one) for one in findings)
    clauses = {side.clause for side in sides}
    is_one = len(clauses) == 1 or any(side.label == BOTH for side in sides)
    return is_denied and is_one


def _stand_behind_both(sides: Spans, own: Spans) -> bool:
    """Tell whether stages stand between both sides and each: `both II, 30% right, 15% left`."""
    first, *others = sides
    is_led = first.label == BOTH and first.start < own[0].start
    is_led = is_led and all(side.start > own[-1].start for side in others)
    return is_led and all(one.family == STAGING for one in own)


def _latest(events: Iterable[Span]) -> dict[int, str]:
    """Return by finding the last side before it."""
    latest, found = UNTOLD, {}
    for event in events:
        if event.family == SIDE:
            latest = event.label
        else:
            found[event.start] = latest
    return found


def _runs(events: Iterable[Span]) -> list[set[str]]:
    """Return the labels of sides that stand together, with no finding between them."""
    return [
        {side.label for side in run}
        for is_side, run in groupby(events, lambda event: event.family == SIDE)
        if is_side
    ]


def _behind_both_and_one(events: Sequence[Span]) -> set[int]:
    """Return the findings right behind both sides and one of them: `bilateral, left hip, II`."""
    kinds = [event.label if event.family == SIDE else UNTOLD for event in events]
    return {
        event.start
        for event, *before in zip(events[2:], kinds, kinds[1:], strict=False)
        if event.family == STAGING
        and BOTH in before
        and UNTOLD not in before
        and len(set(before)) > 1
    }


def told_in_order(text: Text) -> set[int]:
    """Return the sentences whose stages stand in the order of their sides: `respectively`."""
    return {span.sentence for span in text.labelled(STAGING, "respectively")}


def _pairs(text: Text, findings: Sequence[Span]) -> Iterator[tuple[int, str]]:
    """Yield the sides of two stages that are told in the order of two sides: `respectively`."""
    ordered = told_in_order(text)
    numbers = [one for one in findings if one.label.startswith(NUMBER)] if ordered else []
    sides = grouped(by_sentence, text.labelled(SIDE, *ONE_SIDE))
    orders = grouped(by_sentence, text.labelled(STAGING, *_ORDERS))
    for sentence, stages in grouped(by_sentence, numbers).items():
        named = [side.label for side in sides.get(sentence, ())]
        if not named:
            named = [side for one in orders.get(sentence, ()) for side in _ORDERS[one.label]]
        if sentence in ordered and len(stages) == len(named) == len(set(named)) == _PAIR:
            yield from zip(map(by_start, stages), named, strict=True)


def _asides(text: Text, findings: Sequence[Span]) -> Iterator[int]:
    """Yield where sides of what is no stage stand: `left hip effusion`, `larger on the left`."""
    sides = grouped(by_clause, side_spans(text))
    for span in text.labelled(STAGING, "beside", "typed"):
        near = [s for s in sides.get(span.clause, ()) if _PARTS not in _between(span, s, text)]
        side = nearest(span, near)
        if side and distance(span, side) <= _NEAR:
            start, end = sorted((span.start, side.start))
            at = bisect_left(findings, start, key=by_start)
            if not any(one.start < end for one in findings[at : at + 1]):
                yield side.start


def _between(one: Span, other: Span, text: Text) -> list[str]:
    first, last = sorted((one, other), key=by_start)
    return text.tokens.raw[first.end : min(last.start, first.end + _NEAR)]
