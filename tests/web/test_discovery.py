"""Discovery: exactly the members of CDS Hooks, and queries that every EHR can prefetch."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from msgspec import structs

from cds_service.app import make_app
from cds_service.core.knowledge import Knowledge
from cds_service.hooks import Prefetch
from cds_service.settings import Settings
from tests.conftest import NOW
from tests.fhir.builders import hook_request
from tests.trust.signing import (
    BASE,
    ES_KID,
    clients_file,
    ec_jwk,
    ec_key,
    good_claims,
    guarded_app,
    token,
)
from tests.web.contract import empty_members, post

# CDS Hooks 2.0, "Prefetch query restrictions": a read by id, or a search by patient with tokens.
READ = r"[A-Z][A-Za-z]+/\{\{context\.[A-Za-z]+\}\}"
SEARCH = (
    r"[A-Z][A-Za-z]+\?patient=\{\{context\.patientId\}\}"
    r"(&(_count=\d+|_sort=-?[a-z-]+|(code|status|category|clinical-status)=[^&{}|\s]+"
    r"|date=(eq|lt|gt|le|ge)[^&\s]+))*"
)
ALLOWED = re.compile(f"{READ}|{SEARCH}")


MEMBERS = {
    "hook",
    "title",
    "description",
    "id",
    "prefetch",
    "usageRequirements",
    "version",
    "hookVersion",
}
KEYS = {
    "patient",
    "conditions",
    "imagingStudies",
    "procedures",
    "observations",
    "diagnosticReports",
    "activeOrders",
}


@pytest.mark.parametrize("path", ["/cds-services", "/cds-services/"])
def test_discovery_lists_a_service_for_each_hook(
    path: str, client: FlaskClient, knowledge: Knowledge
) -> None:
    response = client.get(path)
    assert response.status_code == 200
    assert response.mimetype == "application/json"
    listed = [(service["id"], service["hook"]) for service in response.get_json()["services"]]
    assert listed == [(service.id, service.hook) for service in knowledge.services.values()]
    assert {("onfh-patient-view", "patient-view"), ("onfh-order-sign", "order-sign")} < {*listed}


def test_discovery_has_no_null_and_no_empty_member(client: FlaskClient) -> None:
    assert empty_members(client.get("/cds-services").get_json()) == []


def test_a_service_has_exactly_the_members_of_the_specification(client: FlaskClient) -> None:
    document = client.get("/cds-services").get_json()
    assert set(document) == {"services"}
    assert [
        set(service) ^ MEMBERS for service in document["services"] if set(service) != MEMBERS
    ] == []


def test_every_prefetch_template_keeps_to_the_restrictions(
    client: FlaskClient, knowledge: Knowledge
) -> None:
    listed = {s["id"]: s["prefetch"] for s in client.get("/cds-services").get_json()["services"]}
    assert listed == {name: service.prefetch for name, service in knowledge.services.items()}
    assert set(listed["onfh-patient-view"]) == KEYS
    queries = [query for prefetch in listed.values() for query in prefetch.values()]
    assert [query for query in queries if not ALLOWED.fullmatch(query)] == []


LEAN = {"patient", "conditions"}
TWO_CLIENTS = [
    {"name": "Own", "iss": "https://own.example.org", "keys": [ec_jwk(ES_KID, ec_key("own"))]}
    | {"fhirServers": [{"base": "https://fhir.own.example/r4", "networks": ["192.0.2.0/24"]}]},
    {"name": "Whole", "iss": "https://whole.example.org", "keys": [ec_jwk(ES_KID, ec_key("own"))]}
    | {"prefetch": "full"},
]


def keys_listed(services: list[dict[str, Any]]) -> list[set[str]]:
    """Return the prefetch keys of each service."""
    return [set(service["prefetch"]) for service in services]


@pytest.mark.parametrize(
    ("issuer", "keys"), [("https://own.example.org", LEAN), ("https://whole.example.org", KEYS)]
)
def test_discovery_lists_to_each_client_what_it_gets(
    issuer: str, keys: set[str], knowledge: Knowledge, tmp_path: Path
) -> None:
    path = clients_file(tmp_path, *TWO_CLIENTS)
    client = guarded_app(knowledge, path, prefetch="lean").test_client()
    claims = {**good_claims("a", f"{BASE}/cds-services"), "iss": issuer}
    signed = token({"alg": "ES384", "typ": "JWT", "kid": ES_KID}, claims)
    response = client.get("/cds-services", headers={"Authorization": f"Bearer {signed}"})
    services = response.get_json()["services"]
    assert keys_listed(services) == [keys] * len(knowledge.services)
    needs = knowledge.lean_prefetch.usage_requirements
    assert {needs in service["usageRequirements"] for service in services} == {keys == LEAN}


@pytest.mark.parametrize(("prefetch", "keys"), [("full", KEYS), ("lean", LEAN)])
def test_to_callers_that_nobody_checks_it_lists_what_the_setting_says(
    prefetch: Prefetch, keys: set[str], knowledge: Knowledge
) -> None:
    client = make_app(Settings(prefetch=prefetch), knowledge, clock=lambda: NOW).test_client()
    services = client.get("/cds-services").get_json()["services"]
    assert keys_listed(services) == [keys] * len(knowledge.services)
    assert empty_members(services) == []


def test_a_service_for_another_hook_needs_the_content_alone(knowledge: Knowledge) -> None:
    plain = knowledge.services["onfh-patient-view"]
    booking = structs.replace(plain, id="onfh-appointment-book", hook="appointment-book")
    content = replace(knowledge, services={**knowledge.services, booking.id: booking})
    client = make_app(Settings(), content, clock=lambda: NOW).test_client()
    assert client.get("/cds-services").get_json()["services"][-1]["hook"] == "appointment-book"
    request = hook_request() | {"hook": "appointment-book"}
    response = post(client, request, f"/cds-services/{booking.id}")
    as_when_opened = post(client, hook_request(), "/cds-services/onfh-patient-view")
    assert response.status_code == 200
    assert response.data == as_when_opened.data


def test_discovery_answers_head(client: FlaskClient) -> None:
    response = client.head("/cds-services")
    assert (response.status_code, response.data) == (200, b"")


def test_discovery_is_the_same_on_every_call(client: FlaskClient) -> None:
    assert client.get("/cds-services").data == client.get("/cds-services/").data
