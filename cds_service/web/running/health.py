"""Tells whether the process lives, may get calls, and what it counted."""

from collections.abc import Callable, Mapping

from flask import Blueprint, Response

from cds_service.core.knowledge import Knowledge
from cds_service.web.exchange import json_answer
from cds_service.web.running.metrics import CONTENT_TYPE, Metrics

OK = "ok"
READY, DEGRADED, FAILED, DRAINING = "ready", "degraded", "failed", "draining"
Check = Callable[[], str]
"""Tells `ok`; `degraded` where answers are still right; `failed` where calls must go elsewhere."""


def make_health(
    knowledge: Knowledge,
    metrics: Metrics,
    is_draining: Callable[[], bool],
    checks: Mapping[str, Check],
) -> Blueprint:
    """Return the routes `/livez`, `/readyz` and `/metrics`.

    A process without content never gets this far, so the content is always loaded.
    """
    health = Blueprint("health", __name__)
    digest = knowledge.digest[:12]

    @health.get("/livez")
    def live() -> Response:
        return json_answer({"status": "alive"})

    @health.get("/readyz")
    def ready() -> Response:
        found = {name: check() for name, check in checks.items()}
        status = DRAINING if is_draining() else _worst(found)
        words = {"status": status, "knowledge": digest, "checks": found}
        return json_answer(words, 503 if status in (DRAINING, FAILED) else 200)

    @health.get("/metrics")
    def measure() -> Response:
        return Response(metrics.exposition(), content_type=CONTENT_TYPE)

    return health


def _worst(found: Mapping[str, str]) -> str:
    return next((state for state in (FAILED, DEGRADED) if state in found.values()), READY)
