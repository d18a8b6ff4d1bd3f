"""The sides and sites near a diagnosis or an operation, and whose they are."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain

from cds_service.core.words.context import Context
from cds_service.core.words.sides.said import side_spans
from cds_service.core.words.text import BESIDE_SIDES, SIDE, SITE, Span, Text, distance, nearest_part

# What stands beside sides, by label.
PLURAL, JOINS, STAGE = "plural", "joins", "stage"
# "Right hip and left hip": a word and a side; "right: stage II".
JOINED_WITHIN, STAGED_WITHIN = 2, 2
# What tells of no finding that a side beside it is of another one.
_ASIDE: frozenset[Context] = frozenset({"current"})
_UNSURE: frozenset[Context] = frozenset({"doubted", "past", "planned", "hypothetical"})


def near_sides(text: Text, finding: Span, sides: Sequence[Span]) -> Sequence[Span]:
    """Return the sides nearest to a finding, of which the same is said, or nearly."""
    alike = [side for side in sides if side.context - _ASIDE == finding.context - _ASIDE]
    surely = finding.context - _ASIDE - _UNSURE
    loosely = [side for side in sides if side.context - _ASIDE - _UNSURE == surely]
    clause = [side for side in loosely if side.clause == finding.clause]
    tried = (alike if {s.clause for s in alike} & {finding.clause} else clause, alike, loosely)
    near = next((nearest_part(finding, s) for s in (*tried, plain(sides)) if s), [])
    scopes = text.tokens.scopes
    return [s for s in near if scopes[s.start] == scopes[finding.start]] or near


def unclaimed(text: Text, sides: Sequence[Span], found: Sequence[Span]) -> list[Span]:
    """Return the sides that nothing that was found stands beside: "AVN, right THA, left stable"."""
    far = {side: min(reach(text, side, span) for span in found) for side in sides}
    claimed = {side.label for side in sides if far[side] <= JOINED_WITHIN}
    return [side for side in sides if side.label not in claimed]


def are_staged(text: Text, sides: Iterable[Span]) -> bool:
    """Tell whether each side of two has a stage of its own: "right III, left II"."""
    return len({side.label for side in staged(text, sides)}) > 1


def staged(text: Text, sides: Iterable[Span]) -> list[Span]:
    """Return the sides that a stage stands beside: "stage II left", "右侧II期"."""
    stages = text.labelled(BESIDE_SIDES, STAGE)
    starts, ends = {span.start for span in stages}, {span.end for span in stages}
    return [
        side
        for side in sides
        if any(side.end + i in starts or side.start - i in ends for i in range(STAGED_WITHIN))
    ]


def sided_of(text: Text, sites: Iterable[Span]) -> list[Span]:
    """Return the sites that have a side of their own: before them, or in them."""
    places = {i for side in side_spans(text) for i in range(side.start, side.end + 1)}
    return [site for site in sites if not places.isdisjoint(range(site.start, site.end))]


def is_own(side: Span, site: Span) -> bool:
    """Tell whether a side stands before a site, or in it."""
    return side.start < site.end and side.end >= site.start


def is_alone_of(text: Text, side: Span, finding: Span) -> bool:
    """Tell whether no site stands between a finding and a side that stands alone behind it."""
    between = (s for s in text.of(SITE) if finding.end <= s.start < side.start)
    return side.sentence == finding.sentence and all(s.clause == finding.clause for s in between)


def alone_sides(text: Text, found: Iterable[Span]) -> list[Span]:
    """Return the sides that are all that their clause holds: "AVN of left hip, right"."""
    tokens = zip(text.tokens.raw, text.tokens.clauses, strict=True)
    words = Counter(clause for raw, clause in tokens if raw[0].isalpha())
    busy = {span.clause for span in (*text.of(SITE), *found)}
    sides = side_spans(text)
    of_stages = {side.start for side in staged(text, sides) if side.clause not in busy}
    own = {s: sum(raw[0].isalpha() for raw in text.tokens.raw[s.start : s.end]) for s in sides}
    return [s for s in sides if s.start in of_stages or words[s.clause] <= own[s]]


def plural_clauses(text: Text) -> set[int]:
    """Return the parts of the text that speak of more than one hip: its side is `both`."""
    return {span.clause for span in text.labelled(BESIDE_SIDES, PLURAL)}


def is_nearest(text: Text, side: Span, own: Iterable[Span], others: Iterable[Span]) -> bool:
    """Tell whether a side stands no nearer to other phrases than to its own."""
    nearest = min(reach(text, side, span) for span in own)
    return all(nearest <= reach(text, side, other) for other in others)


def reach(text: Text, side: Span, span: Span) -> int:
    """Return how far a side is from a phrase.

    In Chinese and Japanese it is that of what follows, in brackets that of what goes before.
    """
    raw = text.tokens.raw
    if raw[side.start].isascii():
        return distance(side, span)
    is_in_brackets = ")" in raw[side.end : side.end + 2]
    is_behind = span.start < side.start
    return distance(side, span) + (len(raw) if is_behind is not is_in_brackets else 0)


def listed_clauses(text: Text) -> set[int]:
    """Return the parts of a text that hold sites, sides and what joins them, and no other word."""
    joins = text.labelled(BESIDE_SIDES, PLURAL, JOINS)
    spans = chain(text.of(SIDE), text.of(SITE), joins)
    covered = {place for span in spans for place in range(span.start, span.end)}
    words = zip(text.tokens.raw, text.tokens.clauses, strict=True)
    others = {c for at, (raw, c) in enumerate(words) if raw[0].isalnum() and at not in covered}
    return set(text.tokens.clauses) - others


def plain(spans: Iterable[Span]) -> list[Span]:
    """Return those of which nothing is said."""
    return [span for span in spans if span.context <= _ASIDE]
