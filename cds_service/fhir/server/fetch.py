"""Fetches what a prefetch lacks, in parallel, under one deadline; refuses to wait for the late.

The token goes to the registered base URL and nowhere else. Threads are bounded; at the deadline
the queries still open are cut off, so their threads come back at once.
"""

import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from cds_service.errors import FetchError
from cds_service.fhir.server.breaker import Breaker
from cds_service.fhir.server.guarded_http import Network, make_session
from cds_service.fhir.server.paging import TOO_LATE, Query, read_all_pages
from cds_service.fhir.server.urls import Base
from cds_service.fhir.shapes.resources import Resource

MOST_THREADS = 32
MOST_BREAKERS = 256
PATIENT_TOKEN = "{{context.patientId}}"  # noqa: S105 (a prefetch token, not a secret)
NOT_ANSWERING = "was not asked for: the FHIR server has not been answering"
TOO_BUSY = "was not asked for: too many queries are under way"


@dataclass(frozen=True, slots=True)
class FhirServer:
    """A FHIR server that may be called: its base, the networks it lies in, and its queries."""

    base: Base
    networks: tuple[Network, ...]
    queries: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Access:
    """Leave to call one server for one hook: the token, and the moment by which to answer."""

    server: FhirServer
    token: str | None
    deadline: float


@dataclass(frozen=True, slots=True)
class Ask:
    """A list to ask for: its URL, and how many of its entries are there where it is a further page.

    Only a query of ours may be simplified; a further page means something by every parameter.
    """

    url: str
    held: int | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of one query: its pages, and why they are not the whole, or None."""

    pages: tuple[Resource, ...]
    gap: str | None = None


class Fetcher:
    """The connections, threads and breakers that the calls of one process share."""

    def __init__(self) -> None:
        self._session = make_session()
        self._threads = ThreadPoolExecutor(MOST_THREADS, thread_name_prefix="fhir")
        self._free = threading.Semaphore(MOST_THREADS)
        self._breakers: dict[str, Breaker] = {}
        self._lock = threading.Lock()

    def fetch(self, asks: Mapping[str, Ask], access: Access) -> dict[str, Fetched]:
        """Return what was given by the deadline; keys and answers are by resource type."""
        breaker = self._breaker(access.server.base.text)
        queries = [_query(name, ask, access) for name, ask in asks.items()]
        started = {query.resource_type: self._start(query, breaker) for query in queries}
        waiting = [future for future in started.values() if isinstance(future, Future)]
        wait(waiting, timeout=max(0.0, access.deadline - time.monotonic()))
        return {query.resource_type: _outcome(query, started) for query in queries}

    def _start(self, query: Query, breaker: Breaker) -> "Future[Fetched] | Fetched":
        if time.monotonic() >= query.deadline:
            return Fetched((), TOO_LATE)
        if not breaker.lets_through():
            return Fetched((), NOT_ANSWERING)
        if not self._free.acquire(blocking=False):
            return Fetched((), TOO_BUSY)
        try:
            future = self._threads.submit(self._run, query, breaker)
        except RuntimeError:
            self._free.release()
            return Fetched((), TOO_BUSY)
        future.add_done_callback(lambda _: self._free.release())
        return future

    def _run(self, query: Query, breaker: Breaker) -> Fetched:
        try:
            pages, gap = read_all_pages(query, self._session)
        except FetchError as error:
            if error.is_server_down:
                breaker.failed()
            else:
                breaker.succeeded()
            return Fetched((), error.words)
        breaker.succeeded()
        return Fetched(tuple(pages), gap)

    def _breaker(self, base: str) -> Breaker:
        with self._lock:
            if base not in self._breakers and len(self._breakers) >= MOST_BREAKERS:
                self._breakers.clear()
            return self._breakers.setdefault(base, Breaker(time.monotonic))


def query_url(resource_type: str, patient_id: str, server: FhirServer) -> str:
    """Return the URL of a server's query for a type; the patient id is a checked FHIR id."""
    query = server.queries[resource_type].replace(PATIENT_TOKEN, patient_id)
    return f"{server.base.text}/{query}"


def _query(resource_type: str, ask: Ask, access: Access) -> Query:
    simpler, ampersand, _ = ask.url.partition("&")
    return Query(
        resource_type=resource_type,
        url=ask.url,
        simpler_url=simpler if ampersand and ask.held is None else None,
        base=access.server.base,
        networks=access.server.networks,
        token=access.token,
        deadline=access.deadline,
        held=ask.held or 0,
    )


def _outcome(query: Query, started: Mapping[str, "Future[Fetched] | Fetched"]) -> Fetched:
    future = started[query.resource_type]
    if isinstance(future, Fetched):
        return future
    if future.done():
        return future.result()
    query.abort()
    return Fetched((), TOO_LATE)
