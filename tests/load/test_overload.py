"""More calls than the service can answer: those it takes are quick, the rest are told at once.

What bounds the service here is a FHIR server that takes its time, as it mostly is in a hospital.
"""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fhir_server.bench import request_lacking
from tests.fhir_server.stub import Exchange, StubServer
from tests.load.calls import call_at_once, call_at_rate, for_seconds, percentile, read, statuses
from tests.load.running import Running, running
from tests.soak import long

pytestmark = pytest.mark.enable_socket
ATTEMPTS = 3
PLACES = 8
CAPACITY_SECONDS = long(1, 3)
PATIENT_VIEW = "/cds-services/onfh-patient-view"


def slowly(call: Exchange) -> None:
    """Answer well, after a while."""
    time.sleep(0.1)
    call.reply(call.good)


@pytest.fixture
def body() -> Iterator[bytes]:
    """A call whose Conditions have to be fetched."""
    server = StubServer({"Condition": slowly}, "http://127.0.0.1:9")
    yield json.dumps(request_lacking(server.base, ("Condition",))).encode()
    server.close()


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server with few places."""
    folder = tmp_path_factory.mktemp("narrow")
    with running(folder, CDS_MAX_IN_FLIGHT=str(PLACES)) as server:
        yield server


@pytest.mark.parametrize("times", [3, 6])
def test_under_overload_the_taken_are_quick_and_the_rest_are_told(
    times: int, body: bytes, narrow: Running
) -> None:
    seconds = long(3, 60)
    capacity = measured_capacity(narrow, body)
    for _ in range(ATTEMPTS):
        calls = call_at_rate(narrow.port, times * capacity, seconds, body, PATIENT_VIEW)
        taken = [call for call in calls if call.status == 200]
        slowest = max(percentile(calls, 0.99), percentile(taken, 0.99))
        if slowest < 1.0:
            break
    assert set(statuses(calls)) == {200, 503}
    assert len(taken) > 0.5 * capacity * seconds
    assert slowest < 1.0
    after = call_at_once(2, lambda: narrow.port, for_seconds(1.0))
    assert set(statuses(after)) == {200}
    assert 'cds_shed_total{reason="places"} 0' not in read(narrow.port, "/metrics")


def test_a_client_over_its_rate_is_told_at_once_and_no_other_suffers(tmp_path: Path) -> None:
    with running(tmp_path, CDS_CLIENT_RATE="20") as server:
        calls = call_at_rate(server.port, 100, 3)
        assert set(statuses(calls)) == {200, 429}
        assert percentile(calls, 0.99) < 1.0
        assert statuses(calls)[200] <= 20 * (1 + 3 + 1)


def measured_capacity(server: Running, body: bytes) -> float:
    """Return the calls a second that the service answers while all of its places are in use."""
    until = for_seconds(CAPACITY_SECONDS)
    calls = call_at_once(PLACES, lambda: server.port, until, body, PATIENT_VIEW)
    assert set(statuses(calls)) == {200}
    return len(calls) / CAPACITY_SECONDS
