"""What a study shows of one hip: surely, perhaps, or not at all."""

from dataclasses import dataclass
from typing import Literal

from cds_service.core.knowledge import ReviewSchedule
from cds_service.core.record import NO_SIDE, SIDES, Series, Side, Study, ValueSetId

NOT_A_REVIEW = "not-a-review"
# Regions of a study that may or may not hold the hip.
UNCLEAR_SITES = frozenset({"limb"})


@dataclass(frozen=True, slots=True)
class ShownHips:
    """A part of a study with a hip on it; not sure where its site or modality is not recorded."""

    modality: str
    sides: frozenset[Side]
    is_sure: bool


def shown_hips(
    study: Study, hip: Side, schedule: ReviewSchedule
) -> tuple[ShownHips | None, Literal["otherSide", "siteUnclear"] | None]:
    """Return the view that surely shows this hip, else the doubt that one of them may."""
    views = _views(study, schedule)
    sure = [view for view in views if view.is_sure]
    for view in sure:
        if not view.sides or view.sides == SIDES or hip in view.sides:
            return view, None
    if sure:
        return None, "otherSide" if hip is Side.UNRECORDED else None
    may_show = any(not view.sides or hip in view.sides for view in views)
    return None, "siteUnclear" if may_show or (views and hip is Side.UNRECORDED) else None


def _views(study: Study, schedule: ReviewSchedule) -> list[ShownHips]:
    """Return what of the study shows, or may show, a hip in a modality that the schedule counts."""
    procedures = [c for c in study.procedures if c.value_set == ValueSetId.IMAGING_PROCEDURE]
    if any(concept.role == NOT_A_REVIEW for concept in procedures):
        return []
    roles = frozenset(concept.role for concept in procedures if concept.role)
    groups = frozenset(concept.site_group for concept in procedures if concept.site_group)
    named: frozenset[Side] = frozenset().union(*(concept.sides for concept in procedures))
    seen: frozenset[Side] = frozenset().union(
        *(p.sides for p in study.series if p.site_groups & schedule.site_groups)
    )
    said = NO_SIDE if "pelvis" in groups else study.sides_said
    whole = Series(None, groups, named or seen or said, study.names_procedure)
    parts = [whole] if procedures or not study.series else []
    parts += [
        Series(
            modality=part.modality,
            site_groups=part.site_groups or groups,
            sides=part.sides or (SIDES if "pelvis" in part.site_groups else named or said),
            names_site=part.names_site or study.names_procedure,
        )
        for part in study.series
    ]
    views = [_view(part, roles, schedule) for part in parts]
    return [view for view in views if view]


def _view(part: Series, roles: frozenset[str], schedule: ReviewSchedule) -> ShownHips | None:
    modalities = frozenset({part.modality}) if part.modality else roles
    counted = modalities & schedule.modalities
    shown = part.site_groups & schedule.site_groups
    names_no_site = not part.site_groups and not part.names_site
    may_show = names_no_site or bool(part.site_groups & UNCLEAR_SITES)
    if (modalities and not counted) or not (shown or may_show) or not (counted or shown):
        return None
    return ShownHips(
        modality=min(counted, default=""),
        sides=part.sides,
        is_sure=bool(counted and shown),
    )
