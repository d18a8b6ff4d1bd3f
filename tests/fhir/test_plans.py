"""Observations and active orders -> the plan for the load on a leg."""

from typing import Any

import pytest

from cds_service.core.knowledge import Knowledge
from cds_service.core.record import NO_SIDE, LoadPlan, Side
from tests.fhir.builders import (
    RIGHT,
    Json,
    bundle,
    concept,
    gathered,
    hook_request,
    observation,
    order,
    prefetch,
    without,
)

RIGHT_SIDE, LEFT_SIDE = frozenset({Side.RIGHT}), frozenset({Side.LEFT})
STATUS = {"text": "Weight bearing status"}
OBSERVED: list[tuple[str, Json, LoadPlan, Any, set[str]]] = [
    ("partial, right leg", {}, LoadPlan("partial"), RIGHT_SIDE, set()),
    ("WBAT, left, two crutches", {}, LoadPlan("asTolerated", "twoCrutches"), LEFT_SIDE, set()),
    ("NWB", {"bodySite": concept(RIGHT)}, LoadPlan("nonWeightBearing"), RIGHT_SIDE, set()),
    ("NWB left", {"bodySite": concept(RIGHT)}, LoadPlan("nonWeightBearing"), NO_SIDE, {"side"}),
    ("No weight bearing restrictions, left", {}, LoadPlan("full"), LEFT_SIDE, set()),
    ("not NWB", {}, LoadPlan("asWritten"), NO_SIDE, set()),
    ("full", {"status": "preliminary"}, LoadPlan("full"), NO_SIDE, {"status"}),
]


@pytest.mark.parametrize(("value", "members", "plan", "sides", "unread"), OBSERVED)
def test_an_observation_states_a_plan(
    value: str, members: Json, plan: LoadPlan, sides: Any, unread: set[str], knowledge: Knowledge
) -> None:
    plain = without(observation(code=STATUS, valueString=value), "bodySite")
    request = hook_request(prefetch=prefetch(observations=bundle(plain | members)))
    [found] = gathered(request, knowledge).plans.items
    assert (found.plan, found.sides, found.unread) == (plan, sides, unread)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Blood count", "full"),
        ("Weight bearing status", "NWB RUE"),
        ("Weight bearing status", "NWB right upper extremity, wrist fracture"),
        ("Weight bearing status left shoulder", "NWB"),
        ("Weight bearing status", "NWB for spine fracture"),
        ("负重状态", "右上肢免负重"),
    ],
)
def test_a_word_that_is_no_plan_of_a_leg_states_none(
    name: str, value: str, knowledge: Knowledge
) -> None:
    sent = without(observation(code={"text": name}, valueString=value), "bodySite")
    request = hook_request(prefetch=prefetch(observations=bundle(sent)))
    assert gathered(request, knowledge).plans.items == ()


@pytest.mark.parametrize(
    ("text", "plan"),
    [
        ("Partial weight bearing right leg, two crutches", LoadPlan("partial", "twoCrutches")),
        ("X-ray right hip weight bearing", None),
        ("Physiotherapy", None),
    ],
)
def test_an_active_order_states_a_plan(
    text: str, plan: LoadPlan | None, knowledge: Knowledge
) -> None:
    sent = order(code={"text": text}, status="active", authoredOn="2026-11-03")
    request = hook_request(prefetch=prefetch(activeOrders=bundle(sent)))
    [found] = gathered(request, knowledge).active_orders.items
    assert found.plan == plan
