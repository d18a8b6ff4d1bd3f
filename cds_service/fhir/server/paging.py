"""One query to a FHIR server, all its pages; refuses anything but the resource that was asked for.

Limits: 5 MiB a page, 10 pages, 2,000 entries. What is over leaves the list marked as partial.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import requests

from cds_service.errors import FetchError, MalformedRequest
from cds_service.fhir.server.access import Access
from cds_service.fhir.server.guarded_http import (
    CONNECT_SECONDS,
    NO_ANSWER,
    READ_SECONDS,
    HttpExchange,
    read_body,
)
from cds_service.fhir.server.urls import next_page
from cds_service.fhir.shapes.decode import decode_resource, resource_of, type_of
from cds_service.fhir.shapes.resources import BundleLink, Resource

MOST_PAGE_BYTES = 5 * 1024 * 1024
MOST_PAGES = 10
MOST_ENTRIES = 2_000
TOO_MANY = "has more pages than this service reads"
FOREIGN_PAGE = "continues on a page outside the FHIR server's base address"
TOO_FEW = "holds fewer entries than its total says"
TOO_LATE = "did not come in time"
MAY_GO_ON = "filled the page that was asked for, and does not say whether that is all"
# How servers say that they do not take a query as it is asked.
_REFUSED = (400, 405, 406, 409, 412, 422, 501)
_PAGE_SIZE = re.compile(r"[?&]_count=([0-9]+)")
_FAILURES = frozenset({"fatal", "error", None})


@dataclass(frozen=True, slots=True)
class Ask:
    """A list to ask for: its URL, and how many of its entries are there where it is a further page.

    Only a query of ours may be simplified; a further page means something by every parameter.
    """

    url: str
    held: int | None = None

    @property
    def urls(self) -> tuple[str, ...]:
        """The query, then without what shapes its pages, then with its first parameter alone."""
        if self.held is not None:
            return (self.url,)
        first, *others = self.url.split("&")
        narrowing = [each for each in others if not each.startswith("_")]
        simpler = ("&".join([first, *narrowing]), first)
        return tuple(dict.fromkeys((self.url, *simpler)))


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of one query: its pages, and why they are not the whole, or None."""

    pages: tuple[Resource, ...]
    gap: str | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """One query under way; `exchange` cuts it off from another thread, in whatever step it is.

    `refused` holds how many forms of the query of each resource type this server did not take
    before: those are not tried again.
    """

    resource_type: str
    ask: Ask
    access: Access
    exchange: HttpExchange
    refused: dict[str, int] = field(default_factory=dict)

    @property
    def urls(self) -> tuple[str, ...]:
        """The forms of the query that are tried, the most exact first."""
        every = self.ask.urls
        return every[min(self.refused.get(self.resource_type, 0), len(every) - 1) :]

    def works_as(self, url: str) -> None:
        """Remember that the server takes this form of the query."""
        if self.ask.held is None:
            self.refused[self.resource_type] = self.ask.urls.index(url)


def read_all_pages(query: Query, session: requests.Session) -> Fetched:
    """Return the pages of a query in order, and why the list is not whole.

    Raises `FetchError` where the first page gives nothing; a failure later on keeps what was read.
    """
    url, first = _first_page(query, session)
    pages: tuple[Resource, ...] = (first,)
    asked = {url}
    while (link := _next_link(pages[-1])) is not None:
        following = next_page(link.url or "", url, query.access.server.base)
        if following is None:
            return Fetched(pages, FOREIGN_PAGE)
        if following in asked or len(pages) == MOST_PAGES or _entries(pages) > MOST_ENTRIES:
            return Fetched(pages, TOO_MANY)
        url = following
        asked.add(url)
        try:
            pages = (*pages, _page(query, url, session))
        except FetchError as error:
            return Fetched(pages, error.words)
    held = (query.ask.held or 0) + _matches(pages, query.resource_type)
    if first.total is None and len(pages) == 1 and _is_full(url, first):
        return Fetched(pages, MAY_GO_ON)
    return Fetched(pages, TOO_FEW if (first.total or 0) > held else None)


def _first_page(query: Query, session: requests.Session) -> tuple[str, Resource]:
    """Read the first page; what a server does not take is asked in a simpler way."""
    *exact, simplest = query.urls
    for url in exact:
        try:
            page = _page(query, url, session)
        except FetchError as error:
            if not error.is_refused:
                raise
        else:
            if not _holds_failure(page):
                query.works_as(url)
                return url, page
    page = _page(query, simplest, session)
    query.works_as(simplest)
    return simplest, page


def _page(query: Query, url: str, session: requests.Session) -> Resource:
    try:
        resource = decode_resource(_get(query, url, session))
    except MalformedRequest as error:
        raise FetchError("was answered with something that is not FHIR JSON") from error
    if resource.resource_type != ("Patient" if query.resource_type == "Patient" else "Bundle"):
        is_refused = resource.resource_type == "OperationOutcome"
        raise FetchError("was answered with another kind of resource", is_refused=is_refused)
    return resource


def _get(query: Query, url: str, session: requests.Session) -> bytes:
    token, exchange = query.access.token, query.exchange
    if exchange.is_late():
        raise FetchError(TOO_LATE, is_server_down=True)
    try:
        with (
            exchange.on_this_thread(),
            session.get(
                url,
                headers={"Authorization": f"Bearer {token}"} if token else {},
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
                stream=True,
            ) as response,
        ):
            _check_answer(response)
            body = read_body(response, MOST_PAGE_BYTES, exchange.is_late)
    except NO_ANSWER as error:
        words = TOO_LATE if exchange.is_late() else "could not be had: no usable connection"
        raise FetchError(words, is_server_down=True) from error
    if body is None:
        raise FetchError("was answered with more data than this service reads")
    return body


def _check_answer(response: requests.Response) -> None:
    status = response.status_code
    if status != requests.codes.ok:
        is_down = status >= requests.codes.internal_server_error
        words = f"was answered with HTTP status {status}"
        raise FetchError(words, is_server_down=is_down, is_refused=status in _REFUSED)
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise FetchError("was answered in an encoding that was not asked for")


def _next_link(page: Resource) -> BundleLink | None:
    return next((link for link in page.link or () if link.relation == "next"), None)


def _matches(pages: Sequence[Resource], resource_type: str) -> int:
    """Count what a Bundle's total counts: not an OperationOutcome, nor what is included."""
    entries = (entry for page in pages for entry in page.entry or () if entry)
    return sum(type_of(entry.resource) == resource_type for entry in entries)


def _holds_failure(page: Resource) -> bool:
    """Tell whether a Bundle says that its search failed, in whole or for a parameter."""
    found = (entry.resource for entry in page.entry or () if entry)
    outcomes = (resource_of(raw) for raw in found if type_of(raw) == "OperationOutcome")
    return any(issue.severity in _FAILURES for each in outcomes for issue in each.issue or ())


def _is_full(url: str, only: Resource) -> bool:
    """Tell whether an only page is as long as was asked: not every server says how a list goes on.

    FHIR R4, "Page Count": no more may come than was asked for, also where there are no pages.
    """
    asked = _PAGE_SIZE.search(url)
    return asked is not None and len(only.entry or ()) >= int(asked[1])


def _entries(pages: Sequence[Resource]) -> int:
    return sum(len(page.entry or ()) for page in pages)
