"""Every fact that a card may ask for, by its name in `cards/facts.yaml`, which says what it means.

A new fact is one row here and its entry there. A row is what works the fact out, or where on the
chart of the hip the value and its sources stand. What the types say may come out is what the entry
declares: mypy holds the code to them, and loading holds the entry to them.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from types import UnionType
from typing import Literal, Union, get_args, get_origin, get_type_hints

from cds_service.core.facts import answering, conditions, orders, plans, worsening
from cds_service.core.facts.orders import active, drafted, open_to_advice, ordered
from cds_service.core.hip.chart import Fact, HipChart
from cds_service.core.values import Absence, DateRange, Value

WorkOut = Callable[[HipChart], Fact[Value]]


@dataclass(frozen=True, slots=True)
class FactRule:
    """How a fact is worked out, and what may come out: answers, absences, or any value of a type.

    The answers of a fact of type `str` are words of the content, such as the roles of a value set.
    """

    work_out: WorkOut
    answers: tuple[str, ...]
    absences: frozenset[str]
    type: type | None


def next_order_date(chart: HipChart) -> Fact[DateRange]:
    """The day to put on an order: the first day the review can be due, never in the past."""
    due = chart.review.due
    day = chart.today if isinstance(due, Absence) else max(due.earliest, chart.today)
    return Fact(DateRange.on(day))


_ROWS: Mapping[str, WorkOut | tuple[str, ...]] = {
    # the hip and its patient
    "osteonecrosis": conditions.osteonecrosis,
    "certainty": conditions.certainty,
    "verification": conditions.verification,
    "clinicalStatus": conditions.clinical_status,
    "diagnosisSide": conditions.diagnosis_side,
    "diagnosisSite": conditions.diagnosis_site,
    "doubtfulEntryDate": conditions.doubtful_entry_date,
    "osteonecrosisCode": conditions.osteonecrosis_code,
    "uncodedMention": conditions.uncoded_mention,
    "mentionSystem": conditions.mention_system,
    "mentionDate": conditions.mention_date,
    "conditionList": conditions.condition_list,
    "notUnderstoodDate": conditions.not_understood_date,
    "juvenileHipDisorder": conditions.juvenile_hip_disorder,
    "hipProsthesis": conditions.hip_prosthesis,
    "patientAge": conditions.patient_age,
    "patientDeceased": conditions.patient_deceased,
    # the recorded stage
    "stage": ("stages.stage", "stages.sources"),
    "recordedStage": ("stages.recorded", "stages.sources"),
    "stageDate": ("stages.on", "stages.sources"),
    "stageBasis": ("stages.basis", "stages.sources"),
    "stageDataQuality": ("stages.quality", "stages.sources"),
    "stageDoubt": ("stages.doubt", "stages.doubt_sources"),
    "stageDoubtDate": ("stages.doubt_on", "stages.doubt_sources"),
    "stageDoubtNumber": ("stages.doubt_number", "stages.doubt_sources"),
    "progression": worsening.progression,
    "progressionBasis": worsening.progression_basis,
    "progressionDate": ("stages.progressed_on", "stages.earlier_sources"),
    "earlierStage": ("stages.earlier", "stages.earlier_sources"),
    "earlierStageDate": ("stages.earlier_on", "stages.earlier_sources"),
    "boneLoss": ("bone_loss.answer", "bone_loss.sources"),
    "boneLossKind": ("bone_loss.kind", "bone_loss.sources"),
    "boneLossDate": ("bone_loss.on", "bone_loss.sources"),
    "boneLossBasis": ("bone_loss.basis", "bone_loss.sources"),
    # imaging and its review
    "reviewStatus": ("review.status", "review.sources"),
    "reviewAdvice": answering.review_advice,
    "reviewOrderDate": answering.review_order_date,
    "lastReviewDate": ("review.last", "review.sources"),
    "lastReviewModality": ("review.modality", "review.sources"),
    "reviewStart": ("review.start", "sources"),
    "reviewStartReason": ("review.start_reason", "sources"),
    "timeSinceStart": ("review.age",),
    "startDoubt": ("restarts.doubt", "restarts.sources"),
    "stability": ("review.stability", "review.sources"),
    "scheduleStopper": ("stop.why", "stop.sources"),
    "reviewInterval": ("review.interval",),
    "nextReviewDate": ("review.due", "review.sources"),
    "nextOrderDate": next_order_date,
    "imagingDataQuality": ("review.quality",),
    "otherHipMri": worsening.other_hip_mri,
    # the plan of the attending physician
    "weightBearingPlanOnFile": plans.plan_on_file,
    "weightBearingPlan": plans.weight_bearing_plan,
    "walkingAid": plans.walking_aid,
    "weightBearingPlanDate": plans.plan_date,
    "reviewEvidence": ("review.kind", "review.sources"),
    "reviewReadFrom": ("review.read_from", "review.sources"),
    "doubtfulStudy": ("review.doubtful.why", "review.doubtful.sources"),
    "doubtfulStudyDate": ("review.doubtful.on", "review.doubtful.sources"),
    "doubtfulStudyModality": ("review.doubtful.modality", "review.doubtful.sources"),
    # orders: `drafted` asks all drafts, `ordered` those that the user has just selected, `active`
    # those of the chart
    "hipImagingDrafted": drafted(orders.shows_affected_hip),
    "physiotherapyDrafted": answering.by_purpose(drafted, orders.is_physiotherapy),
    "hipImagingActive": active(orders.will_show_hip),
    "physiotherapyActive": answering.by_purpose(active, orders.is_physiotherapy),
    "orthopaedicReferralDrafted": drafted(orders.refers_to_orthopaedics),
    "orthopaedicReferralActive": active(orders.refers_to_orthopaedics),
    "activeOrderList": orders.active_order_list,
    "orderFormat": orders.order_format,
    "ordersAtHand": orders.orders_at_hand,
    "draftOrderList": orders.draft_order_list,
    "orderWords": orders.order_words,
    "hipImagingOrdered": ordered(orders.shows_hip),
    "imagingOrderTiming": orders.imaging_order_timing,
    "weightBearingOrdered": ordered(orders.limits_weight_bearing),
    "impactExerciseOrdered": open_to_advice(orders.is_impact_exercise),
    "arthroplastyOrdered": open_to_advice(orders.replaces_hip),
    "headPreservingSurgeryOrdered": open_to_advice(orders.preserves_head),
    "boneDrugOrdered": open_to_advice(orders.is_bone_drug),
    "glucocorticoidOrdered": open_to_advice(orders.is_glucocorticoid),
}


def _rule(row: WorkOut | tuple[str, ...]) -> FactRule:
    if isinstance(row, tuple):
        hint: object = HipChart
        for name in row[0].split("."):
            hint = _member(hint, name)
        value, *sources = map(attrgetter, row)
        if not sources:
            return _typed(lambda c: Fact(value(c)), hint)
        [of] = sources
        return _typed(lambda c: Fact(value(c), of(c)), hint)
    return _typed(row, get_args(get_type_hints(row)["return"])[0])


def _member(owner: object, name: str) -> object:
    """Return the type of a member of a class."""
    asked = getattr(owner, name)
    if isinstance(asked, cached_property):
        return get_type_hints(asked.func)["return"]
    return get_type_hints(owner)[name]


def _typed(work_out: WorkOut, hint: object) -> FactRule:
    found = list(_values(hint))
    return FactRule(
        work_out,
        answers=tuple(one for one in found if isinstance(one, str)),
        absences=frozenset(one.value for one in found if isinstance(one, Absence)),
        type=next((one for one in found if isinstance(one, type)), None),
    )


def _values(hint: object) -> Iterator[object]:
    """Yield the literal values and the types that a type is made of."""
    if get_origin(hint) in (Union, UnionType):
        for part in get_args(hint):
            yield from _values(part)
    elif get_origin(hint) is Literal:
        yield from get_args(hint)
    else:
        yield hint


FACTS: Mapping[str, FactRule] = {name: _rule(row) for name, row in _ROWS.items()}
