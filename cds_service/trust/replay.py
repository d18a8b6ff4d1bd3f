"""Whether a token was used before, by this process or by any that shares its store.

Without the store a short-lived token is still good once in each process: a hook only reads.
"""

import threading
from typing import Protocol

from cds_service.errors import CannotAuthenticate, ClientRefused, StoreError
from cds_service.trust.token import LEEWAY_SECONDS, Token

MOST_REMEMBERED = 100_000
SHORT_LIFE_SECONDS = 300
ACCEPTED, WITHOUT_STORE = "accepted", "accepted-without-store"


class SeenTokens(Protocol):
    """Where workers and replicas share what they have seen."""

    def is_first(self, iss: str, jti: str, until: float, now: float) -> bool:
        """Keep the pair until a moment (seconds since 1970); tell whether it was new."""
        ...


class Remembered:
    """The last tokens of this process; the oldest give way, since the store has them too."""

    def __init__(self) -> None:
        self._until: dict[tuple[str, str], float] = {}
        self._lock = threading.Lock()

    def is_first(self, iss: str, jti: str, until: float, now: float) -> bool:
        """Keep the pair until a moment; tell whether it was new."""
        with self._lock:
            if self._until.get((iss, jti), 0.0) >= now:
                return False
            if len(self._until) >= MOST_REMEMBERED:
                del self._until[next(iter(self._until))]
            self._until[iss, jti] = until
            return True

    def forget(self, iss: str, jti: str) -> None:
        """Let go of a token that was not accepted after all."""
        with self._lock:
            self._until.pop((iss, jti), None)


def accept_once(token: Token, memory: Remembered, store: SeenTokens, now: float) -> str:
    """Return how the token was accepted; raise where it was used before or nobody can tell."""
    iss, jti = str(token.claims["iss"]), str(token.claims["jti"])
    until = token.seconds("exp") + LEEWAY_SECONDS
    if not memory.is_first(iss, jti, until, now):
        raise ClientRefused("replay")
    try:
        if store.is_first(iss, jti, until, now):
            return ACCEPTED
    except StoreError as error:
        if token.life_seconds <= SHORT_LIFE_SECONDS:
            return WITHOUT_STORE
        memory.forget(iss, jti)
        raise CannotAuthenticate("store") from error
    raise ClientRefused("replay")
