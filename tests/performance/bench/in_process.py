"""What a call costs in this process, as a multiple of the floor: both in turn."""

import time
from collections.abc import Mapping
from statistics import median

from flask import Flask

from tests.performance.bench.figures import Spread, spread
from tests.performance.bodies import CHARTS, KINDS, chart
from tests.performance.cost import collected_as_in_a_worker, cpu_seconds, service
from tests.performance.floor import baseline

Call = tuple[str, str]  # its kind and its length, as in `KINDS` and `CHARTS`
FEWEST = 3


def bodies() -> dict[Call, bytes]:
    """Return the bodies of all kinds and lengths, the short ones first."""
    return {
        (kind, length): chart(*wanted, speaks=speaks)
        for length, wanted in CHARTS.items()
        for kind, speaks in KINDS.items()
    }


def measure_in_process(rounds: int, seconds: float) -> Mapping[Call, Spread]:
    """Return the CPU time of a call over that of the floor, in rounds of so many seconds a body."""
    ours, floor, sent = service(), baseline(), bodies()
    with collected_as_in_a_worker():
        found = [
            {call: _ratio(ours, floor, body, seconds) for call, body in sent.items()}
            for _ in range(rounds + 1)
        ]
    warm = found[1:]
    return {call: spread(ratios[call] for ratios in warm) for call in sent}


def _ratio(ours: Flask, floor: Flask, body: bytes, seconds: float) -> float:
    """Return the ratio of the medians, where both are called in turn."""
    spent: list[tuple[float, float]] = []
    ends = time.process_time() + seconds
    while time.process_time() < ends or len(spent) < FEWEST:
        spent.append((cpu_seconds(ours, body), cpu_seconds(floor, body)))
    return median(own for own, _ in spent) / median(below for _, below in spent)
