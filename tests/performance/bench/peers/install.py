"""Installs the services of others below `.bench`; what cannot be had is named and left out."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.performance.bench.process import PORT, Program

HEALTHCHAIN = "HealthChain 0.16.1"
SANDBOX = "sandbox-cds-services"
SANDBOX_HOME = "https://github.com/cds-hooks/sandbox-cds-services.git"
SANDBOX_COMMIT = "cea7e9c"
# Its package file asks for a fhirpath that needs a package which is gone; the rest as it asks.
SANDBOX_PARTS = (
    "express@4",
    "body-parser@1",
    "axios@0",
    "uuid@3",
    "fhirpath@3",
    "array.prototype.flatmap@1",
)
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Peers:
    """The programs that could be installed, and the names of those that could not, with why."""

    programs: tuple[Program, ...]
    left_out: dict[str, str]


def install_peers(cache: Path, sandbox_home: str) -> Peers:
    """Install what is not there yet."""
    ways: dict[str, Callable[[], Program]] = {
        HEALTHCHAIN: lambda: _healthchain(cache / "healthchain"),
        SANDBOX: lambda: _sandbox(cache / SANDBOX, sandbox_home),
    }
    programs, left_out = [], {}
    for name, way in ways.items():
        try:
            programs.append(way())
        except (OSError, subprocess.CalledProcessError) as error:
            left_out[name] = str(error)
    return Peers(tuple(programs), left_out)


def _healthchain(folder: Path) -> Program:
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        _run(sys.executable, "-m", "venv", str(folder))
        _run(str(python), "-m", "pip", "install", "--quiet", "healthchain==0.16.1")
        (folder / "ready").touch()
    command = (str(python), str(HERE / "healthchain_service.py"), PORT)
    return Program(HEALTHCHAIN, command, "/cds/cds-services/onfh-order-select")


def _sandbox(folder: Path, home: str) -> Program:
    if not (folder / "ready").exists():
        if not folder.exists():
            _run("git", "clone", "--quiet", home, str(folder))
        _run("git", "-C", str(folder), "checkout", "--quiet", "--detach", SANDBOX_COMMIT)
        for file in ("package.json", "package-lock.json"):
            (folder / file).unlink(missing_ok=True)
        options = ("--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--silent")
        _run("npm", "install", "--prefix", str(folder), *options, *SANDBOX_PARTS)
        (folder / "ready").touch()
    command = ("node", str(HERE / "sandbox_server.js"), str(folder), PORT)
    path = "/cds-services/patient-greeting"
    return Program(SANDBOX, command, path, {"NODE_ENV": "production"})


def _run(*command: str) -> None:
    subprocess.run(command, check=True)
