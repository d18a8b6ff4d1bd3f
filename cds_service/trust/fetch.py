"""A JWK set at a registered address: at most 64 KiB, within 2 s, no redirect."""

import requests

from cds_service.errors import KeySetError
from cds_service.fhir.server.guarded_http import (
    NO_ANSWER,
    Network,
    cut_off_after,
    make_session,
    read_body,
)
from cds_service.trust.key_set import KeySet, read_key_set

MOST_BYTES = 64 * 1024
FETCH_SECONDS = 2.0


def fetch_key_set(jku: str, networks: tuple[Network, ...]) -> KeySet:
    """Return the keys at an address; raise `KeySetError` where none can be had in time."""
    try:
        with (
            cut_off_after(FETCH_SECONDS, networks) as is_late,
            make_session() as session,
            session.get(
                jku,
                headers={"Accept": "application/json"},
                stream=True,
                timeout=FETCH_SECONDS,
                allow_redirects=False,
            ) as response,
        ):
            if response.status_code != requests.codes.ok:
                raise KeySetError(f"HTTP {response.status_code}")
            if response.headers.get("Content-Encoding", "identity") != "identity":
                raise KeySetError("a packed body")
            body = read_body(response, MOST_BYTES, is_late)
    except NO_ANSWER as error:
        raise KeySetError(f"no answer ({type(error).__name__})") from error
    if body is None:
        raise KeySetError("more than 64 KiB")
    return read_key_set(body)
