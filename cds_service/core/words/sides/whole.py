"""The side of all of a text, or of what it names: of orders, studies and topics."""

from cds_service.core.record import NO_SIDE
from cds_service.core.words.context import Context
from cds_service.core.words.sides.said import OPEN, SIDES_OF, SidesSaid
from cds_service.core.words.sides.unsure import is_said_open
from cds_service.core.words.text import SIDE, Span, Text, kept

_OF_AN_ORDER: frozenset[Context] = frozenset({"negated", "past"})
APART: frozenset[Context] = frozenset({"negated", "retracted", "past", "family", "otherSide"})


class Sides:
    """The sides that a text names, ready to be asked for the whole of it and for its findings.

    A side that is negated, past, or said of a relative or the other side counts only for a finding
    of which the same is said: `no left hip`.
    """

    def __init__(self, text: Text) -> None:
        self._is_open = is_said_open(text)
        self._all: set[str] = set()
        self._weaker: set[str] = set()
        self._near: dict[tuple[str, int, frozenset[Context]], set[str]] = {}
        for span in text.of(SIDE):
            if span.label in SIDES_OF:
                apart = span.context & APART
                if apart <= _OF_AN_ORDER:
                    (self._weaker if apart else self._all).add(span.label)
                for place in (("clause", span.clause), ("sentence", span.sentence)):
                    self._near.setdefault((*place, apart), set()).add(span.label)

    @property
    def said(self) -> SidesSaid:
        """The only side that the text names."""
        return self._first(self._all)

    @property
    def ordered(self) -> SidesSaid:
        """The only side of an order, also of what is not to be done or was operated on."""
        return self._first(self._all or self._weaker)

    def of(self, finding: Span) -> SidesSaid:
        """Return the only side of the text, else of the finding's clause, else of its sentence."""
        apart = finding.context & APART
        places = (("clause", finding.clause), ("sentence", finding.sentence))
        near = [self._near.get((*place, apart), set[str]()) for place in places]
        return self._first(*near, self._all) if apart else self._first(self._all, *near)

    def _first(self, *labels: set[str]) -> SidesSaid:
        if self._is_open:
            return OPEN
        named = next((one for one in labels if len(one) == 1), set())
        sides = NO_SIDE.union(*(SIDES_OF[label] for label in named))
        return SidesSaid(sides, is_open=any(labels) and not named)


@kept
def sides_in(text: Text) -> Sides:
    """Return the sides that a text names."""
    return Sides(text)
