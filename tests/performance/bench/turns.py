"""Sends to one server after the other, round by round, and watches what the answers cost."""

import gc
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from tests.performance.bench.figures import Spread, at_share, spread

Key = TypeVar("Key")


@dataclass(frozen=True)
class Effort:
    """How much is measured: rounds, the seconds of a turn over HTTP and in process, starts."""

    rounds: int
    seconds: float
    seconds_in_process: float
    starts: int


@dataclass(frozen=True)
class Cell:
    """What takes its turn: it sends for so long, and tells the CPU seconds so far of each part."""

    send: Callable[[float], list[float]]
    cpu_seconds: Callable[[], Mapping[str, float]]


@dataclass(frozen=True)
class Turn:
    """Answers a second; microseconds of CPU a request, by part; milliseconds to an answer."""

    rate: float
    cpu: Mapping[str, float]
    p50: float
    p99: float


@dataclass(frozen=True)
class Measured:
    """All turns of a cell, in the units of one."""

    rate: Spread
    cpu: Mapping[str, Spread]
    p50: Spread
    p99: Spread


def in_turn(cells: Mapping[Key, Cell], rounds: int, seconds: float) -> dict[Key, Measured]:
    """Give each cell its turn in every round."""
    taken: dict[Key, list[Turn]] = {key: [] for key in cells}
    for _ in range(rounds):
        for key, cell in cells.items():
            taken[key].append(_turn(cell, seconds))
    return {key: _measured(turns) for key, turns in taken.items()}


def _turn(cell: Cell, seconds: float) -> Turn:
    gc.collect()
    before, started = cell.cpu_seconds(), time.perf_counter()
    answers = cell.send(seconds)
    elapsed, after = time.perf_counter() - started, cell.cpu_seconds()
    return Turn(
        rate=len(answers) / elapsed,
        cpu={part: (after[part] - before[part]) * 1e6 / len(answers) for part in after},
        p50=at_share(answers, 0.5) * 1e3,
        p99=at_share(answers, 0.99) * 1e3,
    )


def _measured(turns: Sequence[Turn]) -> Measured:
    return Measured(
        rate=spread(turn.rate for turn in turns),
        cpu={part: spread(turn.cpu[part] for turn in turns) for part in turns[0].cpu},
        p50=spread(turn.p50 for turn in turns),
        p99=spread(turn.p99 for turn in turns),
    )
