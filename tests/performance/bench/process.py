"""A server under measurement: started, answered for the first time, its CPU time and its memory."""

import http.client
import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.commands import environment, free_port
from tests.conftest import ROOT
from tests.performance.bench.load import LOOPBACK, Target

START_SECONDS = 60.0
PORT = "{port}"
# A server that asks for tokens answers as soon as it refuses a call without one.
ANSWERS = (200, 401)


@dataclass(frozen=True)
class Program:
    """How a server is started: `{port}` in its command and variables is where it listens."""

    name: str
    command: tuple[str, ...]
    path: str
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Start:
    """Seconds to the first answer, of the program and of the process in it that answers."""

    of_program: float
    of_worker: float


@dataclass(frozen=True)
class Running:
    """A program that answers."""

    program: Program
    process: psutil.Process
    target: Target
    start: Start

    def cpu_seconds(self) -> float:
        """Return the CPU time so far of all its processes."""
        return sum(map(cpu_seconds, family(self.process)))

    def memory_mb(self) -> float:
        """Return what its processes hold (PSS: a page that several share counts once)."""
        held = [one.memory_full_info().pss for one in family(self.process)]
        return float(sum(held)) / 1_000_000


def family(process: psutil.Process) -> list[psutil.Process]:
    """Return a process with all below it."""
    return [process, *process.children(recursive=True)]


def cpu_seconds(process: psutil.Process) -> float:
    """Return the CPU time of a process and of those below it that have ended."""
    with suppress(psutil.NoSuchProcess):
        return float(sum(process.cpu_times()[:4]))
    return 0.0


@contextmanager
def running(program: Program, first: bytes, folder: Path) -> Iterator[Running]:
    """Start a program, wait until it answers a first body, and end it with all its processes."""
    port = free_port()
    variables = {name: text.replace(PORT, str(port)) for name, text in program.variables.items()}
    with (folder / f"{program.name}.log").open("ab") as log:
        started = time.monotonic()
        process = subprocess.Popen(
            [part.replace(PORT, str(port)) for part in program.command],
            env=environment(**variables), cwd=ROOT, stdout=log, stderr=log,
        )  # fmt: skip
    watched, target = psutil.Process(process.pid), Target(port, program.path)
    try:
        _wait_for_answer(target, first, process)
        of_program = time.monotonic() - started
        start = Start(of_program, min(map(_age, family(watched))))
        yield Running(program, watched, target, start)
    finally:
        _end(watched, process)


def _wait_for_answer(target: Target, body: bytes, process: "subprocess.Popen[bytes]") -> None:
    ends = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < ends:
        if _status(target, body) in ANSWERS:
            return
        time.sleep(0.005)
    raise AssertionError(f"no answer from {process.args!r}")


def _status(target: Target, body: bytes) -> int | None:
    connection = http.client.HTTPConnection(LOOPBACK, target.port, timeout=10)
    try:
        connection.request("POST", target.path, body, {"Content-Type": "application/json"})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def _age(process: psutil.Process) -> float:
    """Return how long ago a process was made, to the hundredth of a second (proc(5), starttime)."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[19]) / os.sysconf("SC_CLK_TCK")


def _end(watched: psutil.Process, process: "subprocess.Popen[bytes]") -> None:
    processes = family(watched) if process.poll() is None else []
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(10)
    for one in processes:
        with suppress(psutil.NoSuchProcess):
            one.kill()
    process.wait()
