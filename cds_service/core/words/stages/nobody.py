"""What a text tells of no hip of today: the legend of a scale, a femoral head that is taken out."""

from bisect import bisect_left
from collections.abc import Iterator
from itertools import pairwise

from cds_service.core.record import SIDES, Side
from cds_service.core.words.sides.said import SIDES_OF, side_spans
from cds_service.core.words.stages.staging import NUMBER, STAGE, STAGING, SYSTEM, WHOLE
from cds_service.core.words.text import CONTEXT, SITE, Span, Text, by_sentence, grouped

_DEFINES = frozenset(":=")
# So many tokens before the first stage of a legend stands the name of its scale.
_NEAR = 4


def legends(text: Text) -> list[range]:
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
    named = [span.start for span in spans if _names_a_scale(span)]
    sides = [side.start for side in side_spans(text)]
    numbers = {span.start for span in spans if span.label.startswith((NUMBER, WHOLE))}
    ends = text.tokens.sentences
    found = []
    for one, other in pairwise(defined):
        led = [at for at in named if one.start - _NEAR <= at < one.start and at not in numbers]
        stretch = range(min(led, default=one.start), bisect_left(ends, other.sentence + 1))
        is_grown = one.label.rsplit(" ", 1)[1] < other.label.rsplit(" ", 1)[1]
        if is_grown and _any_in(named, one.start - _NEAR, other.start):
            found += [] if _any_in(sides, stretch.start, stretch.stop) else [stretch]
    return found


def _any_in(places: list[int], start: int, stop: int) -> bool:
    return bisect_left(places, start) < bisect_left(places, stop)


def _names_a_scale(span: Span) -> bool:
    is_named = span.label in {STAGE, "suffix", "lesson"}
    return is_named or span.label.startswith((SYSTEM, WHOLE))


def taken_out(text: Text) -> Iterator[frozenset[Side]]:
    """Yield the hips whose heads are taken out, or are by what is told: all where no side is said.

    A sentence tells of a specimen and of a hip, or of an operation and that it was a replacement.
    """
    hips = {span.sentence for span in text.labelled(SITE, "hip", "femoral-head")}
    sides = grouped(by_sentence, side_spans(text))
    opened = {span.sentence for span in text.labelled(STAGING, "opened")}
    planned = {span.clause for span in text.labelled(CONTEXT, "planned", "hypothetical", "negated")}
    for span in text.labelled(STAGING, "removed", "replaced"):
        is_out = span.sentence in (hips if span.label == "removed" else opened)
        if is_out and span.clause not in planned:
            named = (SIDES_OF[side.label] for side in sides.get(span.sentence, ()))
            yield frozenset().union(*named) or _only(text)


def _only(text: Text) -> frozenset[Side]:
    named = {SIDES_OF[side.label] for side in side_spans(text)}
    return next(iter(named)) if len(named) == 1 else SIDES
