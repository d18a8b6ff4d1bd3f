"""The words of a text that call a femoral head collapsed, or say that it keeps its shape."""

from bisect import bisect_left
from collections.abc import Container, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import NamedTuple

from cds_service.core.record import StageSays
from cds_service.core.words.lexicon import CONTEXT, SIDE, SITE, Span, Text
from cds_service.core.words.staging import COLLAPSE


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
_ASIDE = ("elsewhere", "prospect")
# Answers to a name, behind a colon (`Collapse: none`) or in brackets (`塌陷（-）`).
_ANSWERS = frozenset({"affirmation", "denial", "noAnswer"})
_BEFORE_AN_ANSWER = frozenset(":=")
_BEHIND_AN_ANSWER = frozenset(".,;)|/")
_start = attrgetter("start")


def shape_words(text: Text) -> Iterator[ShapeWord]:
    """Yield the words on the shape of a head; none of a clause that is about something else."""
    spans = text.of(COLLAPSE)
    beside = {(span.label, span.clause) for span in spans}
    answers = [span for span in spans if _is_answer(span, text)]
    far = _far_clauses(text, answers)
    sided = {span.clause for span in text.of(SIDE)}
    for span in spans:
        needed = _NEEDED.get(span.label, span.label)
        is_aside = any((label, span.clause) in beside for label in _ASIDE)
        if span.label in _SAYS and (needed, span.clause) in beside and not is_aside:
            affirmed = _SAYS[span.label][0]
            for (label, other), changed in _CHANGED.items():
                if label == span.label and (other, span.clause) in beside:
                    affirmed = changed
            says = _says(span, affirmed, _answer(span, answers, sided), is_far=span.clause in far)
            if says and "family" not in span.context:
                yield ShapeWord(span, says)


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

    They have a side or a site of their own (`no fracture, collapse of the right head`), or what is
    denied before them answers something else (`fracture: none, collapse: 2 mm`).
    """
    denied = {span.clause for span in text.of(CONTEXT) if span.label == "negated"}
    own = {span.clause for family in (SIDE, SITE) for span in text.of(family)}
    answered = {span.sentence for span in answers}
    listed = {span.clause for span in text.of(COLLAPSE) if span.sentence in answered}
    return (own | listed) - denied


def _is_answer(span: Span, text: Text) -> bool:
    raw, sentences = text.tokens.raw, text.tokens.sentences
    is_asked = span.start > 0 and raw[span.start - 1] in _BEFORE_AN_ANSWER
    is_last = span.end == len(raw) or sentences[span.end] != span.sentence
    is_last = is_last or raw[span.end] in _BEHIND_AN_ANSWER
    return span.label in _ANSWERS and is_last and (is_asked or raw[span.start] == "(")


def _answer(span: Span, answers: Sequence[Span], sided: Container[int]) -> str | None:
    """Return the label of the first answer behind words: in their clause, or where that names no
    side in the next one (`fracture, left hip: none`).
    """
    place = bisect_left(answers, span.end, key=_start)
    clauses = {span.clause} if span.clause in sided else {span.clause, span.clause + 1}
    near = (one.label for one in answers[place : place + 1] if one.clause in clauses)
    return next(near, None)
