"""One JSON line a request, fields from an allow-list; refuses anything of a patient."""

import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime

from cds_service.core.knowledge import Knowledge
from cds_service.web.exchange import Exchange
from cds_service.web.running.causes import cause_of

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


def log_request(
    exchange: Exchange, status: int, seconds: float, more: Mapping[str, object]
) -> None:
    """Log a request, once: route, service, outcome, time, and what could not be checked."""
    fields = {
        "method": exchange.method,
        "route": exchange.route,
        "service": exchange.service,
        "status": status,
        "outcome": exchange.outcome,
        "milliseconds": round(seconds * 1000, 2),
        "language": exchange.language,
        "could_not_check": [f"{name}: {cause_of(gap)}" for name, gap in exchange.seen.gaps.items()],
    }
    who = {"auth": exchange.authentication, "client": exchange.client}
    known = {name: value for name, value in who.items() if value is not None}
    _log.info("request", extra={**fields, **more, **known})
