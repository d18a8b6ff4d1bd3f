"""A circuit breaker per FHIR server: a dead one costs milliseconds, not the deadline.

Our own, because the maintained library (pybreaker 1.4) holds a lock while it calls, which would
make the parallel queries of one hook wait for each other.
"""

import threading
from collections.abc import Callable

FAILURES_TO_OPEN = 5
SECONDS_OPEN = 15.0


class Breaker:
    """Counts failures in a row; while open, one attempt every 15 seconds is let through."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._next_attempt = 0.0

    def lets_through(self) -> bool:
        """Tell whether a call may be tried now; while open, the asking itself takes the turn."""
        with self._lock:
            if self._failures < FAILURES_TO_OPEN:
                return True
            if self._clock() < self._next_attempt:
                return False
            self._next_attempt = self._clock() + SECONDS_OPEN
            return True

    def succeeded(self) -> None:
        """Close the circuit."""
        with self._lock:
            self._failures = 0

    def failed(self) -> None:
        """Count a failure; the fifth in a row opens the circuit."""
        with self._lock:
            self._failures += 1
            if self._failures >= FAILURES_TO_OPEN:
                self._next_attempt = self._clock() + SECONDS_OPEN
