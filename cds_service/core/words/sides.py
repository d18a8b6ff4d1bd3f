"""The side of the body that a text says, and the site: of all of it or of one finding in it."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import chain, groupby, islice
from operator import attrgetter
from typing import Literal, NamedTuple

from cds_service.core.record import NO_SIDE, SIDES, Side
from cds_service.core.words.context import Context
from cds_service.core.words.lexicon import BESIDE_SIDES, SIDE, SITE, Span, Text
from cds_service.core.words.staging import COLLAPSE, is_kept

SIDES_OF: Mapping[str, frozenset[Side]] = {
    "right": frozenset({Side.RIGHT}),
    "left": frozenset({Side.LEFT}),
    "both": SIDES,
}
"""The labels of the table of sides; any other one is a phrase that only looks like a side."""

Place = Literal["hip", "elsewhere", "notSaid"]
Spans = Sequence[Span]

_PLACES: Mapping[str, Place] = {"hip": "hip", "femoral-head": "hip", "other": "elsewhere"}
_BOTH = "both"
# What stands beside sides, by label.
PLURAL, JOINS, STAGE = "plural", "joins", "stage"
SOURCE, SHOWS, CORRECTS, WORD = "source", "shows", "corrects", "word"
# "Correction: the right hip"; "right hip and left hip": a word and a side; "right: stage II".
TOLD_WITHIN, JOINED_WITHIN, STAGED_WITHIN = 2, 2, 2
# A label that stands for several sides of which none can be told.
_OPEN = ""
by_start: Callable[[Span], int] = attrgetter("start")
by_clause: Callable[[Span], int] = attrgetter("clause")
by_sentence: Callable[[Span], int] = attrgetter("sentence")

# What tells of no finding that a side beside it is of another one.
_ASIDE: frozenset[Context] = frozenset({"current"})
_UNSURE: frozenset[Context] = frozenset({"doubted", "past", "planned"})

_DENIED: frozenset[Context] = frozenset({"negated"})
APART: frozenset[Context] = frozenset({"negated", "past", "family", "otherSide"})


class SidesSaid(NamedTuple):
    """The hips that words name; none and `is_open` where they contradict each other."""

    sides: frozenset[Side] = NO_SIDE
    is_open: bool = False


def is_said_open(text: Text) -> bool:
    """Tell whether a text says itself that its side is not sure: "side to be clarified".

    So do two sources that name different ones, "order says left, note says right", and one that is
    corrected, or shown to be another one: "left hip AVN. Correction: right hip", "MRI shows right".
    """
    if text.labelled(SIDE, "open"):
        return True
    reported = _behind(text, SOURCE)
    shown = (side for side in (*reported, *_behind(text, SHOWS)) if _closes(side, text))
    is_corrected = any(_behind(text, CORRECTS)) or any(shown)
    labels = {side.label for side in side_spans(text)} if is_corrected else set()
    return len({side.label for side in reported}) > 1 or len(labels) > 1


def _closes(side: Span, text: Text) -> bool:
    """Tell whether nothing but a hip stands behind a side in its clause."""
    raw, clauses = text.tokens.raw, text.tokens.clauses
    idle = [span for span in text.of(SITE) if _PLACES.get(span.label) == "hip"]
    idle += text.labelled(BESIDE_SIDES, WORD)
    passed = {place for span in idle for place in range(span.start, span.end)}
    behind = (at for at in range(side.end, len(raw)) if raw[at].isalnum() and at not in passed)
    return side.clause not in map(clauses.__getitem__, islice(behind, 1))


def _behind(text: Text, label: str) -> list[Span]:
    """Return the sides right behind a source, or what corrects it."""
    ends = {span.end for span in text.labelled(BESIDE_SIDES, label)}
    places = {end + gap for end in ends for gap in range(TOLD_WITHIN + 1)}
    return [side for side in side_spans(text) if side.start in places] if ends else []


class Sides:
    """The sides that a text names, ready to be asked for the whole of it and for its findings.

    A side that is negated, past, or said of a relative or the other side counts only for a finding
    of which the same is said: `no left hip`.
    """

    def __init__(self, text: Text) -> None:
        self._is_open = is_said_open(text)
        self._all: set[str] = set()
        self._denied: set[str] = set()
        self._near: dict[tuple[str, int, frozenset[Context]], set[str]] = {}
        for span in text.of(SIDE):
            if span.label in SIDES_OF:
                apart = span.context & APART
                if apart <= _DENIED:
                    (self._denied if apart else self._all).add(span.label)
                for place in (("clause", span.clause), ("sentence", span.sentence)):
                    self._near.setdefault((*place, apart), set()).add(span.label)

    @property
    def said(self) -> SidesSaid:
        """The only side that the text names."""
        return self._first(self._all)

    @property
    def ordered(self) -> SidesSaid:
        """The only side that an order names: what is not to be done is also said of a side."""
        return self._first(self._all or self._denied)

    def of(self, finding: Span) -> SidesSaid:
        """Return the only side of the text, else of the finding's clause, else of its sentence."""
        apart = finding.context & APART
        places = (("clause", finding.clause), ("sentence", finding.sentence))
        near = [self._near.get((*place, apart), set[str]()) for place in places]
        return self._first(*near, self._all) if apart else self._first(self._all, *near)

    def _first(self, *labels: set[str]) -> SidesSaid:
        if self._is_open:
            return SidesSaid(is_open=True)
        named = next((one for one in labels if len(one) == 1), set())
        sides = NO_SIDE.union(*(SIDES_OF[label] for label in named))
        return SidesSaid(sides, is_open=any(labels) and not named)


def sides_of_labels(labels: Collection[str]) -> SidesSaid:
    """Return what labels say of one thing: `both` outweighs, right and left contradict."""
    if _BOTH in labels:
        return SidesSaid(SIDES)
    if len(labels) > 1:
        return SidesSaid(is_open=True)
    return SidesSaid(NO_SIDE.union(*(SIDES_OF[label] for label in labels)))


def together(said: Iterable[SidesSaid]) -> SidesSaid:
    """Return what several texts say of one thing; where they contradict each other it is open."""
    all_said = list(said)
    named = {one.sides for one in all_said if one.sides}
    if len(named) > 1 or any(one.is_open for one in all_said):
        return SidesSaid(is_open=True)
    return SidesSaid(NO_SIDE.union(*named))


def opposite(said: SidesSaid) -> SidesSaid:
    """Return the other hip than the one that is named: "s/p left THA, contralateral AVN"."""
    return SidesSaid(SIDES - said.sides) if len(said.sides) == 1 else SidesSaid(is_open=True)


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
        ones = [side.start for side in meant if side.label != _BOTH]
        self._both_until = min(ones, default=0) if _BOTH in self._all else 0
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
            labels = {_BOTH}
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


def nearest(finding: Span, spans: Spans) -> Span | None:
    """Return the nearest to a finding of some phrases in the order of the text."""
    at = bisect_left(spans, finding.start, key=by_start)
    near = spans[max(at - 1, 0) : at + 1]
    return min(near, key=lambda one: distance(finding, one), default=None)


def distance(finding: Span, other: Span) -> int:
    """Return how many tokens stand between two phrases."""
    return max(other.start - finding.end, finding.start - other.end, 0)


def _said(label: str) -> SidesSaid:
    return SidesSaid(SIDES_OF[label]) if label else SidesSaid(is_open=True)


def grouped(key: Callable[[Span], int], spans: Spans) -> dict[int, list[Span]]:
    """Return the phrases of each clause, or of each sentence, in the order of the text."""
    return {place: list(group) for place, group in groupby(spans, key)}


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
        is_led = is_led and not (events[0].label == _BOTH and events[-1].family == SIDE)
        takes_turns = all(len(run - {_BOTH}) < 2 for run in _runs(events))
        only = {side.label for side in sides[place]}
        open_label = _BOTH if _are_denied_of_both(sides[place], own) else _OPEN
        for finding in own:
            label = (before if is_led else behind)[finding.start]
            if is_near and not label:
                label = before[finding.start]
            if is_near and label == _BOTH and behind[finding.start]:
                label = behind[finding.start]
            if len(only) == 1:
                label = min(only)
            labels[finding.start] = label if takes_turns else open_label
    return labels


def _are_denied_of_both(sides: Spans, findings: Spans) -> bool:
    """Tell whether all that is found beside both sides is denied: one clause names them."""
    is_denied = all(is_kept(one) for one in findings)
    clauses = {side.clause for side in sides}
    is_one = len(clauses) == 1 or any(side.label == _BOTH for side in sides)
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


def unclaimed(text: Text, sides: Sequence[Span], found: Sequence[Span]) -> list[Span]:
    """Return the sides that nothing that was found stands beside: "AVN, right THA, left stable"."""
    far = {side: min(reach(text, side, span) for span in found) for side in sides}
    claimed = {side.label for side in sides if far[side] <= JOINED_WITHIN}
    return [side for side in sides if side.label not in claimed]


def are_staged(text: Text, sides: Iterable[Span]) -> bool:
    """Tell whether each side of two has a stage of its own: "right III, left II"."""
    return len({side.label for side in staged(text, sides)}) > 1


def staged(text: Text, sides: Iterable[Span]) -> list[Span]:
    """Return the sides that a stage stands beside: "stage II left", "右侧II期"."""
    stages = text.labelled(BESIDE_SIDES, STAGE)
    starts, ends = {span.start for span in stages}, {span.end for span in stages}
    return [
        side
        for side in sides
        if any(side.end + i in starts or side.start - i in ends for i in range(STAGED_WITHIN))
    ]


def sided_of(text: Text, sites: Iterable[Span]) -> list[Span]:
    """Return the sites that have a side of their own: before them, or in them."""
    places = {i for side in side_spans(text) for i in range(side.start, side.end + 1)}
    return [site for site in sites if not places.isdisjoint(range(site.start, site.end))]


def is_own(side: Span, site: Span) -> bool:
    """Tell whether a side stands before a site, or in it."""
    return side.start < site.end and side.end >= site.start


def is_alone_of(text: Text, side: Span, finding: Span) -> bool:
    """Tell whether no site stands between a finding and a side that stands alone behind it."""
    between = (s for s in text.of(SITE) if finding.end <= s.start < side.start)
    return side.sentence == finding.sentence and all(s.clause == finding.clause for s in between)


def alone_sides(text: Text, found: Iterable[Span]) -> list[Span]:
    """Return the sides that are all that their clause holds: "AVN of left hip, right"."""
    tokens = zip(text.tokens.raw, text.tokens.clauses, strict=True)
    words = Counter(clause for raw, clause in tokens if raw[0].isalpha())
    busy = {span.clause for span in (*text.of(SITE), *found)}
    sides = side_spans(text)
    of_stages = {side.start for side in staged(text, sides) if side.clause not in busy}
    own = {s: sum(raw[0].isalpha() for raw in text.tokens.raw[s.start : s.end]) for s in sides}
    return [s for s in sides if s.start in of_stages or words[s.clause] <= own[s]]


def plural_clauses(text: Text) -> set[int]:
    """Return the parts of the text that speak of more than one hip: its side is `both`."""
    return {span.clause for span in text.labelled(BESIDE_SIDES, PLURAL)}


def is_nearest(text: Text, side: Span, own: Iterable[Span], others: Iterable[Span]) -> bool:
    """Tell whether a side stands no nearer to other phrases than to its own."""
    nearest = min(reach(text, side, span) for span in own)
    return all(nearest <= reach(text, side, other) for other in others)


def reach(text: Text, side: Span, span: Span) -> int:
    """Return how far a side is from a phrase.

    In Chinese and Japanese it is that of what follows, in brackets that of what goes before.
    """
    raw = text.tokens.raw
    if raw[side.start].isascii():
        return distance(side, span)
    is_in_brackets = ")" in raw[side.end : side.end + 2]
    is_behind = span.start < side.start
    return distance(side, span) + (len(raw) if is_behind is not is_in_brackets else 0)


def side_spans(text: Text) -> list[Span]:
    """Return the sides of a text, in its order."""
    return text.labelled(SIDE, *SIDES_OF)


def listed_clauses(text: Text) -> set[int]:
    """Return the parts of a text that hold sites, sides and what joins them, and no other word."""
    joins = text.labelled(BESIDE_SIDES, PLURAL, JOINS)
    spans = chain(text.of(SIDE), text.of(SITE), joins)
    covered = {place for span in spans for place in range(span.start, span.end)}
    words = zip(text.tokens.raw, text.tokens.clauses, strict=True)
    others = {c for at, (raw, c) in enumerate(words) if raw[0].isalnum() and at not in covered}
    return set(text.tokens.clauses) - others


def sides_of(spans: Iterable[Span]) -> SidesSaid:
    """Return what sides say of one thing."""
    return sides_of_labels({span.label for span in spans})


def near_sides(text: Text, finding: Span, sides: Sequence[Span]) -> Sequence[Span]:
    """Return the sides nearest to a finding, of which the same is said, or nearly."""
    alike = [side for side in sides if side.context - _ASIDE == finding.context - _ASIDE]
    surely = finding.context - _ASIDE - _UNSURE
    loosely = [side for side in sides if side.context - _ASIDE - _UNSURE == surely]
    clause = [side for side in loosely if side.clause == finding.clause]
    tried = (alike if {s.clause for s in alike} & {finding.clause} else clause, alike, loosely)
    near = next((nearest_part(finding, s) for s in (*tried, plain(sides)) if s), [])
    scopes = text.tokens.scopes
    return [s for s in near if scopes[s.start] == scopes[finding.start]] or near


def nearest_part(finding: Span, spans: Sequence[Span]) -> Sequence[Span]:
    """Return those of the same clause, else of the same sentence, else of the whole text."""
    in_clause = [span for span in spans if span.clause == finding.clause]
    return in_clause or [span for span in spans if span.sentence == finding.sentence] or spans


def plain(spans: Iterable[Span]) -> list[Span]:
    """Return those of which nothing is said."""
    return [span for span in spans if span.context <= _ASIDE]
