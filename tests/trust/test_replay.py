"""A token is good once: over workers, over servers that share a store, and without the store."""

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from cds_service.errors import CannotAuthenticate, ClientRefused, StoreError
from cds_service.trust import replay
from cds_service.trust.replay import Remembered, accept_once
from cds_service.trust.token import Token, read_token
from tests.commands import served
from tests.store.postgres import start_postgres
from tests.trust.signing import BASE, MOMENT, clients_file, good_claims, token

TIMES = 100
# Of each server: two share the store as four do.
WORKERS = 2


class Store:
    """A store that answers as it is told, or is down."""

    def __init__(self, answer: bool | None) -> None:
        self.answer = answer

    def is_first(self, *_: object) -> bool:
        """Answer as told."""
        if self.answer is None:
            raise StoreError
        return self.answer


@contextmanager
def server(folder: Path, database_url: str) -> Iterator[str]:
    """Serve with several workers that share a store."""
    variables = {
        "CDS_WORKERS": str(WORKERS),
        "CDS_PUBLIC_BASE_URL": BASE,
        "CDS_CLIENT_AUTHENTICATION": "jwt",
        "CDS_CLIENTS": str(clients_file(folder)),
        "CDS_DATABASE_URL": database_url,
    }
    with served(folder / f"log-{uuid4()}", **variables) as (_, url):
        yield f"{url}/cds-services"


def statuses(urls: list[str], text: str) -> Counter[int]:
    """Send one token a hundred times, each on a connection of its own, and count the answers.

    `requests` would take ten times as long for each, in which the others would wait.
    """

    def send(number: int) -> int:
        address = urlsplit(urls[number % len(urls)])
        with closing(HTTPConnection(address.netloc, timeout=20)) as connection:
            connection.request("GET", address.path, headers={"Authorization": f"Bearer {text}"})
            return connection.getresponse().status

    with ThreadPoolExecutor(16) as threads:
        return Counter(threads.map(send, range(TIMES)))


@pytest.mark.enable_socket
def test_the_workers_of_two_servers_accept_a_token_once(tmp_path: Path) -> None:
    postgres = start_postgres()
    try:
        with ExitStack() as stack:
            urls = [stack.enter_context(server(tmp_path, postgres.url)) for _ in range(2)]
            for number in range(3):
                text = token(claims=good_claims(f"jti-{number}", now=int(time.time())))
                assert statuses(urls, text) == {200: 1, 401: TIMES - 1}
    finally:
        postgres.stop()


@pytest.mark.enable_socket
def test_the_workers_that_share_a_file_accept_a_token_once(tmp_path: Path) -> None:
    with server(tmp_path, f"sqlite:///{tmp_path}/store.sqlite3") as url:
        for number in range(3):
            text = token(claims=good_claims(f"jti-{number}", now=int(time.time())))
            assert statuses([url], text) == {200: 1, 401: TIMES - 1}


def parsed(seconds: int = 300) -> Token:
    """Return a token that lives so long."""
    return read_token(token(claims=good_claims() | {"exp": MOMENT + seconds}))


def test_without_the_store_a_short_token_is_good_once_in_each_process() -> None:
    memory = Remembered()
    assert accept_once(parsed(), memory, Store(None), MOMENT) == "accepted-without-store"
    with pytest.raises(ClientRefused, match="replay"):
        accept_once(parsed(), memory, Store(None), MOMENT)


def test_what_was_accepted_without_the_store_is_refused_when_it_is_back() -> None:
    memory = Remembered()
    accept_once(parsed(), memory, Store(None), MOMENT)
    with pytest.raises(ClientRefused, match="replay"):
        accept_once(parsed(), memory, Store(answer=True), MOMENT)


def test_what_was_accepted_with_the_store_is_refused_when_it_is_down() -> None:
    memory = Remembered()
    assert accept_once(parsed(), memory, Store(answer=True), MOMENT) == "accepted"
    with pytest.raises(ClientRefused, match="replay"):
        accept_once(parsed(), memory, Store(None), MOMENT)


def test_without_the_store_a_long_token_waits_for_it() -> None:
    memory = Remembered()
    with pytest.raises(CannotAuthenticate, match="store"):
        accept_once(parsed(301), memory, Store(None), MOMENT)
    assert accept_once(parsed(301), memory, Store(answer=True), MOMENT) == "accepted"


def test_what_the_store_has_seen_is_refused() -> None:
    with pytest.raises(ClientRefused, match="replay"):
        accept_once(parsed(), Remembered(), Store(answer=False), MOMENT)


def test_a_process_remembers_so_many_tokens_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "MOST_REMEMBERED", 3)
    memory = Remembered()
    firsts = [memory.is_first("iss", str(n % 4), MOMENT + 60, MOMENT) for n in range(6)]
    assert firsts == [True] * 6
    assert not memory.is_first("iss", "1", MOMENT + 60, MOMENT)
