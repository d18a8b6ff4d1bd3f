"""The shipped nginx configuration, really started before the real service, against hostile HTTP."""

import gzip
import json
import re
import ssl
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml
from fhir.resources.R4B.operationoutcome import OperationOutcome

from cds_service.settings import DEFAULT_MAX_BODY_BYTES
from cds_service.web.headers import ALWAYS, ONLY_HTTPS
from tests.commands import free_port
from tests.conftest import ROOT
from tests.deploy.front import (
    NAME,
    PROGRAM,
    SHIPPED,
    Front,
    before,
    fronted,
    lacks_nginx,
    read_to_end,
)
from tests.fhir.builders import hook_request
from tests.web.contract import PATIENT_VIEW

if lacks_nginx():
    pytest.skip(
        f"Needs {PROGRAM} on the PATH (Debian package nginx): these tests start it before the "
        "service with the configuration of deploy/nginx.",
        allow_module_level=True,
    )

pytestmark = pytest.mark.enable_socket

CORPUS = yaml.safe_load((ROOT / "tests/deploy/smuggling.yaml").read_text(encoding="utf-8"))
HIDDEN = f"DELETE /cds-services HTTP/1.1\r\nHost: {NAME}\r\nX-Rest: "
LAST = f"GET /livez HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\n\r\n".encode()
BODY = json.dumps(hook_request()).encode()


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """One nginx and one service for most tests of this file."""
    with fronted(tmp_path_factory.mktemp("front")) as started:
        yield started


def post(body: bytes = BODY, *headers: str, path: str = PATIENT_VIEW) -> bytes:
    """Write a POST that ends its connection."""
    lines = (f"POST {path} HTTP/1.1", f"Host: {NAME}", f"Content-Length: {len(body)}", *headers)
    return "\r\n".join((*lines, "Connection: close", "", "")).encode() + body


def read_answer(received: bytes) -> tuple[int, dict[str, str], Any]:
    """Take the first answer apart: status, headers in lower case, body as JSON if it is."""
    head, _, body = received.partition(b"\r\n\r\n")
    line, *headers = head.decode("latin-1").split("\r\n")
    fields = dict(header.lower().split(": ", 1) for header in headers)
    body = body[: int(fields.get("content-length", len(body)))]
    is_json = "json" in fields.get("content-type", "")
    return int(line.split()[1]), fields, json.loads(body) if is_json else body


def logged(front: Front) -> list[dict[str, Any]]:
    """Return the log lines of the requests that arrived at the service."""
    lines = front.service_log.read_text(encoding="utf-8").splitlines()
    read = [json.loads(line) for line in lines if line.startswith("{")]
    return [line for line in read if line["message"] == "request"]


def test_a_hook_is_answered_over_tls_with_the_headers_of_the_service(front: Front) -> None:
    status, headers, answer = read_answer(front.exchange(post()))
    assert (status, len(answer["cards"])) == (200, 2)
    for name, value in (*ALWAYS, ONLY_HTTPS):
        assert headers[name.lower()] == value.lower()
    assert headers["cache-control"] == "no-store"
    assert headers["server"] == "nginx"


def test_the_limit_of_nginx_is_that_of_the_service() -> None:
    text = (SHIPPED / "nginx.conf").read_text(encoding="utf-8")
    sizes = re.findall(r"client_(?:max_body|body_buffer)_size (\d+);", text)
    assert [int(size) for size in sizes] == [DEFAULT_MAX_BODY_BYTES] * 2


def padded(length: int) -> bytes:
    """Return a hook request as long as that, blank at the end."""
    return BODY.ljust(length)


def test_a_body_at_the_limit_passes_and_one_byte_more_is_413(front: Front) -> None:
    assert read_answer(front.exchange(post(padded(DEFAULT_MAX_BODY_BYTES))))[0] == 200
    head = post(padded(DEFAULT_MAX_BODY_BYTES + 1)).partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    status, headers, outcome = read_answer(front.exchange(head))
    assert status == 413
    assert_is_our_outcome(headers, outcome)


def test_a_body_in_chunks_above_the_limit_is_413_too(front: Front) -> None:
    head = f"POST {PATIENT_VIEW} HTTP/1.1\r\nHost: {NAME}\r\nTransfer-Encoding: chunked\r\n\r\n"
    with front.connect() as connection:
        connection.sendall(head.encode() + f"{DEFAULT_MAX_BODY_BYTES + 1:x}\r\n ".encode())
        status, headers, outcome = read_answer(read_to_end(connection))
    assert status == 413
    assert_is_our_outcome(headers, outcome)


def assert_is_our_outcome(headers: dict[str, str], outcome: Any) -> None:
    """Check that nginx has answered as the service does: form, words and headers."""
    assert headers["content-type"] == "application/fhir+json"
    OperationOutcome.model_validate(outcome)
    for name, value in (*ALWAYS, ONLY_HTTPS, ("Cache-Control", "no-store")):
        assert headers[name.lower()] == value.lower()


REFUSED = {
    "a header of 40 KiB": (post(BODY, f"X-Long: {'x' * 40_960}"), 400),
    "an address of 20 KiB": (post(path=f"/{'x' * 20_480}"), 400),
    "no HTTP": (b"hello\r\n\r\n", 400),
    "a method that no address takes": (post().replace(b"POST", b"TRACK"), 405),
}


@pytest.mark.parametrize("words", REFUSED)
def test_what_nginx_refuses_is_an_operation_outcome(words: str, front: Front) -> None:
    sent, expected = REFUSED[words]
    status, headers, outcome = read_answer(front.exchange(sent))
    assert status == expected
    assert_is_our_outcome(headers, outcome)


def test_a_token_of_8_kib_passes(front: Front) -> None:
    sent = post(BODY, f"Authorization: Bearer {'x' * 8_192}")
    assert read_answer(front.exchange(sent))[0] == 200


def test_a_compressed_body_is_415(front: Front) -> None:
    sent = post(gzip.compress(BODY), "Content-Encoding: gzip")
    assert read_answer(front.exchange(sent))[0] == 415


def test_a_query_and_a_header_that_hold_a_name_are_in_no_log(front: Front) -> None:
    path = f"{PATIENT_VIEW}/Zzyzx-path?name=Zzyzx-query"
    front.exchange(post(BODY, "X-Name: Zzyzx-header", "Referer: Zzyzx", path=path))
    front.exchange(b"Zzyzx\r\n\r\n")
    wait_until_all_are_logged(front)
    for log in (front.nginx_log, front.service_log):
        assert "Zzyzx" not in log.read_text(encoding="utf-8")


def test_another_name_gets_no_certificate_and_no_answer(front: Front) -> None:
    with pytest.raises(ssl.SSLError):
        front.connect("evil.example")
    assert front.exchange(post().replace(NAME.encode(), b"evil.example")) == b""


FORWARDING = (
    "Forwarded: for=1.2.3.4;host=evil.example;proto=http",
    "X-Forwarded-Host: evil.example",
    "X-Forwarded-Proto: http",
    "X-Forwarded-For: 127.0.0.1",
    "X-Forwarded-Prefix: /evil",
    "X-Original-URL: /evil",
    "X-Rewrite-URL: /evil",
)


def test_forwarding_headers_of_a_client_change_nothing(front: Front) -> None:
    plain = read_answer(front.exchange(post()))[2]
    assert read_answer(front.exchange(post(BODY, *FORWARDING)))[2] == plain
    assert "evil" not in json.dumps(plain)


def test_every_forwarding_header_that_we_know_is_taken_away() -> None:
    text = (SHIPPED / "nginx.conf").read_text(encoding="utf-8")
    taken = set(re.findall(r'proxy_set_header (\S+) "";', text))
    assert {header.split(":")[0] for header in FORWARDING} <= taken


@pytest.mark.parametrize("case", CORPUS, ids=lambda case: case["name"].replace(" ", "-"))
def test_no_request_is_smuggled_past_nginx(case: dict[str, Any], front: Front) -> None:
    start = case.get("start", f"POST {PATIENT_VIEW} HTTP/1.1")
    head = (start, f"Host: {NAME}", *case["headers"], "", "")
    body = case["body"].replace("{hidden}", HIDDEN)
    sent = case.get("end", "\r\n").join(head).encode("latin-1") + body.encode() + LAST
    received = front.exchange(sent, wait_seconds=0.5)
    assert (read_answer(received)[0] if received else None) == case["status"]
    for _ in range(3):
        assert read_answer(front.exchange(post()))[0] == 200
    wait_until_all_are_logged(front)
    assert {line["method"] for line in logged(front)} <= {"GET", "POST", "OPTIONS"}


def wait_until_all_are_logged(front: Front) -> None:
    """Check that as many requests came to the service as nginx has passed on: none was cut."""
    deadline = time.monotonic() + 3
    while (counts := _counts(front))[0] != counts[1] and time.monotonic() < deadline:
        time.sleep(0.02)
    assert counts[0] == counts[1]


def _counts(front: Front) -> tuple[int, int]:
    """Count the calls that nginx has passed on, and those of the service less its start's own."""
    lines = front.nginx_log.read_text(encoding="utf-8").splitlines()
    passed = sum(bool(json.loads(line)["upstream"]) for line in lines if line.startswith("{"))
    return passed, len(logged(front)) - 1


SLOW = 150


def test_slow_headers_and_bodies_are_closed_and_hinder_nobody(front: Front) -> None:
    head, _, _ = post().partition(b"\r\n\r\n")
    with ExitStack() as stack:
        slow = [stack.enter_context(front.connect()) for _ in range(SLOW)]
        started = time.monotonic()
        for number, connection in enumerate(slow):
            connection.sendall(head[:40] if number % 2 else head + b"\r\n\r\n{")
        while time.monotonic() < started + 3:
            for connection in slow[1:20:2]:
                connection.sendall(b"x")
            before = time.monotonic()
            assert read_answer(front.exchange(post()))[0] == 200
            assert time.monotonic() - before < 1
            time.sleep(0.5)
        answers = [read_to_end(connection) for connection in slow]
        assert time.monotonic() < started + 10
    assert [answer for answer in answers if b" 200 " in answer] == []
    wait_until_all_are_logged(front)


def test_a_flood_from_one_client_is_429_and_soon_over(front: Front, tmp_path: Path) -> None:
    one = f"GET /livez HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode()
    # Another nginx, so that nobody else is refused. It writes the same log, so all is counted.
    with before(front.upstream, tmp_path, front.service_log, front.nginx_log) as flooded:
        received = flooded.exchange(one * 500 + LAST)
        statuses = Counter(re.findall(rb"HTTP/1\.1 (\d+) ", received))
        assert set(statuses) == {b"200", b"429"}
        assert statuses[b"200"] >= 200
        refused = b"HTTP/1.1 429" + received.split(b"HTTP/1.1 429")[1].split(b"HTTP/1.1")[0]
        _, headers, outcome = read_answer(refused)
        assert headers["retry-after"] == "1"
        assert_is_our_outcome(headers, outcome)
        time.sleep(1)
        assert read_answer(flooded.exchange(post()))[0] == 200


def test_while_the_service_is_away_the_answer_is_503_with_an_outcome(
    tmp_path: Path,
) -> None:
    nobody = f"127.0.0.1:{free_port()}"
    with before(nobody, tmp_path, tmp_path / "none", tmp_path / "nginx.log") as front:
        status, headers, outcome = read_answer(front.exchange(post()))
    assert (status, headers["retry-after"]) == (503, "1")
    assert_is_our_outcome(headers, outcome)
