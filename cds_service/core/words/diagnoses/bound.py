"""What belongs together in a clause: a side, a site and a finding that stand close."""

from collections.abc import Container, Iterable, Iterator, Mapping
from itertools import groupby, pairwise
from typing import NamedTuple

from cds_service.core.words.sides.said import side_spans
from cds_service.core.words.text import (
    A_HIP,
    BESIDE_SIDES,
    ELSEWHERE,
    SIDE,
    SITE,
    Span,
    Text,
    by_clause,
)
from cds_service.core.words.tokens import is_cjk

# What else a side may be said of: the prosthesis of a knee; what may come of an osteonecrosis too.
OTHER_FINDING, COMPLAINT = "other-finding", "complaint"
# Words that part nothing, and what joins two things.
SMALL, JOINS = "small", "joins"
# So many words may stand within what belongs together; a sign counts for some.
MOST_WORDS = 2
_SIGNS: Mapping[str, float] = dict.fromkeys(")]", 1.0) | dict.fromkeys("-–—.→", 2.0)
_JOIN = 3.0
# A word of Chinese or Japanese is about two signs; a side stands before what it is said of, there
# always, elsewhere rather so.
_CJK_WORD, _CJK_BEHIND, _CJK_IN_BRACKETS, _BEHIND = 0.5, 2.0, 1.0, 0.5


class Phrase(NamedTuple):
    """What belongs together, in the order of the text; `findings` are of any kind."""

    spans: tuple[Span, ...]
    sides: frozenset[Span]
    sites: frozenset[Span]
    findings: frozenset[Span]


class _Clause(NamedTuple):
    """The sides, sites and findings of a clause, in its order."""

    spans: list[Span]
    findings: frozenset[Span]
    small: Container[int]
    joins: Container[int]


def phrases_of(text: Text, found: Mapping[Span, frozenset[str]]) -> Iterator[Phrase]:
    """Yield what belongs together around findings with their sites: what stands closest first.

    A phrase has one side and one finding, and is of the hip or of another place, not of both.
    """
    others = text.labelled(BESIDE_SIDES, OTHER_FINDING, COMPLAINT)
    findings = frozenset((*others, *(span for span in found if span.family != SITE)))
    sides = side_spans(text)
    spans = sorted({*findings, *sides, *text.of(SITE)}, key=_in_order)
    small, joins = ({s.start for s in text.labelled(BESIDE_SIDES, x)} for x in (SMALL, JOINS))
    for _, group in groupby(spans, by_clause):
        for part in _parts(text, _Clause(list(group), findings, small, joins), found):
            of = {
                family: frozenset(s for s in part if s.family == family) for family in (SIDE, SITE)
            }
            yield Phrase(tuple(part), of[SIDE], of[SITE], findings & {*part})


def _in_order(span: Span) -> tuple[int, int, str]:
    return span.start, span.end, span.family


def _parts(
    text: Text, clause: _Clause, found: Mapping[Span, frozenset[str]]
) -> Iterator[list[Span]]:
    """Yield the parts of a clause: its neighbours are joined where they fit, the closest first."""
    gaps = [_gap(text, clause, *pair) for pair in pairwise(clause.spans)]
    part_of = [[span] for span in clause.spans]
    for at in sorted(range(len(gaps)), key=gaps.__getitem__):
        before, behind = part_of[at], part_of[at + 1]
        if gaps[at] <= MOST_WORDS and _fit((*before, *behind), clause.findings, found):
            before.extend(behind)
            part_of[at + 1 : at + 1 + len(behind)] = [before] * len(behind)
    yield from (part for part, span in zip(part_of, clause.spans, strict=True) if part[0] is span)


def _fit(
    spans: Iterable[Span], findings: Container[Span], found: Mapping[Span, frozenset[str]]
) -> bool:
    """Tell whether there is one side, one finding and one place at most."""
    own = [span for span in spans if span in findings]
    sides = {span.label for span in spans if span.family == SIDE}
    of_hips = {bool(found[span] & A_HIP) for span in own if found.get(span)}
    last = max((span.end for span in own), default=0)
    of_hips |= {
        s.label != ELSEWHERE
        for s in spans
        if s.family == SITE and not (own and own[0].start <= s.start < last)
    }
    return all(len(one) <= 1 for one in (own, sides, of_hips))


def _gap(text: Text, clause: _Clause, before: Span, behind: Span) -> float:
    """Return how far two neighbours stand from each other, in words."""
    raw = text.tokens.raw
    between = range(before.end, behind.start)
    words = sum(raw[at][0].isalnum() and at not in clause.small for at in between)
    signs = sum(_JOIN if at in clause.joins else _SIGNS.get(raw[at], 0.0) for at in between)
    if is_cjk(raw[before.start]):
        is_behind = before.family != SIDE and behind.family == SIDE
        in_brackets = "(" in raw[before.end : behind.start]
        late = (_CJK_IN_BRACKETS if in_brackets else _CJK_BEHIND) if is_behind else 0.0
        return words * _CJK_WORD + signs + late
    gap = words + signs
    if before.family == SIDE and behind.family == SITE and clause.spans[-1].family != SIDE:
        return gap - _BEHIND
    # "AVN right hip, ..." goes on as it begins, and so does "right hip AVN".
    later = behind if clause.spans[0] in clause.findings else before
    return gap + (_BEHIND if later in clause.findings else 0)
