"""A bench with a canary that must stay alone, for every test against a FHIR server."""

import gc
from collections.abc import Iterator

import pytest

from cds_service.core.knowledge import Knowledge
from tests.fhir_server.bench import Bench, bench_for, busy_threads, soon


@pytest.fixture(autouse=True)
def _no_garbage_at_the_bottom() -> Iterator[None]:
    """Collect no garbage within a test.

    At the bottom of a deeply nested body a finalizer of a service that an earlier test let go of
    has no room: it is cut off half way, and leaves sockets open and shared memory in disorder.
    """
    gc.disable()
    yield
    gc.enable()


@pytest.fixture
def bench(knowledge: Knowledge) -> Iterator[Bench]:
    """A bench; afterwards no thread may be busy, and nobody may have called the canary."""
    with bench_for(knowledge) as bench:
        yield bench
        assert soon(lambda: not busy_threads())
        assert bench.canary.connections == 0
