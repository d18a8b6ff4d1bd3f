"""The facts on what became worse since the last review, and on the hip that nobody looked at."""

from collections.abc import Iterator
from typing import Literal

from cds_service.core.hip.chart import Fact, HipChart
from cds_service.core.hip.diagnosis import hips_with_osteonecrosis, prosthesis_answer
from cds_service.core.hip.shown_hips import shown_hips
from cds_service.core.hip.stages import Progression, ProgressionBasis
from cds_service.core.record import Side
from cds_service.core.values import NEVER, UNKNOWN, DateRange, Never, Unknown

MRI = "mri"
_OTHER = {Side.RIGHT: Side.LEFT, Side.LEFT: Side.RIGHT}


def progression(chart: HipChart) -> Fact[Progression | Never | Unknown]:
    """Tell whether the hip is recorded as worse; words of an earlier review are no news."""
    answer = "notAdvanced" if _is_old_news(chart) else chart.stages.progression
    return Fact(answer, chart.stages.earlier_sources)


def progression_basis(chart: HipChart) -> Fact[ProgressionBasis | Never | Unknown]:
    basis = NEVER if _is_old_news(chart) else chart.stages.progression_basis
    return Fact(basis, chart.stages.earlier_sources)


def _is_old_news(chart: HipChart) -> bool:
    """Tell words that are from before the last review: what became worse then was seen since."""
    stages, last = chart.stages, chart.review.last
    is_said = stages.progression_basis in ("largerLesion", "worse")
    if not (
        is_said and isinstance(last, DateRange) and isinstance(stages.progressed_on, DateRange)
    ):
        return False
    return stages.progressed_on.latest < last.earliest


def other_hip_mri(chart: HipChart) -> Fact[Literal["yes", "no"] | Never | Unknown]:
    """Tell whether an MRI shows the other hip, unless that has the disease too, or no head."""
    hips, other = hips_with_osteonecrosis(chart.record), _OTHER.get(chart.side)
    if other is None or Side.UNRECORDED in hips:
        return Fact(UNKNOWN)
    if other in hips:
        return Fact(NEVER)
    prosthesis = prosthesis_answer(chart.record, other)[0]
    if prosthesis == "recorded":
        return Fact(NEVER)
    seen = list(_mris(chart, other))
    if True in seen:
        return Fact("yes")
    is_open = prosthesis or seen or chart.record.studies.gap or _may_be_diseased(chart)
    return Fact(UNKNOWN if is_open else "no")


def _may_be_diseased(chart: HipChart) -> bool:
    """Tell whether an entry that was not understood, or is doubted, may be of the other hip."""
    diagnoses, operations = chart.record.diagnoses, chart.record.operations
    unread = any(d.unread for d in diagnoses.items) or any(o.unread for o in operations.items)
    is_whole = diagnoses.is_whole and operations.is_whole
    return not is_whole or unread or bool(chart.record.mentions)


def _mris(chart: HipChart, hip: Side) -> Iterator[bool]:
    """Yield whether each study that is an MRI of a hip, or may be one, surely is."""
    for study in chart.record.studies.items:
        view, doubt = shown_hips(study, hip, chart.schedule)
        if view and doubt != "otherHip" and view.modality in (MRI, ""):
            yield doubt is None
