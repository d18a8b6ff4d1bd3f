"""Cross-origin headers: on every answer for the configured origins, and nowhere else."""

import json

import pytest
from flask.testing import FlaskClient

from cds_service.app import make_app
from cds_service.core.knowledge import Knowledge
from cds_service.settings import Settings
from tests.conftest import NOW
from tests.fhir.builders import hook_request
from tests.web.contract import PATIENT_VIEW, post

ORIGIN = "https://sandbox.example.org"
ALLOW = "Access-Control-Allow-Origin"
CALLS = [
    ("GET", "/cds-services", "", 200),
    ("POST", PATIENT_VIEW, json.dumps(hook_request()), 200),
    ("POST", PATIENT_VIEW, "[]", 400),
    ("POST", "/cds-services/other", "", 404),
    ("GET", PATIENT_VIEW, "", 405),
    ("POST", PATIENT_VIEW, json.dumps(hook_request(prefetch={})), 412),
    ("POST", PATIENT_VIEW, " " * 20_001, 413),
    ("GET", "/nowhere", "", 404),
    ("OPTIONS", "/nowhere", "", 404),
    ("OPTIONS", PATIENT_VIEW, "", 200),
    ("OPTIONS", "/cds-services", "", 200),
]


def client_for(origins: set[str], knowledge: Knowledge) -> FlaskClient:
    """Return the service with these allowed origins."""
    configured = Settings(
        public_base_url="https://cds.example.org",
        cors_origins=frozenset(origins),
        max_body_bytes=20_000,
    )
    return make_app(configured, knowledge, clock=lambda: NOW).test_client()


@pytest.mark.parametrize("call", CALLS, ids=str)
@pytest.mark.parametrize(
    ("origins", "allowed"),
    [
        ({"*"}, "*"),
        ({ORIGIN}, ORIGIN),
        ({ORIGIN, "https://other.example"}, ORIGIN),
        ({"https://other.example"}, None),
        (set(), None),
    ],
    ids=str,
)
def test_the_origin_is_allowed_only_where_it_is_configured(
    origins: set[str],
    allowed: str | None,
    call: tuple[str, str, str, int],
    knowledge: Knowledge,
) -> None:
    method, path, body, status = call
    response = client_for(origins, knowledge).open(
        path, method=method, data=body, headers={"Origin": ORIGIN}
    )
    assert response.status_code == status
    assert response.headers.get(ALLOW) == allowed


@pytest.mark.parametrize("origin", ["null", "https://sandbox.example.org.evil.example", "x", ""])
def test_an_origin_that_only_looks_alike_is_not_allowed(origin: str, knowledge: Knowledge) -> None:
    client = client_for({ORIGIN}, knowledge)
    assert ALLOW not in client.get("/cds-services", headers={"Origin": origin}).headers


def test_a_preflight_allows_what_a_hook_call_needs(client: FlaskClient) -> None:
    headers = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization, content-type",
    }
    response = client.options(PATIENT_VIEW, headers=headers)
    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Methods"] == "GET, POST"
    assert response.headers["Access-Control-Allow-Headers"] == "authorization, content-type"


def test_a_preflight_for_a_service_that_is_none_lets_the_page_read_the_404(
    client: FlaskClient,
) -> None:
    response = client.options("/cds-services/other", headers={"Origin": ORIGIN})
    assert (response.status_code, response.headers[ALLOW]) == (200, "*")


def test_a_call_for_another_host_is_refused_and_the_page_may_read_why(
    knowledge: Knowledge,
) -> None:
    settings = Settings(
        is_production=True,
        public_base_url="https://cds.example.org",
        cors_origins=frozenset({ORIGIN}),
    )
    client = make_app(settings, knowledge).test_client()
    headers = {"Origin": ORIGIN, "Host": "evil.example"}
    response = client.get("/cds-services", headers=headers)
    assert (response.status_code, response.headers[ALLOW]) == (400, ORIGIN)


def test_no_answer_allows_credentials(client: FlaskClient) -> None:
    response = post(client, hook_request(), headers={"Origin": ORIGIN})
    assert "Access-Control-Allow-Credentials" not in response.headers


def test_an_answer_that_depends_on_the_origin_says_so(knowledge: Knowledge) -> None:
    response = client_for({ORIGIN}, knowledge).get("/cds-services")
    assert "Origin" in response.headers["Vary"]


def test_without_an_origin_there_is_no_header(client: FlaskClient) -> None:
    assert ALLOW not in client.get("/cds-services").headers
