"""Whose hips a diagnosis or an operation is said of."""

from collections.abc import Iterable, Mapping, Sequence

from cds_service.core.record import SIDES
from cds_service.core.words.diagnoses.near import (
    JOINED_WITHIN,
    PLURAL,
    alone_sides,
    are_staged,
    is_alone_of,
    is_nearest,
    is_own,
    listed_clauses,
    near_sides,
    plural_clauses,
    reach,
    unclaimed,
)
from cds_service.core.words.diagnoses.sites import A_HIP, ELSEWHERE, clauses_behind, site_distance
from cds_service.core.words.sides.said import OPEN, SidesSaid, opposite, side_spans, sides_of, union
from cds_service.core.words.sides.unsure import is_said_open
from cds_service.core.words.text import BESIDE_SIDES, SITE, Span, Text, distance

# "AVN of both of the hips": a hip farther off belongs to something else.
OWN_WITHIN = 4


def hips_of(
    text: Text, necroses: Mapping[Span, frozenset[str]], prostheses: Mapping[Span, frozenset[str]]
) -> dict[Span, SidesSaid]:
    """Return the hips that each disease and each prosthesis is said of."""
    found = [*necroses, *prostheses]
    alone = alone_sides(text, found)
    said = {span: _said(text, span, found, alone) for span in found}
    diseased = [span for span, sites in necroses.items() if sites & A_HIP]
    replaced = [span for span, sites in prostheses.items() if sites & A_HIP]
    _of_hips(text, said, [*diseased, *replaced])
    _with_hips_behind(text, said, diseased)
    return said


def _said(text: Text, finding: Span, found: Sequence[Span], alone: Iterable[Span]) -> SidesSaid:
    """Return the side of a finding, without those that stand nearer to something else."""
    sides = side_spans(text)
    if finding.family == SITE:
        own = [s for s in sides if is_own(s, finding)]
        return sides_of(own or [s for s in sides if s.clause == finding.clause])
    if "negated" in finding.context:
        listed = {finding.clause, *listed_clauses(text)}
        sides = [s for s in sides if s.start < finding.start or s.clause in listed]
    near = near_sides(text, finding, sides)
    hips = [s for s in text.of(SITE) if s.label in A_HIP and s.clause == finding.clause]
    bones = [span for span in found if span.family == SITE]
    is_alone = all(one.family == SITE or one == finding for one in found)
    own_hips = _own_hips(text, finding, hips, bones if is_alone else ())
    joints = text.labelled(SITE, ELSEWHERE) if hips else []
    joints += [hip for hip in hips if hip not in own_hips]
    near = [s for s in near if is_nearest(text, s, [finding, *own_hips], joints)] or near
    near = [s for s in near if not any(is_own(s, bone) for bone in bones)] or near
    nearest = [s for s in near if is_nearest(text, s, [finding], found)]
    own = nearest or unclaimed(text, near, found)
    if finding.clause in plural_clauses(text):
        own = [side for side in own if side.clause == finding.clause]
    elif not own:
        own = list(near)
    before = [s for s in own if reach(text, s, finding) < len(text.tokens.raw)]
    own = [*(before or own), *(side for side in alone if is_alone_of(text, side, finding))]
    if is_said_open(text):
        is_neither = "negated" in finding.context
        return SidesSaid(SIDES) if is_neither else OPEN
    if "otherSide" in finding.context:
        return opposite(sides_of(sides))
    return SidesSaid(SIDES) if are_staged(text, own) else sides_of(own)


def _of_hips(text: Text, said: dict[Span, SidesSaid], hips: Iterable[Span]) -> None:
    """Say `both` of what names no side beside more than one hip: "AVN of the femoral heads"."""
    plural = {span.sentence for span in text.labelled(BESIDE_SIDES, PLURAL)}
    sited = {span.sentence for span in text.of(SITE)}
    for span in hips:
        is_near = span.sentence in (plural if span.sentence in sited else {span.sentence})
        if said[span] == SidesSaid() and plural and is_near:
            said[span] = SidesSaid(SIDES)


def _with_hips_behind(text: Text, said: dict[Span, SidesSaid], hips: Iterable[Span]) -> None:
    """Add the hips of a list: "AVN of right hip, left hip"."""
    sites = text.labelled(SITE, *A_HIP)
    own = [side for side in side_spans(text) if any(is_own(side, site) for site in sites)]
    for span in hips:
        behind = clauses_behind(text, span) if said[span].sides else set()
        said[span] = union((said[span], *(sides_of([s]) for s in own if s.clause in behind)))


def _own_hips(text: Text, finding: Span, hips: Sequence[Span], bones: Iterable[Span]) -> list[Span]:
    """Return the hip that stands nearest to a finding or a bone that has it too, and one joined.

    "AVN right hip and left hip" leaves the side open, "AVN right hip and OA left hip" does not.
    """
    near = [h for h in hips if any(distance(s, h) <= OWN_WITHIN for s in (finding, *bones))]
    nearest = min(near, key=lambda hip: site_distance(text, finding, hip), default=finding)
    return [hip for hip in hips if hip == nearest or distance(hip, nearest) <= JOINED_WITHIN]
