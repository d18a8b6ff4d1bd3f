"""Which tokens were used, remembered once for all workers and replicas."""

import time

from sqlalchemy import Connection, TextClause, text
from sqlalchemy.exc import OperationalError

from cds_service.errors import StoreError
from cds_service.store.database import DEADLINE_SECONDS, Database

PURGE_SECONDS = 60.0
_COLUMNS = "iss TEXT NOT NULL, jti TEXT NOT NULL, until BIGINT NOT NULL, PRIMARY KEY (iss, jti)"
_INDEX = "CREATE INDEX IF NOT EXISTS seen_tokens_until ON seen_tokens (until)"
_WRITE_AHEAD = text("PRAGMA journal_mode=WAL")
_SQLITE = (
    text(f"CREATE TABLE IF NOT EXISTS seen_tokens ({_COLUMNS}) WITHOUT ROWID"),
    text(_INDEX),
)
# The lock, because one of two sessions that create at once would fail. UNLOGGED: no token outlives
# an hour, so what a crash of the server empties is worth no writing.
_POSTGRESQL = (
    text("SELECT pg_advisory_lock(hashtext('seen_tokens'))"),
    text(f"CREATE UNLOGGED TABLE IF NOT EXISTS seen_tokens ({_COLUMNS})"),
    text(_INDEX),
    text("SELECT pg_advisory_unlock(hashtext('seen_tokens'))"),
)
_INSERT = text(
    "INSERT INTO seen_tokens (iss, jti, until) VALUES (:iss, :jti, :until) ON CONFLICT DO NOTHING"
)
_PURGE = text("DELETE FROM seen_tokens WHERE until < :now")
SWITCH_PAUSE_SECONDS = 0.01
_NOTHING = text("SELECT 1")


class SeenInDatabase:
    """The used tokens in a table that makes itself; `StoreError` where nobody can tell."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._is_made = False
        self._purged_at = 0.0

    def is_first(self, iss: str, jti: str, until: float, now: float) -> bool:
        """Keep the pair until a moment (seconds since 1970); tell whether it was new."""
        if now - self._purged_at >= PURGE_SECONDS:
            # Two threads at the same moment would both purge, which does no harm.
            self._purged_at = now
            self._rows(_PURGE, now=int(now))
        return self._rows(_INSERT, iss=iss, jti=jti, until=int(until)) == 1

    def make(self) -> None:
        """Make the table where it is not there; several processes may do so at once."""
        if not self._is_made:
            self._database.ask(self._create)
            self._is_made = True

    def is_answering(self) -> bool:
        """Tell whether the store can be asked now, for a readiness check."""
        try:
            self._rows(_NOTHING)
        except StoreError:
            return False
        return True

    def _rows(self, statement: TextClause, **values: str | int) -> int:
        """Run a statement on the table, and return how many rows it changed."""
        self.make()
        return self._database.ask(lambda connection: connection.execute(statement, values).rowcount)

    def _create(self, connection: Connection) -> None:
        if not self._database.is_postgresql:
            _write_ahead(connection)
        for statement in _POSTGRESQL if self._database.is_postgresql else _SQLITE:
            connection.execute(statement)


def _write_ahead(connection: Connection) -> None:
    """Let SQLite write ahead; the switch alone does not wait for others, so it is tried again."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while True:
        try:
            connection.execute(_WRITE_AHEAD)
        except OperationalError:
            if time.monotonic() >= deadline:
                raise
            time.sleep(SWITCH_PAUSE_SECONDS)
        else:
            return
