"""The service's own TLS, without a proxy: the real server with a certificate made here."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.commands import ORDER_SELECT, SERVICE, environment, free_port, run, served
from tests.conftest import ROOT
from tests.deploy.front import make_certificate

pytestmark = pytest.mark.enable_socket


def check_health(**variables: str) -> int:
    """Run the health check of the container and return its exit code."""
    command = [sys.executable, str(ROOT / "deploy" / "health.py")]
    result = subprocess.run(
        command, env=environment(**variables), capture_output=True, timeout=10, check=False
    )
    return result.returncode


def test_hooks_are_answered_over_tls_and_never_in_the_clear(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path)
    port = str(free_port())
    variables = {
        "CDS_PORT": port,
        "CDS_TLS_CERTIFICATE": str(certificate),
        "CDS_TLS_KEY": str(key),
        "CDS_PUBLIC_BASE_URL": f"https://127.0.0.1:{port}",
    }
    with served(tmp_path / "log", **variables) as (_, base):
        url = f"{base}{SERVICE}"
        body = ORDER_SELECT.read_bytes()
        answer = requests.post(url, data=body, verify=str(certificate), timeout=5)
        assert len(answer.json()["cards"]) == 2
        assert "max-age" in answer.headers["Strict-Transport-Security"]
        with pytest.raises(requests.ConnectionError):
            requests.post(url.replace("https", "http"), data=body, timeout=5)
        assert check_health(**variables) == 0


def test_the_health_check_fails_where_nobody_answers_and_passes_where_somebody_does(
    address: str,
) -> None:
    assert check_health(CDS_PORT=str(free_port())) == 1
    assert check_health(CDS_PORT=address.rpartition(":")[2]) == 0


def test_a_key_that_does_not_fit_its_certificate_stops_the_start(tmp_path: Path) -> None:
    certificate, _ = make_certificate(tmp_path)
    (tmp_path / "other").mkdir()
    _, key = make_certificate(tmp_path / "other")
    variables = {"CDS_TLS_CERTIFICATE": str(certificate), "CDS_TLS_KEY": str(key)}
    result = run("serve", CDS_PORT=str(free_port()), **variables)
    assert result.returncode == 1
    assert "CDS_TLS_CERTIFICATE and CDS_TLS_KEY must be a certificate and its key" in result.stderr
    assert os.fspath(key) not in result.stdout + result.stderr
