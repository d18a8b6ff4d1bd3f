"""The facts about imaging and the draft orders; `cards/facts.yaml` says what each means."""

from collections.abc import Callable

from cds_service.core.hip import Fact, HipView, references
from cds_service.core.record import IMAGING_PROCEDURE, PHYSIOTHERAPY, SIDES, Order, Record, Side
from cds_service.core.values import UNKNOWN, Absence, DateRange
from cds_service.core.views import NOT_A_REVIEW


def review_status(view: HipView) -> Fact:
    return Fact(view.review.status, view.review.sources)


def last_review_date(view: HipView) -> Fact:
    return Fact(view.review.last, view.review.sources)


def last_review_modality(view: HipView) -> Fact:
    return Fact(view.review.modality, view.review.sources)


def baseline_date(view: HipView) -> Fact:
    return Fact(view.review.baseline, references(view.diagnoses))


def review_interval(view: HipView) -> Fact:
    return Fact(view.review.interval)


def next_review_date(view: HipView) -> Fact:
    return Fact(view.review.due, view.review.sources)


def next_order_date(view: HipView) -> Fact:
    """The day to put on an order: the first day the review can be due, never in the past."""
    due = view.review.due
    day = view.today if isinstance(due, Absence) else max(due.earliest, view.today)
    return Fact(DateRange.on(day))


def imaging_data_quality(view: HipView) -> Fact:
    return Fact(view.review.quality)


def review_evidence(view: HipView) -> Fact:
    return Fact(view.review.evidence, view.review.sources)


def hip_imaging_drafted(view: HipView) -> Fact:
    return _drafted(view.record, lambda order: _shows_hip(order, view.hip))


def physiotherapy_drafted(view: HipView) -> Fact:
    return _drafted(view.record, _is_physiotherapy)


def order_format(view: HipView) -> Fact:
    return Fact("serviceRequest" if view.record.takes_service_requests else "older")


def _drafted(record: Record, is_wanted: Callable[[Order], bool]) -> Fact:
    if isinstance(record.orders, Absence):
        return Fact(UNKNOWN)
    found = [order for order in record.orders.items if is_wanted(order)]
    if found:
        return Fact("yes", tuple(order.reference for order in found if order.reference))
    return Fact(UNKNOWN if record.orders.gap else "no")


def _shows_hip(order: Order, hip: Side) -> bool:
    """Tell whether an order images this hip: of its side, of both or of none; a pelvis is both."""
    is_of_hip = not order.sides or order.sides == SIDES or hip in order.sides
    shows_both = any(concept.site_group == "pelvis" for concept in order.codes)
    return _is_hip_imaging(order) and (is_of_hip or shows_both or hip is Side.UNRECORDED)


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
