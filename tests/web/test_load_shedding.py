"""Calls that could not even wait for a place: turned away at once, unread, and counted."""

import logging
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from cds_service.app import make_app
from cds_service.core.knowledge import Knowledge
from cds_service.settings import Settings
from cds_service.web.running.logs import JsonLines
from cds_service.web.running.metrics import SharedCounts, share_counts
from tests.conftest import NOW
from tests.fhir.builders import hook_request
from tests.web.contract import PATIENT_VIEW, outcome_in, post

ORIGIN = {"Origin": "https://sandbox.example.org"}
SECRET = b'{"zz-name": '


def full_service(
    knowledge: Knowledge, counts: SharedCounts | None = None, **settings: Any
) -> FlaskClient:
    """Return a client of a service without any place, which is always full."""
    given = Settings(max_in_flight=0, public_base_url="https://cds.example.org", **settings)
    return make_app(given, knowledge, clock=lambda: NOW, counts=counts).test_client()


def test_the_answer_is_the_one_that_is_given_further_in(knowledge: Knowledge) -> None:
    client = full_service(knowledge)
    at_once = post(client, hook_request())
    inside = post(client, hook_request(), f"{PATIENT_VIEW}/")
    assert at_once.status == inside.status == "503 SERVICE UNAVAILABLE"
    assert at_once.data == inside.data
    assert [issue["code"] for issue in outcome_in(at_once)] == ["transient"]
    assert sorted(at_once.headers) == sorted(inside.headers)


def test_the_page_of_another_origin_may_read_it(knowledge: Knowledge) -> None:
    response = post(full_service(knowledge), hook_request(), headers=ORIGIN)
    assert response.status_code == 503
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_a_call_is_turned_away_unread_and_everything_else_let_in(knowledge: Knowledge) -> None:
    client = full_service(knowledge, max_body_bytes=1_000)
    assert post(client, SECRET).status_code == 503
    assert post(client, SECRET, "/cds-services/other").status_code == 404
    assert post(client, b" " * 1_001).status_code == 413
    assert client.get(PATIENT_VIEW).status_code == 405
    for path in ("/livez", "/readyz", "/metrics", "/cds-services", "/"):
        assert client.get(path).status_code == 200


def test_a_draining_service_asks_the_client_to_connect_anew(knowledge: Knowledge) -> None:
    counts = share_counts(knowledge)
    counts.drain()
    response = post(full_service(knowledge, counts), hook_request())
    assert (response.status_code, response.headers["Connection"]) == (503, "close")


def test_it_is_counted_and_logged_once_and_leaves_no_audit_event(
    knowledge: Knowledge, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    trail = tmp_path / "audit"
    client = full_service(knowledge, audit_log=str(trail), audit_key=b"k" * 40)
    caplog.set_level(logging.INFO, "cds_service")
    post(client, SECRET)
    lines = [JsonLines().format(record) for record in caplog.records]
    assert [('"outcome": "overloaded"' in line, "zz-name" in line) for line in lines] == [
        (True, False)
    ]
    metrics = client.get("/metrics").text
    assert 'cds_shed_total{reason="places"} 1\n' in metrics
    assert 'cds_requests_total{service="onfh-patient-view",status="503"} 1\n' in metrics
    assert 'cds_request_seconds_count{service="onfh-patient-view"} 1\n' in metrics
    assert not trail.exists()
