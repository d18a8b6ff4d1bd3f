"""The side of the body that a text says, of the whole of it or of one finding in it."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from cds_service.core.record import NO_SIDE, SIDES, Side
from cds_service.core.words.lexicon import SIDE, Span, Text

SIDES_OF: Mapping[str, frozenset[Side]] = {
    "right": frozenset({Side.RIGHT}),
    "left": frozenset({Side.LEFT}),
    "both": SIDES,
}
"""The labels of the table of sides; any other one is a phrase that only looks like a side."""


class SidesSaid(NamedTuple):
    """The hips that words name; none and `is_open` where they contradict each other."""

    sides: frozenset[Side] = NO_SIDE
    is_open: bool = False


class Sides:
    """The sides that a text names, ready to be asked for the whole of it and for its findings."""

    def __init__(self, text: Text) -> None:
        self._all: set[str] = set()
        self._by_clause: dict[int, set[str]] = {}
        self._by_sentence: dict[int, set[str]] = {}
        for span in text.of(SIDE):
            if span.label in SIDES_OF and not span.context:
                self._all.add(span.label)
                self._by_clause.setdefault(span.clause, set()).add(span.label)
                self._by_sentence.setdefault(span.sentence, set()).add(span.label)

    @property
    def said(self) -> SidesSaid:
        """The only side that the text names."""
        return self._first(self._all)

    def of(self, finding: Span) -> SidesSaid:
        """Return the only side of the text, else of the finding's clause, else of its sentence."""
        clause = self._by_clause.get(finding.clause, set())
        return self._first(self._all, clause, self._by_sentence.get(finding.sentence, set()))

    def _first(self, *labels: set[str]) -> SidesSaid:
        named = next((one for one in labels if len(one) == 1), set())
        sides = NO_SIDE.union(*(SIDES_OF[label] for label in named))
        return SidesSaid(sides, is_open=bool(self._all) and not named)


def together(said: Iterable[SidesSaid]) -> SidesSaid:
    """Return what several texts say of one thing; where they contradict each other it is open."""
    all_said = list(said)
    named = {one.sides for one in all_said if one.sides}
    if len(named) > 1 or any(one.is_open for one in all_said):
        return SidesSaid(is_open=True)
    return SidesSaid(NO_SIDE.union(*named))
