"""How much work is taken on at once, how much of it from one client, and how the rest is refused.

A call that `LoadShedding` refuses costs a fifth of one that is refused further in, and that
difference is what keeps the calls quick that were taken. It has been read by nobody: it is counted
and logged, and leaves no audit event. Its client has not been asked who it is.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, Response

from cds_service.core.knowledge import Knowledge
from cds_service.errors import Overloaded, Problem, TooManyRequests
from cds_service.web.exchange import HOOK_ROUTE, exchange_in
from cds_service.web.problems import refuse

# A burst may wait this long for its turn; who waits longer is told so, and can ask elsewhere.
MOST_WAITING_SECONDS = 0.1
MOST_CLIENTS = 10_000
FULL = Problem("transient", "As many calls as this service takes at once are under way.")


class Limits:
    """The places for calls under way in this process, and the allowance of each client.

    As many calls as there are places may wait for one.
    A client may send `rate` calls a second, and as many at once; None sets no bound.
    """

    def __init__(self, places: int, rate: int | None, clock: Callable[[], float]) -> None:
        self._places = threading.Semaphore(places)
        self._left_to_wait = places
        self._rate = rate
        self._clock = clock
        self._lock = threading.Lock()
        self._allowances: dict[str, tuple[float, float]] = {}

    def take_turn(self, client: str) -> None:
        """Count a call of a client; raise `TooManyRequests` where its allowance is used up."""
        if self._rate is None:
            return
        now = self._clock()
        with self._lock:
            left, since = self._allowances.get(client, (float(self._rate), now))
            left = min(float(self._rate), left + (now - since) * self._rate)
            self._make_room(client)
            self._allowances[client] = (left - 1 if left >= 1 else left, now)
        if left < 1:
            words = "This client sends more requests a second than this service takes from one."
            raise TooManyRequests(Problem("throttled", words))

    @property
    def are_full(self) -> bool:
        """Tell whether a further call could not even wait for a place."""
        return self._left_to_wait <= 0

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold one of the places; raise `Overloaded` where none becomes free."""
        if not (self._places.acquire(blocking=False) or self._wait_for_place()):
            raise Overloaded(FULL)
        try:
            yield
        finally:
            self._places.release()

    def _wait_for_place(self) -> bool:
        with self._lock:
            if self.are_full:
                return False
            self._left_to_wait -= 1
        try:
            return self._places.acquire(timeout=MOST_WAITING_SECONDS)
        finally:
            with self._lock:
                self._left_to_wait += 1

    def _make_room(self, client: str) -> None:
        """Forget the client that has been counted for longest where too many are known."""
        if client not in self._allowances and len(self._allowances) >= MOST_CLIENTS:
            del self._allowances[next(iter(self._allowances))]


@dataclass(frozen=True, slots=True)
class LoadShedding:
    """A WSGI app before another, which refuses calls of the services while there is no place.

    Its answer is made once. A call is let in where another refusal is owed.
    """

    app: WSGIApplication
    services: Mapping[str, str]
    most_bytes: int
    limits: Limits
    refusal: Response

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer 503 or let the call in."""
        service = self._service_in(environ)
        if service is None or not self.limits.are_full:
            return self.app(environ, start)
        exchange = exchange_in(environ)
        exchange.route, exchange.service = HOOK_ROUTE, service
        exchange.outcome = Overloaded.outcome
        environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        start(self.refusal.status, self.refusal.headers.to_wsgi_list())
        return [self.refusal.get_data()]

    def _service_in(self, environ: WSGIEnvironment) -> str | None:
        length = environ.get("CONTENT_LENGTH", "")
        is_bounded = length.isdecimal() and int(length) <= self.most_bytes
        is_call = is_bounded and environ["REQUEST_METHOD"] == "POST"
        return self.services.get(environ["PATH_INFO"]) if is_call else None


def shed_load(app: Flask, knowledge: Knowledge, limits: Limits) -> None:
    """Refuse calls of the services before they reach the app, while `limits` are full."""
    app.wsgi_app = LoadShedding(  # type: ignore[assignment, method-assign]
        app=app.wsgi_app,
        services={HOOK_ROUTE.replace("<service_id>", name): name for name in knowledge.services},
        most_bytes=app.config["MAX_CONTENT_LENGTH"],
        limits=limits,
        refusal=refuse(Overloaded(FULL)),
    )
