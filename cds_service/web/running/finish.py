"""What is done with every answer before it leaves: audit event, counts, log line, headers."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask, Response

from cds_service.core.knowledge import Knowledge
from cds_service.web.exchange import Exchange, begin_exchange, current_exchange
from cds_service.web.headers import Headers
from cds_service.web.running.audit import Trail
from cds_service.web.running.logs import log_request
from cds_service.web.running.metrics import Metrics


@dataclass(frozen=True, slots=True)
class Finish:
    """Finishes every exchange in the same way, wherever in the service it was answered.

    `trail` is None where no audit trail is kept. While the server is draining each client is asked
    to connect anew, which leads it to another server.
    """

    knowledge: Knowledge
    headers: Headers
    metrics: Metrics
    trail: Trail | None
    is_draining: Callable[[], bool]

    def __call__(self, exchange: Exchange, response: Response) -> Response:
        """Record what came of a call, and return its answer with all headers."""
        self.record(exchange, response.status_code)
        if self.is_draining():
            response.headers["Connection"] = "close"
        self.headers.set_on(response, exchange)
        return response

    def record(self, exchange: Exchange, status: int) -> None:
        """Write the audit event of a hook call; count and log whatever it was."""
        seconds = time.perf_counter() - exchange.started
        digest, cards = self.knowledge.digest[:12], self.knowledge.cards
        shown = [f"{card_id} {cards[card_id].version}" for card_id in exchange.card_ids]
        if self.trail and exchange.is_hook_call:
            self.trail.record(exchange, status, shown, digest)
        self.metrics.count(exchange, status, seconds)
        log_request(exchange, status, seconds, {"cards": shown, "knowledge": digest})


def register_exchanges(app: Flask, finish: Finish) -> None:
    """Begin and finish an exchange with every request, whatever it is for."""
    app.before_request(begin_exchange)
    app.after_request(lambda response: finish(current_exchange(), response))
