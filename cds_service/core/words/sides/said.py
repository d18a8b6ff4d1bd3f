"""The hips that words name, and what several words say of one thing."""

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from cds_service.core.record import NO_SIDE, SIDES, Side
from cds_service.core.words.text import SIDE, Span, Text

SIDES_OF: Mapping[str, frozenset[Side]] = {
    "right": frozenset({Side.RIGHT}),
    "left": frozenset({Side.LEFT}),
    "both": SIDES,
}
"""The labels of the table of sides; any other one is a phrase that only looks like a side."""
BOTH = "both"
ONE_SIDE = frozenset(SIDES_OF) - {BOTH}


class SidesSaid(NamedTuple):
    """The hips that words name; none and `is_open` where they contradict each other."""

    sides: frozenset[Side] = NO_SIDE
    is_open: bool = False


OPEN = SidesSaid(is_open=True)


def side_spans(text: Text) -> list[Span]:
    """Return the sides of a text, in its order."""
    return text.labelled(SIDE, *SIDES_OF)


def sides_of(spans: Iterable[Span]) -> SidesSaid:
    """Return what sides say of one thing."""
    return sides_of_labels({span.label for span in spans})


def sides_of_labels(labels: Collection[str]) -> SidesSaid:
    """Return what labels say of one thing: `both` outweighs, right and left contradict."""
    if BOTH in labels:
        return SidesSaid(SIDES)
    if len(labels) > 1:
        return OPEN
    return SidesSaid(NO_SIDE.union(*(SIDES_OF[label] for label in labels)))


def together(said: Iterable[SidesSaid]) -> SidesSaid:
    """Return what several texts say of one thing; where they contradict each other it is open."""
    all_said = list(said)
    named = {one.sides for one in all_said if one.sides}
    if len(named) > 1 or any(one.is_open for one in all_said):
        return OPEN
    return SidesSaid(NO_SIDE.union(*named))


def opposite(said: SidesSaid) -> SidesSaid:
    """Return the other hip than the one that is named: "s/p left THA, contralateral AVN"."""
    return SidesSaid(SIDES - said.sides) if len(said.sides) == 1 else OPEN


def union(said: Iterable[SidesSaid]) -> SidesSaid:
    """Return what several findings of one text say of their hips: each may name its own."""
    all_said = list(said)
    is_open = any(one.is_open for one in all_said)
    sides = frozenset(side for one in all_said for side in one.sides)
    return SidesSaid(NO_SIDE if is_open else sides, is_open)
