"""The words of a text that call a femoral head collapsed, or say that it keeps its shape."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import NamedTuple

from cds_service.core.record import StageSays
from cds_service.core.words.context import Context
from cds_service.core.words.sides.said import ONE_SIDE
from cds_service.core.words.stages.aside import of_arthritis
from cds_service.core.words.stages.numbers import strange
from cds_service.core.words.stages.staging import COLLAPSE, STAGING
from cds_service.core.words.stages.when import READERS
from cds_service.core.words.text import (
    A_HIP,
    CONTEXT,
    SIDE,
    SITE,
    Span,
    Text,
    by_clause,
    by_sentence,
    by_start,
    grouped,
    nearest,
)
from cds_service.core.words.tokens import is_cjk


class ShapeWord(NamedTuple):
    """Words on the shape of a head, and what the text says by them."""

    span: Span
    says: StageSays
    shapes: frozenset[str] = frozenset()
    is_earlier: bool = False
    is_new: bool = False


# What words say where they are affirmed, and where they are denied; some say nothing then.
_SAYS: Mapping[str, tuple[StageSays, StageSays | None]] = {
    "collapse": ("collapse", "intact"),
    "flat": ("collapse", "intact"),
    "broken": ("collapse", "intact"),
    "sunk": ("collapse", "intact"),
    "lost": ("collapse", None),
    "narrow": ("collapse", None),
    "worn": ("unread", None),
    "bent": ("unread", None),
    "perhaps": ("unread", None),
    "round": ("intact", "unread"),
    "kept": ("intact", "unread"),
}
# A denial of the same shape contradicts; a head that keeps its shape has none of these.
_SHAPES_OF = dict.fromkeys(("round", "kept"), frozenset({"collapse", "flat", "sunk"}))
# These count only beside a word of another label in their clause, or mean something else then.
_NEEDED = {
    "sunk": ("surface", "head"),
    "bent": ("surface",),
    "lost": ("space", "outline"),
    "kept": ("outline",),
}
_CHANGED: Mapping[tuple[str, str], StageSays] = {
    ("lost", "slight"): "unread",
    ("narrow", "slight"): "unread",
    ("worn", "grave"): "collapse",
    ("kept", "uneven"): "unread",
}
# Of no hip of this patient, or taken back.
_UNTOLD: frozenset[Context] = frozenset({"family", "retracted"})
_LATELY = frozenset({"lately", "compared"})
# So near to its colon stands a name.
_NEAR_BEHIND = 8
# Answers to a name, behind a colon (`Collapse: none`) or in brackets (`塌陷（-）`).
_ANSWERS = frozenset({"affirmation", "denial", "noAnswer"})
_GIVEN: Mapping[str, str] = dict.fromkeys(("affirmation", "amount"), "affirmation")
_AMOUNTS = frozenset({"amount"})
_BEFORE_AN_ANSWER = frozenset(":=")
_BEHIND_AN_ANSWER = frozenset(".,;)|/\u3001")


def shape_words(text: Text) -> Iterator[ShapeWord]:
    """Yield the words on the shape of a head; none of a clause that is about something else."""
    shapes, by_side, when = _Shapes(text), _answers_by_side(text), _When(text)
    before_sides = {span.start - skipped for span in text.of(SIDE) for skipped in (0, 1)}
    last: ShapeWord | None = None
    for span in text.of(COLLAPSE):
        when.take(span)
        says = shapes.says(span)
        if span.start in by_side:
            yield from by_side[span.start]
        elif says:
            last = when.of(ShapeWord(span, says, _shapes(span)))
            yield last
        elif last and span.label == "missing" and span.end in before_sides:
            yield last._replace(span=span, says="intact" if last.says == "collapse" else "unread")


class _Shapes:
    """What each phrase of a text says of the shape of a head, by the words around it."""

    def __init__(self, text: Text) -> None:
        spans = text.of(COLLAPSE)
        self._beside = {(span.label, span.clause) for span in spans}
        self._aside = _Aside(text)
        self._answers = [span for span in spans if _is_answer(span, text)]
        self._far = _far_clauses(text, self._answers)
        self._compared = _denied_beside(text, "compared")
        self._spared = _spared_by_denials(text)
        self._sided = {span.clause for span in text.of(SIDE)}
        self._listed = _listed_behind_a_denial(text)
        self._arthritic = of_arthritis(text)

    def says(self, span: Span) -> StageSays | None:
        """Return what words say; nothing where they are about something else."""
        needed = _NEEDED.get(span.label, (span.label,))
        is_said = span.label in _SAYS and any((one, span.clause) in self._beside for one in needed)
        is_said = is_said and span.start not in self._arthritic
        if not is_said or span.context & _UNTOLD or self._aside.holds(span):
            return None
        if "hypothetical" in span.context:
            return "unread" if "doubted" in span.context and span.clause in self._sided else None
        affirmed = _SAYS[span.label][0]
        for (label, other), changed in _CHANGED.items():
            if label == span.label and (other, span.clause) in self._beside:
                affirmed = changed
        is_far = span.clause in self._far or span.start < self._compared.get(span.clause, 0)
        answer = _answer(span, self._answers, self._sided)
        if span.start in self._spared:
            span = span._replace(context=span.context - {"negated"})
        denied = _SAYS[span.label][1]
        if span.label == "lost" and ("outline", span.clause) in self._beside:
            denied = "intact"
        says = _says(span, (affirmed, denied), answer, is_far=is_far)
        return "unread" if says and self._is_unsure(span, says) else says

    def _is_unsure(self, span: Span, says: StageSays) -> bool:
        is_open = span.clause in self._listed or self._aside.is_after_a_condition(span)
        return ("unsure", span.clause) in self._beside or (is_open and says == "collapse")


class _When:
    """Which words on a shape are said of an earlier film, and which of something new."""

    def __init__(self, text: Text) -> None:
        self._before, self._lately = -1, -1
        spans = text.of(COLLAPSE)
        self._compared = {span.sentence for span in text.labelled(STAGING, "compare")}
        told = {(span.label, span.sentence) for span in spans}
        self._told = {s for label, s in told if label == "before"}
        self._told -= {s for label, s in told if label in _LATELY}

    def take(self, span: Span) -> None:
        """Take the next phrase of a text: the last one before other words counts for them."""
        if span.label == "before":
            self._before, self._lately = span.sentence, -1
        elif span.label in _LATELY:
            self._before, self._lately = -1, span.sentence

    def of(self, word: ShapeWord) -> ShapeWord:
        """Return words with that; a collapse of an earlier film is still there."""
        is_intact, sentence = word.says == "intact", word.span.sentence
        is_before = sentence == self._before or sentence in self._told
        return word._replace(
            is_new=not is_intact and sentence == self._lately,
            is_earlier=is_intact and is_before and sentence not in self._compared,
        )


def _answers_by_side(text: Text) -> dict[int, list[ShapeWord]]:
    """Return, by where words with a colon stand, what is answered of each hip behind it.

    `Collapse: none (right), 3 mm (left)`; where answers and sides are not as many it is unread.
    """
    raw, found = text.tokens.raw, {}
    words = text.labelled(COLLAPSE, *_SAYS)
    sides = grouped(by_sentence, text.labelled(SIDE, *ONE_SIDE))
    begun = {side.start for side in text.of(SIDE)}
    answers = grouped(by_sentence, text.labelled(COLLAPSE, *_ANSWERS, *_AMOUNTS))
    for word, following in zip_longest(words, words[1:]):
        is_last = following is None or following.sentence != word.sentence
        end = len(raw) if is_last else following.start
        ends = (at for at in range(word.end, end) if raw[at] == ";" and at + 1 not in begun)
        end = next(ends, end)
        named = [side for side in sides.get(word.sentence, ()) if word.end <= side.start < end]
        given = [one for one in answers.get(word.sentence, ()) if word.end <= one.start < end]
        is_asked = named and ":" in raw[word.end : min(named[0].start, word.end + _NEAR_BEHIND)]
        if is_asked and given and {side.label for side in named} == ONE_SIDE:
            if len(given) == len(named):
                told = [ShapeWord(one, _given(word, one.label), _shapes(word)) for one in given]
            else:
                told = [ShapeWord(side._replace(family=COLLAPSE), "unread") for side in named]
            found[word.start] = told
    return found


def _shapes(word: Span) -> frozenset[str]:
    return _SHAPES_OF.get(word.label, frozenset({word.label}))


def _given(word: Span, answer: str) -> StageSays:
    affirmed, denied = _SAYS[word.label]
    says = affirmed if answer in _GIVEN else denied if answer == "denial" else None
    return says or "unread"


def _listed_behind_a_denial(text: Text) -> set[int]:
    """Return the clauses that may go on with the list of a Chinese denial, and may not.

    `未见囊变，骨折或塌陷`: behind the comma stands an `or`, or nothing but the words themselves.
    """
    denied: dict[int, int] = {}
    for span in text.of(CONTEXT):
        if span.label == "negated" and is_cjk(text.tokens.raw[span.start]):
            denied.setdefault(span.sentence, span.clause)
    own = {span.clause for family in (SIDE, SITE) for span in text.of(family)}
    joined = {span.clause for span in text.labelled(COLLAPSE, "or")}
    sizes = Counter(text.tokens.clauses)
    return {
        span.clause
        for span in text.of(COLLAPSE)
        if denied.get(span.sentence, span.clause) < span.clause
        and (span.clause in joined or (span.clause not in own and _is_bare(span, sizes)))
    }


def _is_bare(span: Span, sizes: Mapping[int, int]) -> bool:
    return sizes[span.clause] <= span.end - span.start + 1


class _Aside:
    """What words on a shape are about instead: something else that is nearer."""

    def __init__(self, text: Text) -> None:
        small = (span for family in (STAGING, SIDE, CONTEXT) for span in text.of(family))
        self._strange = strange(text, small)
        self._hips = grouped(by_clause, text.labelled(SITE, *A_HIP))
        self._others = grouped(by_clause, text.labelled(COLLAPSE, "elsewhere"))
        self._conditions = _conditions(text)

    def is_after_a_condition(self, span: Span) -> bool:
        """Tell whether a condition stands in an earlier clause of the sentence of these words."""
        return self._conditions.get(span.sentence, span.clause) < span.clause

    def holds(self, span: Span) -> bool:
        """Tell whether these words say nothing of a hip."""
        other = nearest(span, self._others.get(span.clause, ()))
        hip = nearest(span, self._hips.get(span.clause, ()))
        if other is None or hip is None or other.start <= hip.start < other.end:
            return other is not None
        return self._between(span, other) <= self._between(span, hip)

    def _between(self, one: Span, other: Span) -> int:
        """Return how many words of weight stand between two phrases; small ones are none."""
        start, end = (one.end, other.start) if other.start >= one.end else (other.end, one.start)
        return self._strange[max(start, end)] - self._strange[start]


def _conditions(text: Text) -> dict[int, int]:
    """Return, by sentence, the first clause that tells of what may come, and not of what."""
    shaped = {span.clause for span in text.labelled(COLLAPSE, *_SAYS)}
    told = text.labelled(CONTEXT, "hypothetical")
    return {one.sentence: one.clause for one in reversed(told) if one.clause not in shaped}


def _says(
    span: Span, either: tuple[StageSays, StageSays | None], answer: str | None, *, is_far: bool
) -> StageSays | None:
    affirmed, denied = either
    if span.context & {"doubted", "past"} or answer == "noAnswer":
        return "unread"
    if answer:
        return affirmed if answer == "affirmation" else denied
    if "negated" in span.context:
        return "unread" if is_far else denied
    return affirmed


def _far_clauses(text: Text, answers: Sequence[Span]) -> set[int]:
    """Return the clauses which a denial may reach from another, and may not mean.

    They have a side, a site or a reader of their own (`no fracture, collapse of the right head`)
    and no `or`, or what is denied before answers something else (`fracture: none, collapse: 2 mm`).
    """
    denied = {span.clause for span in text.labelled(CONTEXT, "negated")}
    own = {span.clause for family in (SIDE, SITE) for span in text.of(family)}
    own |= {span.clause for span in text.labelled(STAGING, *READERS)}
    answered = {span.sentence for span in answers}
    listed = {span.clause for span in text.of(COLLAPSE) if span.sentence in answered}
    joined = {span.clause for span in text.labelled(COLLAPSE, "or")}
    return (own - joined | listed) - denied


def _denied_beside(text: Text, label: str) -> dict[int, int]:
    """Return by clause from where on such a word is denied with what stands by it.

    `No further collapse`, but not `new CT: no collapse`.
    """
    denials = grouped(by_clause, text.labelled(CONTEXT, "negated"))
    found: dict[int, int] = {}
    for span in text.labelled(COLLAPSE, label):
        behind = (one.start for one in denials.get(span.clause, ())[:1] if one.start > span.start)
        found[span.clause] = next(behind, len(text.tokens.raw))
    return found


def _spared_by_denials(text: Text) -> set[int]:
    """Return where words that call a head round stand by a shape that is denied instead.

    `No collapse, contour preserved`, `no fracture and the head is round`, `球形を維持し圧潰なし`.
    """
    words = text.labelled(COLLAPSE, *_SAYS)
    denials = grouped(by_clause, text.labelled(CONTEXT, "negated"))
    return {
        span.start
        for before, span, behind in zip([None, *words], words, [*words[1:], None], strict=False)
        if span.label in _SHAPES_OF
        and (_takes_it(before, span, denials) or _takes_it(behind, span, denials))
    }


def _takes_it(shape: Span | None, kept: Span, denials: Mapping[int, Sequence[Span]]) -> bool:
    """Tell whether a denied shape stands nearer to the denial than words that call a head round."""
    if shape is None or shape.sentence != kept.sentence or "negated" not in shape.context:
        return False
    near = denials.get(kept.clause, ())
    if shape.start < kept.start:
        return all(one.start < shape.end for one in near[-1:])
    return shape.clause == kept.clause and all(one.start >= shape.end for one in near[:1])


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
    place = bisect_left(answers, span.end, key=by_start)
    clauses = {span.clause} if span.clause in sided else {span.clause, span.clause + 1}
    near = (one.label for one in answers[place : place + 1] if one.clause in clauses)
    return next(near, None)
