"""The words of a text that call a femoral head collapsed, or say that it keeps its shape."""

from bisect import bisect_left
from collections.abc import Container, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import NamedTuple

from cds_service.core.record import StageSays
from cds_service.core.words.lexicon import CONTEXT, SIDE, SITE, Span, Text
from cds_service.core.words.numbers import strange
from cds_service.core.words.sides import by_clause, distance, grouped, nearest
from cds_service.core.words.staging import COLLAPSE, STAGING


class ShapeWord(NamedTuple):
    """Words on the shape of a head, and what the text says by them."""

    span: Span
    says: StageSays


# What words say where they are affirmed, and where they are denied; some say nothing then.
_SAYS: Mapping[str, tuple[StageSays, StageSays | None]] = {
    "collapse": ("collapse", "intact"),
    "flat": ("collapse", "intact"),
    "broken": ("collapse", "intact"),
    "sunk": ("collapse", "intact"),
    "lost": ("collapse", None),
    "narrow": ("collapse", None),
    "worn": ("unread", None),
    "perhaps": ("unread", None),
    "round": ("intact", "unread"),
}
# These count only beside a word of another label in their clause, or mean something else then.
_NEEDED = {"sunk": "surface", "lost": "space"}
_CHANGED: Mapping[tuple[str, str], StageSays] = {
    ("lost", "slight"): "unread",
    ("narrow", "slight"): "unread",
    ("worn", "grave"): "collapse",
}
# A word on what may come reaches so many tokens.
_NEAR = 5
# Answers to a name, behind a colon (`Collapse: none`) or in brackets (`塌陷（-）`).
_ANSWERS = frozenset({"affirmation", "denial", "noAnswer"})
_BEFORE_AN_ANSWER = frozenset(":=")
_BEHIND_AN_ANSWER = frozenset(".,;)|/\u3001")
_HIPS = frozenset({"hip", "femoral-head"})
_start = attrgetter("start")


def shape_words(text: Text) -> Iterator[ShapeWord]:
    """Yield the words on the shape of a head; none of a clause that is about something else."""
    spans = text.of(COLLAPSE)
    beside = {(span.label, span.clause) for span in spans}
    aside = _Aside(text)
    answers = [span for span in spans if _is_answer(span, text)]
    far = _far_clauses(text, answers)
    sided = {span.clause for span in text.of(SIDE)}
    for span in spans:
        needed = _NEEDED.get(span.label, span.label)
        is_said = span.label in _SAYS and (needed, span.clause) in beside
        if is_said and not aside.holds(span):
            affirmed = _SAYS[span.label][0]
            for (label, other), changed in _CHANGED.items():
                if label == span.label and (other, span.clause) in beside:
                    affirmed = changed
            is_far = span.clause in far or ("compared", span.clause) in beside
            says = _says(span, affirmed, _answer(span, answers, sided), is_far=is_far)
            if says and "family" not in span.context:
                yield ShapeWord(span, says)


class _Aside:
    """What words on a shape are about instead: something else that is nearer, or what may come."""

    def __init__(self, text: Text) -> None:
        small = (span for family in (STAGING, SIDE, CONTEXT) for span in text.of(family))
        self._strange = strange(text, small)
        self._listed = {
            "hip": grouped(by_clause, [s for s in text.of(SITE) if s.label in _HIPS]),
            **{
                label: grouped(by_clause, [s for s in text.of(COLLAPSE) if s.label == label])
                for label in ("elsewhere", "prospect")
            },
        }

    def holds(self, span: Span) -> bool:
        """Tell whether these words say nothing of a hip today."""
        other, hip, prospect = (
            nearest(span, self._listed[label].get(span.clause, ()))
            for label in ("elsewhere", "hip", "prospect")
        )
        if prospect and distance(span, prospect) <= _NEAR:
            return True
        if other is None or hip is None or other.start <= hip.start < other.end:
            return other is not None
        return self._between(span, other) < self._between(span, hip)

    def _between(self, one: Span, other: Span) -> int:
        """Return how many words of weight stand between two phrases; small ones are none."""
        start, end = (one.end, other.start) if other.start >= one.end else (other.end, one.start)
        return self._strange[max(start, end)] - self._strange[start]


def _says(span: Span, affirmed: StageSays, answer: str | None, *, is_far: bool) -> StageSays | None:
    denied = _SAYS[span.label][1]
    if span.context & {"doubted", "past"} or answer == "noAnswer":
        return "unread"
    if answer:
        return affirmed if answer == "affirmation" else denied
    if "negated" in span.context:
        return "unread" if is_far else denied
    return affirmed


def _far_clauses(text: Text, answers: Sequence[Span]) -> set[int]:
    """Return the clauses which a denial may reach from another, and may not mean.

    They have a side or a site of their own (`no fracture, collapse of the right head`) and no `or`,
    or what is denied before them answers something else (`fracture: none, collapse: 2 mm`).
    """
    denied = {span.clause for span in text.of(CONTEXT) if span.label == "negated"}
    own = {span.clause for family in (SIDE, SITE) for span in text.of(family)}
    answered = {span.sentence for span in answers}
    listed = {span.clause for span in text.of(COLLAPSE) if span.sentence in answered}
    joined = {span.clause for span in text.of(COLLAPSE) if span.label == "or"}
    return (own - joined | listed) - denied


def _is_answer(span: Span, text: Text) -> bool:
    raw, sentences = text.tokens.raw, text.tokens.sentences
    is_asked = span.start > 0 and raw[span.start - 1] in _BEFORE_AN_ANSWER
    is_last = span.end == len(raw) or sentences[span.end] != span.sentence
    is_last = is_last or raw[span.end] in _BEHIND_AN_ANSWER
    return span.label in _ANSWERS and (raw[span.start] == "(" or (is_asked and is_last))


def _answer(span: Span, answers: Sequence[Span], sided: Container[int]) -> str | None:
    """Return the label of the first answer behind words: in their clause, or where that names no
    side in the next one (`fracture, left hip: none`).
    """
    place = bisect_left(answers, span.end, key=_start)
    clauses = {span.clause} if span.clause in sided else {span.clause, span.clause + 1}
    near = (one.label for one in answers[place : place + 1] if one.clause in clauses)
    return next(near, None)
