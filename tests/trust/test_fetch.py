"""Key sets over real sockets: what a slow, huge, redirecting or broken address costs and gives."""

import gzip
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cds_service.core.knowledge import Knowledge
from cds_service.errors import KeySetError
from cds_service.fhir.server.guarded_http import ANYWHERE, LOOPBACK
from cds_service.trust.fetch import MOST_BYTES, fetch_key_set
from tests.fhir_server.modes import hang, redirect, redirect_with_endless_body, reset
from tests.fhir_server.stub import Exchange, Listener, Mode, StubServer
from tests.trust.conftest import Cause
from tests.trust.signing import (
    ES_KID,
    ISS,
    clients_file,
    ec_jwk,
    ec_key,
    es384,
    good_claims,
    good_header,
    guarded_app,
    token,
)

pytestmark = pytest.mark.enable_socket

LOCAL = (*ANYWHERE, *LOOPBACK)
SET = json.dumps({"keys": [ec_jwk(ES_KID, ec_key("own"))]}).encode()
Serve = Callable[[Mode], StubServer]


def padded(size: int) -> bytes:
    """Return the key set with space around it, so many bytes long."""
    return SET + b" " * (size - len(SET))


def answering(body: bytes, status: str = "200 OK", *headers: str) -> Mode:
    """Return a mode that answers with these bytes."""
    return lambda call: call.reply(body, status, *headers)


def endless(call: Exchange) -> None:
    """Send a key set, and then space for ever."""
    call.flood(b"HTTP/1.1 200 OK\r\n\r\n" + SET, b" " * 65_536)


def dripping(call: Exchange) -> None:
    """Send a byte now and then."""
    call.drip(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n", b" ")


def dripping_headers(call: Exchange) -> None:
    """Send headers for ever."""
    call.drip(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n")


SLOW: tuple[tuple[Mode, str], ...] = (
    (hang, "no answer"),
    (dripping, "no answer"),
    (dripping_headers, "no answer|not JSON"),
)
BAD: dict[str, tuple[Mode, str]] = {
    "resets": (reset, "no answer"),
    "endless": (endless, "64 KiB"),
    "one byte too many": (answering(padded(MOST_BYTES + 1)), "64 KiB"),
    "redirects": (redirect, "HTTP 302"),
    "redirects without end": (redirect_with_endless_body, "HTTP 302"),
    "packed": (answering(gzip.compress(SET), "200 OK", "Content-Encoding: gzip"), "packed"),
    "404": (answering(SET, "404 Not Found"), "HTTP 404"),
    "500": (answering(b"", "500 No"), "HTTP 500"),
    "204": (answering(b"", "204 No Content"), "HTTP 204"),
    "HTML": (answering(b"<html></html>"), "not JSON"),
    "empty": (answering(b""), "not JSON"),
    "a list": (answering(b"[]"), "not JSON"),
    "no keys": (answering(b"{}"), "no list `keys`"),
    "keys that are none": (answering(b'{"keys": {}}'), "no list `keys`"),
    "keys twice": (answering(b'{"keys": [], "keys": []}'), "not JSON"),
    "deep": (answering(b'{"keys":' + b"[" * 20_000), "not JSON"),
    "UTF-16": (answering(SET.decode().encode("utf-16")), "not JSON"),
    "cut off": (answering(SET[:-5]), "not JSON"),
}


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serve keys in a mode; a canary beside it must never be called."""
    canary = Listener()
    servers: list[StubServer] = []

    def start(mode: Mode) -> StubServer:
        address = f"http://127.0.0.1:{canary.port}"
        servers.append(StubServer(modes={"jwks": mode}, canary=address))
        return servers[-1]

    yield start
    for server in (*servers, canary):
        server.close()
    assert canary.connections == 0


def test_a_set_as_large_as_allowed_is_read(serve: Serve) -> None:
    server = serve(answering(padded(MOST_BYTES)))
    assert set(fetch_key_set(f"{server.base}/jwks", LOCAL)) == {ES_KID}


@pytest.mark.parametrize("name", BAD)
def test_an_address_that_misbehaves_gives_no_key(name: str, serve: Serve) -> None:
    refused(*BAD[name], serve)


def refused(mode: Mode, words: str, serve: Serve) -> float:
    """Check that no key is read from an address, and return how many seconds that took."""
    server = serve(mode)
    started = time.monotonic()
    with pytest.raises(KeySetError, match=words):
        fetch_key_set(f"{server.base}/jwks", LOCAL)
    return time.monotonic() - started


def test_an_address_that_is_silent_or_slow_costs_two_seconds(serve: Serve) -> None:
    with ThreadPoolExecutor(len(SLOW)) as threads:
        seconds = max(threads.map(lambda slow: refused(*slow, serve), SLOW))
    assert seconds < 3.0


def test_in_production_no_key_is_read_from_this_machine(serve: Serve) -> None:
    server = serve(answering(SET))
    with pytest.raises(KeySetError, match="no answer"):
        fetch_key_set(f"{server.base}/jwks", ANYWHERE)
    assert server.connections == 0


@pytest.mark.parametrize("host", ["169.254.169.254", "[fe80::1]", "0.0.0.0", "224.0.0.1"])
def test_no_key_is_read_from_link_local_and_its_like(host: str) -> None:
    with pytest.raises(KeySetError, match="no answer"):
        fetch_key_set(f"http://{host}/jwks", LOCAL)


def call_of(jku: str, jti: str, **header: object) -> dict[str, str]:
    """Return the headers of a call whose token names an address of keys."""
    text = token({**good_header(), "jku": jku, **header}, good_claims(jti), es384)
    return {"Authorization": f"Bearer {text}"}


@pytest.fixture
def stranger() -> Iterator[Listener]:
    """An address that no client has registered, and that must never be called."""
    listener = Listener()
    yield listener
    listener.close()
    assert listener.connections == 0


def test_the_service_reads_the_registered_address_and_no_other(
    serve: Serve, stranger: Listener, knowledge: Knowledge, tmp_path: Path, logged_cause: Cause
) -> None:
    server = serve(answering(SET))
    jku = f"{server.base}/jwks"
    path = clients_file(tmp_path)
    path.write_text(f"clients:\n  - {{name: x, iss: '{ISS}', jku: '{jku}'}}\n")
    client = guarded_app(knowledge, path).test_client()
    evil = call_of(f"http://127.0.0.1:{stranger.port}/jwks", "1")
    assert client.get("/cds-services", headers=evil).status_code == 401
    assert logged_cause() == "jku"
    assert server.connections == 0
    assert client.get("/cds-services", headers=call_of(jku, "2")).status_code == 200
    for number in range(20):
        headers = call_of(jku, f"r{number}", kid=f"random-{number}")
        assert client.get("/cds-services", headers=headers).status_code == 401
    assert logged_cause() == "key-unknown"
    assert server.targets == ["/r4/jwks"]


def test_without_any_key_the_answer_is_an_empty_503(
    serve: Serve, knowledge: Knowledge, tmp_path: Path, logged_cause: Cause
) -> None:
    server = serve(answering(b"", "500 No"))
    path = clients_file(tmp_path)
    path.write_text(f"clients:\n  - {{name: x, iss: '{ISS}', jku: '{server.base}/jwks'}}\n")
    client = guarded_app(knowledge, path).test_client()
    answer = client.get("/cds-services", headers=call_of(f"{server.base}/jwks", "1"))
    assert (answer.status_code, answer.data) == (503, b"")
    assert answer.headers["Retry-After"] == "5"
    assert logged_cause() == "keys-unavailable"
