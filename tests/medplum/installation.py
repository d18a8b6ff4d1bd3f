"""Medplum as a process: installs it once, starts it, loads it, reads what it was asked."""

import json
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from tests.fhir.builders import Json

HERE = Path(__file__).parent
LOCK = HERE / "package-lock.json"
INSTALLED = HERE / "node_modules" / "installed-lock.json"
PROGRAMS = ("node", "npm")
SECONDS_TO_START = 60
PAGE_SIZE = 20


def lacking_programs() -> list[str]:
    """Return the programs that this machine lacks."""
    return [name for name in PROGRAMS if shutil.which(name) is None]


def install() -> None:
    """Run `npm ci` unless exactly what the lock names has been installed."""
    if INSTALLED.exists() and INSTALLED.read_bytes() == LOCK.read_bytes():
        return
    done = subprocess.run(
        ["npm", "ci"], cwd=HERE, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, f"npm ci in {HERE} failed:\n{done.stdout}{done.stderr}"
    shutil.copyfile(LOCK, INSTALLED)


@dataclass(frozen=True)
class Medplum:
    """A running server: its base address, its process, and the log of what it was asked."""

    base: str
    process: subprocess.Popen[bytes]
    log: Path

    def asked(self, before: int = 0) -> list[Json]:
        """Return the requests logged so far, without the first `before` of them."""
        lines = self.log.read_text(encoding="utf-8").splitlines()[1:]
        return [json.loads(line) for line in lines][before:]

    def call(self, method: str, path: str, body: Json | None = None) -> Json:
        """Return what the server answers to a call that must succeed."""
        with requests.Session() as session:
            session.trust_env = False
            headers = {"Accept": "application/fhir+json", "Connection": "close"}
            url = f"{self.base}{path}"
            with session.request(method, url, json=body, headers=headers, timeout=30) as response:
                assert response.status_code == 200, response.text[:500]
                answer: Json = response.json()
                return answer

    def load(self, resources: Sequence[Json]) -> None:
        """Put resources under their own ids."""
        self._batch("PUT", resources)

    @contextmanager
    def holding(self, resources: Sequence[Json]) -> Iterator[None]:
        """Load resources, and delete them at the end."""
        self.load(resources)
        try:
            yield
        finally:
            self._batch("DELETE", resources)

    def _batch(self, method: str, resources: Sequence[Json]) -> None:
        entries = [
            {"request": {"method": method, "url": f"{resource['resourceType']}/{resource['id']}"}}
            | ({"resource": resource} if method == "PUT" else {})
            for resource in resources
        ]
        batch: Json = {"resourceType": "Bundle", "type": "batch", "entry": entries}
        answer = self.call("POST", "", batch)
        statuses = {entry["response"]["status"] for entry in answer["entry"]}
        assert statuses <= {"200", "201"}, statuses

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Keep the process from running, as a server that hangs."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)


@contextmanager
def running(log: Path, die_at: str = "") -> Iterator[Medplum]:
    """Start a server on a free port; `die_at` ends it at the first URL that holds this text."""
    command = ["node", str(HERE / "server.mjs"), "0", str(PAGE_SIZE), die_at]
    with log.open("wb") as out, subprocess.Popen(command, stdout=out) as process:
        try:
            yield Medplum(_base(log, process), process, log)
        finally:
            process.kill()


def _base(log: Path, process: subprocess.Popen[bytes]) -> str:
    give_up = time.monotonic() + SECONDS_TO_START
    while b"\n" not in log.read_bytes():
        assert process.poll() is None, f"the server ended with {process.returncode}"
        assert time.monotonic() < give_up, "the server did not start"
        time.sleep(0.02)
    base: str = json.loads(log.read_text(encoding="utf-8").splitlines()[0])["base"]
    return base
