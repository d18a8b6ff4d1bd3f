"""A FHIR server on loopback made of raw sockets, and a canary that nobody may ever call."""

import contextlib
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from tests.fhir.builders import Json, bundle, condition, patient, study

PATH = "/r4"
OLD_STUDY = study(started="2026-07-01")
CHART: Mapping[str, Json] = {
    "Patient": patient(),
    "Condition": bundle(condition(), total=1),
    "ImagingStudy": bundle(OLD_STUDY, total=1),
    "Procedure": bundle(total=0),
    "Observation": bundle(total=0),
    "DiagnosticReport": bundle(total=0),
    "ServiceRequest": bundle(total=0),
}


@dataclass(frozen=True)
class Request:
    """A request as it came over the wire."""

    target: str
    headers: Mapping[str, str]
    raw: bytes

    @property
    def resource_type(self) -> str:
        """The type that was asked for: the segment below the base."""
        return urlsplit(self.target).path.removeprefix(f"{PATH}/").partition("/")[0]


@dataclass
class Exchange:
    """One request, and all that a mode needs to answer it."""

    sock: socket.socket
    request: Request
    server: "StubServer"

    @property
    def good(self) -> Json:
        """What an honest server answers; of what is not in the chart there is none."""
        return CHART.get(self.request.resource_type, bundle(total=0))

    def reply(self, content: Any, status: str = "200 OK", *headers: str) -> None:
        """Send a whole answer; what is not bytes goes out as JSON."""
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
        self.sock.sendall("\r\n".join(lines).encode() + body)

    def drip(self, first: bytes, again: bytes, pause: float = 0.05) -> None:
        """Send a beginning, then a little for ever."""
        self.sock.sendall(first)
        while not self.server.is_stopped.wait(pause):
            self.sock.sendall(again)

    def flood(self, first: bytes, again: bytes) -> None:
        """Send a beginning, then as much as is taken."""
        self.sock.sendall(first)
        while not self.server.is_stopped.is_set():
            self.sock.sendall(again)


Mode = Callable[[Exchange], None]


def well(call: Exchange) -> None:
    """Answer as an honest server does."""
    call.reply(call.good)


class Listener:
    """A listening socket on loopback with one thread a connection; `close` ends them all."""

    def __init__(self) -> None:
        self.is_stopped = threading.Event()
        self.connections = 0
        self.open_sockets: list[socket.socket] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, name="stub")]
        self._threads[0].start()

    def close(self) -> None:
        """Stop listening, cut every connection off, and wait for the threads."""
        self.is_stopped.set()
        with contextlib.suppress(OSError):  # of a connection that came just now
            self._listening.shutdown(socket.SHUT_RDWR)  # wakes `accept`
        self._threads[0].join()
        for sock in self.open_sockets:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads[1:]:
            thread.join()

    def _accept(self) -> None:
        while not self.is_stopped.is_set():
            with contextlib.suppress(OSError):
                sock, _ = self._listening.accept()
                self.connections += 1
                self.open_sockets.append(sock)
                thread = threading.Thread(target=self._guarded, args=(sock,), name="stub")
                self._threads.append(thread)
                thread.start()
        self._listening.close()

    def _guarded(self, sock: socket.socket) -> None:
        with contextlib.suppress(OSError), sock:
            self.serve(sock)

    def serve(self, sock: socket.socket) -> None:
        """Read whatever comes and say nothing."""
        while sock.recv(65_536):
            pass


@dataclass(eq=False)
class StubServer(Listener):
    """A FHIR server whose answers to each resource type are set by a mode."""

    modes: Mapping[str, Mode] = field(default_factory=dict)
    canary: str = ""
    delay_seconds: float = 0.0
    tls: ssl.SSLContext | None = None
    requests: list[Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        Listener.__init__(self)

    @property
    def base(self) -> str:
        """The base URL of the FHIR server."""
        return f"http{'s' if self.tls else ''}://127.0.0.1:{self.port}{PATH}"

    @property
    def targets(self) -> list[str]:
        """What was asked for, in alphabetical order."""
        return sorted(request.target for request in self.requests)

    def serve(self, sock: socket.socket) -> None:
        """Answer the requests of a connection, one after the other."""
        if self.tls:
            with self.tls.wrap_socket(sock, server_side=True) as wrapped:
                self.open_sockets.append(wrapped)
                self._answer_all(wrapped)
        else:
            self._answer_all(sock)

    def _answer_all(self, sock: socket.socket) -> None:
        while raw := _read_head(sock):
            request = _parsed(raw)
            self.requests.append(request)
            time.sleep(self.delay_seconds)
            self.modes.get(request.resource_type, well)(Exchange(sock, request, self))


def _read_head(sock: socket.socket) -> bytes:
    raw = b""
    while b"\r\n\r\n" not in raw:
        more = sock.recv(65_536)
        if not more:
            return b""
        raw += more
    return raw


def _parsed(raw: bytes) -> Request:
    first, *lines = raw.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)}
    return Request(first.split(" ")[1], headers, raw)
