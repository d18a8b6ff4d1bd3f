"""A thousand clients that are slow on purpose leave the others answered."""

import resource
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.load.calls import (
    BODY,
    answered_in,
    call_at_once,
    for_calls,
    head_of,
    percentile,
    read,
    statuses,
)
from tests.load.running import Running, running
from tests.soak import long

pytestmark = pytest.mark.enable_socket
SLOW = 1_000
ATTEMPTS = 3


@pytest.fixture
def many_files() -> Iterator[None]:
    """Let this process, and the server that it starts, open enough files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 8_192)), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def half_a_head(port: int) -> socket.socket:
    """Begin a head, and never end it."""
    return sent(port, head_of(len(BODY))[:40])


def half_a_body(port: int) -> socket.socket:
    """Send a head and half of the body."""
    return sent(port, head_of(len(BODY)) + BODY[: len(BODY) // 2])


def no_reading(port: int) -> socket.socket:
    """Send calls without ever reading an answer."""
    return sent(port, (head_of(len(BODY)) + BODY) * 3)


def sent(port: int, data: bytes) -> socket.socket:
    """Return a connection with little room for answers, on which something was sent."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1_024)
    sock.settimeout(10)
    sock.connect(("127.0.0.1", port))
    sock.sendall(data)
    return sock


def wait_until_all_is_done_that_can_be(server: Running) -> None:
    """Wait until no further call is counted: the rest waits for its client."""
    counts = [-1.0]
    while (count := answered_in(read(server.port, "/metrics"))) != counts[-1]:
        counts.append(count)
        time.sleep(1.0)


@pytest.mark.usefixtures("many_files")
def test_a_thousand_slow_clients_leave_normal_calls_answered(tmp_path: Path) -> None:
    ways = (half_a_head, half_a_body, no_reading)
    with running(tmp_path, CDS_WORKERS="2") as server, ExitStack() as stack:
        for number in range(SLOW):
            stack.enter_context(ways[number % 3](server.port))
        wait_until_all_is_done_that_can_be(server)
        for _ in range(ATTEMPTS):
            calls = call_at_once(4, lambda: server.port, for_calls(long(1_000, 20_000)))
            if percentile(calls, 0.99) < 0.5:
                break
        assert set(statuses(calls)) == {200}
        assert percentile(calls, 0.99) < 0.5


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server with the settings of a deployment."""
    with running(tmp_path_factory.mktemp("plain")) as server:
        yield server


@pytest.mark.parametrize("bytes_sent", [70_000, 200_000])
def test_a_head_without_end_is_cut_off(bytes_sent: int, plain: Running) -> None:
    with sent(plain.port, b"POST / HTTP/1.1\r\nX-A: ") as sock:
        received = flood(sock, bytes_sent)
    assert received == b"" or b" 431 " in received[:20]
    assert set(statuses(call_at_once(1, lambda: plain.port, for_calls(3)))) == {200}


def flood(sock: socket.socket, count: int) -> bytes:
    """Send so many bytes of a header, and return what comes back."""
    try:
        sock.sendall(b"b" * count)
        return sock.recv(4_096)
    except ConnectionError:
        return b""
