"""Fetches what a prefetch lacks, in parallel, under one deadline; refuses to wait for the late.

The token goes to the registered base URL and nowhere else. Threads are bounded; at the deadline
the queries still open are cut off, so their threads come back at once.
"""

import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait

from cds_service.errors import FetchError
from cds_service.fhir.server.access import Access
from cds_service.fhir.server.breaker import Breaker
from cds_service.fhir.server.guarded_http import HttpExchange, make_session
from cds_service.fhir.server.paging import TOO_LATE, Ask, Fetched, Query, read_all_pages

MOST_THREADS = 32
MOST_BREAKERS = 256
NOT_ANSWERING = "was not asked for: the FHIR server has not been answering"
TOO_BUSY = "was not asked for: too many queries are under way"


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
        server, deadline = access.server, access.deadline
        breaker = self._breaker(server.base.text)
        queries = {
            name: Query(name, ask, access, HttpExchange(server.networks, deadline))
            for name, ask in asks.items()
        }
        started = {name: self._start(query, breaker) for name, query in queries.items()}
        wait(started.values(), timeout=max(0.0, deadline - time.monotonic()))
        return {name: _outcome(queries[name], future) for name, future in started.items()}

    def _start(self, query: Query, breaker: Breaker) -> Future[Fetched]:
        if query.exchange.is_late():
            return _not_begun(TOO_LATE)
        if not breaker.lets_through():
            return _not_begun(NOT_ANSWERING)
        if not self._free.acquire(blocking=False):
            return _not_begun(TOO_BUSY)
        try:
            future = self._threads.submit(self._run, query, breaker)
        except RuntimeError:
            self._free.release()
            return _not_begun(TOO_BUSY)
        future.add_done_callback(lambda _: self._free.release())
        return future

    def _run(self, query: Query, breaker: Breaker) -> Fetched:
        try:
            fetched = read_all_pages(query, self._session)
        except FetchError as error:
            if error.is_server_down:
                breaker.failed()
                return Fetched((), error.words)
            fetched = Fetched((), error.words)
        breaker.succeeded()
        return fetched

    def _breaker(self, base: str) -> Breaker:
        with self._lock:
            if base not in self._breakers and len(self._breakers) >= MOST_BREAKERS:
                self._breakers.clear()
            return self._breakers.setdefault(base, Breaker(time.monotonic))


def _not_begun(why: str) -> Future[Fetched]:
    future: Future[Fetched] = Future()
    future.set_result(Fetched((), why))
    return future


def _outcome(query: Query, future: Future[Fetched]) -> Fetched:
    if future.done():
        return future.result()
    query.exchange.abort()
    return Fetched((), TOO_LATE)
