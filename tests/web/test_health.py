"""What an orchestrator is told, and the description of the interface."""

import json
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from cds_service.app import make_app
from cds_service.core.knowledge import Knowledge
from cds_service.errors import SettingsError
from cds_service.settings import Settings, read_settings
from cds_service.web.running.health import make_health
from cds_service.web.running.metrics import Metrics, share_counts
from tests.conftest import NOW
from tests.fhir.builders import hook_request
from tests.web.contract import post


def test_a_process_with_content_lives_and_is_ready(client: FlaskClient) -> None:
    assert client.get("/livez").json == {"status": "alive"}
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json["status"]) == (200, "ready")


@pytest.mark.parametrize(
    ("states", "status", "word"),
    [
        (["ok", "ok"], 200, "ready"),
        (["ok", "degraded"], 200, "degraded"),
        (["degraded", "failed"], 503, "failed"),
    ],
)
def test_the_worst_check_decides(
    states: list[str], status: int, word: str, knowledge: Knowledge
) -> None:
    metrics = Metrics(share_counts(knowledge))
    app = Flask("health")
    checks = {f"check-{number}": lambda s=state: s for number, state in enumerate(states)}
    app.register_blueprint(make_health(knowledge, metrics, lambda: False, checks))
    response = app.test_client().get("/readyz")
    assert (response.status_code, response.json["status"]) == (status, word)


def test_a_server_that_drains_is_not_ready_and_answers_on(knowledge: Knowledge) -> None:
    counts = share_counts(knowledge)
    client = make_app(Settings(), knowledge, clock=lambda: NOW, counts=counts).test_client()
    assert "Connection" not in client.get("/livez").headers
    counts.drain()
    assert (client.get("/readyz").status_code, client.get("/livez").status_code) == (503, 200)
    response = post(client, hook_request())
    assert (response.status_code, response.headers["Connection"]) == (200, "close")


def test_the_description_names_every_service(client: FlaskClient) -> None:
    services = client.get("/cds-services").json["services"]
    paths = client.get("/openapi.json").json["paths"]
    assert {f"/cds-services/{service['id']}" for service in services} < set(paths)


def test_an_audit_trail_needs_a_secret_that_is_not_shown(tmp_path: Path) -> None:
    environ = {"CDS_AUDIT_LOG": str(tmp_path / "trail"), "CDS_AUDIT_KEY": "too short"}
    with pytest.raises(SettingsError, match="CDS_AUDIT_KEY"):
        read_settings(environ)
    secret = "an invented secret of forty characters.."
    settings = read_settings(environ | {"CDS_AUDIT_KEY": secret})
    assert settings.audit_key == secret.encode()
    assert secret not in repr(settings)


def test_a_client_has_a_rate_in_production_only() -> None:
    production = {
        "CDS_ENV": "production",
        "CDS_PUBLIC_BASE_URL": "https://cds.example.org",
        "CDS_CARD_STATUSES": "draft",
        "CDS_CLIENT_AUTHENTICATION": "trusted-proxy",
    }
    rates = [read_settings(each).client_rate for each in ({}, production)]
    assert rates == [None, 200]
    assert read_settings({"CDS_CLIENT_RATE": "7"}).client_rate == 7


def test_the_description_is_json_without_an_address_of_this_machine(knowledge: Knowledge) -> None:
    settings = Settings(public_base_url="https://cds.example.org")
    client = make_app(settings, knowledge, clock=lambda: NOW).test_client()
    assert "127.0.0.1" not in json.dumps(client.get("/openapi.json").json)
