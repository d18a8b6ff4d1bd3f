"""What is counted and recorded of every request after it; refuses to change an answer."""

import time
from collections.abc import Callable, Mapping

from flask import Flask, Response, g, request

from cds_service.answer import Deployment
from cds_service.fhir.server.fetch import Access, Ask, Fetched, Fetcher
from cds_service.web.running.audit import Happened, Trail
from cds_service.web.running.causes import cause_of
from cds_service.web.running.metrics import NO_SERVICE, Metrics

HOOK_ENDPOINT = "cds-hooks.call"
_SHED = {"overloaded": "places", "too-many-requests": "client-rate"}


class CountedFetcher(Fetcher):
    """A fetcher whose queries are counted by outcome."""

    def __init__(self, metrics: Metrics) -> None:
        super().__init__()
        self._metrics = metrics

    def fetch(self, asks: Mapping[str, Ask], access: Access) -> dict[str, Fetched]:
        """Return what was given by the deadline."""
        answers = super().fetch(asks, access)
        for resource, fetched in answers.items():
            outcome = cause_of(fetched.gap) if fetched.gap else "whole"
            self._metrics.add("cds_fhir_calls_total", resource, outcome)
        return answers


def register_counting(app: Flask, metrics: Metrics) -> None:
    """Count every request once it is answered."""

    @app.after_request
    def count(response: Response) -> Response:
        service = g.get("service_id", NO_SERVICE)
        metrics.add("cds_requests_total", service, str(response.status_code))
        metrics.observe(service, time.perf_counter() - g.started)
        for card_id, indicator in zip(g.get("card_ids", ()), g.get("indicators", ()), strict=False):
            metrics.add("cds_cards_total", card_id, indicator)
        for resource, gap in gaps_seen().items():
            metrics.add("cds_could_not_check_total", resource, cause_of(gap))
        if "auth" in g:
            metrics.add("cds_authentications_total", g.auth)
        if g.get("outcome") in _SHED:
            metrics.add("cds_shed_total", _SHED[g.outcome])
        return response


def register_audit(app: Flask, trail: Trail, deployment: Deployment) -> None:
    """Record every hook call once it is answered, refused ones too."""
    digest = deployment.knowledge.digest[:12]
    versions = {card.id: card.version for card in deployment.knowledge.cards.values()}

    @app.after_request
    def record(response: Response) -> Response:
        if request.endpoint == HOOK_ENDPOINT:
            happened = Happened(
                client=client_name(),
                patient_id=g.seen.patient_id if "seen" in g else "",
                service=g.get("service_id", NO_SERVICE),
                status=response.status_code,
                outcome=g.get("outcome", "answered"),
                cards=[f"{card_id} {versions[card_id]}" for card_id in g.get("card_ids", ())],
                knowledge=digest,
            )
            trail.record(happened)
        return response


def register_draining(app: Flask, is_draining: Callable[[], bool]) -> None:
    """While draining, ask each client to connect anew, which leads it to another server."""

    @app.after_request
    def close(response: Response) -> Response:
        if is_draining():
            response.headers["Connection"] = "close"
        return response


def client_name() -> str:
    """Return the authenticated client where there is one, else the address of the caller."""
    name: str = g.get("client") or request.remote_addr or "unknown"
    return name


def gaps_seen() -> Mapping[str, str]:
    """Return why lists could not be read, by resource type, as far as the call got."""
    gaps: Mapping[str, str] = g.seen.gaps if "seen" in g else {}
    return gaps
