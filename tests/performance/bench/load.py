"""Sends requests over several kept connections at once, each in a row, and times every answer."""

import asyncio
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import repeat

CONNECTIONS = 16
LOOPBACK = "127.0.0.1"
HEAD_ENDS, LENGTH, GOOD = b"\r\n\r\n", b"content-length: ", b"HTTP/1.1 200 "


@dataclass(frozen=True)
class Target:
    """Where requests go: loopback, with TLS where a context is given, under a name."""

    port: int
    path: str
    host: str = "cds.example.org"
    tls: ssl.SSLContext | None = None

    def request(self, body: bytes, token: str | None = None) -> bytes:
        """Return a whole POST."""
        lines = [f"POST {self.path} HTTP/1.1", f"Host: {self.host}"]
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        lines += [f"Authorization: Bearer {token}"] if token else []
        return "\r\n".join((*lines, "\r\n")).encode() + body


@dataclass
class Sending:
    """One go: what is still to be sent, until when, and how long each answer took."""

    requests: Iterator[bytes]
    ends: float
    seconds: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def next(self) -> bytes | None:
        """Return the next request, or nothing where it is over."""
        is_over = self.failures or time.perf_counter() >= self.ends
        return None if is_over else next(self.requests, None)


class Line(asyncio.Protocol):
    """A connection: a request, its whole answer, the next request."""

    def __init__(self, sending: Sending) -> None:
        self._sending = sending
        self._received = bytearray()
        self._length: int | None = None
        self._started = 0.0
        self._is_over = False
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        """Take in what came; when the answer is whole, send the next request."""
        self._received += data
        if self._length is None:
            self._length = self._whole_length()
        if self._length is None or len(self._received) < self._length:
            return
        self._sending.seconds.append(time.perf_counter() - self._started)
        self._received.clear()
        self._length = None
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        """End what waits for this connection."""
        if not self._is_over:
            self._sending.failures.append(f"the server hung up: {exc}")
        self.done.set_result(None)

    def _send(self) -> None:
        request = self._sending.next()
        if request is None:
            self._is_over = True
            self._transport.close()
            return
        self._started = time.perf_counter()
        self._transport.write(request)

    def _whole_length(self) -> int | None:
        """Return how long head and body are together, once the head is there."""
        end = self._received.find(HEAD_ENDS)
        if end < 0:
            return None
        head = bytes(self._received[:end])
        if not head.startswith(GOOD):
            self._sending.failures.append(bytes(self._received[:600]).decode())
        return end + len(HEAD_ENDS) + int(head.lower().partition(LENGTH)[2].split(b"\r")[0])


def send(target: Target, requests: Iterator[bytes], most_seconds: float) -> list[float]:
    """Return the seconds that each answer took; raise where one is not 200."""
    sending = Sending(requests, time.perf_counter() + most_seconds)

    async def run() -> None:
        loop = asyncio.get_running_loop()
        name = target.host if target.tls else None
        connections = [
            await loop.create_connection(
                lambda: Line(sending), LOOPBACK, target.port, ssl=target.tls, server_hostname=name
            )
            for _ in range(CONNECTIONS)
        ]
        await asyncio.gather(*(line.done for _, line in connections))

    asyncio.run(run())
    if sending.failures:
        raise ValueError(sending.failures[0])
    return sending.seconds


def send_again(target: Target, body: bytes, seconds: float) -> list[float]:
    """Send one body again and again for so long."""
    return send(target, repeat(target.request(body)), seconds)
