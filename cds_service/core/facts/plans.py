"""The facts on the attending physician's plan for the load on a leg, from what is on file."""

from collections.abc import Iterator
from datetime import date
from typing import Literal

from cds_service.core.hip.chart import Fact, HipChart
from cds_service.core.record import Load, PlanOnFile, Side, WalkingAid, may_be_of
from cds_service.core.values import NEVER, UNKNOWN, DateRange, Never, Unknown


def plan_on_file(
    chart: HipChart,
) -> Fact[Literal["recorded", "sideNotRecorded", "beforeDiagnosis"] | Never | Unknown]:
    """Tell whether a plan for this leg is on file, an old one, or one that names no leg."""
    newest = _newest(chart)
    if newest is None:
        record = chart.record
        may_be = bool(list(_plans(chart))) or record.plans.gap or record.active_orders.gap
        return Fact(UNKNOWN if may_be else NEVER)
    if _is_old(newest, chart):
        return Fact("beforeDiagnosis", _references(newest))
    is_sided = bool(newest.sides) or chart.side is Side.UNRECORDED
    return Fact("recorded" if is_sided else "sideNotRecorded", _references(newest))


def weight_bearing_plan(chart: HipChart) -> Fact[Load | Never]:
    newest = _newest(chart)
    return Fact(newest.plan.load, _references(newest)) if newest else Fact(NEVER)


def walking_aid(chart: HipChart) -> Fact[WalkingAid | Never]:
    newest = _newest(chart)
    aid = newest.plan.aid if newest else None
    return Fact(aid, _references(newest)) if newest and aid else Fact(NEVER)


def plan_date(chart: HipChart) -> Fact[DateRange | Never]:
    newest = _newest(chart)
    return Fact(newest.on, _references(newest)) if newest and newest.on else Fact(NEVER)


def _newest(chart: HipChart) -> PlanOnFile | None:
    """Return the newest plan of which all was understood; a day in the future is a mistake."""
    found = [one for one in _plans(chart) if not one.unread]
    found = [one for one in found if one.on is None or one.on.earliest <= chart.today]
    return max(found, key=_day, default=None)


def _is_old(one: PlanOnFile, chart: HipChart) -> bool:
    """Tell whether a plan was made before the hip's osteonecrosis, of which each entry is dated."""
    dates = [entry.dates for entry in chart.diagnoses]
    first = min((day.earliest for found in dates for day in found), default=date.min)
    return bool(one.on and all(dates) and one.on.latest < first)


def _day(one: PlanOnFile) -> date:
    return one.on.latest if one.on else date.min


def _plans(chart: HipChart) -> Iterator[PlanOnFile]:
    """Yield the plans for this leg, and those that do not tell their leg."""
    ordered = (
        PlanOnFile(order.reference, order.plan, order.sides, order.authored, order.unread)
        for order in chart.record.active_orders.items
        if order.plan
    )
    for one in (*chart.record.plans.items, *ordered):
        if may_be_of(chart.side, one.sides):
            yield one


def _references(one: PlanOnFile) -> tuple[str, ...]:
    return (one.reference,) if one.reference else ()
