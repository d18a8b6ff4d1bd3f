"""The keys of an issuer, kept fresh in the background: no call waits for a refresh.

A call waits only for a key that is not there, and for the one fetch that is under way.
Each process holds its own keys. Times are of the monotonic clock, in seconds.
"""

import logging
import threading
import time
from collections.abc import Callable

from cds_service.errors import CannotAuthenticate, ClientRefused, KeySetError
from cds_service.trust.clients import Issuer
from cds_service.trust.key_set import SANDBOX_THUMBPRINT, Key, KeySet

Clock = Callable[[], float]
Fetch = Callable[[str], KeySet]
REFRESH_SECONDS = 300.0
UNKNOWN_KID_SECONDS = 30.0
LAST_GOOD_SECONDS = 24 * 3600.0
ALERT_SECONDS = 3600.0
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 5.0, 300.0
WAIT_SECONDS = 3.0
_log = logging.getLogger(__name__)


class FetchedKeys:
    """The last keys that an address gave, and when; safe to share between threads."""

    def __init__(self, jku: str, fetch: Fetch, clock: Clock = time.monotonic) -> None:
        self._jku, self._fetch, self._clock = jku, fetch, clock
        self._lock = threading.Lock()
        self._keys: KeySet = {}
        self._good_at: float | None = None
        self._tried_at = -LAST_GOOD_SECONDS
        self._pause = 0.0
        self._flight: threading.Thread | None = None

    @property
    def age_seconds(self) -> float | None:
        """How long ago the keys were last read, or None where they never were."""
        return None if self._good_at is None else self._clock() - self._good_at

    def held(self) -> KeySet | None:
        """Return the keys, at most 24 hours old, refreshing them in the background when due."""
        if self._is_older_than(LAST_GOOD_SECONDS):
            self._refresh(LAST_GOOD_SECONDS, waits=True)
        elif self._is_older_than(REFRESH_SECONDS):
            self._refresh(REFRESH_SECONDS, waits=False)
        return None if self._is_older_than(LAST_GOOD_SECONDS) else self._keys

    def held_after_asking(self) -> KeySet:
        """Return the keys after one more look, which 30 seconds must lie before."""
        self._refresh(0.0, waits=True, pause=UNKNOWN_KID_SECONDS)
        return self._keys

    def _is_older_than(self, seconds: float) -> bool:
        age = self.age_seconds
        return age is None or age > seconds

    def _refresh(self, seconds: float, *, waits: bool, pause: float = 0.0) -> None:
        """Begin a fetch unless one is under way, has just come, or was tried too lately."""
        with self._lock:
            if self._flight is None:
                # Another thread's fetch may have come since the caller looked.
                if not self._is_older_than(seconds):
                    return
                if self._clock() - self._tried_at < max(self._pause, pause):
                    return
                self._tried_at = self._clock()
                flight = threading.Thread(target=self._run, daemon=True)
                try:
                    flight.start()
                except RuntimeError:
                    return
                self._flight = flight
            flight = self._flight
        if waits:
            flight.join(WAIT_SECONDS)

    def _run(self) -> None:
        try:
            keys = self._fetch(self._jku)
        except KeySetError as error:
            self._failed(str(error))
        else:
            with self._lock:
                self._keys, self._good_at, self._pause = keys, self._clock(), 0.0
        finally:
            with self._lock:
                self._flight = None

    def _failed(self, words: str) -> None:
        with self._lock:
            self._pause = min(max(2 * self._pause, FIRST_PAUSE_SECONDS), LONGEST_PAUSE_SECONDS)
        age = self.age_seconds
        level = logging.ERROR if age is None or age > ALERT_SECONDS else logging.WARNING
        _log.log(level, "a client's keys could not be read", extra={"error": words})


class Keys:
    """The keys of every issuer; `refuses_sandbox` shuts out the key that anybody can sign with."""

    def __init__(
        self, fetch: Fetch, *, refuses_sandbox: bool, clock: Clock = time.monotonic
    ) -> None:
        self._fetch, self._clock, self._refuses_sandbox = fetch, clock, refuses_sandbox
        self._fetched: dict[str, FetchedKeys] = {}

    def find(self, issuer: Issuer, kid: str) -> Key:
        """Return the one key of this issuer with this kid; raise where there is none or doubt."""
        found = self._held(issuer, kid).get(kid, ())
        if not found:
            raise ClientRefused("key-unknown")
        if len(found) > 1:
            raise ClientRefused("key-ambiguous")
        if self._refuses_sandbox and found[0].thumbprint == SANDBOX_THUMBPRINT:
            raise ClientRefused("key-published")
        return found[0]

    def are_fresh(self) -> bool:
        """Tell whether the keys of every issuer that called were read within the last hour."""
        ages = [fetched.age_seconds for fetched in self._fetched.copy().values()]
        return all(age is not None and age <= ALERT_SECONDS for age in ages)

    def _held(self, issuer: Issuer, kid: str) -> KeySet:
        if issuer.keys is not None:
            return issuer.keys
        # In one step, so that calls at the same moment wait for the same fetch.
        new = FetchedKeys(str(issuer.jku), self._fetch, self._clock)
        fetched = self._fetched.setdefault(issuer.iss, new)
        held = fetched.held()
        if held is None:
            raise CannotAuthenticate("keys-unavailable")
        return held if kid in held else fetched.held_after_asking()
