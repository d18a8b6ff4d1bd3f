"""A JWK set over HTTP, small and fast or not at all; refuses redirects and packed bodies."""

import ipaddress
import threading
from http.client import HTTPException

import requests
from urllib3.exceptions import HTTPError

from cds_service.errors import KeySetError
from cds_service.fhir.server.guarded_http import (
    CHUNK_BYTES,
    Call,
    Network,
    make_session,
    on_this_thread,
)
from cds_service.trust.key_set import KeySet, read_key_set

MOST_BYTES = 64 * 1024
FETCH_SECONDS = 2.0
# Any address, but never link-local (cloud metadata) and, without the last two, this machine.
ANYWHERE: tuple[Network, ...] = (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0"))
THIS_MACHINE: tuple[Network, ...] = (
    ipaddress.ip_network("127.0.0.0/8"),
    ipaddress.ip_network("::1/128"),
)
_FAILURES = (requests.RequestException, HTTPError, HTTPException, OSError, ValueError)


def fetch_key_set(jku: str, networks: tuple[Network, ...]) -> KeySet:
    """Return the keys at a registered address within 2 s; raise `KeySetError` otherwise."""
    call = Call(networks)
    timer = threading.Timer(FETCH_SECONDS, call.abort)
    timer.daemon = True
    timer.start()
    try:
        with on_this_thread(call), make_session() as session:
            return read_key_set(_get(jku, session))
    except _FAILURES as error:
        raise KeySetError(f"no answer ({type(error).__name__})") from error
    finally:
        timer.cancel()


def _get(jku: str, session: requests.Session) -> bytes:
    with session.get(
        jku,
        headers={"Accept": "application/json"},
        stream=True,
        timeout=FETCH_SECONDS,
        allow_redirects=False,
    ) as response:
        if response.status_code != requests.codes.ok:
            raise KeySetError(f"HTTP {response.status_code}")
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise KeySetError("a packed body")
        body = bytearray()
        while chunk := response.raw.read(CHUNK_BYTES, decode_content=False):
            body += chunk
            if len(body) > MOST_BYTES:
                raise KeySetError("more than 64 KiB")
        return bytes(body)
