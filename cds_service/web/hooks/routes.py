"""The CDS Hooks endpoints: discovery, and a call of a service."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import msgspec
from flask import Blueprint, Response, abort, request

from cds_service.answer import Deployment, answer_hook, find_service, listed_services
from cds_service.hooks import CardsResponse, Discovery
from cds_service.web.exchange import HOOK_ROUTE, current_exchange, json_answer
from cds_service.web.hooks.authentication import Authentication
from cds_service.web.hooks.dialect import in_dialect
from cds_service.web.hooks.language import choose_language
from cds_service.web.running.overload import Limits

Clock = Callable[[], datetime]


def make_routes(authentication: Authentication, clock: Clock, limits: Limits) -> Blueprint:
    """Return the routes `GET /cds-services`, `POST /cds-services/<id>`."""
    routes = Blueprint("cds-hooks", __name__)

    @routes.get("/cds-services", strict_slashes=False)
    def discover() -> Response:
        deployment = authentication.deployment_for_caller(None, clock())
        services = listed_services(deployment)
        return json_answer(msgspec.convert({"services": services}, Discovery, from_attributes=True))

    @routes.post(HOOK_ROUTE, strict_slashes=False)
    def call(service_id: str) -> Response:
        now, exchange, headers = clock(), current_exchange(), request.environ
        deployment = authentication.deployment_for_caller(service_id, now)
        if headers.get("HTTP_CONTENT_ENCODING", "identity") != "identity":
            abort(415)
        exchange.service = find_service(service_id, deployment.knowledge).id
        limits.take_turn(exchange.caller)
        if "HTTP_ACCEPT_LANGUAGE" in headers:
            deployment = _in_accepted_language(deployment)
        exchange.language = deployment.language
        body = _body()
        with limits.place():
            advice = answer_hook(service_id, body, deployment, now.date(), exchange.seen)
        exchange.card_ids = advice.card_ids
        exchange.indicators = tuple(card.indicator for card in advice.cards)
        exchange.varies = ("Accept-Language",)
        response = json_answer(CardsResponse(in_dialect(advice.cards, deployment.ehr)))
        response.headers["Content-Language"] = deployment.language
        return response

    return routes


def _in_accepted_language(deployment: Deployment) -> Deployment:
    """Return the deployment in the language of the content that the caller prefers."""
    known = deployment.knowledge.words
    language = choose_language(request.accept_languages, known, deployment.language)
    return replace(deployment, language=language)


def _body() -> bytes:
    """Return the body, in one piece where its length is known: a long one then costs one copy.

    A body in chunks that reaches the limit was cut there, so it is too long.
    """
    length = request.content_length
    if length is not None:
        body = request.stream.read(length)
        return body if len(body) == length else body + request.stream.read()
    body, limit = request.get_data(cache=False), request.max_content_length
    if limit is not None and len(body) >= limit:
        abort(413)
    return body
