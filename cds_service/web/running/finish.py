"""What is done with every answer before it leaves: audit event, counts, log line, headers."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from cds_service.core.knowledge import Knowledge
from cds_service.web.exchange import Exchange, begin_exchange
from cds_service.web.headers import Headers
from cds_service.web.running.audit import Trail
from cds_service.web.running.causes import cause_of
from cds_service.web.running.logs import log_request
from cds_service.web.running.metrics import Metrics


@dataclass(frozen=True, slots=True)
class Finish:
    """A WSGI app around another, which finishes every exchange wherever in it it was answered.

    `trail` is None where no audit trail is kept. While the server is draining each client is asked
    to connect anew, which leads it to another server.
    """

    app: WSGIApplication
    knowledge: Knowledge
    headers: Headers
    metrics: Metrics
    trail: Trail | None
    is_draining: Callable[[], bool]

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer; what came of the call is recorded before the answer is given."""
        exchange = begin_exchange(environ)

        def finish(status: str, headers: list[tuple[str, str]]) -> Callable[[bytes], object]:
            exchange.status = int(status[:3])
            self._record(exchange)
            self.headers.add_to(headers, exchange)
            if self.is_draining():
                headers.append(("Connection", "close"))
            return start(status, headers)

        return self.app(environ, finish)  # type: ignore[arg-type]

    def _record(self, exchange: Exchange) -> None:
        """Write the audit event of a hook call; count and log whatever it was."""
        exchange.seconds = time.perf_counter() - exchange.started
        digest, cards = self.knowledge.digest[:12], self.knowledge.cards
        exchange.cards = [f"{name} {cards[name].version}" for name in exchange.card_ids]
        exchange.causes = {name: cause_of(gap) for name, gap in exchange.seen.gaps.items()}
        if self.trail and exchange.is_hook_call:
            self.trail.record(exchange, digest)
        self.metrics.count(exchange)
        log_request(exchange, digest)
