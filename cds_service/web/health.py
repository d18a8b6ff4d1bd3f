"""Tells an orchestrator that the process lives and may get calls; refuses to tell more."""

import msgspec
from flask import Blueprint, Response

from cds_service.core.knowledge import Knowledge

JSON = "application/json"


def make_health(knowledge: Knowledge) -> Blueprint:
    """Return the routes `/livez` and `/readyz`; a process without content never gets this far."""
    health = Blueprint("health", __name__)
    ready_words = msgspec.json.encode({"status": "ready", "knowledge": knowledge.digest[:12]})

    @health.get("/livez")
    def live() -> Response:
        return Response(b'{"status":"alive"}', content_type=JSON)

    @health.get("/readyz")
    def ready() -> Response:
        return Response(ready_words, content_type=JSON)

    return health
