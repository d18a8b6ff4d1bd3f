"""The commands of `cds-service`: in this process as far as they go, and as processes of their own.

A process costs two seconds, most of it for what this one has long imported. What a command reads,
prints and ends with is the same here: the variables, the streams, the exit code, the traceback.
"""

import os
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import create_server

import pytest
import requests
from click.testing import CliRunner

from cds_service import cli, server
from tests.conftest import CARDS, ROOT

COMMAND = str(Path(sys.executable).parent / "cds-service")
ORDER_SELECT = ROOT / "tests" / "golden" / "library-r4-order-select-onfh.request.json"
SERVICE = "/cds-services/onfh-order-select"
START_SECONDS = 20
# Enough for an answer under way; a deployment gives its load balancer five seconds.
DRAIN_SECONDS = "0.1"

Finished = subprocess.CompletedProcess[str]


def environment(**variables: str) -> dict[str, str]:
    """Return an environment with only these variables of the service, and the frozen content."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("CDS_")}
    return plain | {"CDS_CARDS_DIR": str(CARDS)} | variables


def run(*arguments: str, text: str = "", **variables: str) -> Finished:
    """Run a command here, with a text on standard input; `serve` ends where it would listen."""
    others: dict[str, str | None] = {name: None for name in os.environ if name.startswith("CDS_")}
    given = others | {"CDS_CARDS_DIR": str(CARDS)} | variables
    with (
        CliRunner().isolation(input=text, env=given) as (out, err, _),
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(sys, "argv", [COMMAND, *arguments])
        patch.setattr(server, "Server", _listen)
        code = exit_code()
        sys.stdout.flush()
        sys.stderr.flush()
        written = out.getvalue().decode(), err.getvalue().decode()
    return subprocess.CompletedProcess(arguments, code, *written)


def _listen(*_: object, **__: object) -> None:
    raise AssertionError("the service would have started")


def exit_code() -> int:
    """Run the command of `sys.argv` and return what its process would end with."""
    try:
        cli.run()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    except Exception:  # noqa: BLE001 (a process ends so, whatever it is)
        traceback.print_exc()
        return 1
    return 0


def run_process(*arguments: str, **variables: str) -> Finished:
    """Run a command to its end in a process of its own."""
    return subprocess.run(
        [COMMAND, *arguments],
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )


def free_port() -> int:
    """Return a loopback port that nobody listens on."""
    with create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def served(log: Path, **variables: str) -> Iterator[tuple["subprocess.Popen[bytes]", str]]:
    """Serve on a free port; the process and its address, stopped at the end."""
    port = str(free_port())
    given = {"CDS_PORT": port, "CDS_DRAIN_SECONDS": DRAIN_SECONDS} | variables
    certificate = variables.get("CDS_TLS_CERTIFICATE")
    url = f"{'https' if certificate else 'http'}://127.0.0.1:{given['CDS_PORT']}"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [COMMAND, "serve"], env=environment(**given), stdout=output, stderr=output
        )
        try:
            _wait_for(f"{url}/cds-services", process, certificate)
            yield process, url
        finally:
            process.terminate()
            process.wait(START_SECONDS)


def _wait_for(url: str, process: "subprocess.Popen[bytes]", certificate: str | None) -> None:
    deadline = time.monotonic() + START_SECONDS * 2
    while time.monotonic() < deadline and process.poll() is None:
        try:
            requests.get(url, timeout=2, verify=certificate or True)
        except requests.ConnectionError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the service did not start")
