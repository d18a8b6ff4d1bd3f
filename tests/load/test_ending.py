"""Servers that end, workers that die: nothing is lost but what was in the hands of the dead."""

import json
import os
import random
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.fhir_server.bench import request_lacking
from tests.fhir_server.modes import hang
from tests.fhir_server.stub import StubServer
from tests.load.calls import (
    FAILED,
    Call,
    answered_in,
    call_at_once,
    for_seconds,
    get,
    read,
    statuses,
)
from tests.load.running import Running, running, soon
from tests.soak import long

pytestmark = pytest.mark.enable_socket
CONNECTIONS = 4


def test_a_call_under_way_is_answered_though_the_server_is_ending(tmp_path: Path) -> None:
    stub = StubServer({"Condition": hang}, "http://127.0.0.1:9")
    body = json.dumps(request_lacking(stub.base, ("Condition",))).encode()
    with running(tmp_path, CDS_DRAIN_SECONDS="0.3") as server, ThreadPoolExecutor(1) as thread:
        call = thread.submit(one_call, server.port, body)
        time.sleep(0.3)
        server.terminate()
        started = time.monotonic()
        assert soon(lambda: get(server.port, "/readyz") == 503, 0.25)
        assert call.result().status == 412
        assert server.wait() == 0
        assert time.monotonic() - started < 10.0
    stub.close()


def test_a_client_that_never_ends_its_call_does_not_hold_the_server_up(tmp_path: Path) -> None:
    with running(tmp_path) as server, ThreadPoolExecutor(1) as thread:
        endless = thread.submit(one_call, server.port, b"", 10)
        time.sleep(0.3)
        server.terminate()
        assert server.wait(20) == 0
        assert endless.result().status == FAILED


def one_call(port: int, body: bytes, promised: int | None = None) -> Call:
    """Make one call; it may promise more of a body than it sends."""
    once = iter((False, True))
    path = "/cds-services/onfh-patient-view"
    return call_at_once(1, lambda: port, lambda: next(once), body, path, promised)[0]


class Balancer:
    """Gives the port of a server that said it is ready; asks each one over and over."""

    def __init__(self, servers: list[Running]) -> None:
        self._ready = [server.port for server in servers]
        self._servers = servers
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def port(self) -> int:
        """Return a ready server's port."""
        return random.choice(self._ready or [self._servers[0].port])

    def close(self) -> None:
        """Stop asking."""
        self._is_over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._is_over.wait(0.05):
            self._ready = [server.port for server in self._servers if server.is_ready()]


def test_rolling_restarts_under_load_lose_no_call(tmp_path: Path) -> None:
    with ExitStack() as stack:
        settings = {"CDS_DRAIN_SECONDS": "1.5"}
        servers = [stack.enter_context(running(tmp_path / n, **settings)) for n in "ab"]
        balancer = Balancer(servers)
        stack.callback(balancer.close)
        calls = calls_during(balancer.port, lambda: restart_in_turn(servers))
    assert set(statuses(calls)) == {200}


def restart_in_turn(servers: list[Running]) -> None:
    """Restart one server after the other, many times."""
    for number in range(long(2, 50)):
        servers[number % len(servers)].restart()
        time.sleep(0.2)


def calls_during(port: Callable[[], int], what: Callable[[], None]) -> list[Call]:
    """Return the calls that were made while something happened."""
    with ThreadPoolExecutor(1) as thread:
        future = thread.submit(what)
        calls = call_at_once(CONNECTIONS, port, lambda: paced(future.done))
        future.result()
    return calls


def paced(is_over: Callable[[], bool]) -> bool:
    """Leave the machine some time for what happens meanwhile."""
    time.sleep(0.01)
    return is_over()


def test_a_worker_that_dies_loses_only_its_own_calls(tmp_path: Path) -> None:
    killed: list[float] = []
    with running(tmp_path, CDS_WORKERS="2") as server:
        calls = calls_during(lambda: server.port, lambda: kill_workers(server, killed))
        assert soon(lambda: len(server.workers()) == 2, 20.0)
        assert set(statuses(call_at_once(2, lambda: server.port, for_seconds(0.5)))) == {200}
        counted = read(server.port, "/metrics")
    lost = [call for call in calls if call.status != 200]
    assert {call.status for call in lost} <= {FAILED}
    assert [call for call in lost if not any(within(call, moment) for moment in killed)] == []
    assert len(lost) <= CONNECTIONS * len(killed)
    assert answered_in(counted) >= len(calls) - len(lost)


def within(call: Call, moment: float) -> bool:
    """Tell whether a call was under way at a moment."""
    return call.started - 0.05 <= moment <= call.ended + 0.05


def kill_workers(server: Running, killed: list[float]) -> None:
    """Kill a worker, any, every two seconds."""
    for _ in range(long(2, 100)):
        time.sleep(2.0)
        worker = random.choice(server.workers())
        killed.append(time.monotonic())  # on a busy machine this one may run on much later
        os.kill(worker, signal.SIGKILL)
        killed.append(time.monotonic())
