"""Turns hook calls away while the service is full; refuses to spend more on them than it must.

A call that is answered here costs a fifth of one that is refused further in, and that difference
is what keeps the calls quick that were taken. It has been read by nobody: it is counted and
logged, and leaves no audit event. Its client has not been asked who it is.
"""

import logging
import time
from collections.abc import Callable, Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Flask

from cds_service.core.knowledge import Knowledge
from cds_service.errors import Overloaded
from cds_service.web.headers import on_refusals
from cds_service.web.limits import FULL, Limits
from cds_service.web.metrics import Metrics
from cds_service.web.problems import outcome_response

ROUTE = "/cds-services/<service_id>"
_log = logging.getLogger(__name__)


def register_door(
    app: Flask,
    knowledge: Knowledge,
    limits: Limits,
    metrics: Metrics,
    is_draining: Callable[[], bool],
) -> None:
    """Answer 503 to calls of the services while `limits` are full, as `problems` would.

    Not where another header is owed: to a browser of another origin, or while draining.
    """
    refusal = outcome_response(Overloaded.status, [FULL])
    refusal.headers.extend(on_refusals(app))
    refusal.headers["Retry-After"] = str(Overloaded.retry_after)
    headers, body = refusal.headers.to_wsgi_list(), refusal.get_data()
    called = {ROUTE.replace("<service_id>", name): name for name in knowledge.services}
    longest, digest = app.config["MAX_CONTENT_LENGTH"], knowledge.digest[:12]
    answer = app.wsgi_app

    def let_in_or_not(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        service = called.get(environ["PATH_INFO"])
        length = environ.get("CONTENT_LENGTH", "")
        is_plain = environ["REQUEST_METHOD"] == "POST" and "HTTP_ORIGIN" not in environ
        is_bounded = length.isdecimal() and int(length) <= longest
        if not (service and is_plain and is_bounded and limits.are_full) or is_draining():
            return answer(environ, start)
        started = time.perf_counter()
        environ["wsgi.input"].read(int(length))
        note(service, time.perf_counter() - started)
        start(refusal.status, headers)
        return [body]

    def note(service: str, seconds: float) -> None:
        metrics.add("cds_requests_total", service, str(Overloaded.status))
        metrics.add("cds_shed_total", "places")
        metrics.observe(service, seconds)
        fields = {
            "method": "POST",
            "route": ROUTE,
            "service": service,
            "status": Overloaded.status,
            "outcome": Overloaded.outcome,
            "milliseconds": round(seconds * 1000, 2),
            "knowledge": digest,
        }
        _log.info("request", extra=fields)

    app.wsgi_app = let_in_or_not  # type: ignore[assignment, method-assign]
