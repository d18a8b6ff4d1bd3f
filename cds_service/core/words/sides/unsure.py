"""Tells whether a text says itself that its side is not sure."""

from itertools import islice

from cds_service.core.words.sides.said import side_spans
from cds_service.core.words.text import BESIDE_SIDES, SIDE, SITE, Span, Text

SOURCE, SHOWS, CORRECTS, WORD = "source", "shows", "corrects", "word"
# "Correction: the right hip".
TOLD_WITHIN = 2
_HIPS = frozenset({"hip", "femoral-head"})


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
    idle = [span for span in text.of(SITE) if span.label in _HIPS]
    idle += text.labelled(BESIDE_SIDES, WORD)
    passed = {place for span in idle for place in range(span.start, span.end)}
    behind = (at for at in range(side.end, len(raw)) if raw[at].isalnum() and at not in passed)
    return side.clause not in map(clauses.__getitem__, islice(behind, 1))


def _behind(text: Text, label: str) -> list[Span]:
    """Return the sides right behind a source, or what corrects it."""
    ends = {span.end for span in text.labelled(BESIDE_SIDES, label)}
    places = {end + gap for end in ends for gap in range(TOLD_WITHIN + 1)}
    return [side for side in side_spans(text) if side.start in places] if ends else []
