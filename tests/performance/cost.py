"""CPU time of one call in this process; `python -m tests.performance.cost` prints the table."""

import gc
import io
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import click
from flask import Flask

from cds_service.app import GC_THRESHOLD, make_app
from cds_service.content.knowledge import load_knowledge
from cds_service.settings import Settings
from tests.conftest import CARDS, NOW
from tests.performance.bodies import CHARTS, KINDS, LONGEST, chart
from tests.performance.floor import SERVICE, baseline


def service() -> Flask:
    """Return the service on the fixed day."""
    return make_app(Settings(), load_knowledge(CARDS), clock=lambda: NOW)


@contextmanager
def collected_as_in_a_worker() -> Iterator[None]:
    """Set the garbage collector as a worker sets it, for as long as something is measured."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD)
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


def cpu_seconds(app: Flask, body: bytes) -> float:
    """Return the CPU time of one call that is answered with 200."""
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": SERVICE,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.errors": sys.stderr,
        "wsgi.input": io.BytesIO(body),
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
    }
    statuses: list[str] = []

    def start_response(status: str, *_: object) -> Callable[[bytes], object]:
        statuses.append(status)
        return bytes  # what WSGI wants back, and nobody calls

    started = time.process_time()
    b"".join(app(environ, start_response))
    spent = time.process_time() - started
    assert statuses == ["200 OK"]
    return spent


def least(calls: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """Return the least CPU time of each call over rounds in which they take turns."""
    spent = [{name: call() for name, call in calls.items()} for _ in range(rounds)]
    return {name: min(times[name] for times in spent) for name in calls}


def ratio(body: bytes, rounds: int, ours: Flask, theirs: Flask) -> float:
    """Return what a call costs as a multiple of the baseline."""
    calls = {"ours": lambda: cpu_seconds(ours, body), "theirs": lambda: cpu_seconds(theirs, body)}
    times = least(calls, rounds)
    return times["ours"] / times["theirs"]


def rounds_for(body: bytes) -> int:
    """Return how often a body is sent: a long one costs more, and its least is found sooner."""
    return 15 if len(body) > 1_000_000 else 100


def _print_table() -> None:
    ours, theirs = service(), baseline()
    with collected_as_in_a_worker():
        for name, (conditions, studies) in {**CHARTS, "longest": LONGEST}.items():
            for kind, speaks in KINDS.items():
                body = chart(conditions, studies, speaks=speaks)
                found = ratio(body, rounds_for(body), ours, theirs)
                click.echo(f"{name:8} {kind:10} {len(body):>9,} bytes {found:6.2f} times the floor")


if __name__ == "__main__":
    _print_table()
