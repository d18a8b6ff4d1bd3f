"""One JSON line a request, fields from an allow-list; refuses anything of a patient."""

import logging
from datetime import UTC, datetime

import msgspec

from cds_service.core.knowledge import Knowledge
from cds_service.web.exchange import Exchange

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
        fields = record.__dict__
        line |= {name: fields[name] for name in FIELDS if name in fields}
        return msgspec.json.format(msgspec.json.encode(line), indent=0).decode()


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


def log_request(exchange: Exchange, digest: str) -> None:
    """Log a request, once: route, service, outcome, time, and what could not be checked."""
    if not _log.isEnabledFor(logging.INFO):
        return
    fields: dict[str, object] = {
        "method": exchange.method,
        "route": exchange.route,
        "service": exchange.service,
        "status": exchange.status,
        "outcome": exchange.outcome,
        "milliseconds": round(exchange.seconds * 1000, 2),
        "cards": exchange.cards,
        "language": exchange.language,
        "could_not_check": [f"{name}: {cause}" for name, cause in exchange.causes.items()],
        "knowledge": digest,
    }
    who = {"auth": exchange.authentication, "client": exchange.client}
    fields |= {name: value for name, value in who.items() if value is not None}
    _log.info("request", extra=fields)
