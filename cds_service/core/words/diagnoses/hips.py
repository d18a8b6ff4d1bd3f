"""Whose hips a diagnosis or an operation is said of."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import accumulate

from cds_service.core.record import SIDES
from cds_service.core.words.diagnoses.bound import OTHER_FINDING, SMALL, Phrase, phrases_of
from cds_service.core.words.diagnoses.near import (
    PLURAL,
    alike,
    alone_sides,
    are_staged,
    is_alone_of,
    listed_clauses,
    plural_clauses,
    staged,
)
from cds_service.core.words.diagnoses.sites import clauses_behind
from cds_service.core.words.sides.said import (
    BOTH,
    OPEN,
    SidesSaid,
    opposite,
    side_spans,
    sides_of,
    union,
)
from cds_service.core.words.sides.unsure import closing, is_said_open
from cds_service.core.words.text import A_HIP, BESIDE_SIDES, ELSEWHERE, SITE, Span, Text

_PAUSE = "、"
# So many words, but for small ones: "AVN right hip versus left hip".
NEXT_WITHIN = 1
_Sited = Mapping[Span, frozenset[str]]
"""Findings, and the groups of their sites."""


def hips_of(
    text: Text, necroses: _Sited, prostheses: _Sited, right_one: SidesSaid
) -> dict[Span, SidesSaid]:
    """Return the hips of each disease and each prosthesis; `right_one` is what a text corrects."""
    diseased = [span for span, sites in necroses.items() if sites & A_HIP]
    whose = _Whose(text, necroses, prostheses)
    said = {span: whose.said(span) for span in (*necroses, *prostheses)}
    if right_one.sides:
        said |= dict.fromkeys(_corrected(diseased or prostheses), right_one)
    elif is_said_open(text):
        said = {s: SidesSaid(SIDES) if "negated" in s.context else OPEN for s in said}
    _of_hips(text, said, [*diseased, *prostheses])
    _with_hips_behind(text, said, diseased, whose.at_hips)
    return said


def _corrected(spans: Iterable[Span]) -> list[Span]:
    """Return what a correction is of: what is told, else what was taken back for it."""
    affirmed = [span for span in spans if "negated" not in span.context]
    return [span for span in affirmed if "retracted" not in span.context] or affirmed


class _Whose:
    """Whose the sides of a text are.

    A finding has the side of its own phrase; one without takes a side of its clause, else of its
    sentence, else of the text, first one that stands in no other finding's phrase.
    """

    def __init__(self, text: Text, necroses: _Sited, prostheses: _Sited) -> None:
        found = {**necroses, **prostheses}
        self._text, self._found, self._necroses = text, found, necroses.keys()
        self._sides = side_spans(text)
        phrases = list(phrases_of(text, found))
        self._phrase_of = {span: one for one in phrases for span in one.spans}
        self._staged = {*staged(text, self._sides)}
        loose = closing(text) | self._staged
        self._loose = [s for s in self._sides if s in loose and self._is_loose(s)]
        self._alone = {*alone_sides(text, found)}
        self._small = {one.start for one in text.labelled(BESIDE_SIDES, SMALL)}
        self._hips = text.labelled(BESIDE_SIDES, PLURAL)
        self._pauses = list(accumulate(raw == _PAUSE for raw in text.tokens.raw))
        self._plural = plural_clauses(text)
        self._listed = listed_clauses(text)
        others = frozenset(text.labelled(BESIDE_SIDES, OTHER_FINDING))
        self._of_others = {s for one in phrases if one.findings & others for s in one.sides}
        self._taken = {s for one in phrases if one.findings & found.keys() for s in one.sides}
        at = [(one.sides, self._places(one)) for one in phrases]
        self.at_hips = {s for sides, places in at if places & A_HIP for s in sides}
        self._elsewhere = {
            s for sides, places in at if ELSEWHERE in places and not places & A_HIP for s in sides
        }

    def _is_loose(self, side: Span) -> bool:
        phrase = self._phrase_of[side]
        return not phrase.findings and all(site.label in A_HIP for site in phrase.sites)

    def _places(self, phrase: Phrase) -> frozenset[str]:
        """Return the sites of a phrase, and of its findings."""
        own = (self._found.get(span, frozenset[str]()) for span in phrase.spans)
        return frozenset(site.label for site in phrase.sites).union(*own)

    def said(self, finding: Span) -> SidesSaid:
        """Return the side of a finding."""
        if "otherSide" in finding.context:
            return opposite(sides_of(self._sides))
        own = [s for s in self._sides if s in self._phrase_of[finding].sides]
        own = [s for s in own if "negated" not in s.context - finding.context]
        is_one_of_more = any(s.label != BOTH and self._is_of_more(finding, s) for s in own)
        own = [*own, *self._beside(finding)] if own else self._near(finding)
        alone = self._alone if finding in self._necroses else self._alone - self._staged
        own += [side for side in alone if is_alone_of(self._text, side, finding)]
        if are_staged(self._text, (*own, *self._staged_with(finding, own))):
            return SidesSaid(SIDES)
        return OPEN if is_one_of_more else sides_of(own)

    def _staged_with(self, finding: Span, own: Collection[Span]) -> Iterable[Span]:
        """Return the sides of a sentence that stand with a stage: "right II, left III AVN"."""
        free = self._staged - self._taken - self._of_others if own else set[Span]()
        return (s for s in free if s.sentence == finding.sentence and finding in self._necroses)

    def _is_next(self, finding: Span, side: Span) -> bool:
        """Tell whether a side of a hip stands next to a disease of one: "AVN right or left hip"."""
        end = max(span.end for span in self._phrase_of[finding].spans)
        between = enumerate(self._text.tokens.raw[end : side.start], end)
        words = sum(raw[0].isalpha() and at not in self._small for at, raw in between)
        return bool(self._found[finding] & A_HIP) and end <= side.start and words <= NEXT_WITHIN

    def _is_of_more(self, finding: Span, side: Span) -> bool:
        """Tell whether a side stands behind more than one hip: "AVN hips: right collapsed"."""
        return any(finding.end <= hips.start < side.start for hips in self._hips)

    def _beside(self, finding: Span) -> list[Span]:
        """Return the sides of a clause that stand for themselves: "AVN right hip (left)"."""
        return [
            side
            for side in self._loose
            if side.clause == finding.clause
            and side.context == finding.context
            and (side not in self.at_hips or self._is_next(finding, side))
            and not self._is_parted(finding, side)
        ]

    def _is_parted(self, finding: Span, side: Span) -> bool:
        """Tell whether a Japanese or Chinese pause stands between a finding and a side."""
        return self._pauses[finding.start] != self._pauses[side.start]

    def _near(self, finding: Span) -> list[Span]:
        """Return the sides that a finding without one of its own may have."""
        sites = self._found[finding]
        strange = set[Span]() if sites & A_HIP or finding.family == SITE else self.at_hips
        is_elsewhere = ELSEWHERE in sites and not sites & A_HIP
        strange = strange if is_elsewhere else strange | self._elsewhere
        sides = [s for s in self._sides if s not in strange]
        own = [s for s in sides if s.clause == finding.clause]
        if finding.clause in self._plural and finding.family != SITE:
            return [s for s in own if s.label == BOTH]
        unit = [s for s in own if not self._is_parted(finding, s)]
        part = unit or own or self._nearest_part(finding, sides)
        untaken = [s for s in part if s not in self._taken] or part
        return alike(finding, [s for s in untaken if s not in self._of_others] or untaken)

    def _nearest_part(self, finding: Span, sides: Sequence[Span]) -> Sequence[Span]:
        """Return the sides around a clause without one that are of nothing else."""
        free = [s for s in sides if s not in self._of_others]
        if "negated" in finding.context:
            behind = (s for s in free if s.clause in self._listed or "negated" in s.context)
            free = [s for s in sides if s.start < finding.start]
            free += (s for s in behind if s.start > finding.start)
        scopes = self._text.tokens.scopes
        scope = [s for s in free if scopes[s.start] == scopes[finding.start]]
        return scope or [s for s in free if s.sentence == finding.sentence] or free


def _of_hips(text: Text, said: dict[Span, SidesSaid], hips: Iterable[Span]) -> None:
    """Say `both` of what names no side beside more than one hip: "AVN of the femoral heads"."""
    plural = {span.sentence for span in text.labelled(BESIDE_SIDES, PLURAL)}
    sited = {span.sentence for span in text.of(SITE)}
    for span in hips:
        is_near = span.sentence in (plural if span.sentence in sited else {span.sentence})
        if said[span] == SidesSaid() and plural and is_near:
            said[span] = SidesSaid(SIDES)


def _with_hips_behind(
    text: Text, said: dict[Span, SidesSaid], hips: Iterable[Span], own: Collection[Span]
) -> None:
    """Add the hips of a list: "AVN of right hip, left hip"."""
    for span in hips:
        behind = clauses_behind(text, span) if said[span].sides else set()
        said[span] = union((said[span], *(sides_of([s]) for s in own if s.clause in behind)))
