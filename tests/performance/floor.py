"""The floor: a Flask app that parses a hook request with orjson and answers without a card."""

import gc

import orjson
from flask import Flask, Response, request

SERVICE = "/cds-services/onfh-order-select"


def baseline() -> Flask:
    """Return the app, which imports nothing of ours."""
    app = Flask("baseline")

    @app.post(SERVICE)
    def answer() -> Response:
        orjson.loads(request.get_data())
        return Response(b'{"cards":[]}', content_type="application/json")

    return app


def served() -> Flask:
    """Return the app as a worker serves it, collected as seldom as one of ours."""
    app = baseline()
    gc.freeze()
    gc.set_threshold(50_000)
    return app
