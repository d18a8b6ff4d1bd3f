"""What is taken on at once: a full service says so quickly, and one client cannot take it all."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from cds_service.app import make_app
from cds_service.core.knowledge import Knowledge
from cds_service.errors import Overloaded, TooManyRequests
from cds_service.settings import Settings
from cds_service.web.running.overload import MOST_CLIENTS, Limits
from tests.conftest import NOW
from tests.fhir.builders import hook_request
from tests.load.running import soon
from tests.web.contract import PATIENT_VIEW, outcome_in, post


def limits(places: int = 1, rate: int | None = None, times: list[float] | None = None) -> Limits:
    """Return limits whose clock reads the last of the times."""
    moments = times if times is not None else [0.0]
    return Limits(places, rate, lambda: moments[-1])


def client_with(knowledge: Knowledge, **settings: Any) -> Any:
    """Return a client of a service with these settings."""
    return make_app(Settings(**settings), knowledge, clock=lambda: NOW).test_client()


def refused(call: Callable[[], Any]) -> bool:
    """Tell whether a client's turn is refused."""
    try:
        call()
    except TooManyRequests:
        return True
    return False


def test_a_place_is_free_again_after_an_error() -> None:
    one = limits()
    with pytest.raises(ZeroDivisionError), one.place():
        raise ZeroDivisionError
    with one.place():
        pass


def test_a_call_without_a_place_is_refused() -> None:
    one = limits()
    with one.place(), pytest.raises(Overloaded), one.place():
        pass


def test_a_call_gets_a_place_that_becomes_free_soon() -> None:
    one, entered, done = limits(), threading.Event(), threading.Event()

    def hold() -> None:
        with one.place():
            entered.set()
            done.wait(0.02)

    holder = threading.Thread(target=hold)
    holder.start()
    entered.wait()
    with one.place():
        pass
    holder.join()


def test_no_more_calls_wait_than_there_are_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cds_service.web.running.overload.MOST_WAITING_SECONDS", 60.0)
    one, got = limits(), threading.Event()

    def wait() -> None:
        with one.place():
            got.set()

    waiter = threading.Thread(target=wait)
    with one.place():
        assert not one.are_full
        waiter.start()
        assert soon(lambda: one.are_full, 10.0)
        with pytest.raises(Overloaded), one.place():
            pass
    assert got.wait(10)
    waiter.join()
    assert not one.are_full


def test_a_client_gets_its_rate_and_no_more_until_time_has_passed() -> None:
    times = [0.0]
    one = limits(rate=3, times=times)
    assert [refused(lambda: one.take_turn("a")) for _ in range(5)] == [False] * 3 + [True] * 2
    times.append(0.34)
    assert [refused(lambda: one.take_turn("a")) for _ in range(2)] == [False, True]
    times.append(100.0)
    assert [refused(lambda: one.take_turn("a")) for _ in range(4)] == [False] * 3 + [True]


def test_one_client_takes_nothing_from_another() -> None:
    one = limits(rate=1)
    assert [refused(lambda c=name: one.take_turn(c)) for name in "aab"] == [False, True, False]


def test_clients_without_end_are_not_remembered() -> None:
    one = limits(rate=1)
    for number in range(MOST_CLIENTS + 5):
        one.take_turn(str(number))
    assert len(one._allowances) == MOST_CLIENTS


def test_a_client_over_its_rate_is_told_when_to_come_again(knowledge: Knowledge) -> None:
    client = client_with(knowledge, client_rate=1)
    post(client, hook_request())
    response = post(client, hook_request())
    assert (response.status_code, response.headers["Retry-After"]) == (429, "1")
    assert [issue["code"] for issue in outcome_in(response)] == ["throttled"]


def test_probes_and_discovery_are_answered_to_a_client_over_its_rate(knowledge: Knowledge) -> None:
    client = client_with(knowledge, client_rate=1)
    assert [post(client, hook_request()).status_code for _ in range(2)] == [200, 429]
    paths = ("/livez", "/readyz", "/metrics", "/cds-services")
    assert {client.get(path).status_code for path in paths} == {200}


def test_a_full_service_answers_503_with_an_outcome(
    knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered, done = threading.Event(), threading.Event()
    app = make_app(Settings(max_in_flight=1), knowledge, clock=lambda: NOW)

    def slowly(*_: Any) -> None:
        entered.set()
        done.wait(10)
        raise ZeroDivisionError

    monkeypatch.setattr("cds_service.web.hooks.routes.answer_hook", slowly)
    first = threading.Thread(target=post, args=(app.test_client(), hook_request()))
    first.start()
    entered.wait()
    response = post(app.test_client(), hook_request(), PATIENT_VIEW)
    metrics = app.test_client().get("/metrics").text
    done.set()
    first.join()
    assert (response.status_code, response.headers["Retry-After"]) == (503, "1")
    assert [issue["code"] for issue in outcome_in(response)] == ["transient"]
    assert 'cds_shed_total{reason="places"} 1' in metrics


@pytest.mark.parametrize(
    "body",
    [
        b'{"hook": "patient-view", "x": ' + b"9" * 1_000_000 + b"}",
        b'{"prefetch": {"a": -' + b"1" * 5_000 + b".0}}",
        b'{"prefetch": {"a": ' + b"1" * 5_000 + b"e5}}",
        b'{"prefetch": {"a": {"resourceType": "Bundle", "total": ' + b"9" * 4_299 + b"}}}",
        b'{"context": {"draftOrders": ' + b"9" * 500_000 + b"}}",
    ],
    ids=["ignored", "decimal", "exponent", "total", "orders"],
)
def test_a_number_without_end_is_refused(body: bytes, knowledge: Knowledge) -> None:
    response = post(client_with(knowledge), body)
    assert response.status_code == 400
    outcome_in(response)
