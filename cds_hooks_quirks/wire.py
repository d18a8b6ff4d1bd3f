"""HTTP both ways for a quirk case: asks the service, plays a FHIR server.

Whatever the asked service does (hangs, resets, drips, sends without end), the asking ends in time.
"""

import gzip
import ipaddress
import queue
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import msgspec
import requests
from urllib3.exceptions import HTTPError

from cds_hooks_quirks.cases import FhirAnswer, filled

MOST_BYTES = 5 * 1024 * 1024
CHUNK_BYTES = 65_536
_NO_ANSWER = (requests.RequestException, HTTPError, HTTPException, OSError, ValueError)


@dataclass(frozen=True, slots=True)
class Call:
    """A request to a service."""

    method: str
    url: str
    body: bytes
    headers: Mapping[str, str]
    seconds: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, at most the first 5 MiB of it."""

    status: int
    body: bytes
    seconds: float


def ask(call: Call) -> Answer | str:
    """Return the answer, or in words why there is none; never take longer than the call may."""
    came: queue.SimpleQueue[Answer | str] = queue.SimpleQueue()
    threading.Thread(target=lambda: came.put(_send(call)), daemon=True).start()
    try:
        return came.get(timeout=call.seconds + 1)
    except queue.Empty:
        return f"nothing complete within {call.seconds:g} s"


def is_on_this_machine(url: str) -> bool:
    """Tell whether an address is this machine's own, so that it can call back."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@contextmanager
def fhir_server(
    answers: tuple[FhirAnswer, ...], now: Mapping[str, str]
) -> Iterator[tuple[str, list[str]]]:
    """Play a FHIR server on loopback; give its port and the list of what it is asked."""
    asked: list[str] = []
    server = _QuietServer(("127.0.0.1", 0), _handler(answers, asked, now))
    threading.Thread(target=lambda: server.serve_forever(0.01), daemon=True).start()
    try:
        yield str(server.server_port), asked
    finally:
        server.shutdown()
        server.server_close()


def _send(call: Call) -> Answer | str:
    started = time.monotonic()
    try:
        with requests.Session() as session:
            session.trust_env = not is_on_this_machine(call.url)
            with session.request(
                call.method,
                call.url,
                data=call.body or None,
                headers=call.headers,
                timeout=call.seconds,
                allow_redirects=False,
                stream=True,
            ) as response:
                body = _read(response, started + call.seconds)
                return Answer(response.status_code, body, time.monotonic() - started)
    except _NO_ANSWER as error:
        return f"no answer: {type(error).__name__}"


def _read(response: requests.Response, deadline: float) -> bytes:
    body = bytearray()
    for chunk in response.iter_content(CHUNK_BYTES):
        body += chunk
        if len(body) > MOST_BYTES or time.monotonic() > deadline:
            break
    return bytes(body[:MOST_BYTES])


class _QuietServer(ThreadingHTTPServer):
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that hangs up early is part of the play."""


def _handler(
    answers: tuple[FhirAnswer, ...], asked: list[str], now: Mapping[str, str]
) -> type[BaseHTTPRequestHandler]:
    unknown = FhirAnswer("", status=404, json={"resourceType": "OperationOutcome"})

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            authorization = self.headers.get("Authorization", "none")
            asked.append(f"GET {self.path} Authorization: {authorization}")
            here = {**now, "fhirPort": str(self.connection.getsockname()[1])}
            found = next((answer for answer in answers if answer.when in self.path), unknown)
            time.sleep(found.seconds)
            with suppress(OSError):
                self._answer(found, here)

        def _answer(self, found: FhirAnswer, here: Mapping[str, str]) -> None:
            content = msgspec.json.encode(filled(found.json, here))
            body = content if found.text is None else found.text.encode()
            self.send_response(found.status)
            kind = "application/fhir+json" if found.text is None else "text/html"
            headers = {"Content-Type": kind, **({"Content-Encoding": "gzip"} if found.gzip else {})}
            for name, value in {**headers, **found.headers}.items():
                self.send_header(name, str(filled(value, here)))
            self.end_headers()
            self.wfile.write(gzip.compress(body) if found.gzip else body)

        def log_message(self, format: str, *_: object) -> None:  # noqa: A002 (as http.server has it)
            """Log nothing."""

    return Handler
