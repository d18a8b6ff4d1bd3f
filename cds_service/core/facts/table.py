"""Every fact that a card may ask for, by its name in `cards/facts.yaml`, which says what it means.

A new fact is one row here and its entry there; a row that takes more than a line has a function.
"""

from collections.abc import Callable, Mapping

from cds_service.core.facts import conditions, orders
from cds_service.core.facts.orders import drafted, ordered
from cds_service.core.hip.chart import Fact, HipChart, references
from cds_service.core.values import Absence, DateRange


def next_order_date(chart: HipChart) -> Fact:
    """The day to put on an order: the first day the review can be due, never in the past."""
    due = chart.review.due
    day = chart.today if isinstance(due, Absence) else max(due.earliest, chart.today)
    return Fact(DateRange.on(day))


FACTS: Mapping[str, Callable[[HipChart], Fact]] = {
    # the hip and its patient
    "osteonecrosis": conditions.osteonecrosis,
    "certainty": conditions.certainty,
    "verification": conditions.verification,
    "clinicalStatus": conditions.clinical_status,
    "osteonecrosisCode": conditions.osteonecrosis_code,
    "uncodedMention": conditions.uncoded_mention,
    "conditionList": lambda c: Fact("incomplete" if c.record.diagnoses.gap else "complete"),
    "juvenileHipDisorder": conditions.juvenile_hip_disorder,
    "hipProsthesis": conditions.hip_prosthesis,
    "patientAge": conditions.patient_age,
    "patientDeceased": lambda c: Fact("recorded" if c.record.is_deceased else "notRecorded"),
    # the recorded stage
    "stage": lambda c: Fact(c.stages.stage, c.stages.sources),
    "recordedStage": lambda c: Fact(c.stages.recorded, c.stages.sources),
    "stageDate": lambda c: Fact(c.stages.on, c.stages.sources),
    "stageDataQuality": lambda c: Fact(c.stages.quality, c.stages.sources),
    "progression": lambda c: Fact(c.stages.progression, c.stages.earlier_sources),
    "earlierStage": lambda c: Fact(c.stages.earlier, c.stages.earlier_sources),
    "earlierStageDate": lambda c: Fact(c.stages.earlier_on, c.stages.earlier_sources),
    # imaging and its review
    "reviewStatus": lambda c: Fact(c.review.status, c.review.sources),
    "lastReviewDate": lambda c: Fact(c.review.last, c.review.sources),
    "lastReviewModality": lambda c: Fact(c.review.modality, c.review.sources),
    "baselineDate": lambda c: Fact(c.review.baseline, references(c.diagnoses)),
    "reviewInterval": lambda c: Fact(c.review.interval),
    "nextReviewDate": lambda c: Fact(c.review.due, c.review.sources),
    "nextOrderDate": next_order_date,
    "imagingDataQuality": lambda c: Fact(c.review.quality),
    "reviewEvidence": lambda c: Fact(c.review.kind, c.review.sources),
    # the draft orders: `drafted` asks all of them, `ordered` those that the user has just selected
    "hipImagingDrafted": lambda c: drafted(c, orders.shows_hip),
    "physiotherapyDrafted": lambda c: drafted(c, orders.is_physiotherapy),
    "orderFormat": lambda c: Fact("serviceRequest" if c.record.takes_service_requests else "older"),
    "draftOrderList": orders.draft_order_list,
    "hipImagingOrdered": lambda c: ordered(c, orders.shows_hip),
    "imagingOrderTiming": orders.imaging_order_timing,
    "weightBearingOrdered": lambda c: ordered(c, orders.limits_weight_bearing),
    "impactExerciseOrdered": orders.impact_exercise_ordered,
    "arthroplastyOrdered": lambda c: ordered(c, orders.replaces_hip),
    "headPreservingSurgeryOrdered": lambda c: ordered(c, orders.preserves_head),
    "boneDrugOrdered": lambda c: ordered(c, orders.is_bone_drug),
    "glucocorticoidOrdered": lambda c: ordered(c, orders.is_glucocorticoid),
}
