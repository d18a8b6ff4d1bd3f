"""What the name of a study says was imaged: how, which region, on which side.

A name lists what is on the images; why they were made, and with what they were compared, is told
behind words that cut it off, and is no evidence.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from cds_service.core.record import NO_SIDE, SIDES, WORDS, Concept, ValueSetId
from cds_service.core.words.context import Context
from cds_service.core.words.sides.said import OPEN, SidesSaid, side_spans, sides_of_labels, together
from cds_service.core.words.text import SITE, Span, Text, kept

KIND = "imaging-kind"
REGION = "imaged-region"
NOT_A_REVIEW = "not-a-review"
KINDS = ("film", "mri", "ct")
# How a film is seen, on which an MRI may be taken too; a film at the bedside after an operation is
# a look at what was put in.
VIEW, BEDSIDE, AFTER_SURGERY = "view", "bedside", "after-surgery"
# Contrast in the joint: an MRI or a CT shows the head with it, fluoroscopy does not.
JOINT_CONTRAST = "joint-contrast"
# No review where no hip and no pelvis is named beside it: the sacro-iliac joints, a plain abdomen.
BESIDE = "not-by-itself"
FEMORAL_HEAD, HIP, BONY_PELVIS, PELVIS, IN_PASSING, OTHER = (
    "femoral-head",
    "hip",
    "bony-pelvis",
    "pelvis",
    "hips-in-passing",
    "other",
)
BOTH_HIPS, FOR_BONES, WHOLE_SPINE = "both-hips", "for-bones", "whole-spine"
REASON, BECAUSE, CUT = "reason", "because", "cut"
# Behind the one a side is no denied one; the other is a side that the name itself doubts.
PLAIN, WHICH_SIDE = "without-contrast", "which-side"
_SILENT: frozenset[Context] = frozenset(
    {"negated", "retracted", "past", "family", "planned", "hypothetical"}
)
_NEAREST_FIRST = (
    FEMORAL_HEAD,
    HIP,
    BONY_PELVIS,
    IN_PASSING,
    PELVIS,
    "femur",
    OTHER,
    "limb",
)
HIPS = frozenset({FEMORAL_HEAD, HIP, BONY_PELVIS})
# What stands within these is no site of its own: the neck of the femur.
_MASKS = frozenset({REASON, IN_PASSING, BESIDE, HIP})
# Names are short: what names more hips and other sites than this is none.
MOST_SITES = 200


class Imaged(NamedTuple):
    """What words say was imaged; `kind` and `region` are None where they do not say it."""

    kind: str | None = None
    region: str | None = None
    said: SidesSaid = SidesSaid()

    @property
    def concepts(self) -> tuple[Concept, ...]:
        """What a code would say of it; none where the words say nothing."""
        if not (self.kind or self.region):
            return ()
        named = Concept(
            ValueSetId.IMAGING_PROCEDURE,
            system_name=WORDS,
            code="",
            label="said in words",
            role=self.kind,
            site_group=self.region,
        )
        return (named,)


@kept
def imaged(text: Text) -> Imaged:
    """Return what the name of a study, a series, a report or an order says was imaged."""
    told = _NameUpToReasons(text)
    listed, kinds = told.kept(text.of(REGION)), told.kept(text.of(KIND))
    masked = {i for s in (*listed, *kinds) if s.label in _MASKS for i in range(s.start, s.end)}
    placed = [
        span
        for span in told.kept(text.of(SITE))
        if not masked.issuperset(range(span.start, span.end))
    ]
    shown = _shown([*listed, *placed])
    regions = _regions(shown, is_for_bones=any(s.label == FOR_BONES for s in text.of(REGION)))
    region = next((one for one in _NEAREST_FIRST if one in regions), None)
    hips = [span for span in shown if span.label in HIPS | {BOTH_HIPS}]
    others = [span for span in shown if span.family == SITE and span.label == OTHER]
    if region in {PELVIS, BONY_PELVIS}:
        return Imaged(_kind(kinds, regions), region)
    if len(hips) + len(others) > MOST_SITES:
        return Imaged(_kind(kinds, regions), region, OPEN)
    return Imaged(_kind(kinds, regions), region, _sides(told, hips, others))


def _shown(spans: Sequence[Span]) -> list[Span]:
    """Return what a name says is shown; what only was or is to come where it says nothing else:
    右髋术后, "hip preop".
    """
    told = [s for s in spans if (s.family, s.label) == (SITE, OTHER) or not s.context & _SILENT]
    return told or [
        span for span in spans if span.context & _SILENT <= {"past", "planned", "hypothetical"}
    ]


def _regions(shown: Iterable[Span], *, is_for_bones: bool) -> set[str]:
    regions = {span.label for span in shown}
    if WHOLE_SPINE in regions and regions & {PELVIS, BONY_PELVIS}:
        return regions - {PELVIS, BONY_PELVIS} | {IN_PASSING}
    if PELVIS in regions and is_for_bones:
        regions.add(BONY_PELVIS)
    if BOTH_HIPS in regions:
        regions.add(HIP)
    return regions


class _NameUpToReasons:
    """A text up to the words behind which reasons, history and comparisons stand, by sentence."""

    def __init__(self, text: Text) -> None:
        self.marks = side_spans(text)
        labels = {span.label for span in text.of(REGION)}
        self.is_open, self.is_plain = WHICH_SIDE in labels, PLAIN in labels
        self._cuts: dict[int, Span] = {}
        for span in text.of(REGION):
            if span.label in {BECAUSE, CUT}:
                self._cuts.setdefault(span.sentence, span)

    def kept(self, spans: Iterable[Span]) -> list[Span]:
        """Return what stands before such words."""
        return [span for span in spans if not self._behind(span)]

    def reasons(self, spans: Iterable[Span]) -> list[Span]:
        """Return what is the reason; nothing where it may be history or comparison."""
        cuts = [(span, self._behind(span)) for span in spans]
        return [span for span, cut in cuts if cut and cut.label == BECAUSE]

    def _behind(self, span: Span) -> Span | None:
        cut = self._cuts.get(span.sentence)
        return cut if cut and span.start >= cut.end else None


def _kind(spans: Iterable[Span], regions: set[str]) -> str | None:
    labels = [span.label for span in spans if "negated" not in span.context]
    is_film = not {VIEW, BEDSIDE}.isdisjoint(labels)
    kind = next((label for label in labels if label in KINDS), "film" if is_film else None)
    is_check = {BEDSIDE, AFTER_SURGERY}.issubset(labels)
    is_by_joint = JOINT_CONTRAST in labels and kind not in {"mri", "ct"}
    is_beside = BESIDE in labels and not regions & {*HIPS, PELVIS}
    is_none = NOT_A_REVIEW in labels or is_check or is_by_joint or is_beside
    return NOT_A_REVIEW if is_none else kind


def _sides(told: _NameUpToReasons, hips: Sequence[Span], others: Sequence[Span]) -> SidesSaid:
    """Return the side of the hips, open where that cannot be told from the words.

    A side that stands behind the hip only counts where it is that of the reason: a film of a hip
    "for pain of the left one". One that is doubted, or behind "w/o", counts where no other is
    told, and one of which the same is said as of the hip.
    """
    kept = told.kept(told.marks)
    unsaid: tuple[Context, ...] = ("doubted", "negated") if told.is_plain else ("doubted",)
    likely = frozenset(unsaid).union(*(hip.context for hip in hips))
    plain = [mark for mark in kept if not mark.context]
    plain = plain or [mark for mark in kept if mark.context <= likely]
    if told.is_open or (kept and not plain) or any("otherSide" in hip.context for hip in hips):
        return OPEN
    said = _of_hips(plain, hips, others)
    if said.sides or said.is_open:
        return said
    if any(hip.label == BOTH_HIPS for hip in hips):
        return SidesSaid(SIDES)
    if kept or not told.marks:
        return said
    reasons = sides_of_labels({mark.label for mark in told.reasons(told.marks)})
    return reasons if reasons.sides and hips else OPEN


def _of_hips(marks: Sequence[Span], hips: Sequence[Span], others: Sequence[Span]) -> SidesSaid:
    """Return the side of the hips; beside other sites it is that of the nearest one."""
    if not (marks and hips and others):
        return sides_of_labels({mark.label for mark in marks})
    sites = sorted((*hips, *others), key=lambda site: site.start)
    starts, of_hips = [site.start for site in sites], {hip.start for hip in hips}

    def near(mark: Span, *, is_behind: bool) -> bool:
        place = max(bisect_right(starts, mark.start) - 1, 0)
        is_around = sites[place].end > mark.start
        place += is_behind and not is_around and place + 1 < len(sites)
        return starts[place] in of_hips

    behind = sides_of_labels({mark.label for mark in marks if near(mark, is_behind=True)})
    before = sides_of_labels({mark.label for mark in marks if near(mark, is_behind=False)})
    is_first = marks[0].start < starts[0]
    return behind if is_first or behind == before else OPEN


def imaged_together(names: Sequence[Imaged], parts: Sequence[Imaged]) -> Imaged:
    """Return what the names of a study, and where they do not tell the names of its series, say."""
    told = [*names, *parts]
    regions = {one.region for one in names} - {None} or {one.region for one in parts}
    region = next((one for one in _NEAREST_FIRST if one in regions), None)
    kinds = [one.kind for one in told if one.kind]
    is_none = any(one.kind == NOT_A_REVIEW for one in names) or set(kinds) == {NOT_A_REVIEW}
    kind = next((one for one in kinds if one != NOT_A_REVIEW), None)
    by_name = together(one.said for one in names if region == OTHER or one.region != OTHER)
    by_part = [one.said for one in parts if region == OTHER or one.region != OTHER]
    sides = NO_SIDE.union(*(said.sides for said in by_part))
    is_apart = by_name.sides and sides and not by_name.sides & sides
    is_open = by_name.is_open or bool(is_apart) or any(said.is_open for said in by_part)
    said = OPEN if is_open else SidesSaid(by_name.sides or sides)
    return Imaged(NOT_A_REVIEW if is_none else kind, region, said)
