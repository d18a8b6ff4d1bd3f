"""The audit trail: an AuditEvent for every hook call, without any identifier, never lost unseen."""

import hmac
import json
import os
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.auditevent import AuditEvent
from flask.testing import FlaskClient
from werkzeug.exceptions import NotImplemented as HTTPNotImplemented
from werkzeug.exceptions import RequestEntityTooLarge

from cds_service.app import make_app
from cds_service.core.knowledge import Knowledge
from cds_service.errors import CannotAuthenticate, ClientRefused
from cds_service.settings import Settings
from cds_service.web.exchange import current_exchange
from cds_service.web.running import audit
from tests.conftest import NOW
from tests.fhir.builders import Json, hook_request
from tests.web.contract import PATIENT_VIEW, cards_in, post
from tests.web.test_mutations import CANARIES
from tests.web.test_privacy import CALLS, ID_CANARY, SERVICE

KEY = b"an invented secret of forty characters.."
CLIENT = "zz-canary-client"


def audited(knowledge: Knowledge, target: Path | str) -> FlaskClient:
    """Return a service that keeps its trail in a file, called by a known client."""
    base = "https://cds.example.org"
    settings = Settings(public_base_url=base, audit_log=str(target), audit_key=KEY)
    app = make_app(settings, knowledge, clock=lambda: NOW)

    @app.before_request
    def authenticate() -> None:
        current_exchange().client = CLIENT

    return app.test_client()


def events_in(trail: Path) -> list[Json]:
    """Return the events of a trail; FHIR R4B must accept each, and R4 has the same form."""
    events: list[Json] = [json.loads(line) for line in trail.read_text().splitlines()]
    for event in events:
        AuditEvent.model_validate(event)
    return events


def hashed(kind: str, identifier: str) -> Json:
    """Return an identifier as the trail writes it."""
    text = f"{kind}\0{identifier}".encode()
    return {"system": "urn:hmac-sha256", "value": hmac.digest(KEY, text, "sha256").hex()}


def details(event: Json) -> list[tuple[str, str]]:
    """Return what an event says of the call."""
    return [(each["type"], each["valueString"]) for each in event["entity"][-1]["detail"]]


def test_an_event_says_who_asked_about_whom_and_what_came_of_it(
    knowledge: Knowledge, tmp_path: Path
) -> None:
    request = hook_request()
    cards_in(post(audited(knowledge, tmp_path / "trail"), request))
    (event,) = events_in(tmp_path / "trail")
    patient = request["context"]["patientId"]
    assert event["agent"][0]["who"]["identifier"] == hashed("client", CLIENT)
    assert event["entity"][0]["what"]["identifier"] == hashed("patient", patient)
    assert (event["outcome"], event["outcomeDesc"]) == ("0", "answered")
    assert event["entity"][1]["name"] == "onfh-patient-view"
    assert ("status", "200") in details(event)
    assert ("content", knowledge.digest[:12]) in details(event)
    assert ("card", "weight-bearing 0.1.0") in details(event)


OUTCOMES = {
    "cards": ("0", "answered"),
    "no Condition": ("4", "could-not-check"),
    "another patient": ("4", "foreign-patient"),
    "hook of another service": ("4", "malformed"),
    "truncated": ("4", "malformed"),
}


@pytest.mark.parametrize("name", OUTCOMES)
def test_a_refused_call_has_its_event_too(name: str, knowledge: Knowledge, tmp_path: Path) -> None:
    post(audited(knowledge, tmp_path / "trail"), CALLS[name], SERVICE)
    (event,) = events_in(tmp_path / "trail")
    assert (event["outcome"], event["outcomeDesc"]) == OUTCOMES[name]
    assert (len(event["entity"]) == 2) == (name != "truncated")


def test_our_own_failure_has_its_event(
    knowledge: Knowledge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("cds_service.web.hooks.routes.answer_hook", fail)
    post(audited(knowledge, tmp_path / "trail"), hook_request())
    assert [event["outcome"] for event in events_in(tmp_path / "trail")] == ["8"]


@pytest.mark.parametrize(
    ("error", "severity", "word"),
    [
        (ClientRefused("signature"), "4", "client-refused"),
        (CannotAuthenticate("store"), "8", "cannot-authenticate"),
        (RequestEntityTooLarge(), "4", "refused"),
        (HTTPNotImplemented(), "8", "failed"),
    ],
)
def test_a_call_that_is_stopped_at_once_has_its_event(
    error: Exception, severity: str, word: str, knowledge: Knowledge, tmp_path: Path
) -> None:
    client = audited(knowledge, tmp_path / "trail")

    def refuse() -> None:
        raise error

    client.application.before_request(refuse)
    post(client, hook_request())
    (event,) = events_in(tmp_path / "trail")
    assert (event["outcome"], event["outcomeDesc"]) == (severity, word)


def test_an_unknown_service_has_its_event_without_its_name(
    knowledge: Knowledge, tmp_path: Path
) -> None:
    post(audited(knowledge, tmp_path / "trail"), hook_request(), f"/cds-services/{CANARIES[0]}")
    (event,) = events_in(tmp_path / "trail")
    assert (event["entity"][0]["name"], event["outcomeDesc"]) == ("none", "unknown-service")


def test_discovery_and_probes_leave_no_event(knowledge: Knowledge, tmp_path: Path) -> None:
    client = audited(knowledge, tmp_path / "trail")
    for path in ("/cds-services", "/readyz", "/metrics", "/nowhere"):
        client.get(path)
    assert not (tmp_path / "trail").exists()


@pytest.mark.parametrize("body", CALLS.values(), ids=CALLS)
def test_no_event_holds_an_identifier(body: object, knowledge: Knowledge, tmp_path: Path) -> None:
    post(audited(knowledge, tmp_path / "trail"), body, f"{SERVICE}?patient={ID_CANARY}")
    written = (tmp_path / "trail").read_text()
    assert [c for c in (*CANARIES, ID_CANARY, CLIENT, "zz-canary") if c in written] == []


def test_only_the_service_may_read_the_trail(knowledge: Knowledge, tmp_path: Path) -> None:
    post(audited(knowledge, tmp_path / "trail"), hook_request())
    assert (tmp_path / "trail").stat().st_mode & 0o777 == 0o600


def test_events_are_added_to_a_trail_that_is_there_and_follow_its_rotation(
    knowledge: Knowledge, tmp_path: Path
) -> None:
    trail = tmp_path / "trail"
    trail.write_text('{"earlier": true}\n')
    client = audited(knowledge, trail)
    post(client, hook_request())
    trail.rename(tmp_path / "trail.1")
    post(client, hook_request())
    assert len((tmp_path / "trail.1").read_text().splitlines()) == 2
    assert len(events_in(trail)) == 1


def test_standard_error_can_hold_the_trail(
    knowledge: Knowledge, capfd: pytest.CaptureFixture[str]
) -> None:
    post(audited(knowledge, "-"), hook_request())
    lines = [line for line in capfd.readouterr().err.splitlines() if "AuditEvent" in line]
    AuditEvent.model_validate_json(lines[0])


def test_an_event_that_cannot_be_written_is_noticed_and_kept(
    knowledge: Knowledge, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "not-there-yet"
    client = audited(knowledge, folder / "trail")
    cards_in(post(client, hook_request()))
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json["status"]) == (200, "degraded")
    assert "cds_audit_failures_total 1" in client.get("/metrics").text
    assert "an audit event was not written" in caplog.messages
    folder.mkdir()
    post(client, hook_request())
    assert len(events_in(folder / "trail")) == 2
    assert client.get("/readyz").json["status"] == "ready"


def test_of_events_that_cannot_be_written_the_oldest_is_given_up_and_counted(
    knowledge: Knowledge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "MOST_KEPT", 2)
    client = audited(knowledge, tmp_path / "no" / "trail")
    for _ in range(3):
        post(client, hook_request(), PATIENT_VIEW)
    assert "cds_audit_lost_total 1" in client.get("/metrics").text


def test_a_disk_that_takes_half_a_line_does_not_join_two_events(
    knowledge: Knowledge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, is_full = os.write, [True]

    def half(descriptor: int, line: bytes) -> int:
        return whole(descriptor, line[:40] if is_full else line)

    monkeypatch.setattr(audit.os, "write", half)
    client = audited(knowledge, tmp_path / "trail")
    post(client, hook_request())
    is_full.clear()
    post(client, hook_request())
    lines = (tmp_path / "trail").read_text().splitlines()
    assert len(lines) == 3
    assert all(json.loads(line)["resourceType"] == "AuditEvent" for line in lines[1:])
