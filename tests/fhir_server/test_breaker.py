"""The circuit breaker: a dead FHIR server costs milliseconds, and is found again when it lives."""

import time
from collections.abc import Mapping

import pytest

from cds_service.fhir.server.access import Access, FhirServer
from cds_service.fhir.server.breaker import FAILURES_TO_OPEN, SECONDS_OPEN, Breaker
from cds_service.fhir.server.fetch import NOT_ANSWERING, TOO_BUSY, Fetcher, KnownServer
from cds_service.fhir.server.guarded_http import LOOPBACK
from cds_service.fhir.server.paging import Ask, Fetched
from cds_service.fhir.server.urls import parse_base
from tests.fhir_server.bench import KEYS, Bench, ask, busy_threads, soon
from tests.fhir_server.modes import WHOLLY_BAD, hang
from tests.fhir_server.stub import StubServer, well
from tests.web.contract import cards_in, words_in

MOST_SECONDS = 0.05


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        """Return the moment."""
        return self.now


def opened(clock: Clock) -> Breaker:
    """Return a breaker that has just opened."""
    breaker = Breaker(clock)
    for _ in range(FAILURES_TO_OPEN):
        breaker.failed()
    return breaker


def test_four_failures_do_not_open_it() -> None:
    breaker = Breaker(Clock())
    for _ in range(4):
        breaker.failed()
    assert [breaker.lets_through() for _ in range(9)] == [True] * 9


def test_the_fifth_failure_in_a_row_opens_it() -> None:
    assert not opened(Clock()).lets_through()


def test_a_success_between_starts_the_count_anew() -> None:
    breaker = Breaker(Clock())
    for fails in [True] * 4 + [False] + [True] * 4:
        (breaker.failed if fails else breaker.succeeded)()
    assert breaker.lets_through()


@pytest.mark.parametrize(("seconds", "is_let"), [(0, False), (14.9, False), (15.0, True)])
def test_it_is_half_open_after_fifteen_seconds(seconds: float, is_let: bool) -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now += seconds
    assert breaker.lets_through() == is_let


def test_half_open_it_lets_one_call_through() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now += SECONDS_OPEN
    assert [breaker.lets_through() for _ in range(5)] == [True, False, False, False, False]


def test_a_failed_attempt_opens_it_for_fifteen_seconds_more() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now += SECONDS_OPEN
    assert breaker.lets_through()
    clock.now += 5
    breaker.failed()
    clock.now += SECONDS_OPEN - 0.1
    assert not breaker.lets_through()


def test_an_attempt_that_worked_closes_it() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now += SECONDS_OPEN
    assert breaker.lets_through()
    breaker.succeeded()
    assert [breaker.lets_through() for _ in range(9)] == [True] * 9


@pytest.mark.enable_socket
def test_a_dead_server_costs_milliseconds_after_a_few_hooks(bench: Bench) -> None:
    server, client = bench.server(dict.fromkeys(KEYS, hang)), bench.service(0.2)
    for _ in range(FAILURES_TO_OPEN):
        ask(client, server)
    assert soon(lambda: not busy_threads())
    before = len(server.requests)
    asked = [ask(client, server) for _ in range(5)]
    assert min(answer.seconds for answer in asked) < MOST_SECONDS
    assert all(NOT_ANSWERING in words_in(answer.response) for answer in asked)
    assert len(server.requests) == before


@pytest.mark.enable_socket
@pytest.mark.parametrize("mode", ["401", "404", "HTML", "429"])
def test_a_server_that_answers_is_not_dead(mode: str, bench: Bench) -> None:
    server, client = bench.server(dict.fromkeys(KEYS, WHOLLY_BAD[mode][0])), bench.service()
    answers = [ask(client, server).response for _ in range(4)]
    assert [answer for answer in answers if NOT_ANSWERING in words_in(answer)] == []
    assert [r.resource_type for r in server.requests].count("Condition") == 4


@pytest.mark.enable_socket
def test_a_dead_server_costs_another_server_nothing(bench: Bench) -> None:
    dead, good = bench.server(dict.fromkeys(KEYS, WHOLLY_BAD["reset"][0])), bench.server()
    client = bench.service()
    for _ in range(3):
        ask(client, dead)
    assert len(cards_in(ask(client, good).response)) == 2


def fetched(fetcher: Fetcher, server: StubServer, *names: str) -> Mapping[str, Fetched]:
    """Fetch some types from a server."""
    base = parse_base(server.base)
    assert base is not None
    access = Access(FhirServer(base, LOOPBACK, {}), None, time.monotonic() + 2.0)
    asks = {name: Ask(f"{server.base}/{name}?patient=1") for name in names}
    return fetcher.collect(fetcher.begin(asks, access), access)


@pytest.mark.enable_socket
def test_a_server_that_lives_again_is_asked_again(bench: Bench) -> None:
    clock, fetcher = Clock(), Fetcher()
    server = bench.server({"Condition": WHOLLY_BAD["reset"][0]}, delay_seconds=0.1)
    fetcher._servers[server.base] = KnownServer(opened(clock), {})
    assert fetched(fetcher, server, "Condition")["Condition"].gap == NOT_ANSWERING
    server.modes = {"Condition": well}
    clock.now += SECONDS_OPEN
    attempt = fetched(fetcher, server, "Condition", "Procedure")
    assert [answer.gap for answer in attempt.values()] == [None, NOT_ANSWERING]
    again = fetched(fetcher, server, "Condition", "Procedure")
    assert [answer.gap for answer in again.values()] == [None, None]


@pytest.mark.enable_socket
def test_thirty_two_queries_are_under_way_at_once_and_no_more(bench: Bench) -> None:
    server = bench.server({"Condition": hang})
    base = parse_base(server.base)
    assert base
    access = Access(FhirServer(base, LOOPBACK, {}), None, time.monotonic() + 0.5)
    asks = {f"List{i}": Ask(f"{server.base}/Condition") for i in range(33)}
    fetcher = Fetcher()
    gaps = [one.gap for one in fetcher.collect(fetcher.begin(asks, access), access).values()]
    assert (gaps[:32].count(TOO_BUSY), gaps[32]) == (0, TOO_BUSY)
