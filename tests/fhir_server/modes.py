"""The ways in which a hostile or broken FHIR server answers."""

import gzip
import re
import socket
import struct
from collections.abc import Callable
from functools import partial

from tests.fhir.builders import Json, outcome
from tests.fhir_server.stub import Exchange, Mode

OK = b"HTTP/1.1 200 OK\r\n"
LATE = "did not come in time"
BROKEN = "no usable connection"
NOT_JSON = "something that is not FHIR JSON"


def hang(call: Exchange) -> None:
    """Accept, and never answer."""
    call.server.is_stopped.wait()


def reset(call: Exchange) -> None:
    """Tear the connection down."""
    call.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    call.sock.close()


def redirect(call: Exchange, location: str = "", body: bytes = b"") -> None:
    """Send the client to the canary."""
    place = location or f"{call.server.canary}{call.request.target}"
    call.reply(body, "302 Found", f"Location: {place}")


def redirect_with_endless_body(call: Exchange) -> None:
    """Send the client to the canary, and never end the words about it."""
    head = f"HTTP/1.1 302 Found\r\nLocation: {call.server.canary}/\r\n\r\n"
    call.flood(head.encode(), b"x" * 65_536)


def status(line: str, *headers: str) -> Mode:
    """Return a mode that answers with a status and an OperationOutcome."""
    return lambda call: call.reply(outcome(), line, *headers)


BOMB = gzip.compress(b" " * 20_000_000)


def bomb(call: Exchange) -> None:
    """Answer with little that unpacks to much, which nobody asked for."""
    call.reply(BOMB, "200 OK", "Content-Encoding: gzip")


def cut_short(call: Exchange) -> None:
    """Answer with half of the JSON, and say that this is all."""
    call.reply(str(call.good).encode()[:40])


def closed_early(call: Exchange) -> None:
    """Promise more than is sent."""
    call.sock.sendall(OK + b'Content-Length: 9999\r\n\r\n{"resourceType": "Bundle"')
    call.sock.close()


def paging(following: Callable[[Exchange, int], str]) -> Mode:
    """Return a mode whose pages name a further one; a Patient has no pages."""

    def answer(call: Exchange) -> None:
        found = re.search(r"page=(\d+)", call.request.target)
        link = {"relation": "next", "url": following(call, int(found[1]) if found else 1)}
        is_patient = call.request.resource_type == "Patient"
        more: Json = {} if is_patient else {"link": [link]}
        call.reply(call.good | more)

    return answer


def _page(call: Exchange, number: int) -> str:
    return f"{call.server.base}/{call.request.resource_type}?page={number}"


WHOLLY_BAD: dict[str, tuple[Mode, str]] = {
    "header drip": (lambda call: call.drip(OK + b"X-A: ", b"a"), LATE),
    "body drip": (lambda call: call.drip(OK + b"Content-Length: 9999\r\n\r\n{", b" "), LATE),
    "body drip without length": (lambda call: call.drip(OK + b"\r\n{", b" "), LATE),
    "hang": (hang, LATE),
    "reset": (reset, BROKEN),
    "endless body": (lambda call: call.flood(OK + b"\r\n[", b" " * 65_536), "more data than"),
    "endless headers": (lambda call: call.flood(OK, b"X-A: b\r\n"), BROKEN),
    "endless header line": (lambda call: call.flood(OK + b"X-A: ", b"b" * 65_536), BROKEN),
    "endless 100": (lambda call: call.drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), LATE),
    "redirect": (redirect, "HTTP status 302"),
    "redirect to nonsense": (partial(redirect, location="http://["), "HTTP status 302"),
    "redirect, endless body": (redirect_with_endless_body, "HTTP status 302"),
    "HTML": (lambda call: call.reply(b"<html><body>Please log in</body></html>"), NOT_JSON),
    "outcome": (lambda call: call.reply(outcome()), "another kind of resource"),
    "nothing": (lambda call: call.reply(b""), NOT_JSON),
    "no HTTP": (lambda call: call.sock.sendall(b"SSH-2.0-x\r\n\r\n"), BROKEN),
    "401": (status("401 Unauthorized", "WWW-Authenticate: Basic"), "HTTP status 401"),
    "403": (status("403 Forbidden"), "HTTP status 403"),
    "404": (status("404 Not Found"), "HTTP status 404"),
    "410": (status("410 Gone"), "HTTP status 410"),
    "429": (status("429 Too Many Requests", "Retry-After: 3600"), "HTTP status 429"),
    "500": (status("500 Internal Server Error"), "HTTP status 500"),
    "503": (status("503 Service Unavailable", "Retry-After: 3600"), "HTTP status 503"),
    "gzip bomb": (bomb, "encoding that was not asked for"),
    "truncated JSON": (cut_short, NOT_JSON),
    "closed early": (closed_early, BROKEN),
    "deep nesting": (lambda call: call.reply(b"[" * 100_000), NOT_JSON),
    "other type": (
        lambda call: call.reply({"resourceType": "Observation"}),
        "another kind of resource",
    ),
}
"""Mode, and the words that say why nothing came of it."""

GOOD_FIRST_PAGE: dict[str, Mode] = {
    "endless paging": paging(lambda call, number: _page(call, number + 1)),
    "paging loop": paging(lambda call, number: _page(call, 3 - number)),
    "foreign next link": paging(lambda call, _: f"{call.server.canary}/r4/Condition"),
    "next link without address": paging(lambda *_: ""),
    "next link of nonsense": paging(lambda *_: "http://[::1"),
}
"""Modes whose first page can be used; the list stays incomplete."""
