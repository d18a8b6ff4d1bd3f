"""The plan on file for the load on a leg: the newest that is of this leg, or names none."""

from dataclasses import replace

import pytest

from cds_service.core.record import (
    NO_SIDE,
    SIDES,
    Listing,
    LoadPlan,
    Order,
    Part,
    PlanOnFile,
    Record,
    Side,
)
from cds_service.core.values import NEVER, UNKNOWN, DateRange, Value
from tests.core.builders import HEAD, ON_LEFT, ON_RIGHT, diagnosis, on, order, record
from tests.core.test_stages import facts_in

OLD, NEW, FUTURE = on(2026, 3, 1), on(2026, 11, 3), on(2027, 1, 1)
PARTIAL, FULL = LoadPlan("partial", "twoCrutches"), LoadPlan("full")
UNREAD: frozenset[Part] = frozenset({"side"})


def seen(
    plan: LoadPlan = PARTIAL,
    when: DateRange | None = NEW,
    sides: frozenset[Side] = ON_RIGHT,
    unread: frozenset[Part] = frozenset(),
) -> PlanOnFile:
    """Return an observation of the right leg."""
    return PlanOnFile("Observation/invented", plan, sides, when, unread)


def ordered(plan: LoadPlan | None, when: DateRange) -> Order:
    """Return an active order for the right leg."""
    return replace(order(), plan=plan, sides=ON_RIGHT, authored=when)


def chart(
    *found: PlanOnFile, orders: tuple[Order, ...] = (), sides: frozenset[Side] = ON_RIGHT
) -> Record:
    """Return a record with these plans."""
    plain = record(diagnosis(HEAD, sides=sides))
    return replace(plain, plans=Listing(found), active_orders=Listing(orders))


PLANS: list[tuple[Record, Value, Value, Value, Value]] = [
    (chart(), NEVER, NEVER, NEVER, NEVER),
    (chart(seen()), "recorded", "partial", "twoCrutches", NEW),
    (chart(seen(sides=NO_SIDE)), "sideNotRecorded", "partial", "twoCrutches", NEW),
    (chart(seen(sides=ON_LEFT)), NEVER, NEVER, NEVER, NEVER),
    (chart(seen(sides=SIDES, when=None)), "recorded", "partial", "twoCrutches", NEVER),
    (chart(seen(when=OLD), seen(FULL)), "recorded", "full", NEVER, NEW),
    (chart(seen(unread=UNREAD)), UNKNOWN, NEVER, NEVER, NEVER),
    (chart(seen(when=FUTURE)), UNKNOWN, NEVER, NEVER, NEVER),
    (chart(seen(when=OLD), orders=(ordered(FULL, NEW),)), "recorded", "full", NEVER, NEW),
    (chart(orders=(ordered(None, NEW),)), NEVER, NEVER, NEVER, NEVER),
]


@pytest.mark.parametrize(("found", "answer", "load", "aid", "when"), PLANS)
def test_the_newest_plan_for_this_leg_is_on_file(
    found: Record, answer: Value, load: Value, aid: Value, when: Value
) -> None:
    names = "weightBearingPlanOnFile", "weightBearingPlan", "walkingAid", "weightBearingPlanDate"
    assert facts_in(found, *names) == [answer, load, aid, when]


def test_a_hip_of_unknown_side_takes_any_plan() -> None:
    found = chart(seen(sides=NO_SIDE), sides=NO_SIDE)
    assert facts_in(found, "weightBearingPlanOnFile", hip=Side.UNRECORDED) == ["recorded"]


@pytest.mark.parametrize(
    ("diagnosed", "answer"),
    [
        ([(on(2026, 6, 1),)], "beforeDiagnosis"),
        ([(on(2026, 6, 1), on(2026, 2, 1))], "recorded"),
        ([(on(2026, 6, 1),), (on(2026, 2, 1),)], "recorded"),
        ([(on(2026, 6, 1),), ()], "recorded"),
        ([(OLD,)], "recorded"),
    ],
)
def test_a_plan_before_every_date_of_the_disease_is_old(
    diagnosed: list[tuple[DateRange, ...]], answer: Value
) -> None:
    entries = [replace(diagnosis(HEAD, sides=ON_RIGHT), dates=dates) for dates in diagnosed]
    found = replace(record(*entries), plans=Listing((seen(when=OLD),)))
    assert facts_in(found, "weightBearingPlanOnFile") == [answer]


@pytest.mark.parametrize("name", ["plans", "active_orders"])
def test_without_all_lists_no_plan_is_not_known(name: str) -> None:
    found = replace(chart(), **{name: Listing((), "was not read")})
    assert facts_in(found, "weightBearingPlanOnFile") == [UNKNOWN]


def test_a_plan_without_a_reference_has_no_source() -> None:
    found = chart(replace(seen(), reference=None))
    assert facts_in(found, "weightBearingPlanOnFile") == ["recorded"]
