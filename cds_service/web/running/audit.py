"""The audit trail: a FHIR R4 AuditEvent for each hook call, append-only, without identifiers.

Who called and whose data it was are keyed hashes: the key's owner can look for a known patient,
and nobody else learns who was seen. An event that cannot be written never holds an answer back:
it is counted, logged, shown by `/readyz`, kept, and written as soon as that works again.
"""

import hmac
import logging
import os
import threading
from collections import deque
from datetime import UTC, datetime

import msgspec

from cds_service.settings import STANDARD_ERROR
from cds_service.web.exchange import Exchange
from cds_service.web.running.metrics import Metrics

OBSERVER = "femoral-head-cds"
MOST_KEPT = 10_000
_EVENT_TYPES = "http://terminology.hl7.org/CodeSystem/audit-event-type"
_ENTITY_TYPES = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
_ROLES = "http://terminology.hl7.org/CodeSystem/object-role"
_HASHED = "urn:hmac-sha256"
_log = logging.getLogger(__name__)


class Trail:
    """The file, or standard error, that events go to, with those that could not be written."""

    def __init__(self, target: str, key: bytes, metrics: Metrics) -> None:
        self._target = target
        self._key = key
        self._metrics = metrics
        self._kept: deque[bytes] = deque()
        self._lock = threading.Lock()

    def record(self, exchange: Exchange, digest: str) -> None:
        """Write who asked what about whom and what came of it, after the events still kept."""
        details = [
            {"type": "status", "valueString": str(exchange.status)},
            {"type": "content", "valueString": digest},
            *({"type": "card", "valueString": card} for card in exchange.cards),
        ]
        line = msgspec.json.encode(self._event(exchange, details)) + b"\n"
        with self._lock:
            self._kept.append(line)
            try:
                self._write_kept()
            except OSError as error:
                self._failed(error)

    def state(self) -> str:
        """Return `ok`, or `degraded` while events are kept that could not be written."""
        return "degraded" if self._kept else "ok"

    def _write_kept(self) -> None:
        """Append whole lines, opened anew each time: the file may have been moved away."""
        if self._target == STANDARD_ERROR:
            return self._drain_to(2)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        descriptor = os.open(self._target, flags, 0o600)
        try:
            return self._drain_to(descriptor)
        finally:
            os.close(descriptor)

    def _drain_to(self, descriptor: int) -> None:
        while self._kept:
            line = self._kept[0]
            if os.write(descriptor, line) != len(line):
                self._kept[0] = b"\n" + line.lstrip(b"\n")
                raise OSError("the line was cut short")
            self._kept.popleft()

    def _failed(self, error: OSError) -> None:
        self._metrics.add("cds_audit_failures_total")
        if len(self._kept) > MOST_KEPT:
            self._kept.popleft()
            self._metrics.add("cds_audit_lost_total")
        _log.error("an audit event was not written", extra={"error": type(error).__name__})

    def _event(self, exchange: Exchange, details: list[dict[str, str]]) -> dict[str, object]:
        who = self._hashed("client", exchange.caller)
        patient_id = exchange.seen.patient_id
        patient = {
            "what": self._hashed("patient", patient_id),
            "type": _coding(_ENTITY_TYPES, "1"),
            "role": _coding(_ROLES, "1"),
        }
        asked = {"type": _coding(_ENTITY_TYPES, "2"), "name": exchange.service, "detail": details}
        return {
            "resourceType": "AuditEvent",
            "type": _coding(_EVENT_TYPES, "rest"),
            "action": "E",
            "recorded": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "outcome": _severity(exchange.status),
            "outcomeDesc": exchange.outcome,
            "agent": [{"who": who, "requestor": True}],
            "source": {"observer": {"display": OBSERVER}},
            "entity": [patient, asked] if patient_id else [asked],
        }

    def _hashed(self, kind: str, identifier: str) -> dict[str, dict[str, str]]:
        """Return a reference to somebody by a keyed hash of the identifier."""
        text = f"{kind}\0{identifier}".encode(errors="replace")
        value = hmac.digest(self._key, text, "sha256").hex()
        return {"identifier": {"system": _HASHED, "value": value}}


def _coding(system: str, code: str) -> dict[str, str]:
    return {"system": system, "code": code}


def _severity(status: int) -> str:
    """Return AuditEvent.outcome: success, minor failure (the client's), serious failure (ours)."""
    if status < 400:
        return "0"
    return "4" if status < 500 else "8"
