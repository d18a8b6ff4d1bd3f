"""The facts about orders: what was drafted, what the user has selected, what the chart has."""

from collections.abc import Callable, Iterable
from typing import Literal

from cds_service.core.hip.chart import Fact, HipChart
from cds_service.core.hip.diagnosis import hips_with_osteonecrosis
from cds_service.core.hip.once import once
from cds_service.core.hip.shown_hips import PELVIS
from cds_service.core.record import Concept, Order, OrderKind, Record, Side, ValueSetId
from cds_service.core.values import (
    NEVER,
    UNKNOWN,
    Absence,
    DateRange,
    Never,
    Unknown,
    subtract_period,
)
from cds_service.core.words.studies import HIPS, IN_PASSING, NOT_A_REVIEW, OTHER
from cds_service.core.words.topics import Topic

IsWanted = Callable[[Order, HipChart], bool | None]
"""Tells whether an order is wanted; None where it may be: its code or side was not understood."""
Answer = Fact[Literal["yes", "no"] | Unknown]
BONE_DRUGS = (
    ValueSetId.BISPHOSPHONATE_ORDER,
    ValueSetId.CALCIUM_VITAMIN_D_ORDER,
    ValueSetId.OTHER_BONE_DRUG_ORDER,
)

# No code of a public code system for these is verified: that words say them goes without saying.
_WITHOUT_CODE = frozenset({Topic.WEIGHT_BEARING, Topic.IMPACT_EXERCISE, Topic.ORTHOPAEDIC_REFERRAL})
# What words say an order is for. Beside an operation a disease is the patient's and no purpose, and
# beside exercise an operation is its time.
_OF_EXERCISE = frozenset({Topic.OTHER_PURPOSE, Topic.OTHER_TREATMENT})
_PURPOSES = _OF_EXERCISE | {Topic.PERIOPERATIVE}
_OPERATIONS = frozenset({Topic.HIP_REPLACEMENT, Topic.HEAD_PRESERVING})
_EXERCISES = frozenset({Topic.PHYSIOTHERAPY, Topic.IMPACT_EXERCISE})


def _told_of(kind: OrderKind) -> Callable[[IsWanted], IsWanted]:
    """Return what leaves open whether an order is wanted where its code was not understood."""

    def asking(is_wanted: IsWanted) -> IsWanted:
        def answer(order: Order, chart: HipChart) -> bool | None:
            is_unread = "code" in order.unread and order.kind in (kind, "any")
            return None if is_unread else is_wanted(order, chart)

        return answer

    return asking


def drafted(is_wanted: IsWanted, *, is_selected: bool = False) -> Callable[[HipChart], Answer]:
    """Return what says whether a draft is wanted; without all of them read, "no" is not known."""

    def answer(chart: HipChart) -> Answer:
        orders = chart.record.orders
        if isinstance(orders, Absence):
            return Fact(UNKNOWN)
        within = (told_selected if is_selected else told_drafts)(chart.record)
        return _whether(is_wanted, chart, within, is_open=orders.gap is not None)

    return answer


def active(is_wanted: IsWanted) -> Callable[[HipChart], Answer]:
    """Return what says whether an order of the chart that waits to be done is wanted."""

    def waits(order: Order, chart: HipChart) -> bool | None:
        is_found = is_wanted(order, chart)
        return None if is_found and "status" in order.unread else is_found

    def answer(chart: HipChart) -> Answer:
        orders = chart.record.active_orders
        return _whether(waits, chart, orders.items, is_open=orders.gap is not None)

    return answer


def _whether(
    is_wanted: IsWanted, chart: HipChart, within: Iterable[Order], *, is_open: bool
) -> Answer:
    found: list[Order] = []
    for order in within:
        is_found = is_wanted(order, chart)
        if is_found:
            found.append(order)
        elif is_found is None:
            is_open = True
    if found:
        return Fact("yes", references_to(found))
    return Fact(UNKNOWN if is_open else "no")


def ordered(is_wanted: IsWanted) -> Callable[[HipChart], Answer]:
    """Return what says whether a draft that the user has just selected is wanted."""
    return drafted(is_wanted, is_selected=True)


def open_to_advice(is_wanted: IsWanted) -> Callable[[HipChart], Answer]:
    """Return what says so of the drafts that can wait and state no other purpose."""
    return ordered(without_other_purpose(is_wanted))


def without_other_purpose(is_wanted: IsWanted) -> IsWanted:
    """Return what tells so of the orders that can wait and state no other purpose."""

    def answer(order: Order, chart: HipChart) -> bool | None:
        return not has_another_purpose(order, chart) and is_wanted(order, chart)

    return answer


def active_order_list(chart: HipChart) -> Fact[Literal["incomplete"] | Never]:
    """Tell where an order of the chart may be what a card suggests."""
    is_open = any(answer(chart).value is UNKNOWN for answer in _SUGGESTED)
    return Fact("incomplete" if is_open else NEVER)


def order_format(chart: HipChart) -> Fact[Literal["serviceRequest", "older"]]:
    return Fact("serviceRequest" if chart.record.takes_service_requests else "older")


def orders_at_hand(chart: HipChart) -> Fact[Literal["related", "unrelated"] | Never]:
    """Tell whether a selected order has to do with a hip, or with what the cards are about.

    One that cannot wait, or is for something else, has not: nothing is drafted beside it alone.
    """
    orders, selected = chart.record.orders, _selected(chart)
    if isinstance(orders, Absence) or not selected:
        return Fact(NEVER)
    told = told_selected(chart.record)
    at_hand = (order for order in told if not has_another_purpose(order, chart))
    is_related = orders.gap or any(_may_be_related(order, chart) for order in at_hand)
    return Fact("related" if is_related else "unrelated", references_to(selected))


def _may_be_related(order: Order, chart: HipChart) -> bool:
    """Tell whether an order is about some hip, this one or the other, or may be."""
    is_one = any(is_wanted(order, chart) is not False for is_wanted in _OF_SOME_HIP)
    is_at_hip = any(site.site_group in HIPS for site in order.sites)
    is_said = is_at_hip or bool((order.topics | order.noted) - _PURPOSES)
    return is_one or is_said or _is_hip_imaging(order, chart)


def draft_order_list(
    chart: HipChart,
) -> Fact[Literal["complete", "notUnderstood"] | Never | Unknown]:
    orders = chart.record.orders
    if isinstance(orders, Absence):
        return Fact(orders)
    kinds = (shows_hip, replaces_hip, preserves_head, is_bone_drug)
    told = told_drafts(chart.record)
    open_ones = [o for o in told if any(is_one(o, chart) is None for is_one in kinds)]
    if open_ones and not orders.gap:
        return Fact("notUnderstood", references_to(open_ones))
    return Fact(UNKNOWN if orders.gap else "complete")


def order_words(chart: HipChart) -> Fact[Literal["read"] | Never]:
    """Tell whether words alone say what a selected order is, of what a code could say too."""
    found = [order for order in _selected(chart) if _is_told_in_words(order, chart)]
    return Fact("read" if found else NEVER, references_to(found))


def _is_told_in_words(order: Order, chart: HipChart) -> bool:
    is_coded = any(not concept.is_said for concept in _images(order))
    return bool(order.topics - _WITHOUT_CODE - _PURPOSES) or (
        not is_coded and bool(shows_hip(order, chart))
    )


def imaging_order_timing(
    chart: HipChart,
) -> Fact[Literal["sooner", "notSooner", "none"] | Unknown]:
    """Compare the day of each selected imaging order with the first day the review can be due."""
    told = told_selected(chart.record)
    at_hand = [one for one in told if not has_another_purpose(one, chart)]
    found = [order for order in at_hand if shows_hip(order, chart)]
    if not found:
        return Fact("none" if _SHOWS_HIP(chart).value == "no" else UNKNOWN)
    timings = [(_timing(order, chart), order) for order in found]
    sooner = [order for timing, order in timings if timing == "sooner"]
    if sooner:
        return Fact("sooner", references_to(sooner))
    is_open = any(timing is UNKNOWN for timing, _ in timings)
    return Fact(UNKNOWN if is_open else "notSooner", references_to(found))


def is_impact_exercise(order: Order, _: HipChart) -> bool:
    return Topic.IMPACT_EXERCISE in order.topics | order.noted


def planned_day(order: Order, otherwise: DateRange | None) -> DateRange | Absence | None:
    """Return the day that an order is for, `otherwise` where it names none."""
    return otherwise if order.occurs is NEVER else order.occurs


def is_mri(order: Order) -> bool:
    return any(concept.role == "mri" for concept in _images(order))


def limits_weight_bearing(order: Order, _: HipChart) -> bool:
    return Topic.WEIGHT_BEARING in order.topics | order.noted


@_told_of("service")
def shows_hip(order: Order, chart: HipChart) -> bool | None:
    """Tell whether an order images this hip; one of the pelvis shows both."""
    return _is_hip_imaging(order, chart) and (_shows_both(order) or _is_for(order, chart.side))


@_told_of("service")
def shows_affected_hip(order: Order, chart: HipChart) -> bool | None:
    """Tell whether an order images this hip or the other, if that has osteonecrosis too."""
    if not _is_hip_imaging(order, chart) or _shows_both(order):
        return _is_hip_imaging(order, chart)
    answers = [_is_for(order, hip) for hip in hips_with_osteonecrosis(chart.record)]
    return True if True in answers else None if None in answers else False


def will_show_hip(order: Order, chart: HipChart) -> bool | None:
    """Tell so of an order that no study on file has answered: one of its day or later has."""
    day, last = planned_day(order, order.authored), chart.review.last
    if isinstance(day, DateRange) and isinstance(last, DateRange):
        return day.latest > last.earliest and shows_affected_hip(order, chart)
    return shows_affected_hip(order, chart)


@_told_of("service")
def is_physiotherapy(order: Order, _: HipChart) -> bool:
    is_coded = _has_code(order, ValueSetId.PHYSIOTHERAPY, role="physiotherapy")
    return is_coded or Topic.PHYSIOTHERAPY in order.topics


@_told_of("service")
def refers_to_orthopaedics(order: Order, _: HipChart) -> bool:
    return Topic.ORTHOPAEDIC_REFERRAL in order.topics


@_told_of("service")
def is_hip_replacement(order: Order, _: HipChart) -> bool:
    is_coded = _has_code(order, ValueSetId.ARTHROPLASTY, role="placement")
    return is_coded or Topic.HIP_REPLACEMENT in order.topics


@_told_of("service")
def is_head_preserving(order: Order, chart: HipChart) -> bool:
    """A code that other operations share counts only with osteonecrosis as the stated reason."""
    codes = [c for c in order.codes if c.value_set == ValueSetId.HEAD_PRESERVING_SURGERY]
    is_named = any(code.precision == "head" for code in codes)
    is_meant = bool(codes) and is_for_osteonecrosis(order, chart)
    return is_named or is_meant or Topic.HEAD_PRESERVING in order.topics


@_told_of("medication")
def is_bone_drug(order: Order, _: HipChart) -> bool:
    return _is_drug(order, Topic.BONE_DRUG, *BONE_DRUGS)


@_told_of("medication")
def is_glucocorticoid(order: Order, _: HipChart) -> bool:
    return _is_drug(order, Topic.GLUCOCORTICOID, ValueSetId.GLUCOCORTICOID_ORDER)


def _is_drug(order: Order, topic: str, *value_sets: str) -> bool:
    """A code does not say by which route, nor what for; the words may."""
    is_coded = _has_code(order, *value_sets) and topic not in order.ruled_out
    return topic in order.topics or is_coded


@once
def told_drafts(record: Record) -> tuple[Order, ...]:
    """Return the drafts of which anything is told that a card could be about, or might be."""
    drafts = () if isinstance(record.orders, Absence) else record.orders.items
    return tuple(
        order
        for order in drafts
        if order.codes or order.sites or order.topics or order.noted or "code" in order.unread
    )


@once
def told_selected(record: Record) -> tuple[Order, ...]:
    """Return those of them that the user has just selected."""
    return tuple([order for order in told_drafts(record) if order.is_selected])


def _selected(chart: HipChart) -> tuple[Order, ...]:
    orders = chart.record.orders
    if isinstance(orders, Absence):
        return ()
    return tuple(order for order in orders.items if order.is_selected)


def references_to(orders: Iterable[Order]) -> tuple[str, ...]:
    return tuple(order.reference for order in orders if order.reference)


def _timing(order: Order, chart: HipChart) -> Literal["sooner", "notSooner"] | Unknown:
    review, due = chart.review, chart.review.due
    if is_mri(order) and (review.modality == "film" or chart.stages.stage == "filmNormal"):
        return "notSooner"  # a film may be normal and the hip not
    if review.status in ("collapsed", "noSchedule"):
        return "notSooner"  # no interval of ours, so nothing that it would come before
    day = planned_day(order, DateRange.on(chart.today))
    if isinstance(due, Absence) or not isinstance(day, DateRange):
        return UNKNOWN
    if day.latest < subtract_period(due.earliest, chart.earliness):
        return "sooner"
    is_settled = day.earliest >= subtract_period(due.latest, chart.earliness)
    return "notSooner" if is_settled and review.status is not UNKNOWN else UNKNOWN


def _of_this_hip(is_wanted: IsWanted) -> IsWanted:
    """Return what tells so of the orders about this hip."""

    def answer(order: Order, chart: HipChart) -> bool | None:
        return is_wanted(order, chart) and _is_for(order, chart.side)

    return answer


def _is_for(order: Order, hip: Side) -> bool | None:
    """Tell whether an order is about a hip: of its side, of both or of none.

    None where a side was sent that could not be told: that is neither this hip nor the other.
    """
    if hip is Side.UNRECORDED or order.sides:
        return hip is Side.UNRECORDED or hip in order.sides
    return None if "side" in order.unread else True


def _is_hip_imaging(order: Order, chart: HipChart) -> bool:
    """A code of any joint of the leg, or a cross-section of the pelvis, may be for another organ.

    It images the hip where the site, the words or the reason say so.
    """
    images = _images(order)
    kinds = {concept.role for concept in images} - {None}
    regions = {concept.site_group for concept in images} - {None}
    if NOT_A_REVIEW in kinds or not kinds:
        return False
    places = regions | {site.site_group for site in order.sites}
    if places & HIPS or ("pelvis" in regions and "film" in kinds):
        return True
    is_elsewhere = bool(order.sites) or bool(regions & {IN_PASSING, OTHER})
    is_vague = bool(regions & {"limb", "pelvis"})
    return is_vague and not is_elsewhere and is_for_osteonecrosis(order, chart)


def _shows_both(order: Order) -> bool:
    return any(concept.site_group in PELVIS for concept in _images(order))


def _images(order: Order) -> list[Concept]:
    return [c for c in order.codes if c.value_set == ValueSetId.IMAGING_PROCEDURE]


def is_for_osteonecrosis(order: Order, chart: HipChart) -> bool:
    """Tell whether the stated reason is an osteonecrosis of this record, or codes one."""
    own = {diagnosis.reference for diagnosis in chart.diagnoses}
    return order.purpose == "osteonecrosis" or bool(order.reason_references & own)


def has_another_purpose(order: Order, chart: HipChart) -> bool:
    """Tell whether an order cannot wait, or is for something else: no card argues with it."""
    is_said = bool((order.topics | order.noted) & _counted(order))
    is_for_other = order.purpose == "other" or bool(order.reason_references) or is_said
    return order.is_urgent or (is_for_other and not is_for_osteonecrosis(order, chart))


def _counted(order: Order) -> frozenset[str]:
    """Return the topics that say what such an order is for."""
    operations = (ValueSetId.ARTHROPLASTY, ValueSetId.HEAD_PRESERVING_SURGERY)
    if order.topics & _OPERATIONS or _has_code(order, *operations):
        return frozenset({Topic.OTHER_PURPOSE})
    is_exercise = (order.topics | order.noted) & _EXERCISES
    return _OF_EXERCISE if is_exercise or _has_code(order, ValueSetId.PHYSIOTHERAPY) else _PURPOSES


def _has_code(order: Order, *value_sets: str, role: str | None = None) -> bool:
    return any(
        concept.value_set in value_sets and (role is None or concept.role == role)
        for concept in order.codes
    )


replaces_hip, preserves_head = map(_of_this_hip, (is_hip_replacement, is_head_preserving))
_OF_SOME_HIP = (
    is_hip_replacement,
    is_head_preserving,
    is_physiotherapy,
    is_bone_drug,
    is_glucocorticoid,
)
_SHOWS_HIP = open_to_advice(shows_hip)
_SUGGESTED = tuple(map(active, (will_show_hip, is_physiotherapy, refers_to_orthopaedics)))
