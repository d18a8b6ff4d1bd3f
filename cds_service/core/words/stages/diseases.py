"""Of which disease a stage is told: charts stage cancers, ulcers and kidneys too."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import takewhile

from cds_service.core.words.stages.staging import STAGE, STAGING, SYSTEM, WHOLE
from cds_service.core.words.text import (
    A_HIP,
    SIDE,
    SITE,
    Span,
    Text,
    by_clause,
    by_sentence,
    by_start,
    grouped,
    last_before,
    nearest,
)

# `2. CKD`: so many tokens count an item of a list, in so many digits.
_MARK = 2
_BEHIND_A_NUMBER = frozenset(".)\u3001:")


class Diseases:
    """The diseases of a text, ready to be asked for its stages; `marks` only count its items."""

    def __init__(self, text: Text, loud: Sequence[int]) -> None:
        self._loud = loud
        listed = text.labelled(STAGING, "disease", "other", "scale")
        self._clauses = grouped(by_clause, listed)
        self._sentences = grouped(by_sentence, [one for one in listed if one.label != "scale"])
        systems = _systems_of(text)
        words = (*listed, *text.labelled(STAGING, STAGE), *systems)
        self._named = grouped(by_sentence, sorted(words, key=by_start))
        self._raw = text.tokens.folded
        placed = (*text.labelled(SITE, *A_HIP), *text.of(SIDE), *systems)
        self._placed = {span.clause for span in placed}
        ours = {span.sentence for span in (*placed, *text.labelled(STAGING, "disease"))}
        items = dict(_items(text))
        self.marks = frozenset(at - _MARK for at in items.values())
        self._items = {sentence: at for sentence, at in items.items() if sentence not in ours}

    def is_of_another(self, number: Span) -> bool:
        """Tell whether a stage is of another disease than osteonecrosis.

        That of its clause which is nearest; else, where the clause names no hip, the last one of
        the sentence before it. An item of a list that names nothing of a hip is of another.
        """
        named = nearest(number, self._clauses.get(number.clause, ()))
        if named is None and self._goes_on_a_scale(number):
            return True
        if named is None and number.clause not in self._placed:
            named = last_before(number, self._sentences.get(number.sentence, ()))
        if named is not None:
            return named.label != "disease"
        start = self._items.get(number.sentence)
        return start is not None and self._loud[number.start] > self._loud[start]

    def _goes_on_a_scale(self, number: Span) -> bool:
        """Tell whether a number is worded as that of a scale: `KL grade 3 right, grade 2 left`."""
        told = self._named.get(number.sentence, ())
        at = bisect_left(told, number.start, key=by_start)
        before = list(takewhile(_is_no_name, reversed(told[:at])))
        at -= len(before) + 1
        if at < 0 or told[at].label != "scale":
            return False
        words = {self._raw[word.start] for word in before}
        return len(words) == 1 and len(before) > 1


def _systems_of(text: Text) -> list[Span]:
    """Return the systems that a text names, with their numbers or without."""
    return [s for s in text.of(STAGING) if s.label.startswith((SYSTEM, WHOLE))]


def _is_no_name(span: Span) -> bool:
    return span.label == STAGE


def _items(text: Text) -> Iterator[tuple[int, int]]:
    """Yield the sentences that are items of a numbered list, and where their words begin."""
    raw, sentences = text.tokens.raw, text.tokens.sentences
    marks = {
        at: int(raw[at])
        for at in range(len(raw) - _MARK)
        if raw[at + 1] in _BEHIND_A_NUMBER and raw[at].isdecimal() and len(raw[at]) <= _MARK
        if at == 0 or sentences[at - 1] != sentences[at]
    }
    counted = set(marks.values())
    for at, number in marks.items():
        if {number - 1, number + 1} & counted:
            yield sentences[at + _MARK], at + _MARK
