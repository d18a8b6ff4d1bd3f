"""What a call costs over HTTP: the service, the floor and the peers, one worker each, in turn."""

import http.client
import json
from collections.abc import Iterable, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.performance.bench.figures import Spread, spread
from tests.performance.bench.in_process import Call, bodies
from tests.performance.bench.load import LOOPBACK, Target, send_again
from tests.performance.bench.peers.install import HEALTHCHAIN, Peers
from tests.performance.bench.process import Program, Running, Start, running
from tests.performance.bench.programs import OURS, floor_program, our_program
from tests.performance.bench.turns import Cell, Effort, Measured, in_turn

SILENT, CARDS = "silent", "two cards"
SHORTEST, LONG = "6 KB", "200 KB"
WARM_SECONDS = 0.3
# What is said of each kind of chart by who tells them apart; the others answer all of them alike.
CARDS_OF = {SILENT: 0, CARDS: 2}
TELL_APART = (OURS, HEALTHCHAIN)
SERVICE = "service"


@dataclass(frozen=True)
class Burden:
    """What a program needs beside CPU time: seconds to the first answer, and MB."""

    start: Spread
    worker_start: Spread
    memory: float  # after bodies of 200 KB
    memory_at_the_end: float  # after those of 2 MB


@dataclass(frozen=True)
class OverHttp:
    """What was measured, by program and call; and who could not be installed, and why."""

    calls: Mapping[tuple[str, Call], Measured]
    burdens: Mapping[str, Burden]
    left_out: Mapping[str, str]

    def cpu(self, program: str, call: Call) -> Spread | None:
        """Return the CPU time a request, where this was measured."""
        found = self.calls.get((program, call))
        return found.cpu[SERVICE] if found else None


def measure_over_http(effort: Effort, peers: Peers, folder: Path) -> OverHttp:
    """Start all programs, and send to one after the other."""
    sent = bodies()
    first = sent[SILENT, SHORTEST]
    programs = (floor_program(), our_program(), *peers.programs)
    starts = [_starts(one, first, folder, effort.starts) for one in programs]
    with ExitStack() as stack:
        servers = [stack.enter_context(running(one, first, folder)) for one in programs]
        prove_answers(servers, sent)
        memory = _warm(servers, sent)
        cells = {
            (server.program.name, call): Cell(
                partial(send_again, server.target, body),
                lambda server=server: {SERVICE: server.cpu_seconds()},  # type: ignore[misc]
            )
            for call, body in sent.items()
            for server in servers
            if tells(server.program.name, call)
        }
        calls = in_turn(cells, effort.rounds, effort.seconds)
        ends = [server.memory_mb() for server in servers]
    burdens = [_burden(*found) for found in zip(starts, memory, ends, strict=True)]
    named = {one.name: burden for one, burden in zip(programs, burdens, strict=True)}
    return OverHttp(calls, named, peers.left_out)


def tells(program: str, call: Call) -> bool:
    """Tell whether a program is measured with this kind of chart."""
    return program in TELL_APART or call[0] == CARDS


def prove_answers(servers: Iterable[Running], sent: Mapping[Call, bytes]) -> None:
    """Raise where a chart does not get the cards that its kind says."""
    for server in servers:
        for call, body in sent.items():
            if server.program.name in TELL_APART:
                assert cards(server.target, body) == CARDS_OF[call[0]], (server.program, call)


def cards(target: Target, body: bytes) -> int:
    """Return how many cards a body gets."""
    with closing(http.client.HTTPConnection(LOOPBACK, target.port, timeout=10)) as connection:
        connection.request("POST", target.path, body, {"Content-Type": "application/json"})
        return len(json.loads(connection.getresponse().read())["cards"])


def _starts(program: Program, first: bytes, folder: Path, times: int) -> list[Start]:
    """Start a program again and again."""
    found = []
    for _ in range(times):
        with running(program, first, folder) as server:
            found.append(server.start)
    return found


def _warm(servers: list[Running], sent: Mapping[Call, bytes]) -> list[float]:
    """Send every body for a moment; return what each server holds before the longest."""
    for (_, length), body in sent.items():
        for server in servers:
            send_again(server.target, body, WARM_SECONDS)
        if length == LONG:
            memory = [server.memory_mb() for server in servers]
    return memory


def _burden(starts: list[Start], memory: float, at_the_end: float) -> Burden:
    return Burden(
        spread(start.of_program for start in starts),
        spread(start.of_worker for start in starts),
        memory,
        at_the_end,
    )
