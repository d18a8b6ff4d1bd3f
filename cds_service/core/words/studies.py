"""What the name of a study says was imaged: how, which region, on which side.

A name lists what is on the images; why they were made, and with what they were compared, is told
behind words that cut it off, and is no evidence.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from cds_service.core.record import NO_SIDE, SIDES
from cds_service.core.words.context import Context
from cds_service.core.words.lexicon import SIDE, SITE, Span, Text
from cds_service.core.words.sides import SIDES_OF, SidesSaid, together

KIND = "imaging-kind"
REGION = "imaged-region"
NOT_A_REVIEW = "not-a-review"
KINDS = ("film", "mri", "ct")
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
BOTH_HIPS, FOR_BONES, REASON, CUT = "both-hips", "for-bones", "reason", "cut"
_SILENT: frozenset[Context] = frozenset({"negated", "past", "family", "planned"})
_NEAREST_FIRST = (
    FEMORAL_HEAD,
    HIP,
    BONY_PELVIS,
    IN_PASSING,
    PELVIS,
    "femur",
    "limb",
    OTHER,
)
_HIPS = frozenset({FEMORAL_HEAD, HIP, BONY_PELVIS})
_MASKS = frozenset({REASON, IN_PASSING, BESIDE})
_OPEN = SidesSaid(is_open=True)


class Imaged(NamedTuple):
    """What words say was imaged; `kind` and `region` are None where they do not say it."""

    kind: str | None = None
    region: str | None = None
    said: SidesSaid = SidesSaid()


def imaged(text: Text) -> Imaged:
    """Return what the name of a study, a series, a report or an order says was imaged."""
    cuts: dict[int, int] = {}
    for span in text.of(REGION):
        if span.label == CUT:
            cuts.setdefault(span.sentence, span.start)

    def kept(spans: Iterable[Span]) -> list[Span]:
        return [span for span in spans if span.start <= cuts.get(span.sentence, span.start)]

    listed = [span for span in kept(text.of(REGION)) if not span.context & _SILENT]
    kinds = kept(text.of(KIND))
    masks = [span for span in (*listed, *kinds) if span.label in _MASKS]
    sites = [
        span
        for span in kept(text.of(SITE))
        if (span.label == OTHER or not span.context & _SILENT)
        and not any(_covers(mask, span) for mask in masks)
    ]
    regions = {span.label for span in (*listed, *sites)}
    if PELVIS in regions and FOR_BONES in regions:
        regions.add(BONY_PELVIS)
    if BOTH_HIPS in regions:
        regions.add(HIP)
    region = next((one for one in _NEAREST_FIRST if one in regions), None)
    hips = [span for span in (*listed, *sites) if span.label in _HIPS | {BOTH_HIPS}]
    others = [span for span in sites if span.label == OTHER]
    is_pelvis = region in {PELVIS, BONY_PELVIS}
    said = SidesSaid() if is_pelvis else _sides(kept(text.of(SIDE)), hips, others)
    return Imaged(_kind(kinds, regions), region, said)


def _covers(mask: Span, span: Span) -> bool:
    return mask.start <= span.start and span.end <= mask.end


def _kind(spans: Iterable[Span], regions: set[str]) -> str | None:
    labels = [span.label for span in spans if "negated" not in span.context]
    kind = next((label for label in labels if label in KINDS), None)
    is_by_joint = JOINT_CONTRAST in labels and kind not in {"mri", "ct"}
    is_beside = BESIDE in labels and not regions & {*_HIPS, PELVIS}
    return NOT_A_REVIEW if NOT_A_REVIEW in labels or is_by_joint or is_beside else kind


def _sides(marks: Iterable[Span], hips: Sequence[Span], others: Sequence[Span]) -> SidesSaid:
    """Return the side of the hips, open where that cannot be told from the words."""
    all_marks = [mark for mark in marks if mark.label in SIDES_OF]
    plain = [mark for mark in all_marks if not mark.context]
    if (all_marks and not plain) or any("otherSide" in hip.context for hip in hips):
        return _OPEN
    said = _one({mark.label for mark in plain})
    if hips and others and plain:
        sites = sorted((*hips, *others), key=lambda site: site.start)
        behind = _one({m.label for m in plain if _site_behind(m, sites) in hips})
        before = _one({m.label for m in plain if _site_before(m, sites) in hips})
        is_first = plain[0].start < sites[0].start
        said = behind if is_first or behind == before else _OPEN
    if not (said.sides or said.is_open) and any(hip.label == BOTH_HIPS for hip in hips):
        return SidesSaid(SIDES)
    return said


def _one(labels: set[str]) -> SidesSaid:
    """Return the one side that is named; where both are among several, both are on the images."""
    if "both" in labels:
        return SidesSaid(SIDES)
    if len(labels) > 1:
        return _OPEN
    return SidesSaid(SIDES_OF[labels.pop()]) if labels else SidesSaid()


def _site_behind(mark: Span, sites: Sequence[Span]) -> Span:
    """Return the site behind a side, or around it: "head of left femur"."""
    return next((site for site in sites if site.end > mark.start), sites[-1])


def _site_before(mark: Span, sites: Sequence[Span]) -> Span:
    return next((site for site in reversed(sites) if site.start <= mark.start), sites[0])


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
    said = _OPEN if is_open else SidesSaid(by_name.sides or sides)
    return Imaged(NOT_A_REVIEW if is_none else kind, region, said)
