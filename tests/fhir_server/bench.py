"""Calls the service with a stub FHIR server behind it, and measures."""

import contextlib
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from cds_service.app import make_app
from cds_service.core.knowledge import Knowledge
from cds_service.settings import Settings
from tests.conftest import NOW
from tests.fhir.builders import PATIENT_ID, Json, hook_request
from tests.fhir_server.stub import CHART, Listener, Mode, StubServer
from tests.web.contract import post

TOKEN = "zz-token-5f2c9e"
KEYS = {
    "Patient": "patient",
    "Condition": "conditions",
    "ImagingStudy": "imagingStudies",
    "Procedure": "procedures",
    "Observation": "observations",
    "DiagnosticReport": "diagnosticReports",
    "ServiceRequest": "activeOrders",
}
DEADLINE_SECONDS = 0.8
LEEWAY_SECONDS = 0.25
ATTEMPTS = 3


@dataclass(frozen=True)
class Asked:
    """The answer to a hook, how long it took, and the server that was asked meanwhile."""

    response: TestResponse
    seconds: float
    server: StubServer


@dataclass
class Bench:
    """Makes services and servers, and ends the servers."""

    knowledge: Knowledge
    stack: contextlib.ExitStack
    canary: Listener = field(init=False)

    def __post_init__(self) -> None:
        self.canary = self.started(Listener())

    def started(self, listener: Any) -> Any:
        """Return a listener that is closed when the test ends."""
        self.stack.callback(listener.close)
        return listener

    def server(self, modes: Mapping[str, Mode] | None = None, **members: Any) -> StubServer:
        """Return a server with these modes by resource type."""
        canary = f"http://127.0.0.1:{self.canary.port}"
        server: StubServer = self.started(StubServer(modes or {}, canary, **members))
        return server

    def service(self, deadline: float = DEADLINE_SECONDS, clients: Path | None = None) -> Any:
        """Return a new service with its own connections, threads and breakers."""
        return service(self.knowledge, deadline_seconds=deadline, clients_file=clients)

    def ask(self, modes: Mapping[str, Mode], lacking: tuple[str, ...], deadline: float) -> Asked:
        """Call a new service; once more, with all new, where a busy machine made it late."""
        for _ in range(ATTEMPTS):
            server = self.server(modes)
            asked = ask(self.service(deadline), server, lacking)
            if asked.seconds < deadline + LEEWAY_SECONDS:
                break
        return asked


def service(knowledge: Knowledge, **settings: Any) -> FlaskClient:
    """Return a service with these settings."""
    members = {"public_base_url": "https://cds.example.org"} | settings
    app = make_app(Settings(**members), knowledge, clock=lambda: NOW)
    app.config["SERVER_NAME"] = "cds.example.org"  # production answers to its own name only
    return app.test_client()


def request_lacking(base: str, lacking: tuple[str, ...], token: str | None = TOKEN) -> Json:
    """Return a hook request whose prefetch lacks some types, with leave to fetch them."""
    sent = {KEYS[name]: content for name, content in CHART.items() if name not in lacking}
    leave = {"access_token": token, "token_type": "Bearer", "subject": "zz-client"}
    authorization = {"fhirAuthorization": leave} if token else {}
    return hook_request(prefetch=sent, fhirServer=base, **authorization)


def ask(
    client: FlaskClient, server: StubServer, lacking: tuple[str, ...] = tuple(KEYS), path: str = ""
) -> Asked:
    """Call the service with a prefetch that lacks some types."""
    body = request_lacking(server.base + path, lacking)
    started = time.monotonic()
    response = post(client, body)
    return Asked(response, time.monotonic() - started, server)


def busy_threads() -> list[str]:
    """Return the service's threads that are not waiting for work."""
    frames = sys._current_frames()
    mine = [thread for thread in threading.enumerate() if thread.name.startswith("fhir")]
    tops = {thread.name: frames.get(thread.ident or 0) for thread in mine}
    return [name for name, top in tops.items() if top and top.f_code.co_name != "_worker"]


def fhir_threads() -> set[int | None]:
    """Return the service's threads, idle or not."""
    return {thread.ident for thread in threading.enumerate() if thread.name.startswith("fhir")}


def soon(is_so: Callable[[], bool], seconds: float = 5.0) -> bool:
    """Wait until something is so; tell whether it came to be."""
    ends = time.monotonic() + seconds
    while not is_so() and time.monotonic() < ends:
        time.sleep(0.01)
    return is_so()


@contextlib.contextmanager
def bench_for(knowledge: Knowledge) -> Iterator[Bench]:
    """Return a bench whose servers are ended afterwards."""
    with contextlib.ExitStack() as stack:
        yield Bench(knowledge, stack)


PARAMETERS = {
    "Condition": "&_count=200",
    "ImagingStudy": "&_count=100",
    "Procedure": "&_count=200",
    "Observation": "&category=imaging,exam,procedure&_count=200",
    "DiagnosticReport": "&category=RAD,IMG,RX,CT,NMR,LP29684-5&_count=50",
    "ServiceRequest": "&status=active&_count=200",
}
PLAIN = {name: f"/r4/{name}?patient={PATIENT_ID}" for name in PARAMETERS}
SEARCHES = {name: f"{PLAIN[name]}{parameters}" for name, parameters in PARAMETERS.items()}
TARGETS = SEARCHES | {"Patient": f"/r4/Patient/{PATIENT_ID}"}
"""What the service asks for, by resource type."""
