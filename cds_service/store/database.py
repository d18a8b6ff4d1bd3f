"""One database, SQLite or PostgreSQL, that answers within half a second or not at all.

A frozen PostgreSQL server answers no time-out of its own, so every question to it is put on a
thread and given up after half a second; after some failures nobody asks for a while.
"""

import os
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from cds_service.errors import SettingsError, StoreError
from cds_service.fhir.server.breaker import Breaker

AnswerT = TypeVar("AnswerT")
DEADLINE_SECONDS = 0.5
MOST_CONNECTIONS = 4
_POOL: Mapping[str, Any] = {
    "isolation_level": "AUTOCOMMIT",
    "pool_size": MOST_CONNECTIONS,
    "max_overflow": 0,
    "pool_timeout": DEADLINE_SECONDS,
}
_TIME_OUTS: Mapping[str, Any] = {
    "connect_timeout": 2,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 5_000,
    "options": "-c statement_timeout=500 -c lock_timeout=400",
}
_DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg"}


class Database:
    """Runs short pieces of work, each on its own connection in autocommit."""

    def __init__(self, url: str) -> None:
        parsed = _parsed(url)
        self.is_postgresql = parsed.drivername != "sqlite"
        self._engine = _postgresql(parsed) if self.is_postgresql else _sqlite(parsed)
        self._threads = ThreadPoolExecutor(MOST_CONNECTIONS, thread_name_prefix="store")
        self._free = threading.Semaphore(MOST_CONNECTIONS)
        self._breaker = Breaker(time.monotonic)

    def ask(self, work: Callable[[Connection], AnswerT]) -> AnswerT:
        """Return what the work returns; raise `StoreError` after half a second or a failure."""
        if not self._breaker.lets_through():
            raise StoreError("the store has not been answering")
        try:
            answer = self._late_or(work) if self.is_postgresql else self._run(work, [])
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            self._breaker.failed()
            raise StoreError("the store did not answer") from error
        self._breaker.succeeded()
        return answer

    def close(self) -> None:
        """Let go of the threads and connections; what was given up ends by itself."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        self._engine.dispose()

    def _late_or(self, work: Callable[[Connection], AnswerT]) -> AnswerT:
        """Run the work on a thread; at the deadline its socket is shut, and the thread is free."""
        if not self._free.acquire(timeout=DEADLINE_SECONDS):
            raise TimeoutError
        used: list[socket.socket] = []
        future: Future[AnswerT] = self._threads.submit(self._run, work, used)
        future.add_done_callback(lambda _: self._free.release())
        try:
            return future.result(DEADLINE_SECONDS)
        except TimeoutError:
            for sock in used:
                with suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)
            raise

    def _run(self, work: Callable[[Connection], AnswerT], used: list[socket.socket]) -> AnswerT:
        """Run the work, once more where a kept connection turns out to be dead."""
        try:
            return self._run_once(work, used)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
        return self._run_once(work, used)

    def _run_once(
        self, work: Callable[[Connection], AnswerT], used: list[socket.socket]
    ) -> AnswerT:
        with ExitStack() as stack:
            connection = stack.enter_context(self._engine.connect())
            if self.is_postgresql:
                number = connection.connection.driver_connection.fileno()  # type: ignore[union-attr]
                used.append(stack.enter_context(socket.socket(fileno=os.dup(number))))
            return work(connection)


def _parsed(url: str) -> URL:
    """Return the address with its driver; the error never repeats it, it may hold a password."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise SettingsError(_WORDS) from error
    if parsed.drivername not in _DRIVERS or not parsed.database:
        raise SettingsError(_WORDS)
    return parsed.set(drivername=_DRIVERS[parsed.drivername])


def _sqlite(url: URL) -> Engine:
    engine = create_engine(url, connect_args={"timeout": DEADLINE_SECONDS}, **_POOL)

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: object) -> None:
        connection.execute("PRAGMA synchronous=NORMAL")

    return engine


def _postgresql(url: URL) -> Engine:
    try:
        return create_engine(url, connect_args=_TIME_OUTS, **_POOL)
    except ImportError as error:
        raise SettingsError(_NO_DRIVER) from error


_WORDS = (
    "CDS_DATABASE_URL must be sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE. "
    "Signs such as @ and / within a password are written as %40 and %2F."
)
_NO_DRIVER = (
    "CDS_DATABASE_URL names PostgreSQL, and the driver is not installed here: install "
    "femoral-head-cds[postgresql]."
)
