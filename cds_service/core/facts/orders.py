"""The facts about the draft orders; `cards/facts.yaml` says what each means.

`drafted` looks at every draft, `ordered` only at those that the user has just selected.
"""

from collections.abc import Callable

from cds_service.core.hip.chart import Fact, HipChart
from cds_service.core.hip.shown_hips import NOT_A_REVIEW
from cds_service.core.record import (
    ARTHROPLASTY,
    BONE_DRUG_ORDERS,
    FEMORAL_HEAD,
    GLUCOCORTICOID_ORDER,
    HEAD_PRESERVING_SURGERY,
    IMAGING_PROCEDURE,
    PHYSIOTHERAPY,
    POSSIBLE,
    SIDES,
    Order,
    Side,
)
from cds_service.core.text.topics import (
    BONE_DRUG,
    GLUCOCORTICOID,
    HEAD_PRESERVING,
    HIP_IMAGING,
    HIP_REPLACEMENT,
    IMPACT_EXERCISE,
    WEIGHT_BEARING,
)
from cds_service.core.values import NEVER, UNKNOWN, Absence, DateRange, subtract_period

Wanted = Callable[[Order], bool]


def draft_order_list(view: HipChart) -> Fact:
    orders = view.record.orders
    if isinstance(orders, Absence):
        return Fact(orders)
    return Fact(UNKNOWN if orders.gap else "complete")


def hip_imaging_drafted(view: HipChart) -> Fact:
    return _answer(view, lambda order: _shows_hip(order, view), is_selected=False)


def physiotherapy_drafted(view: HipChart) -> Fact:
    return _answer(view, _is_physiotherapy, is_selected=False)


def order_format(view: HipChart) -> Fact:
    return Fact("serviceRequest" if view.record.takes_service_requests else "older")


def hip_imaging_ordered(view: HipChart) -> Fact:
    return _answer(view, lambda order: _shows_hip(order, view))


def imaging_order_timing(view: HipChart) -> Fact:
    """Compare the day of each selected imaging order with the first day the review can be due."""
    found = [order for order in _selected(view) if _shows_hip(order, view)]
    if not found:
        return Fact("none" if hip_imaging_ordered(view).value == "no" else UNKNOWN)
    timings = [(_timing(order, view), order) for order in found]
    sooner = tuple(order for timing, order in timings if timing == "sooner")
    if sooner:
        return Fact("sooner", _references(sooner))
    is_open = any(timing is UNKNOWN for timing, _ in timings)
    return Fact(UNKNOWN if is_open else "notSooner", _references(tuple(found)))


def weight_bearing_ordered(view: HipChart) -> Fact:
    return _answer(view, lambda order: WEIGHT_BEARING in order.topics | order.noted)


def impact_exercise_ordered(view: HipChart) -> Fact:
    named = _answer(view, lambda order: IMPACT_EXERCISE in order.topics)
    if named.value == "yes":
        return named
    noted = _answer(view, lambda order: IMPACT_EXERCISE in order.noted)
    return Fact("mentioned", noted.sources) if noted.value == "yes" else named


def arthroplasty_ordered(view: HipChart) -> Fact:
    return _answer(view, lambda order: _replaces_hip(order) and _is_for(order, view))


def head_preserving_surgery_ordered(view: HipChart) -> Fact:
    return _answer(view, lambda order: _preserves_head(order, view) and _is_for(order, view))


def bone_drug_ordered(view: HipChart) -> Fact:
    return _answer(view, _is_bone_drug)


def glucocorticoid_ordered(view: HipChart) -> Fact:
    return _answer(view, _is_glucocorticoid)


def _answer(view: HipChart, is_wanted: Wanted, *, is_selected: bool = True) -> Fact:
    """Say whether one of the drafts is wanted; without all of them read, "no" is not known."""
    orders = view.record.orders
    if isinstance(orders, Absence):
        return Fact(UNKNOWN)
    within = _selected(view) if is_selected else orders.items
    found = tuple(order for order in within if is_wanted(order))
    if found:
        return Fact("yes", _references(found))
    return Fact(UNKNOWN if orders.gap else "no")


def _selected(view: HipChart) -> tuple[Order, ...]:
    orders = view.record.orders
    if isinstance(orders, Absence):
        return ()
    return tuple(order for order in orders.items if order.is_selected)


def _references(orders: tuple[Order, ...]) -> tuple[str, ...]:
    return tuple(order.reference for order in orders if order.reference)


def _timing(order: Order, view: HipChart) -> str | Absence:
    due, review = view.review.due, view.review
    day = DateRange.on(view.today) if order.occurs is NEVER else order.occurs
    if isinstance(due, Absence) or isinstance(day, Absence):
        return UNKNOWN
    if day.latest < subtract_period(due.earliest, view.earliness):
        return "sooner"
    is_settled = day.earliest >= subtract_period(due.latest, view.earliness)
    return "notSooner" if is_settled and not isinstance(review.status, Absence) else UNKNOWN


def _is_for(order: Order, view: HipChart) -> bool:
    """Tell whether an order is about this hip: of its side, of both or of none."""
    is_of_hip = not order.sides or order.sides == SIDES or view.hip in order.sides
    return is_of_hip or view.hip is Side.UNRECORDED


def _shows_hip(order: Order, view: HipChart) -> bool:
    """Tell whether an order images this hip; one of the pelvis shows both."""
    shows_both = any(concept.site_group == "pelvis" for concept in order.codes)
    is_imaging = HIP_IMAGING in order.topics or _is_hip_imaging(order, view)
    return is_imaging and (shows_both or _is_for(order, view))


def _is_hip_imaging(order: Order, view: HipChart) -> bool:
    """A code of any joint of the leg images the hip where the site or the reason says so."""
    has_hip_site = any(site.site_group in ("hip", "femoral-head") for site in order.sites)
    is_of_limb = any(concept.site_group == "limb" for concept in order.codes)
    names_elsewhere = bool(order.sites) and not has_hip_site
    is_for_head = is_of_limb and not names_elsewhere and _is_for_osteonecrosis(order, view)
    return any(
        concept.value_set == IMAGING_PROCEDURE
        and concept.role != NOT_A_REVIEW
        and (concept.site_group in ("hip", "pelvis") or has_hip_site or is_for_head)
        for concept in order.codes
    )


def _is_for_osteonecrosis(order: Order, view: HipChart) -> bool:
    """Tell whether the stated reason is an osteonecrosis of this record, or codes one."""
    own = {diagnosis.reference for diagnosis in view.diagnoses}
    is_coded = any(concept.value_set in (FEMORAL_HEAD, POSSIBLE) for concept in order.reasons)
    return is_coded or bool(order.reason_references & own)


def _is_physiotherapy(order: Order) -> bool:
    return any(
        concept.value_set == PHYSIOTHERAPY and concept.role == "physiotherapy"
        for concept in order.codes
    )


def _replaces_hip(order: Order) -> bool:
    is_coded = any(
        concept.value_set == ARTHROPLASTY and concept.role == "placement" for concept in order.codes
    )
    return is_coded or HIP_REPLACEMENT in order.topics


def _preserves_head(order: Order, view: HipChart) -> bool:
    """A code that other operations share counts only with osteonecrosis as the stated reason."""
    codes = [code for code in order.codes if code.value_set == HEAD_PRESERVING_SURGERY]
    is_named = any(code.precision == "head" for code in codes)
    is_meant = bool(codes) and _is_for_osteonecrosis(order, view)
    return is_named or is_meant or HEAD_PRESERVING in order.topics


def _is_bone_drug(order: Order) -> bool:
    return BONE_DRUG in order.topics or _has_code(order, BONE_DRUG_ORDERS)


def _is_glucocorticoid(order: Order) -> bool:
    is_coded = _has_code(order, frozenset({GLUCOCORTICOID_ORDER}))
    is_systemic = GLUCOCORTICOID not in order.ruled_out
    return GLUCOCORTICOID in order.topics or (is_coded and is_systemic)


def _has_code(order: Order, value_sets: frozenset[str]) -> bool:
    return any(concept.value_set in value_sets for concept in order.codes)
