"""One JSON line a request, fields from an allow-list; refuses anything of a patient."""

import json
import logging
import time
from datetime import UTC, datetime

from flask import Flask, Response, g, request

from cds_service.answer import Deployment
from cds_service.core.knowledge import Knowledge
from cds_service.web.running.causes import cause_of
from cds_service.web.running.observed import gaps_seen

FIELDS = (
    "method",
    "route",
    "service",
    "status",
    "outcome",
    "milliseconds",
    "auth",
    "client",
    "cards",
    "language",
    "could_not_check",
    "knowledge",
    "error",
)
METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
_log = logging.getLogger(__name__)


class JsonLines(logging.Formatter):
    """Writes the message constant and the allowed fields, and nothing else.

    Exception texts and positional arguments are left out on purpose: they can carry patient data.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line of JSON."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {"time": moment, "level": record.levelname, "message": str(record.msg)}
        line |= {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
        return json.dumps(line)


def configure_logging() -> None:
    """Send this service's log lines to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("cds_service")
    logger.handlers = [handler]
    logger.setLevel(logging.INFO)
    logger.propagate = False
    # urllib3 writes URLs, which hold patient ids, at DEBUG: not even a site's own setting may.
    logging.getLogger("urllib3").setLevel(logging.WARNING)


def log_lapsed(knowledge: Knowledge) -> None:
    """Warn once, at the start, of each card that is a draft again."""
    drafts = [card for card in knowledge.cards.values() if card.status == "draft"]
    cards = [f"{card.id} {card.version}" for card in drafts if card.approval.lapsed]
    if cards:
        fields = {"cards": cards, "knowledge": knowledge.digest[:12]}
        _log.warning("a sign-off no longer holds: run `cds-service check`", extra=fields)


def register_request_log(app: Flask, deployment: Deployment) -> None:
    """Log each request once: route, service, outcome, time, cards, what could not be checked.

    The route is logged as declared, never the address as sent, which a client may fill with data.
    """
    digest = deployment.knowledge.digest[:12]
    versions = {card.id: card.version for card in deployment.knowledge.cards.values()}

    @app.before_request
    def start() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def log(response: Response) -> Response:
        card_ids = g.get("card_ids", ())
        fields = {
            "method": request.method if request.method in METHODS else "other",
            "route": request.url_rule.rule if request.url_rule else "none",
            "service": g.get("service_id", "none"),
            "status": response.status_code,
            "outcome": g.get("outcome", "answered"),
            "milliseconds": round((time.perf_counter() - g.started) * 1000, 2),
            "cards": [f"{card_id} {versions[card_id]}" for card_id in card_ids],
            "language": g.get("language", "none"),
            "could_not_check": [f"{name}: {cause_of(gap)}" for name, gap in gaps_seen().items()],
            "knowledge": digest,
        }
        known = {name: g.get(name) for name in ("auth", "client") if name in g}
        _log.info("request", extra=fields | known)
        return response
