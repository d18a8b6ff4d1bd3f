"""Tells whether a text says itself that its side is not sure, or which one is right."""

from collections.abc import Iterator
from itertools import islice

from cds_service.core.words.sides.said import SidesSaid, side_spans, sides_of
from cds_service.core.words.text import A_HIP, BESIDE_SIDES, SIDE, SITE, Span, Text

SOURCE, SHOWS, CORRECTS, AMENDS, WORD = "source", "shows", "corrects", "amends", "word"
PER, CLARIFY = "per", "clarify"
# What says that a side was wrong, and not which one is right.
MISSTATED = "misstated"
_ARROWS = frozenset({"→", ">"})
# "Correction: the right hip".
TOLD_WITHIN = 2
# "Side corrected: AVN of the left hip".
_DISEASE = "femoral-head-osteonecrosis"


def is_said_open(text: Text) -> bool:
    """Tell whether a text says itself that its side is not sure: "side to be clarified".

    So do two sources that name different ones, "order says left, note says right", and one that is
    corrected, or shown to be another one: "left hip AVN. Correction: right hip", "MRI shows right".
    """
    if text.labelled(SIDE, "open", MISSTATED):
        return True
    reported, shows = _behind(text, SOURCE), _behind(text, SHOWS)
    shown = closing(text).intersection((*reported, *shows))
    by_source = _before_source(text)
    is_corrected = any(_behind(text, CORRECTS, AMENDS)) or any(shown)
    told = (
        [*reported, *by_source],
        [*shows, *by_source] if by_source else [],
        side_spans(text) if is_corrected else [],
        *_to_clarify(text),
    )
    return any(len({side.label for side in sides}) > 1 for sides in told)


def _to_clarify(text: Text) -> Iterator[list[Span]]:
    """Yield the sides of each sentence that asks for something to be made clear."""
    asked = {span.sentence for span in text.labelled(BESIDE_SIDES, CLARIFY)}
    yield from ([s for s in side_spans(text) if s.sentence == one] for one in asked)


def _before_source(text: Text) -> list[Span]:
    """Return the sides before what tells a source: "left hip per referral"."""
    sources = {span.start for span in text.labelled(BESIDE_SIDES, PER)}
    hips = {site.start: site.end for site in text.of(SITE) if site.label in A_HIP}
    return [s for s in side_spans(text) if not sources.isdisjoint((s.end, hips.get(s.end)))]


def corrected(text: Text) -> SidesSaid:
    """Return the only side to which a text corrects itself: "Correction: right", "左 → 右"."""
    words = [] if text.labelled(SIDE, "open") else text.labelled(BESIDE_SIDES, CORRECTS)
    ends = [side for side in _next_to(text, words) if "negated" not in side.context]
    arrows = {at for at, raw in enumerate(text.tokens.raw) if raw in _ARROWS and words}
    turned = [side for side in side_spans(text) if side.start - 1 in arrows]
    said = sides_of(turned or ends)
    return SidesSaid() if said.is_open else said


def _next_to(text: Text, words: list[Span]) -> Iterator[Span]:
    """Yield the sides behind some words that are parted from them by signs and numbers at most."""
    sides, raw = {side.start: side for side in side_spans(text)}, text.tokens.raw
    passed = (*text.labelled(BESIDE_SIDES, WORD), *text.of(_DISEASE))
    idle = {at for span in passed for at in range(span.start, span.end)}
    for word in words:
        behind = range(word.end, len(raw))
        said = (at for at in behind if raw[at][0].isalpha() and at not in idle)
        yield from (sides[at] for at in islice(said, 1) if at in sides)


def closing(text: Text) -> set[Span]:
    """Return the sides behind which nothing but a hip stands in their clause."""
    idle = [span for span in text.of(SITE) if span.label in A_HIP]
    idle += text.labelled(BESIDE_SIDES, WORD)
    passed = {place for span in idle for place in range(span.start, span.end)}
    tokens = zip(text.tokens.clauses, text.tokens.raw, strict=True)
    words = enumerate(tokens)
    last = {clause: at for at, (clause, raw) in words if raw.isalnum() and at not in passed}
    return {side for side in side_spans(text) if last.get(side.clause, 0) < side.end}


def _behind(text: Text, *labels: str) -> list[Span]:
    """Return the sides right behind a source, or what corrects it."""
    ends = {span.end for span in text.labelled(BESIDE_SIDES, *labels)}
    places = {end + gap for end in ends for gap in range(TOLD_WITHIN + 1)}
    return [side for side in side_spans(text) if side.start in places] if ends else []
