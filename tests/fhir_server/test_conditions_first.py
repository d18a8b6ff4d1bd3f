"""A FHIR server is asked first for what decides: a chart without osteonecrosis costs it little."""

import time
from typing import Any

import pytest

from cds_service.fhir.server.breaker import FAILURES_TO_OPEN
from tests.fhir.builders import (
    ASTHMA,
    Json,
    bundle,
    concept,
    condition,
    hook_request,
    order,
    outcome,
)
from tests.fhir_server.bench import (
    KEYS,
    LEEWAY_SECONDS,
    TARGETS,
    Bench,
    ask,
    busy_threads,
    request_lacking,
    soon,
)
from tests.fhir_server.modes import hang
from tests.fhir_server.stub import CHART, Exchange, Mode
from tests.web.contract import cards_in, post

pytestmark = pytest.mark.enable_socket

DEADLINE = 2.0
# Beyond the share of the conditions, and within what a read may take.
SLOW_SECONDS = 0.9
SILENT = bundle(condition(code=concept(ASTHMA)), total=1)
NONE = bundle(total=0)


def slow(answer: Mode) -> Mode:
    """Return a mode that thinks before it answers."""

    def late(call: Exchange) -> None:
        time.sleep(SLOW_SECONDS)
        answer(call)

    return late


def saying(content: Json) -> Mode:
    """Return a mode that always answers the same."""
    return lambda call: call.reply(content)


def well(call: Exchange) -> None:
    """Answer as the chart has it."""
    call.reply(call.good)


def test_without_prefetch_a_chart_without_osteonecrosis_costs_one_query(bench: Bench) -> None:
    asked = bench.ask({"Condition": saying(SILENT)}, tuple(KEYS), DEADLINE)
    assert cards_in(asked.response) == []
    assert asked.server.targets == [TARGETS["Condition"]]


# What is not of the plain shape is read to see whose it is.
ODD_DRAFTS = {
    "plain": bundle(order()),
    "contains something": bundle(
        order(contained=[{"resourceType": "Medication", "id": "m", "code": {"text": "aspirin"}}])
    ),
    "names nobody": bundle(order(subject=None)),
    "a list": [order()],
}


@pytest.mark.parametrize("drafts", ODD_DRAFTS)
@pytest.mark.parametrize("lacking", [tuple(KEYS), ("Procedure", "ImagingStudy")], ids=len)
def test_whatever_the_orders_are_shaped_like_nothing_more_is_asked(
    drafts: str, lacking: tuple[str, ...], bench: Bench
) -> None:
    server = bench.server({"Condition": saying(SILENT)})
    request = request_lacking(server.base, lacking)
    if "Condition" not in lacking:
        request["prefetch"]["conditions"] = SILENT
    request |= {"hook": "order-select"}
    request["context"] |= {"draftOrders": ODD_DRAFTS[drafts], "selections": []}
    response = post(bench.service(DEADLINE), request, "/cds-services/onfh-order-select")
    assert cards_in(response) == []
    assert len(server.requests) == ("Condition" in lacking)


def test_another_patients_order_still_refuses_the_call(bench: Bench) -> None:
    server = bench.server({"Condition": saying(SILENT)})
    request = request_lacking(server.base, tuple(KEYS)) | {"hook": "order-select"}
    foreign = order(subject={"reference": "Patient/zz-someone-else"})
    request["context"] |= {"draftOrders": bundle(foreign), "selections": []}
    response = post(bench.service(DEADLINE), request, "/cds-services/onfh-order-select")
    assert response.status_code == 412


def test_with_the_conditions_sent_it_costs_no_query(bench: Bench) -> None:
    server = bench.server()
    request = request_lacking(server.base, tuple(KEYS))
    request["prefetch"] = {"patient": CHART["Patient"], "conditions": SILENT}
    assert cards_in(post(bench.service(DEADLINE), request)) == []
    assert server.connections == 0


def test_with_an_empty_list_sent_it_costs_no_query(bench: Bench) -> None:
    server = bench.server()
    request = request_lacking(server.base, tuple(KEYS)) | {"prefetch": {"conditions": None}}
    assert cards_in(post(bench.service(DEADLINE), request)) == []
    assert server.connections == 0


def test_an_empty_list_of_a_server_is_believed_where_it_gives_the_patient(bench: Bench) -> None:
    asked = bench.ask({"Condition": saying(NONE)}, tuple(KEYS), DEADLINE)
    assert cards_in(asked.response) == []
    assert asked.server.targets == sorted([TARGETS["Condition"], TARGETS["Patient"]])


def test_a_condition_under_another_key_is_found_before_anything_is_asked(bench: Bench) -> None:
    server = bench.server()
    request = request_lacking(server.base, tuple(KEYS))
    request["prefetch"] = {"conditions": SILENT, "procedures": CHART["Condition"]}
    assert len(cards_in(post(bench.service(DEADLINE), request))) == 2
    assert "Condition" not in {one.resource_type for one in server.requests}


def test_conditions_that_could_not_be_looked_up_leave_a_doubt(bench: Bench) -> None:
    server = bench.server()
    request = request_lacking(server.base, tuple(KEYS)) | {"prefetch": {"conditions": outcome()}}
    assert post(bench.service(DEADLINE), request).status_code == 412
    assert "Condition" not in {one.resource_type for one in server.requests}
    assert len(server.requests) == len(KEYS) - 1


def test_slow_conditions_leave_time_for_the_rest(bench: Bench) -> None:
    """One after the other, the two would take nine tenths of the deadline and more."""
    modes = dict.fromkeys(KEYS, slow(well))
    asked = bench.ask(modes, tuple(KEYS), DEADLINE)
    assert asked.response.data == bench.ask({}, (), DEADLINE).response.data
    assert asked.seconds < 2 * SLOW_SECONDS + LEEWAY_SECONDS
    assert asked.server.targets == sorted(TARGETS.values())


def test_what_was_sent_beside_slow_conditions_is_not_asked_for(bench: Bench) -> None:
    lacking = ("Condition", "Procedure")
    asked = bench.ask(dict.fromkeys(KEYS, slow(well)), lacking, DEADLINE)
    assert asked.response.data == bench.ask({}, (), DEADLINE).response.data
    assert asked.server.targets == sorted(TARGETS[name] for name in lacking)


def test_what_slow_conditions_leave_unneeded_is_not_waited_for(bench: Bench) -> None:
    modes = dict.fromkeys(KEYS, hang) | {"Condition": slow(saying(SILENT))}
    asked = bench.ask(modes, tuple(KEYS), DEADLINE)
    assert cards_in(asked.response) == []
    assert asked.seconds < SLOW_SECONDS + LEEWAY_SECONDS


def test_what_is_cut_off_unneeded_is_no_failure_of_the_server(bench: Bench) -> None:
    modes: dict[str, Any] = dict.fromkeys(KEYS, hang) | {"Condition": slow(saying(SILENT))}
    server, client = bench.server(modes), bench.service(DEADLINE)
    ask(client, server)
    assert len(server.requests) > FAILURES_TO_OPEN
    server.modes = {}
    assert len(cards_in(ask(client, server).response)) == 2


def test_another_patients_data_beside_slow_conditions_refuses_the_call(bench: Bench) -> None:
    server = bench.server({"Condition": slow(saying(SILENT))})
    request = hook_request(prefetch={}, fhirServer=server.base)
    foreign = {"reference": "Patient/zz-someone-else"}
    request["prefetch"] = {"procedures": bundle({"resourceType": "Procedure", "subject": foreign})}
    assert post(bench.service(DEADLINE), request).status_code == 412


def test_a_refused_call_leaves_no_query_behind(bench: Bench) -> None:
    foreign = bundle(condition(subject={"reference": "Patient/zz-someone-else"}))
    modes: dict[str, Any] = dict.fromkeys(KEYS, hang) | {"Condition": slow(saying(foreign))}
    answer = ask(bench.service(DEADLINE), bench.server(modes))
    assert answer.response.status_code == 412
    assert soon(lambda: not busy_threads(), 0.5)
