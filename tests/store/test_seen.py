"""The used tokens in SQLite and in PostgreSQL, both real: once is once, also in trouble."""

import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from cds_service.errors import SettingsError, StoreError
from cds_service.store.database import Database
from cds_service.store.seen import SeenInDatabase
from tests.store.postgres import Postgres, start_postgres

pytestmark = pytest.mark.enable_socket

Open = Callable[[], SeenInDatabase]
NOW = 1_800_000_000.0


@pytest.fixture(scope="session")
def shared_postgres() -> Iterator[Postgres]:
    """A server for all tests that leave it well."""
    server = start_postgres()
    yield server
    server.stop()


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Open the same store again and again, as workers and replicas do."""
    url = f"sqlite:///{tmp_path}/store.sqlite3"
    if request.param == "PostgreSQL":
        url = request.getfixturevalue("shared_postgres").url
    databases: list[Database] = []

    def opened() -> SeenInDatabase:
        databases.append(Database(url))
        return SeenInDatabase(databases[-1])

    yield opened
    for database in databases:
        database.close()


def test_a_pair_is_new_once(open_store: Open, tmp_path: Path) -> None:
    store, iss = open_store(), str(tmp_path)
    assert [store.is_first(iss, "a", NOW + 60, NOW) for _ in range(3)] == [True, False, False]
    assert store.is_first(iss, "b", NOW + 60, NOW)
    assert store.is_first(f"{iss}/other", "a", NOW + 60, NOW)
    assert not open_store().is_first(iss, "a", NOW + 60, NOW)


def test_of_20_that_use_a_token_at_once_one_is_first(open_store: Open, tmp_path: Path) -> None:
    stores = [open_store() for _ in range(4)]
    with ThreadPoolExecutor(4) as workers:
        list(workers.map(SeenInDatabase.make, stores))  # as workers do that start at once
    ready = threading.Barrier(20)

    def use(number: int) -> bool:
        ready.wait()
        return stores[number % 4].is_first(str(tmp_path), "race", NOW + 60, NOW)

    with ThreadPoolExecutor(20) as threads:
        assert sum(threads.map(use, range(20))) == 1


def test_what_has_expired_is_cleared_away(open_store: Open) -> None:
    store = open_store()
    before = kept_in(store)
    for number in range(50):
        store.is_first("bounded", str(number), NOW + 60, NOW)
    assert kept_in(store) == before + 50
    late = NOW + 10_000
    open_store().is_first("bounded", "later", late + 60, late)
    assert kept_in(store) == 1


def kept_in(store: SeenInDatabase) -> int:
    """Return how many tokens a store keeps."""
    store.make()
    ask = "SELECT count(*) FROM seen_tokens"
    return int(store._database.ask(lambda c: c.exec_driver_sql(ask).scalar_one()))


def test_sqlite_writes_ahead_so_that_workers_do_not_wait(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/store.sqlite3")
    SeenInDatabase(database).make()
    ask = "PRAGMA journal_mode"
    assert database.ask(lambda c: c.exec_driver_sql(ask).scalar_one()) == "wal"
    database.close()


def test_the_postgresql_table_is_unlogged(shared_postgres: Postgres) -> None:
    database = Database(shared_postgres.url)
    SeenInDatabase(database).make()
    ask = "SELECT relpersistence FROM pg_class WHERE relname = 'seen_tokens'"
    assert database.ask(lambda c: c.exec_driver_sql(ask).scalar_one()) == "u"
    database.close()


@pytest.mark.parametrize(
    "url", ["sqlite:////nowhere/at/all.sqlite3", "postgresql://u@127.0.0.1:1/x"]
)
def test_a_store_that_is_not_there_is_an_error_in_a_moment(url: str) -> None:
    database = Database(url)
    started = time.monotonic()
    for _ in range(10):
        with pytest.raises(StoreError):
            SeenInDatabase(database).is_first("iss", "a", NOW + 60, NOW)
    assert time.monotonic() - started < 4.0
    database.close()


@pytest.fixture
def own_postgres() -> Iterator[Postgres]:
    """A server that a test may break."""
    server = start_postgres()
    yield server
    server.stop()


def test_a_frozen_server_costs_half_a_second_a_few_times_and_then_nothing(
    own_postgres: Postgres,
) -> None:
    database = Database(own_postgres.url)
    store = SeenInDatabase(database)
    assert store.is_first("iss", "a", NOW + 60, NOW)
    own_postgres.freeze()
    seconds = []
    for _ in range(8):
        started = time.monotonic()
        with pytest.raises(StoreError):
            store.is_first("iss", "b", NOW + 60, NOW)
        seconds.append(time.monotonic() - started)
    assert max(seconds) < 1.5
    assert max(seconds[5:]) < 0.1
    database.close()


def test_after_the_server_cut_its_connections_the_store_goes_on(
    shared_postgres: Postgres,
) -> None:
    database = Database(shared_postgres.url)
    store = SeenInDatabase(database)
    assert store.is_first("cut", "a", NOW + 60, NOW)
    ask = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    with psycopg.connect(shared_postgres.url) as administrator:
        administrator.execute(ask)
    assert store.is_first("cut", "b", NOW + 60, NOW)
    assert not store.is_first("cut", "a", NOW + 60, NOW)
    database.close()


@pytest.mark.parametrize(
    "url", ["", "x", "mysql://u:s3cret@h/d", "postgresql+psycopg://u:s3cret@h/d", "sqlite://"]
)
def test_an_address_that_is_none_is_refused_and_never_repeated(url: str) -> None:
    with pytest.raises(SettingsError, match="CDS_DATABASE_URL") as caught:
        Database(url)
    assert "s3cret" not in str(caught.value)


def test_postgresql_without_its_driver_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(SettingsError, match=r"CDS_DATABASE_URL.*\[postgresql\]") as caught:
        Database("postgresql://u:s3cret@h/d")
    assert "s3cret" not in str(caught.value)


def test_sqlite_is_made_to_write_ahead_while_another_writes_the_file(tmp_path: Path) -> None:
    file = tmp_path / "store.sqlite3"
    writer = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
    writer.execute("CREATE TABLE other (x)")
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("INSERT INTO other VALUES (1)")
    ending = threading.Timer(0.1, lambda: writer.execute("COMMIT"))
    database = Database(f"sqlite:///{file}")

    ending.start()
    SeenInDatabase(database).make()

    ending.join()
    writer.close()
    database.close()
