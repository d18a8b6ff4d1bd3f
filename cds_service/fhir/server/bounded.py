"""What is read of another server: at most N bytes, within T seconds, from known networks."""

import ipaddress
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPException

import requests
from urllib3.exceptions import HTTPError

from cds_service.fhir.server.guarded_http import (
    CHUNK_BYTES,
    CONNECT_SECONDS,
    HttpExchange,
    Network,
    on_this_thread,
)

LOOPBACK: tuple[Network, ...] = (
    ipaddress.ip_network("127.0.0.0/8"),
    ipaddress.ip_network("::1/128"),
)
# Neither link-local (cloud metadata) nor this machine: `is_allowed` keeps those apart.
ANYWHERE: tuple[Network, ...] = (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0"))
NO_ANSWER = (requests.RequestException, HTTPError, HTTPException, OSError, ValueError)
"""All that may be raised where no usable answer came, a late one included."""


@contextmanager
def cut_off_after(
    seconds: float, networks: tuple[Network, ...], connect_seconds: float = CONNECT_SECONDS
) -> Iterator[Callable[[], bool]]:
    """Let this thread call until then, and no longer; gives a question whether it is then."""
    deadline = time.monotonic() + seconds
    call = HttpExchange(networks, connect_seconds)
    timer = threading.Timer(seconds, call.abort)
    timer.daemon = True
    timer.start()
    try:
        with on_this_thread(call):
            yield lambda: time.monotonic() >= deadline
    finally:
        timer.cancel()


def read_body(
    response: requests.Response, most_bytes: int, is_late: Callable[[], bool]
) -> bytes | None:
    """Return a body as it was sent, or None where it is larger; raise `TimeoutError` once late.

    The clock is asked after the last byte too: a body without a length looks whole when it is cut
    off.
    """
    body = bytearray()
    for chunk in response.raw.stream(CHUNK_BYTES, decode_content=False):
        body += chunk
        if len(body) > most_bytes:
            return None
        if is_late():
            break
    if is_late():
        raise TimeoutError
    return bytes(body)
