"""The commands as a person or an init system runs them, and the service on a real socket."""

import json
import shutil
import signal
import socket
from pathlib import Path

import pytest
import requests

from cds_service.app import make_app
from cds_service.core.knowledge import Knowledge
from cds_service.settings import Settings
from tests.commands import ORDER_SELECT, SERVICE, START_SECONDS, free_port, run, run_process, served
from tests.conftest import CARDS, ROOT
from tests.web.contract import post

GOLDEN = ROOT / "tests" / "golden"


@pytest.mark.enable_socket
def test_the_real_server_answers_as_the_app_does(address: str, knowledge: Knowledge) -> None:
    in_process = make_app(Settings(public_base_url=address), knowledge).test_client()
    body = ORDER_SELECT.read_bytes()
    answer = requests.post(f"{address}{SERVICE}", data=body, timeout=5)
    assert answer.status_code == 200
    assert answer.json() == post(in_process, body, SERVICE).get_json()
    discovery = requests.get(f"{address}/cds-services", timeout=5)
    assert discovery.json() == in_process.get("/cds-services").get_json()


@pytest.mark.enable_socket
@pytest.mark.parametrize(("body", "status"), [(b"[]", 400), (b" " * (8 * 1024 * 1024 + 1), 413)])
def test_the_real_server_refuses_with_an_outcome(body: bytes, status: int, address: str) -> None:
    answer = requests.post(f"{address}{SERVICE}", data=body, timeout=5)
    assert answer.status_code == status
    assert answer.json()["resourceType"] == "OperationOutcome"


@pytest.mark.enable_socket
def test_the_real_server_reads_a_body_sent_in_chunks(address: str) -> None:
    chunks = iter([ORDER_SELECT.read_bytes()])
    answer = requests.post(f"{address}{SERVICE}", data=chunks, timeout=5)
    assert len(answer.json()["cards"]) == 2


@pytest.mark.enable_socket
def test_the_real_server_refuses_a_body_in_chunks_above_the_limit(address: str) -> None:
    chunks = iter([ORDER_SELECT.read_bytes(), b" " * (8 * 1024 * 1024)])
    answer = requests.post(f"{address}{SERVICE}", data=chunks, timeout=5)
    assert answer.status_code == 413


@pytest.mark.enable_socket
def test_the_server_stops_on_sigterm_and_has_logged_each_request(tmp_path: Path) -> None:
    with served(tmp_path / "log") as (process, url):
        requests.post(f"{url}{SERVICE}", data=ORDER_SELECT.read_bytes(), timeout=5)
        process.send_signal(signal.SIGTERM)
        assert process.wait(START_SECONDS) == 0
    lines = (tmp_path / "log").read_text(encoding="utf-8").splitlines()
    logged = [json.loads(line) for line in lines if line.startswith("{")]
    assert [line["status"] for line in logged if line["service"] == "onfh-order-select"] == [200]


def test_try_prints_the_cards_and_the_reasons() -> None:
    file = GOLDEN / "synthea-04-both-hips.request.json"
    result = run("try", str(file), "--today", "2026-11-22")
    assert (result.returncode, result.stderr) == (0, "")
    answer, end = json.JSONDecoder().raw_decode(result.stdout)
    assert len(answer["cards"]) == 3
    reasons = [line.strip() for line in result.stdout[end:].splitlines() if line.strip()]
    assert "Hip: right" in reasons
    assert "Card review-interval: shown, variant overdue" in reasons
    assert any(line.startswith("osteonecrosis = femur  from Condition/") for line in reasons)
    assert any(line.startswith("lastReviewDate = 2026-05-20  from Imag") for line in reasons)
    assert "patientAge atLeast adultAge: true" in reasons
    assert "hipProsthesis is recorded: false" in reasons


def test_try_says_unknown_where_data_is_missing() -> None:
    file = GOLDEN / "synthea-11-imaging-unreadable.request.json"
    lines = run("try", str(file), "--today", "2026-11-22").stdout.splitlines()
    assert "  reviewStatus = unknown" in lines


def test_try_says_the_same_as_the_service(knowledge: Knowledge) -> None:
    body = ORDER_SELECT.read_bytes()
    settings = Settings(public_base_url="http://127.0.0.1:8080")
    client = make_app(settings, knowledge).test_client()
    answer, _ = json.JSONDecoder().raw_decode(run("try", str(ORDER_SELECT)).stdout)
    assert answer == post(client, body, SERVICE).get_json()


@pytest.mark.parametrize(
    ("text", "words"), [('{"hook":', "JSON"), ("[]", "object"), ("{}", "hook")]
)
def test_try_refuses_a_file_that_is_no_request(text: str, words: str, tmp_path: Path) -> None:
    file = tmp_path / "request.json"
    file.write_text(text, encoding="utf-8")
    result = run("try", str(file))
    assert result.returncode != 0
    assert words in result.stderr
    assert "Traceback" not in result.stderr


def test_check_proves_the_shipped_content() -> None:
    result = run_process("check")
    assert (result.returncode, result.stderr) == (0, "")
    assert "All proved" in result.stdout


def test_check_writes_the_pages_for_review(tmp_path: Path) -> None:
    assert run("check", "--write-docs", str(tmp_path)).returncode == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cards.md", "traceability.md"]


@pytest.mark.parametrize("command", [["serve"], ["check"], ["try", str(ORDER_SELECT)]], ids=str)
def test_broken_content_stops_every_command_with_file_and_line(
    command: list[str], tmp_path: Path
) -> None:
    spoiled = shutil.copytree(CARDS, tmp_path / "cards")
    card = spoiled / "review-interval" / "card.md"
    text = card.read_text(encoding="utf-8").replace("\npriority: 2", "\npriority: two")
    card.write_text(text, encoding="utf-8")
    line = text.splitlines().index("priority: two") + 1
    result = run(*command, CDS_CARDS_DIR=str(spoiled))
    assert result.returncode != 0
    assert f"review-interval/card.md:{line}: " in result.stderr
    assert "Traceback" not in result.stderr


def test_production_without_its_settings_does_not_start() -> None:
    result = run("serve", CDS_ENV="production")
    assert result.returncode != 0
    assert "CDS_PUBLIC_BASE_URL" in result.stderr


@pytest.mark.enable_socket
@pytest.mark.parametrize("command", [["serve"], ["try", str(ORDER_SELECT)]], ids=str)
def test_a_language_without_words_is_named_without_a_traceback(command: list[str]) -> None:
    result = run(*command, CDS_LANGUAGE="zz", CDS_PORT=str(free_port()))
    assert result.returncode != 0
    assert "CDS_LANGUAGE" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.enable_socket
@pytest.mark.parametrize(
    ("name", "value"),
    [("CDS_HOST", "localhost"), ("CDS_HOST", "192.0.2.1"), ("CDS_CLIENTS", "/nonexistent")],
)
def test_what_cannot_be_used_is_named_without_a_traceback(name: str, value: str) -> None:
    ended = run("serve", **{name: value}, CDS_PORT=str(free_port()))
    assert ended.returncode == 1
    assert name in ended.stderr
    assert ended.stderr.count("\n") == 1


@pytest.mark.enable_socket
@pytest.mark.parametrize(
    ("name", "value", "others"),
    [
        ("CDS_TLS_CERTIFICATE", __file__, {"CDS_TLS_KEY": __file__}),
        ("CDS_DATABASE_URL", __file__, {"CDS_CLIENT_AUTHENTICATION": "jwt"}),
        ("CDS_AUDIT_LOG", f"{__file__}/x", {"CDS_AUDIT_KEY": "x" * 40}),
    ],
)
def test_a_file_or_address_of_another_kind_is_named(
    name: str, value: str, others: dict[str, str], tmp_path: Path
) -> None:
    clients = tmp_path / "clients.yaml"
    clients.write_text("clients: []\n", encoding="utf-8")
    settings = others | {name: value, "CDS_CLIENTS": str(clients), "CDS_PORT": str(free_port())}
    ended = run("serve", **settings)
    assert ended.returncode == 1
    assert f"cds-service: {name}" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.enable_socket
def test_a_second_server_does_not_share_the_port_of_the_first(address: str) -> None:
    ended = run("serve", CDS_PORT=address.rpartition(":")[2])
    assert ended.returncode == 1
    assert "Address already in use" in ended.stderr


@pytest.mark.enable_socket
def test_only_http_1_is_spoken_since_its_bounds_hold_for_no_other(address: str) -> None:
    port = int(address.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        client.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + b"\x04" + bytes(5))
        assert not client.recv(100).startswith(bytes(2))
