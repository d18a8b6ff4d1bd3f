"""What is known of a call under way, for its log line, metrics, audit event and headers."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec
from flask import Response, g, request

from cds_service.answer import Seen

HOOK_ENDPOINT = "cds-hooks.call"
HOOK_ROUTE = "/cds-services/<service_id>"
NO_SERVICE = "none"
_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})


@dataclass(slots=True)
class Exchange:
    """A request, and what came of it so far.

    `route` is the route as declared, never the address as sent, which a client may fill with data.
    `authentication` is a word of `trust.gate.OUTCOMES`, None where clients are not asked.
    `started` is on the clock of `time.perf_counter`.
    """

    method: str
    route: str
    address: str
    origin: str | None = None
    is_hook_call: bool = False
    service: str = NO_SERVICE
    client: str | None = None
    authentication: str | None = None
    language: str = "none"
    outcome: str = "answered"
    card_ids: Sequence[str] = ()
    indicators: Sequence[str] = ()
    seen: Seen = field(default_factory=Seen)
    started: float = field(default_factory=time.perf_counter)

    @property
    def caller(self) -> str:
        """The authenticated client where there is one, else the address of the caller."""
        return self.client or self.address


def begin_exchange() -> None:
    """Note what is known of a request before anything is done for it."""
    g.exchange = Exchange(
        method=request.method if request.method in _METHODS else "other",
        route=request.url_rule.rule if request.url_rule else "none",
        address=request.remote_addr or "unknown",
        origin=request.headers.get("Origin"),
        is_hook_call=request.endpoint == HOOK_ENDPOINT,
    )


def current_exchange() -> Exchange:
    """Return the exchange of the request that this thread answers."""
    exchange: Exchange = g.exchange
    return exchange


def json_answer(
    content: object, status: int = 200, content_type: str = "application/json"
) -> Response:
    """Return an answer in JSON."""
    return Response(msgspec.json.encode(content), status, content_type=content_type)
