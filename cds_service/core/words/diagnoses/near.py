"""The sides and sites near a diagnosis or an operation, and whose they are."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain

from cds_service.core.words.context import Context
from cds_service.core.words.diagnoses.bound import OTHER_FINDING
from cds_service.core.words.sides.said import side_spans
from cds_service.core.words.text import BESIDE_SIDES, SIDE, SITE, Span, Text

# What stands beside sides, by label.
PLURAL, JOINS, STAGE = "plural", "joins", "stage"
# "Right hip and left hip": a word and a side; "right: stage II".
JOINED_WITHIN, STAGED_WITHIN = 2, 2
# What tells of no finding that a side beside it is of another one.
_ASIDE: frozenset[Context] = frozenset({"current"})
_UNSURE: frozenset[Context] = frozenset({"doubted", "past", "planned", "hypothetical"})


def alike(finding: Span, sides: Sequence[Span]) -> list[Span]:
    """Return the sides of which the same is said as of a finding, or nearly; else the plain."""
    surely = finding.context - _ASIDE - _UNSURE
    return [side for side in sides if side.context - _ASIDE - _UNSURE == surely] or plain(sides)


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


def is_alone_of(text: Text, side: Span, finding: Span) -> bool:
    """Tell whether no site stands between a finding and a side that stands alone behind it."""
    between = (s for s in text.of(SITE) if finding.end <= s.start < side.start)
    is_behind = side.sentence == finding.sentence and side.start > finding.start
    return is_behind and all(s.clause == finding.clause for s in between)


def alone_sides(text: Text, found: Iterable[Span]) -> list[Span]:
    """Return the sides that are all that their clause holds: "AVN of left hip, right"."""
    tokens = zip(text.tokens.raw, text.tokens.clauses, strict=True)
    words = Counter(clause for raw, clause in tokens if raw[0].isalpha())
    others = text.labelled(BESIDE_SIDES, OTHER_FINDING)
    busy = {span.clause for span in (*text.of(SITE), *found, *others)}
    sides = side_spans(text)
    of_stages = {side.start for side in staged(text, sides) if side.clause not in busy}
    own = {s: sum(raw[0].isalpha() for raw in text.tokens.raw[s.start : s.end]) for s in sides}
    alone = {s for s in sides if words[s.clause] <= own[s] and s.clause not in busy}
    return [s for s in sides if s.start in of_stages or s in alone]


def plural_clauses(text: Text) -> set[int]:
    """Return the parts of the text that speak of more than one hip: its side is `both`."""
    return {span.clause for span in text.labelled(BESIDE_SIDES, PLURAL)}


def _is_told(raw: str) -> bool:
    return raw == ":" or raw[0].isalnum()


def listed_clauses(text: Text) -> set[int]:
    """Return the parts of a text that hold sites, sides and what joins them, and no other word."""
    joins = text.labelled(BESIDE_SIDES, PLURAL, JOINS)
    spans = chain(text.of(SIDE), text.of(SITE), joins)
    covered = {place for span in spans for place in range(span.start, span.end)}
    words = zip(text.tokens.raw, text.tokens.clauses, strict=True)
    others = {c for at, (raw, c) in enumerate(words) if _is_told(raw) and at not in covered}
    return set(text.tokens.clauses) - others


def plain(spans: Iterable[Span]) -> list[Span]:
    """Return those of which nothing is said."""
    return [span for span in spans if span.context <= _ASIDE]
