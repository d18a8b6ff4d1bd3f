"""Calls over plain sockets, many at once, each with what came of it."""

import asyncio
import http.client
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.fhir_server.bench import TOKEN
from tests.web.test_mutations import CANARIES
from tests.web.test_privacy import ID_CANARY, MARKED

SERVICE = "/cds-services/onfh-order-select"
FAILED = 0
MOST_SECONDS = 30.0
BODY = json.dumps(MARKED | {"fhirAuthorization": {"access_token": TOKEN}}).encode()
SECRETS = (*CANARIES, ID_CANARY, TOKEN)


@dataclass(frozen=True)
class Call:
    """A call: its status, or FAILED where no answer came, and its moments."""

    status: int
    started: float
    ended: float
    body: bytes = b""

    @property
    def seconds(self) -> float:
        """How long the answer took."""
        return self.ended - self.started


def head_of(length: int, path: str = SERVICE) -> bytes:
    """Return the head of a POST."""
    lines = (f"POST {path} HTTP/1.1", "Host: cds.example.org", "Content-Type: application/json")
    return "\r\n".join((*lines, f"Content-Length: {length}", "\r\n")).encode()


def get(port: int, path: str) -> int:
    """Return the status of a GET, or FAILED."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return FAILED
    finally:
        connection.close()


def read(port: int, path: str) -> str:
    """Return the text of a GET."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", path)
    text = connection.getresponse().read().decode()
    connection.close()
    return text


class Line:
    """One connection that is kept for as long as the server keeps it."""

    def __init__(self) -> None:
        self._port = 0
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def call(self, port: int, request: bytes) -> Call:
        """Send a request; a call without an answer is not tried again."""
        started = time.monotonic()
        try:
            async with asyncio.timeout(MOST_SECONDS):
                status, answer = await self._exchange(port, request)
        except (OSError, asyncio.IncompleteReadError, TimeoutError):
            self.close()
            status, answer = FAILED, b""
        return Call(status, started, time.monotonic(), answer)

    async def _exchange(self, port: int, request: bytes) -> tuple[int, bytes]:
        if self._streams is None or port != self._port:
            self.close()
            self._port = port
            self._streams = await asyncio.open_connection("127.0.0.1", port)
        reader, writer = self._streams
        writer.write(request)
        await writer.drain()
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.split("content-length: ")[1].split("\r\n")[0])
        body = await reader.readexactly(length)
        if "connection: close" in head:
            self.close()
        return int(head.split()[1]), body

    def close(self) -> None:
        """Give the connection up."""
        if self._streams:
            self._streams[1].close()
        self._streams = None


async def in_a_row(
    port: Callable[[], int], until: Callable[[], bool], request: bytes
) -> list[Call]:
    """Call over one connection, one call after the other."""
    line, calls = Line(), []
    while not until():
        calls.append(await line.call(port(), request))
    line.close()
    return calls


def call_at_once(
    connections: int,
    port: Callable[[], int],
    until: Callable[[], bool],
    body: bytes = BODY,
    path: str = SERVICE,
    promised: int | None = None,
) -> list[Call]:
    """Call over several connections at once, each in a row."""
    request = head_of(promised or len(body), path) + body

    async def run() -> list[Call]:
        rows = await asyncio.gather(*(in_a_row(port, until, request) for _ in range(connections)))
        return discreet([call for row in rows for call in row])

    return asyncio.run(run())


def call_at_rate(
    port: int, rate: float, seconds: float, body: bytes = BODY, path: str = SERVICE
) -> list[Call]:
    """Begin calls at a steady rate, whether or not the earlier ones have been answered."""
    request = head_of(len(body), path) + body

    async def run() -> list[Call]:
        free: list[Line] = []
        started = time.monotonic()
        tasks: list[asyncio.Task[Call]] = []
        while (now := time.monotonic() - started) < seconds:
            tasks += [asyncio.create_task(one(free)) for _ in range(int(now * rate) - len(tasks))]
            await asyncio.sleep(0.002)
        calls = await asyncio.gather(*tasks)
        for line in free:
            line.close()
        return discreet(calls)

    async def one(free: list[Line]) -> Call:
        line = free.pop() if free else Line()
        call = await line.call(port, request)
        free.append(line)
        return call

    return asyncio.run(run())


def discreet(calls: list[Call]) -> list[Call]:
    """Return calls whose errors say nothing of a patient."""
    assert secrets_in("".join(c.body.decode() for c in calls if c.status != 200)) == []
    return calls


def secrets_in(text: str) -> list[str]:
    """Return the canaries in a text: name, ids, free text, words of a code, address, token."""
    return [secret for secret in SECRETS if secret in text]


def for_seconds(seconds: float) -> Callable[[], bool]:
    """Return what tells that so much time has passed."""
    ends = time.monotonic() + seconds
    return lambda: time.monotonic() >= ends


def for_calls(count: int) -> Callable[[], bool]:
    """Return what tells that so many calls have begun."""
    left = iter(range(count))
    return lambda: next(left, None) is None


def percentile(calls: Sequence[Call], share: float) -> float:
    """Return the seconds within which this share of the calls was answered."""
    times = sorted(call.seconds for call in calls)
    return times[min(len(times) - 1, int(len(times) * share))]


def statuses(calls: Sequence[Call]) -> dict[int, int]:
    """Return how many calls had which status."""
    found = [call.status for call in calls]
    return {status: found.count(status) for status in sorted(set(found))}


def answered_in(metrics: str) -> float:
    """Return how many calls of the service the workers counted, the dead ones too."""
    name = 'cds_requests_total{service="onfh-order-select",status="200"} '
    return float(metrics.split(name)[1].split("\n", maxsplit=1)[0])
