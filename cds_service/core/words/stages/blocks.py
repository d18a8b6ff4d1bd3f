"""The blocks of a text that a heading puts under one side: `RIGHT HIP ... LEFT HIP ...`."""

from bisect import bisect_left
from collections.abc import Container, Iterator

from cds_service.core.words.sides.said import BOTH
from cds_service.core.words.stages.numbers import strange
from cds_service.core.words.stages.staging import COLLAPSE, is_kept
from cds_service.core.words.stages.turns import UNTOLD
from cds_service.core.words.text import (
    BESIDE_SIDES,
    SIDE,
    SITE,
    Span,
    Spans,
    Text,
    by_sentence,
    grouped,
)


class Blocks:
    """The sides of all that is said in sentences without a side.

    That of the heading above; else the only side of the text, or the only one that it has named
    so far.
    """

    def __init__(self, text: Text, sides: Spans, findings: Spans, asides: Container[int]) -> None:
        plain = [side for side in sides if side.start not in asides]
        counted = plain or sides
        self._headings = list(_headings(text, counted, findings))
        self._so_far = list(_so_far(counted))
        self._labels = {side.label for side in counted}
        self._is_one = len({side.label for side in sides}) == 1

    def label(self, finding: Span) -> str:
        """Return the side of a finding that stands in no sentence with a side.

        A collapse is said of both hips only where the text names no other side.
        """
        label = self._label(finding)
        is_shape = finding.family == COLLAPSE and not is_kept(finding)
        return UNTOLD if label == BOTH and is_shape and not self._is_one else label

    def _label(self, finding: Span) -> str:
        if len(self._labels) == 1:
            return min(self._labels)
        for told in (self._headings, self._so_far):
            at = bisect_left(told, (finding.start, ""))
            if at:
                return told[at - 1][1]
        return UNTOLD


def _so_far(sides: Spans) -> Iterator[tuple[int, str]]:
    """Yield the sides of a text, each with the only one that it has named by then."""
    named: set[str] = set()
    for side in sides:
        named.add(side.label)
        yield side.start, side.label if len(named) == 1 else UNTOLD


def _headings(text: Text, sides: Spans, findings: Spans) -> Iterator[tuple[int, str]]:
    """Yield where a block begins, and its side.

    A heading is a side that stands alone in its sentence, or before a colon at its start where the
    block before it goes on with sentences of its own. One without a side ends the last block.
    """
    raw, sentences = text.tokens.raw, text.tokens.sentences
    known = (span for family in (SIDE, SITE) for span in text.of(family))
    words = strange(text, (*known, *text.labelled(BESIDE_SIDES, "word")))
    by_place, told = grouped(by_sentence, sides), grouped(by_sentence, findings)
    starts = [at for at, one in enumerate(sentences) if at == 0 or one != sentences[at - 1]]
    has_begun = goes_on = False
    for start, end in zip(starts, [*starts[1:], len(sentences)], strict=True):
        own = by_place.get(sentences[start], ())
        if not own:
            is_title = raw[end - 1] == ":" and has_begun and sentences[start] not in told
            goes_on |= sentences[start] in told
            if is_title:
                yield start, UNTOLD
        elif words[end] == words[start]:
            has_begun = True
            yield start, own[0].label if len(own) == 1 else UNTOLD
        elif words[own[0].start] == words[start] and ":" in raw[own[0].end : own[0].end + 3]:
            yield start, own[0].label if goes_on or not has_begun else UNTOLD
            has_begun, goes_on = True, False
