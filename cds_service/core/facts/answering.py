"""The facts about an order that answers a card: what is on order is not asked for again."""

from collections.abc import Callable
from typing import Literal

from cds_service.core.facts.orders import (
    Answer,
    IsWanted,
    has_another_purpose,
    is_for_osteonecrosis,
    is_mri,
    planned_day,
    references_to,
    shows_hip,
    without_other_purpose,
)
from cds_service.core.hip.chart import Fact, HipChart
from cds_service.core.hip.review import ReviewStatus
from cds_service.core.record import Order, Side
from cds_service.core.values import (
    NEVER,
    Absence,
    DateRange,
    Never,
    Unknown,
    add_period,
    subtract_period,
)

OnOrder = Literal["ordered", "orderedInChart"]
# A hip that has no schedule of ours keeps what is said of it, whatever is on order.
_WAITS: frozenset[str | Unknown] = frozenset(
    {"notDue", "due", "overdue", "inPassing", "otherHipOnly", "noneOnFile"}
)


def review_advice(chart: HipChart) -> Fact[OnOrder | ReviewStatus | Unknown]:
    """Return where the review stands, unless an order that is planned about then covers it."""
    drafts, standing = _covering(chart)
    if drafts:
        return Fact("ordered", references_to(drafts))
    if standing:
        return Fact("orderedInChart", references_to(standing))
    return Fact(chart.review.status, chart.review.sources)


def by_purpose(
    whether: Callable[[IsWanted], Callable[[HipChart], Answer]], is_wanted: IsWanted
) -> Callable[[HipChart], Fact[Literal["yes", "otherPurpose", "no"] | Unknown]]:
    """Return what tells an order that is wanted from one of its kind that is for something else."""

    of_ours, of_any = whether(without_other_purpose(is_wanted)), whether(is_wanted)

    def answer(chart: HipChart) -> Fact[Literal["yes", "otherPurpose", "no"] | Unknown]:
        found = of_any(chart)
        if found.value == "yes" and of_ours(chart).value != "yes":
            return Fact("otherPurpose", found.sources)
        return Fact(found.value, found.sources)

    return answer


def review_order_date(chart: HipChart) -> Fact[DateRange | Never]:
    """Return the day for which the order that covers the review is planned, if it has one."""
    found = [order for orders in _covering(chart) for order in orders]
    day = next((order.occurs for order in found), NEVER)
    return Fact(NEVER if isinstance(day, Absence) else day, references_to(found[:1]))


def _covering(chart: HipChart) -> tuple[list[Order], list[Order]]:
    """Return the drafts, and the orders of the chart, that cover the review."""
    orders = chart.record.orders
    drafts = () if isinstance(orders, Absence) else orders.items
    today = DateRange.on(chart.today)
    return (
        [order for order in drafts if _covers(order, planned_day(order, today), chart)],
        [
            order
            for order in chart.record.active_orders.items
            if _covers(order, planned_day(order, order.authored), chart)
        ],
    )


def _covers(order: Order, day: DateRange | Absence | None, chart: HipChart) -> bool:
    """Tell whether an order reviews this hip about the day it is due, or about today, if later."""
    due, today = chart.review.due, chart.today
    if isinstance(due, Absence) or not isinstance(day, DateRange):
        return False
    if chart.review.status not in _WAITS or not _reviews(order, chart):
        return False
    first = subtract_period(max(due.earliest, today), chart.earliness)
    last = add_period(max(due.latest, today), chart.earliness)
    return first <= day.earliest and day.latest <= last


def _reviews(order: Order, chart: HipChart) -> bool:
    """Tell whether an order surely shows this hip, and for its osteonecrosis.

    Where the film is normal at this stage, only an MRI does. An order of another purpose, or an
    urgent one that does not say that it is for this, may be all that it is for.
    """
    may_be_other = chart.side is Side.UNRECORDED and len(order.sides) == 1
    if order.unread or may_be_other or not shows_hip(order, chart):
        return False
    is_meant = is_for_osteonecrosis(order, chart) or not has_another_purpose(order, chart)
    return is_meant and (chart.stages.stage != "filmNormal" or is_mri(order))
