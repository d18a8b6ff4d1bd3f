"""No address that a client or a server sends is called: it is only compared with what stands here.

Sockets are closed in this file, and each attempt to look a name up or to open one is counted.
"""

import json
import socket
from pathlib import Path
from typing import Any

import pytest
import requests
from flask.testing import FlaskClient
from requests.adapters import BaseAdapter

from cds_service.core.knowledge import Knowledge
from cds_service.errors import FetchError
from cds_service.fhir.server.access import NOT_REGISTERED, Access, FhirServer
from cds_service.fhir.server.guarded_http import HttpExchange, make_session
from cds_service.fhir.server.paging import FOREIGN_PAGE, Ask, Query, read_all_pages
from cds_service.fhir.server.urls import next_page, parse_base
from tests.fhir.builders import Json, bundle, condition, hook_request, prefetch, without
from tests.fhir_server.bench import TOKEN, service
from tests.web.contract import cards_in, check_contract, post, words_in

BASE_TEXT = "https://fhir.example.org/r4"
BASE = parse_base(BASE_TEXT)
FIRST = f"{BASE_TEXT}/Condition?patient=zz-test-1"
LINES = (Path(__file__).parent / "hostile_urls.txt").read_text(encoding="utf-8").split("\n")
LISTED: list[str] = [json.loads(f'"{x}"') for x in LINES if x and not x.startswith("# ")]
OVERLONG = [f"{BASE_TEXT}/{'x' * 2_048}", f"https://{'a.' * 1_500}example.org/r4", "x" * 100_000]
HOSTILE = [*LISTED, *OVERLONG]
CLIENTS = f"""
clients:
  - name: Example
    fhirServers:
      - base: {BASE_TEXT}
        networks: ["10.0.0.0/8"]
"""

each_hostile = pytest.mark.parametrize("url", HOSTILE, ids=lambda url: ascii(url)[:60])


class Canned(BaseAdapter):
    """Answers every request with the same status, headers and body, and remembers the URLs."""

    def __init__(self, status: int, body: Json, headers: dict[str, str]) -> None:
        super().__init__()
        self.status, self.body, self.headers = status, json.dumps(body).encode(), headers
        self.asked: list[str | None] = []

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """Answer, and open nothing."""
        self.asked.append(request.url)
        response = requests.Response()
        response.status_code, response.request = self.status, request
        response.headers.update(self.headers)
        response.url = request.url or ""
        response.raw = _Body(self.body)
        return response

    def close(self) -> None:
        """Have nothing to close."""


class _Body:
    def __init__(self, body: bytes) -> None:
        self.body = body

    def stream(self, _: int, *, decode_content: bool) -> list[bytes]:
        assert not decode_content
        return [self.body]

    def close(self) -> None:
        pass

    release_conn = close


def session_with(adapter: Canned) -> requests.Session:
    """Return the service's own session over an adapter that opens nothing."""
    session = make_session()
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def query() -> Query:
    """Return a query with a token and time enough."""
    assert BASE is not None
    access = Access(FhirServer(BASE, (), {}), TOKEN, float("inf"))
    return Query("Condition", Ask(FIRST), access, HttpExchange((), access.deadline))


@pytest.fixture
def attempts(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Everything that was tried on the network; each attempt fails."""
    tried: list[object] = []

    def refuse(*arguments: object, **_: object) -> None:
        tried.append(arguments)
        raise OSError("no network in this test")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    return tried


@pytest.fixture(scope="module")
def clients_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clients file with one registered server."""
    path = tmp_path_factory.mktemp("clients") / "clients.yaml"
    path.write_text(CLIENTS, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def registered(knowledge: Knowledge, clients_file: Path) -> FlaskClient:
    """The service in production with one registered server; nothing in it may ever fail or work."""
    return service(knowledge, is_production=True, clients_file=clients_file)


def test_the_list_is_long_and_without_repeats() -> None:
    assert len(LISTED) >= 150
    assert len(set(LISTED)) == len(LISTED)


@each_hostile
def test_a_hostile_fhir_server_is_not_called(
    url: str, registered: FlaskClient, attempts: list[object]
) -> None:
    request = hook_request(fhirServer=url, fhirAuthorization={"access_token": TOKEN})
    response = post(registered, without(request, "prefetch"))
    assert response.status_code == 412
    assert NOT_REGISTERED in words_in(response)
    assert TOKEN not in response.text
    assert attempts == []


@each_hostile
def test_a_hostile_next_link_in_the_prefetch_is_not_called(
    url: str, registered: FlaskClient, attempts: list[object]
) -> None:
    page = bundle(condition(), link=[{"relation": "next", "url": url}])
    leave = {"fhirServer": BASE_TEXT, "fhirAuthorization": {"access_token": TOKEN}}
    response = post(registered, hook_request(prefetch=prefetch(conditions=page), **leave))
    assert all("problem list could not be read completely" in c.detail for c in cards_in(response))
    assert attempts == []


@each_hostile
def test_a_hostile_next_link_of_a_server_is_not_called(url: str, attempts: list[object]) -> None:
    adapter = Canned(200, bundle(condition(), link=[{"relation": "next", "url": url}]), {})
    fetched = read_all_pages(query(), session_with(adapter))
    assert (len(fetched.pages), fetched.gap) == (1, FOREIGN_PAGE)
    assert adapter.asked == [FIRST]
    assert attempts == []


def test_fewer_entries_than_the_total_are_named_in_words() -> None:
    adapter = Canned(200, bundle(condition(), total=2), {})
    fetched = read_all_pages(query(), session_with(adapter))
    assert (len(fetched.pages), fetched.gap) == (1, "holds fewer entries than its total says")


@each_hostile
def test_a_hostile_redirect_is_not_followed(url: str, attempts: list[object]) -> None:
    adapter = Canned(307, {}, {"Location": url})
    with pytest.raises(FetchError, match="HTTP status 307"):
        read_all_pages(query(), session_with(adapter))
    assert adapter.asked == [FIRST]
    assert attempts == []


@pytest.mark.parametrize("server", [5, [], {}, True], ids=str)
def test_a_fhir_server_that_is_no_text_is_refused(
    server: object, registered: FlaskClient, attempts: list[object]
) -> None:
    response = post(registered, hook_request(fhirServer=server))
    assert response.status_code in (400, 200)
    check_contract(response)
    assert attempts == []


SAME = [
    BASE_TEXT,
    f"{BASE_TEXT}/",
    "HTTPS://fhir.example.org/r4",
    "hTTpS://FHIR.Example.ORG/r4",
    "https://fhir.example.org:443/r4",
    "https://FHIR.EXAMPLE.ORG:443/r4/",
]


@pytest.mark.parametrize("text", SAME)
def test_another_spelling_of_the_registered_base_is_the_same(text: str) -> None:
    assert parse_base(text) == BASE
    assert BASE is not None
    assert BASE.text == BASE_TEXT


@pytest.mark.parametrize("text", SAME)
def test_another_spelling_calls_the_registered_name(
    text: str, knowledge: Knowledge, clients_file: Path, attempts: list[Any]
) -> None:
    client = service(knowledge, is_production=True, clients_file=clients_file)
    post(client, without(hook_request(fhirServer=text), "prefetch"))
    assert {attempt[:2] for attempt in attempts} == {("fhir.example.org", 443)}


@pytest.mark.parametrize(
    ("link", "address"),
    [
        ("?page=2", f"{BASE_TEXT}/Condition?page=2"),
        ("Condition?page=2", f"{BASE_TEXT}/Condition?page=2"),
        ("/r4/Condition?page=2", f"{BASE_TEXT}/Condition?page=2"),
        ("//fhir.example.org/r4?page=2", f"{BASE_TEXT}?page=2"),
        ("https://fhir.example.org:443/r4/_page/2", f"{BASE_TEXT}/_page/2"),
        ("HTTPS://FHIR.EXAMPLE.ORG/r4/?a=%2e%2e/@b|c[d]", f"{BASE_TEXT}?a=%2e%2e/@b|c[d]"),
    ],
)
def test_a_next_link_inside_the_base_is_written_with_the_registered_text(
    link: str, address: str
) -> None:
    assert BASE is not None
    assert next_page(link, FIRST, BASE) == address


@pytest.mark.parametrize(
    ("text", "is_loopback"),
    [
        ("http://127.0.0.1:8081/fhir", True),
        ("http://localhost/fhir", True),
        ("http://[::1]:8081/fhir", True),
        ("http://10.0.0.1/fhir", False),
        ("https://fhir.example.org", False),
    ],
)
def test_only_this_machine_is_loopback_and_keeps_its_text(text: str, is_loopback: bool) -> None:
    base = parse_base(text)
    assert base is not None
    assert (base.is_loopback, base.text) == (is_loopback, text)
