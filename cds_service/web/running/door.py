"""Turns hook calls away while the service is full; refuses to spend more on them than it must.

A call that is answered here costs a fifth of one that is refused further in, and that difference
is what keeps the calls quick that were taken. It has been read by nobody: it is counted and
logged, and leaves no audit event. Its client has not been asked who it is.
"""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, Response

from cds_service.core.knowledge import Knowledge
from cds_service.errors import Overloaded
from cds_service.web.headers import on_refusals
from cds_service.web.problems import outcome_response
from cds_service.web.running.limits import FULL, Limits
from cds_service.web.running.metrics import Metrics

PREFIX = "/cds-services/"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Door:
    """A WSGI app before another, which answers calls of the services while it `is_shut`.

    Not where another header is owed, to a browser of another origin, or another refusal.
    """

    inside: WSGIApplication
    called: Mapping[str, str]
    most_bytes: int
    is_shut: Callable[[], bool]
    refusal: Response
    note: Callable[[str, float], None]

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer 503 or let the call in."""
        service = self._service_in(environ)
        if service is None or not self.is_shut():
            return self.inside(environ, start)
        started = time.perf_counter()
        environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        self.note(service, time.perf_counter() - started)
        start(self.refusal.status, self.refusal.headers.to_wsgi_list())
        return [self.refusal.get_data()]

    def _service_in(self, environ: WSGIEnvironment) -> str | None:
        length = environ.get("CONTENT_LENGTH", "")
        is_bounded = length.isdecimal() and int(length) <= self.most_bytes
        is_plain = environ["REQUEST_METHOD"] == "POST" and "HTTP_ORIGIN" not in environ
        return self.called.get(environ["PATH_INFO"]) if is_bounded and is_plain else None


def register_door(
    app: Flask,
    knowledge: Knowledge,
    limits: Limits,
    metrics: Metrics,
    is_draining: Callable[[], bool],
) -> None:
    """Put a door before the app, which is shut while `limits` are full.

    While draining it stands open: the answer then has to ask the client to connect anew.
    """
    refusal = outcome_response(Overloaded.status, [FULL])
    refusal.headers.extend(on_refusals(app))
    refusal.headers["Retry-After"] = str(Overloaded.retry_after)
    app.wsgi_app = Door(  # type: ignore[assignment, method-assign]
        inside=app.wsgi_app,
        called={PREFIX + name: name for name in knowledge.services},
        most_bytes=app.config["MAX_CONTENT_LENGTH"],
        is_shut=lambda: limits.are_full and not is_draining(),
        refusal=refusal,
        note=_noting(metrics, knowledge.digest[:12]),
    )


def _noting(metrics: Metrics, digest: str) -> Callable[[str, float], None]:
    """Return what counts and logs a call that was turned away, as `observed` and `logs` would."""

    def note(service: str, seconds: float) -> None:
        metrics.add("cds_requests_total", service, str(Overloaded.status))
        metrics.add("cds_shed_total", "places")
        metrics.observe(service, seconds)
        fields = {
            "method": "POST",
            "route": f"{PREFIX}<service_id>",
            "service": service,
            "status": Overloaded.status,
            "outcome": Overloaded.outcome,
            "milliseconds": round(seconds * 1000, 2),
            "knowledge": digest,
        }
        _log.info("request", extra=fields)

    return note
