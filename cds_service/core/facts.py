"""Record and today -> the facts of each hip; refuses to know which card asks for them.

Every fact that `cards/facts.yaml` declares has exactly one function here, found in `GATHERERS`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from cds_service.core.diagnosis import (
    best_concept,
    hips_with_osteonecrosis,
    juvenile_disorders,
    osteonecrosis_of,
    osteonecrosis_strength,
    prosthesis_answer,
)
from cds_service.core.knowledge import ReviewSchedule
from cds_service.core.record import (
    IMAGING_PROCEDURE,
    PHYSIOTHERAPY,
    Clinical,
    Diagnosis,
    Order,
    Record,
    Side,
    Verification,
)
from cds_service.core.review import NOT_A_REVIEW, Review, review_of
from cds_service.core.values import (
    NEVER,
    UNKNOWN,
    Absence,
    DateRange,
    Quantity,
    Value,
    whole_years_between,
)


@dataclass(frozen=True, slots=True)
class Fact:
    """A value with the references of the resources that it came from."""

    value: Value
    sources: tuple[str, ...] = ()


Facts = Mapping[str, Fact]


@dataclass(frozen=True, slots=True)
class HipView:
    """One hip of one record on one day: all that a fact may be drawn from."""

    hip: Side
    record: Record
    today: date
    diagnoses: tuple[Diagnosis, ...]
    review: Review


def gather_facts(record: Record, schedule: ReviewSchedule, today: date) -> dict[Side, Facts]:
    """Return the facts of each hip that has, or might have, osteonecrosis."""
    return {
        hip: {name: gather(view) for name, gather in GATHERERS.items()}
        for hip in hips_with_osteonecrosis(record)
        for view in [_view(hip, record, schedule, today)]
    }


def _view(hip: Side, record: Record, schedule: ReviewSchedule, today: date) -> HipView:
    diagnoses = osteonecrosis_of(record, hip)
    review = review_of(hip, diagnoses, record.studies, schedule, today)
    return HipView(hip, record, today, diagnoses, review)


def _osteonecrosis(view: HipView) -> Fact:
    if view.diagnoses:
        strength = osteonecrosis_strength(view.diagnoses[0]) or UNKNOWN
        return Fact(strength, _references(view.diagnoses))
    return Fact(UNKNOWN if view.record.diagnoses.gap else NEVER)


def _certainty(view: HipView) -> Fact:
    if not view.diagnoses:
        return Fact(UNKNOWN)
    sure = [
        diagnosis
        for diagnosis in view.diagnoses
        if diagnosis.verification is not Verification.UNCONFIRMED
        and osteonecrosis_strength(diagnosis) != "possible"
    ]
    return Fact("recorded" if sure else "uncertain", _references(sure or view.diagnoses))


def _verification(view: HipView) -> Fact:
    found = {diagnosis.verification for diagnosis in view.diagnoses}
    for verification in (Verification.CONFIRMED, Verification.UNCONFIRMED):
        if verification in found:
            return Fact(verification.value, _references(view.diagnoses))
    return Fact(NEVER)


def _clinical_status(view: HipView) -> Fact:
    is_active = any(diagnosis.clinical is Clinical.ACTIVE for diagnosis in view.diagnoses)
    return Fact("active" if is_active else NEVER, _references(view.diagnoses))


def _osteonecrosis_code(view: HipView) -> Fact:
    if not view.diagnoses:
        return Fact(UNKNOWN)
    concept = best_concept(view.diagnoses[0])
    return Fact(
        f"{concept.label} ({concept.system_name} {concept.code})", _references(view.diagnoses[:1])
    )


def _condition_list(view: HipView) -> Fact:
    return Fact("incomplete" if view.record.diagnoses.gap else "complete")


def _juvenile_hip_disorder(view: HipView) -> Fact:
    found = juvenile_disorders(view.record, view.hip)
    if found:
        return Fact("recorded", _references(found))
    return Fact(UNKNOWN if view.record.diagnoses.gap else NEVER)


def _hip_prosthesis(view: HipView) -> Fact:
    answer, sources = prosthesis_answer(view.record, view.hip)
    if answer:
        return Fact(answer, sources)
    has_gap = view.record.diagnoses.gap or view.record.operations.gap
    return Fact(UNKNOWN if has_gap else NEVER)


def _patient_age(view: HipView) -> Fact:
    born = view.record.birth_date
    if isinstance(born, Absence) or born.earliest > view.today:
        return Fact(UNKNOWN)
    low = max(0, whole_years_between(born.latest, view.today))
    high = whole_years_between(born.earliest, view.today)
    return Fact(Quantity(Decimal(low), Decimal(high), "a"), (f"Patient/{view.record.patient_id}",))


def _patient_deceased(view: HipView) -> Fact:
    return Fact("recorded" if view.record.is_deceased else "notRecorded")


def _review_status(view: HipView) -> Fact:
    return Fact(view.review.status, view.review.sources)


def _last_review_date(view: HipView) -> Fact:
    return Fact(view.review.last, view.review.sources)


def _last_review_modality(view: HipView) -> Fact:
    return Fact(view.review.modality, view.review.sources)


def _baseline_date(view: HipView) -> Fact:
    return Fact(view.review.baseline, _references(view.diagnoses))


def _review_interval(view: HipView) -> Fact:
    return Fact(view.review.interval)


def _next_review_date(view: HipView) -> Fact:
    return Fact(view.review.due, view.review.sources)


def _next_order_date(view: HipView) -> Fact:
    """The day to put on an order: the first day the review can be due, never in the past."""
    due = view.review.due
    day = view.today if isinstance(due, Absence) else max(due.earliest, view.today)
    return Fact(DateRange.on(day))


def _imaging_data_quality(view: HipView) -> Fact:
    return Fact(view.review.quality)


def _hip_imaging_drafted(view: HipView) -> Fact:
    return _drafted(view.record, _is_hip_imaging)


def _physiotherapy_drafted(view: HipView) -> Fact:
    return _drafted(view.record, _is_physiotherapy)


def _order_format(view: HipView) -> Fact:
    return Fact("serviceRequest" if view.record.takes_service_requests else "older")


def _drafted(record: Record, is_wanted: Callable[[Order], bool]) -> Fact:
    if isinstance(record.orders, Absence):
        return Fact(UNKNOWN)
    found = [order for order in record.orders.items if is_wanted(order)]
    if found:
        return Fact("yes", tuple(order.reference for order in found if order.reference))
    return Fact(UNKNOWN if record.orders.gap else "no")


def _is_hip_imaging(order: Order) -> bool:
    has_hip_site = any(site.site_group in ("hip", "femoral-head") for site in order.sites)
    return any(
        concept.value_set == IMAGING_PROCEDURE
        and concept.role != NOT_A_REVIEW
        and (concept.site_group in ("hip", "pelvis") or has_hip_site)
        for concept in order.codes
    )


def _is_physiotherapy(order: Order) -> bool:
    return any(
        concept.value_set == PHYSIOTHERAPY and concept.role == "physiotherapy"
        for concept in order.codes
    )


def _references(diagnoses: list[Diagnosis] | tuple[Diagnosis, ...]) -> tuple[str, ...]:
    return tuple(diagnosis.reference for diagnosis in diagnoses if diagnosis.reference)


GATHERERS: Mapping[str, Callable[[HipView], Fact]] = {
    "osteonecrosis": _osteonecrosis,
    "certainty": _certainty,
    "verification": _verification,
    "clinicalStatus": _clinical_status,
    "osteonecrosisCode": _osteonecrosis_code,
    "conditionList": _condition_list,
    "juvenileHipDisorder": _juvenile_hip_disorder,
    "hipProsthesis": _hip_prosthesis,
    "patientAge": _patient_age,
    "patientDeceased": _patient_deceased,
    "reviewStatus": _review_status,
    "lastReviewDate": _last_review_date,
    "lastReviewModality": _last_review_modality,
    "baselineDate": _baseline_date,
    "reviewInterval": _review_interval,
    "nextReviewDate": _next_review_date,
    "nextOrderDate": _next_order_date,
    "imagingDataQuality": _imaging_data_quality,
    "hipImagingDrafted": _hip_imaging_drafted,
    "physiotherapyDrafted": _physiotherapy_drafted,
    "orderFormat": _order_format,
}
