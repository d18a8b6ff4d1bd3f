"""Fetches what a prefetch lacks, in parallel, under one deadline; refuses to wait for the late.

A query is begun and, later, collected: what is asked for first may leave the rest unneeded.

The token goes to the registered base URL and nowhere else. Threads are bounded; at the deadline
the queries still open are cut off, so their threads come back at once.
"""

import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from cds_service.errors import FetchError
from cds_service.fhir.server.access import Access
from cds_service.fhir.server.breaker import Breaker
from cds_service.fhir.server.guarded_http import HttpExchange, make_session
from cds_service.fhir.server.paging import TOO_LATE, Ask, Fetched, Query, read_all_pages

MOST_THREADS = 32
MOST_SERVERS = 256
NOT_ANSWERING = "was not asked for: the FHIR server has not been answering"
TOO_BUSY = "was not asked for: too many queries are under way"


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A query that was begun, or what there is to say of one that was not (`query` None)."""

    answer: Future[Fetched]
    query: Query | None = None


@dataclass(frozen=True, slots=True)
class KnownServer:
    """What was found of a server: whether it answers, and which queries it does not take."""

    breaker: Breaker
    refused: dict[str, int]


Queries = Mapping[str, UnderWay]
"""Queries under way, by resource type."""


class Fetcher:
    """The connections and threads that the calls of one process share, and what it has learnt."""

    def __init__(self) -> None:
        self._session = make_session()
        self._threads = ThreadPoolExecutor(MOST_THREADS, thread_name_prefix="fhir")
        self._free = threading.Semaphore(MOST_THREADS)
        self._servers: dict[str, KnownServer] = {}
        self._lock = threading.Lock()

    def begin(self, asks: Mapping[str, Ask], access: Access) -> Queries:
        """Send queries, by resource type, and do not wait for them."""
        server, deadline = access.server, access.deadline
        known = self._known(server.base.text)
        queries = {
            name: Query(name, ask, access, HttpExchange(server.networks, deadline), known.refused)
            for name, ask in asks.items()
        }
        return {name: self._start(query, known.breaker) for name, query in queries.items()}

    def collect(self, queries: Queries, access: Access) -> dict[str, Fetched]:
        """Return what is given by the deadline; what has not come by then is cut off."""
        came_by(queries, access.deadline)
        return {name: _outcome(one) for name, one in queries.items()}

    def _start(self, query: Query, breaker: Breaker) -> UnderWay:
        if query.exchange.is_late():
            return answered(Fetched((), TOO_LATE))
        if not breaker.lets_through():
            return answered(Fetched((), NOT_ANSWERING))
        if not self._free.acquire(blocking=False):
            return answered(Fetched((), TOO_BUSY))
        try:
            future = self._threads.submit(self._run, query, breaker)
        except RuntimeError:
            self._free.release()
            return answered(Fetched((), TOO_BUSY))
        future.add_done_callback(lambda _: self._free.release())
        return UnderWay(future, query)

    def _run(self, query: Query, breaker: Breaker) -> Fetched:
        try:
            fetched = read_all_pages(query, self._session)
        except FetchError as error:
            if error.is_server_down:
                if not query.exchange.is_abandoned:
                    breaker.failed()
                return Fetched((), error.words)
            fetched = Fetched((), error.words)
        breaker.succeeded()
        return fetched

    def _known(self, base: str) -> KnownServer:
        with self._lock:
            if base not in self._servers and len(self._servers) >= MOST_SERVERS:
                self._servers.clear()
            return self._servers.setdefault(base, KnownServer(Breaker(time.monotonic), {}))


def answered(fetched: Fetched) -> UnderWay:
    """Return a query that is answered already."""
    future: Future[Fetched] = Future()
    future.set_result(fetched)
    return UnderWay(future)


def came_by(queries: Queries, moment: float) -> bool:
    """Wait for queries until a moment, or until all are answered; tell whether they are."""
    seconds = max(0.0, moment - time.monotonic())
    return not wait([one.answer for one in queries.values()], timeout=seconds).not_done


def abandon(queries: Queries) -> None:
    """Cut off what nobody needs any more; that is no failure of the server."""
    for one in queries.values():
        if one.query:
            one.query.exchange.abandon()


def _outcome(one: UnderWay) -> Fetched:
    if one.query is None or one.answer.done():
        return one.answer.result()
    one.query.exchange.abort()
    return Fetched((), TOO_LATE)
