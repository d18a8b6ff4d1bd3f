"""The sides and sites around the stages and shapes of a text."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Literal

from cds_service.core.words.sides.said import BOTH, OPEN, SIDES_OF, SidesSaid, opposite, side_spans
from cds_service.core.words.stages.staging import COLLAPSE, is_kept
from cds_service.core.words.text import (
    SIDE,
    SITE,
    Span,
    Spans,
    Text,
    by_clause,
    by_sentence,
    by_start,
    grouped,
    nearest,
)

Place = Literal["hip", "elsewhere", "notSaid"]
_PLACES: Mapping[str, Place] = {"hip": "hip", "femoral-head": "hip", "other": "elsewhere"}
# A label that stands for several sides of which none can be told.
_OPEN = ""


class Surroundings:
    """The sides and sites of a text, ready to be asked for each of its findings.

    A side counts for the findings of its own clause, else of its sentence, else of the text; beyond
    its clause not where that says something `apart`: that this hip is normal, or replaced.
    """

    def __init__(self, text: Text, findings: Iterable[Span], apart: Iterable[Span]) -> None:
        sides = side_spans(text)
        heads = {span.start for span in text.labelled(COLLAPSE, "head")}
        sites = [s for s in text.of(SITE) if s.label in _PLACES and s.start not in heads]
        set_apart = set(map(by_clause, apart))
        meant = [side for side in sides if side.clause not in set_apart]
        found = sorted(findings, key=by_start)
        self._sides = (
            _in_turn(grouped(by_clause, sides), grouped(by_clause, found), is_near=True),
            _in_turn(grouped(by_sentence, meant), grouped(by_sentence, found), is_near=False),
        )
        self._all = {side.label for side in meant}
        ones = [side.start for side in meant if side.label != BOTH]
        self._both_until = min(ones, default=0) if BOTH in self._all else 0
        self._apart = {side.label for side in sides} - self._all
        self.is_apart = {"right", "left"} <= self._apart and not self._all
        self._sites = grouped(by_clause, sites), grouped(by_sentence, sites)
        self.places = {_PLACES[site.label] for site in sites}

    def hips(self, finding: Span) -> SidesSaid:
        """Return the hips that a finding is said of."""
        clause, sentence = self._sides
        is_other = "otherSide" in finding.context
        if finding.start in clause:
            return _said(clause[finding.start])
        labels = self._all or (self._apart if is_other else set())
        if finding.start < self._both_until and is_kept(finding):
            labels = {BOTH}
        label = sentence.get(finding.start, next(iter(labels)) if len(labels) == 1 else _OPEN)
        said = _said(label) if labels else SidesSaid(is_open=bool(self._apart) or is_other)
        if not is_other:
            return said
        return opposite(said)

    def place(self, finding: Span) -> Place:
        """Return where the nearest site of the clause, else the last before it, puts a finding."""
        clauses, sentences = self._sites
        near = sentences.get(finding.sentence, [])
        before = near[: bisect_left(near, finding.start, key=by_start)][-1:]
        site = nearest(finding, clauses.get(finding.clause) or before)
        return _PLACES[site.label] if site else "notSaid"


def _said(label: str) -> SidesSaid:
    return SidesSaid(SIDES_OF[label]) if label else OPEN


def _in_turn(
    sides: Mapping[int, Spans], findings: Mapping[int, Spans], *, is_near: bool
) -> dict[int, str]:
    """Return the side of each finding of some stretches by where it starts.

    Where there are several, sides and findings must take turns, as in `right II, left III` and in
    `II right, III left`; after `both` one side alone may follow what is said of it. What is denied
    beside all of them is denied of both: `30% of the right and 10% of the left, no collapse`.
    """
    labels: dict[int, str] = {}
    for place, own in findings.items():
        if place not in sides:
            continue
        events = sorted((*sides[place], *own), key=by_start)
        before, behind = _latest(events), _latest(events[::-1])
        # `Bilateral: II right, III left`.
        is_led = events[0].family == SIDE
        is_led = is_led and not (events[0].label == BOTH and events[-1].family == SIDE)
        takes_turns = all(len(run - {BOTH}) < 2 for run in _runs(events))
        only = {side.label for side in sides[place]}
        open_label = BOTH if _are_denied_of_both(sides[place], own) else _OPEN
        for finding in own:
            label = (before if is_led else behind)[finding.start]
            if is_near and not label:
                label = before[finding.start]
            if is_near and label == BOTH and behind[finding.start]:
                label = behind[finding.start]
            if len(only) == 1:
                label = min(only)
            labels[finding.start] = label if takes_turns else open_label
    return labels


def _are_denied_of_both(sides: Spans, findings: Spans) -> bool:
    """Tell whether all that is found beside both sides is denied: one clause names them."""
    is_denied = all(is_kept(one) for one in findings)
    clauses = {side.clause for side in sides}
    is_one = len(clauses) == 1 or any(side.label == BOTH for side in sides)
    return is_denied and is_one


def _latest(events: Iterable[Span]) -> dict[int, str]:
    """Return by finding the last side before it."""
    latest, found = _OPEN, {}
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
