"""How much work is taken on at once, and how much of it from one client; refuses to know HTTP."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cds_service.errors import Overloaded, Problem, TooManyRequests

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
