"""Discovery: exactly the members of CDS Hooks, and queries that every EHR can prefetch."""

import re

import pytest
from flask.testing import FlaskClient

from tests.web.contract import empty_members

# CDS Hooks 2.0, "Prefetch query restrictions": a read by id, or a search by patient with tokens.
READ = r"[A-Z][A-Za-z]+/\{\{context\.[A-Za-z]+\}\}"
SEARCH = (
    r"[A-Z][A-Za-z]+\?patient=\{\{context\.patientId\}\}"
    r"(&(_count=\d+|_sort=-?[a-z-]+|(code|status|category|clinical-status)=[^&{}|\s]+"
    r"|date=(eq|lt|gt|le|ge)[^&\s]+))*"
)
ALLOWED = re.compile(f"{READ}|{SEARCH}")


@pytest.mark.parametrize("path", ["/cds-services", "/cds-services/"])
def test_discovery_lists_a_service_for_each_hook(path: str, client: FlaskClient) -> None:
    response = client.get(path)
    assert response.status_code == 200
    assert response.mimetype == "application/json"
    assert {(s["id"], s["hook"]) for s in response.get_json()["services"]} == {
        ("onfh-patient-view", "patient-view"),
        ("onfh-order-select", "order-select"),
        ("onfh-order-sign", "order-sign"),
    }


def test_discovery_has_no_null_and_no_empty_member(client: FlaskClient) -> None:
    assert empty_members(client.get("/cds-services").get_json()) == []


@pytest.mark.parametrize("index", range(3))
def test_a_service_has_exactly_the_members_of_the_specification(
    index: int, client: FlaskClient
) -> None:
    document = client.get("/cds-services").get_json()
    assert set(document) == {"services"}
    assert set(document["services"][index]) == {
        "hook",
        "title",
        "description",
        "id",
        "prefetch",
        "usageRequirements",
        "version",
        "hookVersion",
    }


KEYS = (
    "patient",
    "conditions",
    "imagingStudies",
    "procedures",
    "observations",
    "diagnosticReports",
)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("index", range(3))
def test_a_prefetch_template_keeps_to_the_restrictions(
    index: int, key: str, client: FlaskClient
) -> None:
    prefetch = client.get("/cds-services").get_json()["services"][index]["prefetch"]
    assert set(prefetch) == set(KEYS)
    assert ALLOWED.fullmatch(prefetch[key])


def test_discovery_answers_head(client: FlaskClient) -> None:
    response = client.head("/cds-services")
    assert (response.status_code, response.data) == (200, b"")


def test_discovery_is_the_same_on_every_call(client: FlaskClient) -> None:
    assert client.get("/cds-services").data == client.get("/cds-services/").data
