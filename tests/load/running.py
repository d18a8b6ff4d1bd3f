"""The real server process: started, watched and ended, with all that it wrote."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.commands import free_port
from tests.conftest import ROOT
from tests.load.calls import get, read, secrets_in

START_SECONDS = 60.0
AUDIT_KEY = "an invented secret of forty characters.."


@dataclass
class Running:
    """A server under test; what it writes goes to files in its folder."""

    folder: Path
    port: int
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server and wait until it is ready."""
        with (self.folder / "output").open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "cds_service", "serve"],
                cwd=ROOT, env=self.environment, stdout=output, stderr=output,
            )  # fmt: skip
        assert soon(self.is_ready, START_SECONDS), self.written()[-2000:]

    @property
    def pid(self) -> int:
        """The process id of the server, which is not that of a worker."""
        assert self.process
        return self.process.pid

    def is_ready(self) -> bool:
        """Tell whether `/readyz` says so."""
        return get(self.port, "/readyz") == 200

    def workers(self) -> list[int]:
        """Return the process ids of the workers."""
        found = Path(f"/proc/{self.pid}/task").glob("*/children")
        return sorted(int(pid) for file in found for pid in file.read_text().split())

    def terminate(self) -> None:
        """Ask the server to end."""
        os.kill(self.pid, signal.SIGTERM)

    def wait(self, seconds: float = 30.0) -> int:
        """Return the exit code of a server that ends by then."""
        assert self.process
        return self.process.wait(timeout=seconds)

    def restart(self) -> None:
        """End the server as an orchestrator does, and start another in its place."""
        self.terminate()
        assert self.wait() == 0
        self.start()

    def end(self) -> None:
        """End the server, whatever state it is in."""
        if self.process and self.process.poll() is None:
            workers = self.workers()
            self.process.kill()
            self.process.wait()
            for pid in workers:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def written(self) -> str:
        """Return everything that the server has written: output, log and audit."""
        files = [file for file in self.folder.iterdir() if file.is_file()]
        return "".join(file.read_text(errors="replace") for file in files)


@contextlib.contextmanager
def running(folder: Path, **settings: str) -> Iterator[Running]:
    """Return a server that is ready; it is ended afterwards, and has written of no patient."""
    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "CDS_PORT": str(port),
        "CDS_PUBLIC_BASE_URL": "http://127.0.0.1",
        "CDS_AUDIT_LOG": str(folder / "audit"),
        "CDS_AUDIT_KEY": AUDIT_KEY,
        "CDS_DRAIN_SECONDS": "0.5",
        **settings,
    }
    server = Running(folder, port, environment)
    try:
        server.start()
        yield server
        if server.is_ready():
            assert secrets_in(read(port, "/metrics")) == []
        assert secrets_in(server.written()) == []
    finally:
        server.end()


def soon(is_so: Callable[[], bool], seconds: float) -> bool:
    """Wait until something is so; tell whether it came to be."""
    ends = time.monotonic() + seconds
    while not is_so() and time.monotonic() < ends:
        time.sleep(0.05)
    return is_so()
