"""The same over TLS: connections are kept, certificates are checked, a handshake can be cut off."""

import ssl
import time
from pathlib import Path

import pytest

from cds_service.fhir.server.access import Access, FhirServer
from cds_service.fhir.server.fetch import Fetcher
from cds_service.fhir.server.guarded_http import LOOPBACK
from cds_service.fhir.server.paging import Ask, Fetched
from cds_service.fhir.server.urls import Base, parse_base
from tests.fhir_server.bench import TOKEN, Bench, busy_threads, soon
from tests.fhir_server.stub import StubServer

pytestmark = pytest.mark.enable_socket

PEM = Path(__file__).parent / "loopback.pem"
"""A key and a certificate for 127.0.0.1, made for these tests and worth nothing."""


@pytest.fixture
def tls_server(bench: Bench) -> StubServer:
    """A good server behind TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(PEM)
    return bench.server(tls=context)


@pytest.fixture
def trusting() -> Fetcher:
    """A fetcher that trusts the certificate of these tests."""
    fetcher = Fetcher()
    fetcher._session.verify = str(PEM)
    return fetcher


def fetched(fetcher: Fetcher, text: str, seconds: float = 2.0) -> Fetched:
    """Fetch the Conditions from a base."""
    base = parse_base(text)
    assert isinstance(base, Base)
    access = Access(FhirServer(base, LOOPBACK, {}), TOKEN, time.monotonic() + seconds)
    under_way = fetcher.begin({"Condition": Ask(f"{text}/Condition?patient=1")}, access)
    return fetcher.collect(under_way, access)["Condition"]


def test_a_kept_connection_is_used_again(tls_server: StubServer, trusting: Fetcher) -> None:
    assert [fetched(trusting, tls_server.base).gap for _ in range(3)] == [None, None, None]
    assert tls_server.connections == 1


def test_a_certificate_that_nobody_vouches_for_is_refused(tls_server: StubServer) -> None:
    assert "no usable connection" in (fetched(Fetcher(), tls_server.base).gap or "")
    assert tls_server.requests == []


def test_a_handshake_that_never_comes_costs_no_more_than_the_deadline(
    bench: Bench, trusting: Fetcher
) -> None:
    """A server that accepts and says nothing; the canary's kind, but one of its own."""
    silent = bench.started(type(bench.canary)())
    started = time.monotonic()
    assert fetched(trusting, f"https://127.0.0.1:{silent.port}/r4", 0.1).pages == ()
    assert time.monotonic() - started < 0.1 + 1.0
    assert soon(lambda: not busy_threads())
