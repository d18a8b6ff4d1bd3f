"""One query to a FHIR server, all its pages; refuses anything but the resource that was asked for.

Limits: 5 MiB a page, 10 pages, 2,000 entries. What is over leaves the list marked as partial.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import requests

from cds_service.errors import FetchError, MalformedRequest
from cds_service.fhir.server.bounded import NO_ANSWER, read_body
from cds_service.fhir.server.guarded_http import (
    CONNECT_SECONDS,
    READ_SECONDS,
    HttpExchange,
    Network,
    on_this_thread,
)
from cds_service.fhir.server.urls import Base, next_page
from cds_service.fhir.shapes.decode import decode_resource, type_of
from cds_service.fhir.shapes.resources import BundleLink, Resource

MOST_PAGE_BYTES = 5 * 1024 * 1024
MOST_PAGES = 10
MOST_ENTRIES = 2_000
TOO_MANY = "has more pages than this service reads"
FOREIGN_PAGE = "continues on a page outside the FHIR server's base address"
TOO_FEW = "holds fewer entries than its total says"
TOO_LATE = "did not come in time"


@dataclass(slots=True)
class Query:
    """One query under way; `abort` ends it from another thread, in whatever step it is.

    `held` counts the entries of the list that are there already, sent before `url`'s page.
    """

    resource_type: str
    url: str
    simpler_url: str | None
    base: Base
    networks: tuple[Network, ...]
    token: str | None
    deadline: float
    held: int = 0
    clock: Callable[[], float] = time.monotonic
    is_aborted: bool = False
    _call: HttpExchange | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def is_late(self) -> bool:
        """Tell whether what comes now comes too late."""
        return self.is_aborted or self.clock() >= self.deadline

    def abort(self) -> None:
        """Cut the exchange off that is under way, and begin no further one."""
        with self._lock:
            self.is_aborted = True
            if self._call:
                self._call.abort()

    def begin_call(self) -> HttpExchange:
        """Return the call of the next exchange; raise once the query is aborted or late."""
        with self._lock:
            if self.is_late():
                raise FetchError(TOO_LATE, is_server_down=True)
            self._call = HttpExchange(self.networks)
            return self._call


def read_all_pages(query: Query, session: requests.Session) -> tuple[list[Resource], str | None]:
    """Return the pages of a query in order, and why the list is not whole, or None.

    Raises `FetchError` where the first page gives nothing; a failure later on keeps what was read.
    """
    first = _first_page(query, session)
    pages, seen, url = [first], {query.url}, query.url
    while (link := _next_link(pages[-1])) is not None:
        following = next_page(link.url or "", url, query.base)
        if following is None:
            return pages, FOREIGN_PAGE
        if following in seen or len(pages) == MOST_PAGES or _entries(pages) > MOST_ENTRIES:
            return pages, TOO_MANY
        try:
            pages.append(_page(query, following, session))
        except FetchError as error:
            return pages, error.words
        seen.add(following)
        url = following
    return pages, TOO_FEW if (first.total or 0) > query.held + _matches(pages, query) else None


def _first_page(query: Query, session: requests.Session) -> Resource:
    """Read the first page; a server that rejects a site's parameters is asked once more without."""
    try:
        return _page(query, query.url, session)
    except FetchError as error:
        if error.status != requests.codes.bad_request or query.simpler_url is None:
            raise
    query.url = query.simpler_url
    return _page(query, query.url, session)


def _page(query: Query, url: str, session: requests.Session) -> Resource:
    try:
        resource = decode_resource(_get(query, url, session))
    except MalformedRequest as error:
        raise FetchError("was answered with something that is not FHIR JSON") from error
    if resource.resource_type != ("Patient" if query.resource_type == "Patient" else "Bundle"):
        raise FetchError("was answered with another kind of resource")
    return resource


def _get(query: Query, url: str, session: requests.Session) -> bytes:
    headers = {"Authorization": f"Bearer {query.token}"} if query.token else {}
    with on_this_thread(query.begin_call()):
        try:
            with session.get(
                url,
                headers=headers,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
                stream=True,
            ) as response:
                _check_answer(response)
                body = read_body(response, MOST_PAGE_BYTES, query.is_late)
        except NO_ANSWER as error:
            words = TOO_LATE if query.is_late() else "could not be had: no usable connection"
            raise FetchError(words, is_server_down=True) from error
    if body is None:
        raise FetchError("was answered with more data than this service reads")
    return body


def _check_answer(response: requests.Response) -> None:
    status = response.status_code
    if status != requests.codes.ok:
        is_down = status >= requests.codes.internal_server_error
        words = f"was answered with HTTP status {status}"
        raise FetchError(words, is_server_down=is_down, status=status)
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise FetchError("was answered in an encoding that was not asked for")


def _next_link(page: Resource) -> BundleLink | None:
    return next((link for link in page.link or () if link.relation == "next"), None)


def _matches(pages: list[Resource], query: Query) -> int:
    """Count what a Bundle's total counts: not an OperationOutcome, nor what is included."""
    entries = (entry for page in pages for entry in page.entry or () if entry)
    return sum(type_of(entry.resource) == query.resource_type for entry in entries)


def _entries(pages: list[Resource]) -> int:
    return sum(len(page.entry or ()) for page in pages)
