"""Errors as HTTP status and OperationOutcome, without any data of the request."""

import logging
from collections.abc import Mapping, Sequence

from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from cds_service.errors import (
    CannotAuthenticate,
    CdsServiceError,
    ClientRefused,
    ForeignPatient,
    Problem,
    RequestError,
)
from cds_service.web.exchange import current_exchange, json_answer

FHIR_JSON = "application/fhir+json"
# A caller that is not let in: outcome for our log, status and header.
_UNNAMED: Mapping[type[CdsServiceError], tuple[str, int, dict[str, str]]] = {
    ClientRefused: ("client-refused", 401, {"WWW-Authenticate": "Bearer"}),
    CannotAuthenticate: ("cannot-authenticate", 503, {"Retry-After": "5"}),
}
_OTHERWISE = "processing"
_ISSUES = {
    400: (_OTHERWISE, "The request is malformed, or its Host is no address of this service."),
    404: ("not-found", "There is nothing at this address. GET /cds-services lists the services."),
    405: ("not-supported", "This address does not take this method."),
    413: ("too-long", "The body is larger than this service accepts."),
    415: ("not-supported", "The body must be uncompressed JSON."),
}
_log = logging.getLogger(__name__)
_audit = logging.getLogger("cds_service.audit")


def register_problems(app: Flask) -> None:
    """Answer every error with an OperationOutcome, but a client that is not let in with nothing."""
    for kind in _UNNAMED:
        app.register_error_handler(kind, _not_admitted)
    app.register_error_handler(RequestError, _request_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _our_error)


def refuse(error: RequestError) -> Response:
    """Return the answer to a request that cannot be answered."""
    response = _outcome(error.status, error.problems)
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _outcome(status: int, problems: Sequence[Problem], severity: str = "error") -> Response:
    """Return a FHIR OperationOutcome; the shape is the same in DSTU2 to R5."""
    outcome = {
        "resourceType": "OperationOutcome",
        "issue": [
            {"severity": severity, "code": problem.code, "details": {"text": problem.words}}
            for problem in problems
        ],
    }
    return json_answer(outcome, status, FHIR_JSON)


def _request_error(error: RequestError) -> Response:
    current_exchange().outcome = error.outcome
    if isinstance(error, ForeignPatient):
        _audit.warning("refused: a resource of another patient", extra={"status": error.status})
    return refuse(error)


def _not_admitted(error: ClientRefused | CannotAuthenticate) -> Response:
    """Answer every refusal alike: the cause is in our log and nowhere else."""
    current_exchange().outcome, status, headers = _UNNAMED[type(error)]
    response = Response(status=status, headers=headers)
    del response.headers["Content-Type"]
    return response


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    current_exchange().outcome = "refused" if status < 500 else "failed"
    problem = Problem(*_ISSUES.get(status, (_OTHERWISE, error.name)))
    response = _outcome(status, [problem])
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def _our_error(error: Exception) -> Response:
    current_exchange().outcome = "failed"
    _log.error("unexpected error", extra={"error": _where(error)})
    problem = Problem("exception", "The service failed. No advice could be worked out.")
    return _outcome(500, [problem], severity="fatal")


def _where(error: Exception) -> str:
    """Name the class of an error and the place that raised it; its text may hold patient data."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_globals['__name__']}:{trace.tb_lineno}" if trace else "unknown"
    return f"{type(error).__name__} at {place}"
