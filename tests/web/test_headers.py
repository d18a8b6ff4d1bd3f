"""Headers that bind a browser: on every route, every method and every error."""

import json

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from cds_service.app import make_app
from cds_service.core.knowledge import Knowledge
from cds_service.settings import Settings
from cds_service.web.headers import ALWAYS, CONTENT_POLICY, ONLY_HTTPS
from tests.conftest import NOW
from tests.fhir.builders import hook_request
from tests.web.contract import PATIENT_VIEW, issues_in, post

HTTPS = "https://cds.example.org"
CARD = "/about/source-attributes/weight-bearing"
# method, address, body, status, what may be kept
CALLS = [
    ("GET", "/", "", 200, "no-cache"),
    ("HEAD", "/", "", 200, "no-cache"),
    ("GET", "/livez", "", 200, "no-cache"),
    ("GET", "/readyz", "", 200, "no-cache"),
    ("GET", "/metrics", "", 200, "no-cache"),
    ("GET", "/openapi.json", "", 200, "no-cache"),
    ("GET", "/about/static/pages.css", "", 200, "no-cache"),
    ("GET", "/about/static/icon.svg", "", 200, "no-cache"),
    ("GET", "/about/static/../../app.py", "", 404, "no-store"),
    ("GET", "/about/source-attributes", "", 200, "no-cache"),
    ("GET", "/about/source-attributes.json", "", 200, "no-cache"),
    ("GET", CARD, "", 200, "no-cache"),
    ("GET", f"{CARD}.json", "", 200, "no-cache"),
    ("GET", "/about/source-attributes/other", "", 404, "no-store"),
    ("GET", "/cds-services", "", 200, "no-cache"),
    ("OPTIONS", "/cds-services", "", 200, "no-store"),
    ("POST", PATIENT_VIEW, json.dumps(hook_request()), 200, "no-store"),
    ("POST", PATIENT_VIEW, "[]", 400, "no-store"),
    ("POST", PATIENT_VIEW, json.dumps(hook_request(prefetch={})), 412, "no-store"),
    ("POST", PATIENT_VIEW, " " * 20_001, 413, "no-store"),
    ("POST", "/cds-services/other", "{}", 404, "no-store"),
    ("GET", PATIENT_VIEW, "", 405, "no-store"),
    ("GET", "/nowhere", "", 404, "no-store"),
]


def app_at(base_url: str, knowledge: Knowledge, *, is_production: bool = False) -> Flask:
    """Return the service at this address, with a low limit for bodies."""
    settings = Settings(
        public_base_url=base_url, max_body_bytes=20_000, is_production=is_production
    )
    return make_app(settings, knowledge, clock=lambda: NOW)


def assert_has_headers(response: TestResponse) -> None:
    """Check each header: there, once, with this value."""
    for name, value in ALWAYS:
        assert response.headers.getlist(name) == [value]


@pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call[0]} {call[1]} {call[3]}")
def test_every_answer_carries_every_header_once(
    call: tuple[str, str, str, int, str], knowledge: Knowledge
) -> None:
    method, path, body, status, kept = call
    client = app_at(HTTPS, knowledge).test_client()
    with client.open(path, method=method, data=body) as response:
        assert response.status_code == status
        assert_has_headers(response)
        assert response.headers.getlist(ONLY_HTTPS[0]) == [ONLY_HTTPS[1]]
        assert response.headers.getlist("Cache-Control") == [kept]


def test_the_calls_above_reach_every_route(knowledge: Knowledge) -> None:
    app = app_at(HTTPS, knowledge)
    adapter = app.url_map.bind("cds.example.org")
    reached = {adapter.match(path, method)[0] for method, path, _, code, _ in CALLS if code < 400}
    assert reached == {rule.endpoint for rule in app.url_map.iter_rules()}


def test_a_fault_of_ours_carries_every_header_too(
    knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("cds_service.web.hooks.routes.answer_hook", fail)
    client = app_at(HTTPS, knowledge).test_client()
    response = post(client, hook_request(), headers={"Origin": "https://sandbox.example.org"})
    assert response.status_code == 500
    (issue,) = response.get_json()["issue"]
    assert (issue["severity"], issue["code"]) == ("fatal", "exception")
    assert_has_headers(response)
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_only_an_https_address_asks_for_https_from_then_on(knowledge: Knowledge) -> None:
    response = app_at("http://127.0.0.1:8080", knowledge).test_client().get("/")
    assert ONLY_HTTPS[0] not in response.headers
    assert_has_headers(response)


def test_the_policy_allows_own_styles_and_pictures_and_nothing_else() -> None:
    rules = dict(rule.split(" ", 1) for rule in CONTENT_POLICY.split("; "))
    assert {name for name, value in rules.items() if value != "'none'"} == {"style-src", "img-src"}
    assert {rules["style-src"], rules["img-src"]} == {"'self'"}
    assert {"default-src", "frame-ancestors", "base-uri", "form-action"} <= set(rules)


@pytest.fixture
def production(knowledge: Knowledge) -> FlaskClient:
    """The service in production."""
    return app_at(HTTPS, knowledge, is_production=True).test_client()


OWN_HOSTS = [
    "cds.example.org",
    "CDS.Example.ORG",
    "cds.example.org:443",
    "cds.example.org:8443",
    "127.0.0.1:8080",
]
OTHER_HOSTS = [
    "evil.example",
    "cds.example.org.evil.example",
    "evil.example:443",
    "evilcds.example.org",
    "cds.example.org@evil.example",
    "cds.example.org evil.example",
    "localhost",
    "10.0.0.1",
    "[::1]",
    "cds.example.org:99999",
]


@pytest.mark.parametrize("host", OWN_HOSTS)
def test_production_answers_to_its_own_name(host: str, production: FlaskClient) -> None:
    assert production.get("/cds-services", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", OTHER_HOSTS)
def test_production_answers_to_no_other_name(host: str, production: FlaskClient) -> None:
    response = post(production, hook_request(), headers={"Host": host})
    assert [issue["code"] for issue in issues_in(response)] == ["processing"]
    assert response.status_code == 400
    assert_has_headers(response)
    assert host not in response.text


SPOOFED = {
    "Forwarded": "host=evil.example;proto=http",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "http",
    "X-Forwarded-Prefix": "/evil",
    "X-Original-URL": "/evil",
}


@pytest.mark.parametrize("headers", [SPOOFED, {"Host": "evil.example"}], ids=str)
def test_no_header_of_a_request_changes_an_address_that_we_write(
    headers: dict[str, str], client: FlaskClient
) -> None:
    plain, spoofed = post(client, hook_request()), post(client, hook_request(), headers=headers)
    assert spoofed.data == plain.data
    for path in ("/", "/cds-services", CARD):
        assert "evil" not in client.get(path, headers=headers).text


def test_the_probes_say_alive_and_which_content_is_ready(
    client: FlaskClient, knowledge: Knowledge
) -> None:
    assert client.get("/livez").get_json() == {"status": "alive"}
    ready = {"status": "ready", "knowledge": knowledge.digest[:12]}
    assert client.get("/readyz").get_json() == ready | {"checks": {}}
