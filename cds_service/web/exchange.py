"""What is known of a call under way, for its log line, metrics, audit event and headers."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from wsgiref.types import WSGIEnvironment

import msgspec
from flask import Response, request

from cds_service.answer import Seen

HOOK_ENDPOINT = "cds-hooks.call"
HOOK_ROUTE = "/cds-services/<service_id>"
NO_SERVICE = "none"
_KEY = "cds_service.exchange"
_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})


@dataclass(slots=True)
class Exchange:
    """A request, and what came of it so far.

    `route` is the route as declared, never the address as sent, which a client may fill with data.
    `authentication` is a word of `trust.gate.OUTCOMES`, None where clients are not asked.
    `varies` names the headers of the request that the answer was chosen by.
    `started` is on the clock of `time.perf_counter`. What stands below it is known at the end.
    """

    method: str
    address: str
    origin: str | None = None
    route: str = "none"
    is_hook_call: bool = False
    service: str = NO_SERVICE
    client: str | None = None
    authentication: str | None = None
    language: str = "none"
    outcome: str = "answered"
    card_ids: Sequence[str] = ()
    indicators: Sequence[str] = ()
    varies: tuple[str, ...] = ()
    seen: Seen = field(default_factory=Seen)
    started: float = field(default_factory=time.perf_counter)
    status: int = 0
    seconds: float = 0.0
    cards: Sequence[str] = ()
    causes: Mapping[str, str] = field(default_factory=dict)

    @property
    def caller(self) -> str:
        """The authenticated client where there is one, else the address of the caller."""
        return self.client or self.address


def begin_exchange(environ: WSGIEnvironment) -> Exchange:
    """Note what is known of a request before anything is done for it."""
    method = environ["REQUEST_METHOD"]
    exchange = environ[_KEY] = Exchange(
        method=method if method in _METHODS else "other",
        address=environ.get("REMOTE_ADDR") or "unknown",
        origin=environ.get("HTTP_ORIGIN"),
    )
    return exchange


def exchange_in(environ: WSGIEnvironment) -> Exchange:
    """Return the exchange that was begun with a request."""
    exchange: Exchange = environ[_KEY]
    return exchange


def current_exchange() -> Exchange:
    """Return the exchange of the request that this thread answers."""
    return exchange_in(request.environ)


def note_route(endpoint: str | None, _values: object) -> None:
    """Note which route a request has reached."""
    if request.url_rule is not None:
        exchange = current_exchange()
        exchange.route = request.url_rule.rule
        exchange.is_hook_call = endpoint == HOOK_ENDPOINT


def json_answer(
    content: object, status: int = 200, content_type: str = "application/json"
) -> Response:
    """Return an answer in JSON."""
    return Response(msgspec.json.encode(content), status, content_type=content_type)
