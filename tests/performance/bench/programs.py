"""What is measured over HTTP beside the peers: this service, and the floor under its own server."""

import sys

from tests.performance.bench.load import LOOPBACK
from tests.performance.bench.process import PORT, Program
from tests.performance.floor import SERVICE

OURS, FLOOR = "this service", "floor"


def our_program(name: str = OURS, **variables: str) -> Program:
    """Return the service as `./scripts/serve` starts it."""
    command = (sys.executable, "-m", "cds_service", "serve")
    return Program(
        name, command, SERVICE, {"CDS_PORT": PORT, "CDS_DRAIN_SECONDS": "0.1", **variables}
    )


def floor_program() -> Program:
    """Return the floor."""
    options = ("--interface", "wsgi", "--factory", "--no-ws", "--log-level", "error")
    place = ("--host", LOOPBACK, "--port", PORT)
    factory = "tests.performance.floor:served"
    return Program(FLOOR, (sys.executable, "-m", "granian", *options, *place, factory), SERVICE)
