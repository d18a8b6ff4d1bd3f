"""What a text says of no hip of today: of one that is replaced, or of patients in general."""

from bisect import bisect_left, bisect_right
from collections.abc import Container, Iterable, Iterator
from itertools import pairwise

from cds_service.core.record import SIDES, Side
from cds_service.core.words.sides.said import BOTH, SIDES_OF, SidesSaid, side_spans
from cds_service.core.words.stages.around import Surroundings
from cds_service.core.words.stages.staging import COLLAPSE, NUMBER, STAGE, STAGING, SYSTEM, WHOLE
from cds_service.core.words.stages.when import Days
from cds_service.core.words.text import (
    A_HIP,
    CONTEXT,
    SITE,
    Span,
    Spans,
    Text,
    by_clause,
    by_sentence,
    grouped,
)

_DEFINES = frozenset(":=")
_WORN = ("worn", "narrow", "lost")


class SetAside:
    """What is said of no hip of today: of a hip that is replaced, or of patients in general."""

    def __init__(self, text: Text, around: Surroundings, days: Days) -> None:
        spans = text.of(STAGING)
        sides = side_spans(text)
        both = {span.end for span in sides if span.label == BOTH}
        self._sided, self._around = {span.clause for span in sides}, around
        self._earlier = {span.clause for span in spans if span.label in {"earlier", "was"}}
        advised = {span.sentence for span in spans if span.label == "advice"}
        sided = {span.sentence for span in sides}
        self._general = _general_clauses(spans, advised, sided)
        self._lessons, self._legends = _lessons(text, advised, sided), _legends(text, sides)
        self._out = frozenset().union(*_taken_out(text, sides))
        gone = _hips_gone(text, advised, days)
        self._gone = {span.clause for span in gone}
        self._are_all_gone = any(span.start in both for span in gone)
        self._replaced = SIDES & frozenset().union(
            *(hips for span, hips in gone.items() if span.clause in self._sided)
        )
        self._by_sentence = {span.sentence: (span, hips) for span, hips in gone.items()}

    def hips(self, span: Span) -> SidesSaid:
        """Return the hips that a finding is said of: of both, the one that is not replaced."""
        said = self._around.hips(span)
        left = said.sides - self._replaced
        return SidesSaid(left) if said.sides == SIDES and left else said

    def holds(self, span: Span) -> bool:
        """Tell whether a finding is said of such a hip, or of none."""
        is_taught = span.start >= self._lessons.get(span.sentence, span.end)
        last = bisect_right(self._legends, span.start, key=_start) - 1
        is_taught = is_taught or (last >= 0 and span.start < self._legends[last].stop)
        if is_taught or span.clause in self._general or self._are_all_gone:
            return True
        sides = self._around.hips(span).sides
        if self._out and sides <= self._out:
            return True
        if sides and sides <= self._replaced and span.clause in self._sided:
            return True
        gone, replaced = self._by_sentence.get(span.sentence, (None, SIDES))
        if gone is None:
            return False
        is_near = span.clause in self._gone or gone.start > span.start
        is_near = is_near or span.clause in self._earlier or span.clause in self._sided
        is_near = is_near or self._around.is_apart
        return is_near and sides <= replaced and (bool(sides) or gone.start < span.start)


def _hips_gone(text: Text, advised: Container[int], days: Days) -> dict[Span, frozenset[Side]]:
    """Return where hips are said to be replaced, and which."""
    gone = _replacements(text, advised, days)
    if not gone:
        return {}
    around = Surroundings(text, gone, ())
    return {span: around.hips(span).sides for span in gone}


def _replacements(text: Text, advised: Container[int], days: Days) -> list[Span]:
    """Return where a hip is said to be replaced: `置換術後`, `s/p THA`, `THA for collapse`."""
    spans = text.of(STAGING)
    wanted = {span.sentence for span in spans if span.label == "wanted"}
    reasons = grouped(by_clause, [span for span in spans if span.label == "reason"])
    planned = {span.clause for span in text.labelled(CONTEXT, "planned")}
    done = days.clauses | {span.clause for span in spans if span.label == "done"}

    def is_gone(span: Span) -> bool:
        apart = {"planned", "doubted", "negated", "family"} & span.context
        is_reasoned = any(span.end <= one.start for one in reasons.get(span.clause, ())[-1:])
        is_reasoned = (is_reasoned or span.clause in done) and span.clause not in planned
        is_done = "past" in span.context or is_reasoned
        is_wanted = span.sentence in wanted or span.sentence in advised
        is_told = is_done and not apart and not is_wanted
        return span.label == "gone" or (span.label == "replaced" and is_told)

    return list(filter(is_gone, spans))


def _general_clauses(
    spans: Iterable[Span], advised: Container[int], sided: Container[int]
) -> set[int]:
    """Return the clauses that speak of patients in general, in sentences without a side."""
    return {
        span.clause
        for span in spans
        if span.label == "general" or (span.label == "bound" and span.sentence in advised)
        if span.sentence not in sided
    }


def _lessons(text: Text, advised: Container[int], sided: Container[int]) -> dict[int, int]:
    """Return from where on a sentence without a side speaks of patients in general."""
    spans = text.of(STAGING)
    diseased = {span.sentence for span in spans if span.label == "disease"}
    within = text.labelled(COLLAPSE, "within")
    advice = [s for s in within if s.sentence in advised and s.sentence not in diseased]
    told = [*(span for span in spans if span.label == "lesson"), *advice]
    return {one.sentence: one.start for one in reversed(told) if one.sentence not in sided}


def _legends(text: Text, sides: Iterable[Span]) -> list[range]:
    """Return where it is said what each stage of a scale is.

    `ARCO 1: normal film. ARCO 2: sclerosis. ARCO 3: crescent`: stages that grow, each with a colon
    behind it, to the end of the sentence of the last; a scale is named, and no side.
    """
    raw, spans = text.tokens.raw, text.of(STAGING)
    suffixed = {span.start: span.end for span in text.labelled(STAGING, "suffix")}
    defined = [
        span
        for span in spans
        if span.label.startswith((NUMBER, WHOLE))
        and "".join(raw[(at := suffixed.get(span.end, span.end)) : at + 1]) in _DEFINES
    ]
    named = {span.end: span.start for span in spans if _names_a_scale(span)}
    sided = [side.start for side in sides]
    ends = text.tokens.sentences
    found = []
    for one, other in pairwise(defined):
        start = one.start
        while start in named:
            start = named[start]
        is_named = start < one.start or one.end in suffixed or one.label.startswith(WHOLE)
        is_grown = one.label.rsplit(" ", 1)[1] < other.label.rsplit(" ", 1)[1]
        stretch = range(start, bisect_left(ends, other.sentence + 1))
        if is_named and is_grown and not _any_in(sided, stretch):
            found.append(stretch)
    return found


def _any_in(places: list[int], stretch: range) -> bool:
    return bisect_left(places, stretch.start) < bisect_left(places, stretch.stop)


def _start(stretch: range) -> int:
    return stretch.start


def _names_a_scale(span: Span) -> bool:
    return span.label in {STAGE, "lesson"} or span.label.startswith(SYSTEM)


def _taken_out(text: Text, sides: Spans) -> Iterator[frozenset[Side]]:
    """Yield the hips whose heads are taken out, or are by what is told: all where no side is said.

    A sentence tells of a specimen and of a hip, or of an operation and that it was a replacement.
    """
    hips = {span.sentence for span in text.labelled(SITE, *A_HIP)}
    by_place = grouped(by_sentence, sides)
    opened = {span.sentence for span in text.labelled(STAGING, "opened")}
    planned = {span.clause for span in text.labelled(CONTEXT, "planned", "hypothetical", "negated")}
    for span in text.labelled(STAGING, "removed", "replaced"):
        is_out = span.sentence in (hips if span.label == "removed" else opened)
        if is_out and span.clause not in planned:
            named = (SIDES_OF[side.label] for side in by_place.get(span.sentence, ()))
            yield frozenset().union(*named) or _only(sides)


def _only(sides: Iterable[Span]) -> frozenset[Side]:
    named = {SIDES_OF[side.label] for side in sides}
    return next(iter(named)) if len(named) == 1 else SIDES


def of_arthritis(text: Text) -> frozenset[int]:
    """Return where words on a worn joint tell of arthritis alone.

    Osteonecrosis is denied, or not named and a scale, or a word for a stage of arthritis, grades
    them.

    Beside a scale a word for arthritis says nothing in any case, unless it is `grave`.
    """
    words, scaled = text.labelled(COLLAPSE, *_WORN), text.labelled(STAGING, "scale")
    if not words:
        return frozenset()
    named = _names_of_the_disease(text)
    affirmed, graded = "" in named, {span.sentence for span in scaled}
    if text.labelled(COLLAPSE, "graded"):
        graded |= {word.sentence for word in words}
    grave = {span.clause for span in text.labelled(COLLAPSE, "grave")}
    return frozenset(
        word.start
        for word in words
        if (not affirmed and ("negated" in named or word.sentence in graded))
        or (word.label == "worn" and word.sentence in graded and word.clause not in grave)
    )


def _names_of_the_disease(text: Text) -> set[str]:
    """Return whether osteonecrosis is affirmed (nothing), or `negated`; a bare head is no name."""
    sites = {place for span in text.of(SITE) for place in range(span.start, span.end)}
    names = (span for span in text.labelled(STAGING, "disease") if span.start not in sites)
    return {"negated" if "negated" in span.context else "" for span in names}
