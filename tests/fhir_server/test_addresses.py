"""Which resolved addresses may be called, with which token, and what an abort cuts off."""

import ipaddress
import socket

import pytest

from cds_service.fhir.server.access import (
    NO_SERVER,
    NO_TOKEN,
    NOT_REGISTERED,
    Access,
    FhirServer,
    FhirServers,
    find_access,
)
from cds_service.fhir.server.guarded_http import LOOPBACK, HttpExchange, Network, is_allowed
from cds_service.fhir.server.urls import parse_base
from cds_service.hooks import FhirAuthorization

EVERYTHING: tuple[Network, ...] = (
    ipaddress.ip_network("0.0.0.0/0"),
    ipaddress.ip_network("::/0"),
)
HOSPITAL: tuple[Network, ...] = (
    ipaddress.ip_network("10.20.0.0/16"),
    ipaddress.ip_network("fd12:3456::/32"),
)

NEVER = [
    "169.254.169.254",
    "169.254.0.1",
    "::ffff:169.254.169.254",
    "fe80::1",
    "fe80::1%eth0",
    "224.0.0.1",
    "239.255.255.255",
    "ff02::1",
    "::ffff:224.0.0.1",
    "0.0.0.0",
    "::",
    "::ffff:0.0.0.0",
    "255.255.255.255",
    "240.0.0.1",
    "::169.254.169.254",
    "64:ff9b::a9fe:a9fe",
]
THIS_MACHINE = ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1", "::ffff:7f00:1"]


@pytest.mark.parametrize("address", NEVER)
def test_an_address_of_no_server_is_refused_in_the_widest_networks(address: str) -> None:
    assert not is_allowed(address, EVERYTHING + LOOPBACK)


@pytest.mark.parametrize("address", THIS_MACHINE)
def test_this_machine_is_refused_in_the_widest_networks(address: str) -> None:
    assert not is_allowed(address, EVERYTHING)


@pytest.mark.parametrize("address", THIS_MACHINE)
def test_this_machine_is_allowed_where_it_is_configured(address: str) -> None:
    assert is_allowed(address, LOOPBACK)


@pytest.mark.parametrize(
    ("address", "is_inside"),
    [
        ("10.20.0.1", True),
        ("10.20.255.255", True),
        ("::ffff:10.20.0.1", True),
        ("fd12:3456::1", True),
        ("10.21.0.1", False),
        ("10.19.255.255", False),
        ("192.168.0.1", False),
        ("8.8.8.8", False),
        ("::ffff:8.8.8.8", False),
        ("fd12:3457::1", False),
        ("2001:db8::1", False),
    ],
)
def test_only_the_configured_networks_are_allowed(address: str, is_inside: bool) -> None:
    assert is_allowed(address, HOSPITAL) == is_inside


def test_without_networks_nothing_is_allowed() -> None:
    assert not is_allowed("10.20.0.1", ())


BASE = parse_base("https://fhir.example.org/r4")
assert BASE is not None
SERVER = FhirServer(BASE, HOSPITAL, {})
DEVELOPMENT = FhirServers({BASE: SERVER}, {}, allows_loopback=True)
PRODUCTION = FhirServers({BASE: SERVER}, {}, allows_loopback=False)


@pytest.mark.parametrize("servers", [DEVELOPMENT, PRODUCTION], ids=["development", "production"])
def test_a_registered_server_is_called_as_it_is_registered(servers: FhirServers) -> None:
    access = find_access("HTTPS://FHIR.example.org:443/r4/", None, servers, 1.0)
    assert access == Access(SERVER, None, 1.0)


@pytest.mark.parametrize(
    ("address", "servers", "why"),
    [
        (None, DEVELOPMENT, NO_SERVER),
        ("", DEVELOPMENT, NO_SERVER),
        ("https://other.example.org/r4", DEVELOPMENT, NOT_REGISTERED),
        ("http://10.20.0.1/r4", DEVELOPMENT, NOT_REGISTERED),
        ("http://127.0.0.1/r4", PRODUCTION, NOT_REGISTERED),
        ("http://localhost/r4", PRODUCTION, NOT_REGISTERED),
        ("http://[::1]/r4", PRODUCTION, NOT_REGISTERED),
    ],
)
def test_another_server_is_refused_in_words(
    address: str | None, servers: FhirServers, why: str
) -> None:
    assert find_access(address, None, servers, 1.0) == why


@pytest.mark.parametrize("host", ["127.0.0.1:8081", "localhost", "[::1]:8081"])
def test_in_development_this_machine_may_be_called(host: str) -> None:
    access = find_access(f"http://{host}/fhir/", None, DEVELOPMENT, 1.0)
    assert isinstance(access, Access)
    assert access.server.base.text == f"http://{host}/fhir"
    assert access.server.networks == LOOPBACK


@pytest.mark.parametrize("token", ["a\r\nX-A: b", "a b", "tok\u00e9n", "\u2028", "\0", "x" * 8_193])
def test_a_token_that_is_none_is_not_sent_and_not_held_against_the_server(token: str) -> None:
    authorization = FhirAuthorization(access_token=token)
    assert find_access("https://fhir.example.org/r4", authorization, PRODUCTION, 1.0) == NO_TOKEN


@pytest.mark.parametrize("token", [None, ""])
def test_without_a_token_the_server_is_asked_without(token: str | None) -> None:
    authorization = FhirAuthorization(access_token=token)
    access = find_access("https://fhir.example.org/r4", authorization, PRODUCTION, 1.0)
    assert access == Access(SERVER, None, 1.0)


@pytest.mark.enable_socket
def test_a_call_that_was_cut_off_takes_no_further_socket() -> None:
    call = HttpExchange(LOOPBACK, float("inf"))
    call.abort()
    with socket.socket() as sock, pytest.raises(ConnectionAbortedError):
        call.use(sock)


@pytest.mark.enable_socket
def test_an_abort_ends_a_read_that_waits() -> None:
    call = HttpExchange(LOOPBACK, float("inf"))
    ours, theirs = socket.socketpair()
    with ours, theirs:
        call.use(ours)
        call.abort()
        assert ours.recv(1) == b""
        call.close()
