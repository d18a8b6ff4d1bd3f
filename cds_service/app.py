"""Wires settings, knowledge and the web into a WSGI app; nothing else opens `cards/`."""

import gc
import os
import time
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask
from msgspec import structs

from cds_service.answer import Deployment
from cds_service.clients.checks import Strictness
from cds_service.clients.clients import load_clients, no_clients
from cds_service.content.complete import check_complete
from cds_service.content.knowledge import cards_directory, load_knowledge
from cds_service.content.signatures import say_lapsed
from cds_service.core.knowledge import Knowledge
from cds_service.errors import SettingsError, StoreError
from cds_service.fhir.server.fetch import Fetcher
from cds_service.fhir.server.guarded_http import ANYWHERE, LOOPBACK
from cds_service.settings import STANDARD_ERROR, Settings, read_settings
from cds_service.trust.clients import Clients
from cds_service.trust.fetch import fetch_key_set
from cds_service.trust.gate import Gate
from cds_service.trust.keys import Keys
from cds_service.trust.replay import SeenTokens
from cds_service.web.exchange import note_route
from cds_service.web.headers import Headers, answer_to_hosts
from cds_service.web.hooks.authentication import Authentication
from cds_service.web.hooks.routes import Clock, make_routes
from cds_service.web.pages.html import make_pages
from cds_service.web.pages.openapi import make_openapi
from cds_service.web.problems import register_problems
from cds_service.web.running.audit import Trail
from cds_service.web.running.finish import Finish
from cds_service.web.running.health import DEGRADED, OK, Check, make_health
from cds_service.web.running.logs import configure_logging, log_lapsed
from cds_service.web.running.metrics import CountedFetcher, Metrics, SharedCounts, share_counts
from cds_service.web.running.overload import Limits, shed_load

# Fewer collections of young objects: a 2 MB body builds many, and none of them outlives its call.
GC_THRESHOLD = 50_000


def create_app() -> Flask:
    """Make the app from the environment, for any WSGI server: `cds_service.app:create_app()`."""
    collect_seldom()
    settings = read_settings(os.environ)
    configure_logging()
    knowledge = read_content(settings)
    check_complete(knowledge)
    app = make_app(settings, knowledge)
    log_lapsed(knowledge)
    keep_in_memory()
    return app


def read_content(settings: Settings) -> Knowledge:
    """Read the content that a deployment names, with the site's folder."""
    return load_knowledge(cards_directory(settings.cards_dir), settings.site_dir)


def create_worker(
    settings: Settings, knowledge: Knowledge, counts: SharedCounts, worker: int
) -> Flask:
    """Make the app in a worker of `cds-service serve`, which has read all and proved it."""
    configure_logging()
    app = make_app(settings, knowledge, counts=counts, worker=worker)
    keep_in_memory()
    return app


def collect_seldom() -> None:
    """Let garbage be collected seldom, from before the content is read: all of that stays."""
    gc.set_threshold(GC_THRESHOLD)


def keep_in_memory() -> None:
    """Leave what is there for good out of every later garbage collection.

    Done before workers are started, it also leaves the memory that they share untouched.
    """
    gc.collect()
    gc.freeze()


def make_app(
    settings: Settings,
    knowledge: Knowledge,
    clock: Clock | None = None,
    counts: SharedCounts | None = None,
    worker: int = 0,
) -> Flask:
    """Make the app from its parts; `clock` gives the present moment in the site's time zone."""
    deployment = make_deployment(settings, knowledge)
    shown = deployment.knowledge
    counts = counts or share_counts(shown)
    metrics = Metrics(counts, worker)
    deployment = replace(deployment, fetcher=CountedFetcher(metrics))
    gate, checks = _make_gate_and_checks(settings, knowledge)
    trail = Trail(settings.audit_log, settings.audit_key, metrics) if settings.audit_log else None
    if trail:
        checks = {"audit": trail.state, **checks}
    headers = Headers(settings.public_base_url.startswith("https:"), settings.cors_origins)
    limits = Limits(settings.max_in_flight, settings.client_rate, time.monotonic)
    app = _make_bare_app(settings)
    shed_load(app, shown, limits)
    app.wsgi_app = Finish(  # type: ignore[assignment, method-assign]
        app.wsgi_app, shown, headers, metrics, trail, counts.is_draining
    )
    authentication = Authentication(deployment, gate)
    clock = clock or partial(datetime.now, settings.time_zone)
    app.register_blueprint(make_routes(authentication, clock, limits))
    app.register_blueprint(make_health(shown, metrics, counts.is_draining, checks))
    app.register_blueprint(make_openapi(deployment))
    app.register_blueprint(make_pages(deployment))
    return app


def make_deployment(settings: Settings, knowledge: Knowledge) -> Deployment:
    """Return the content as this deployment shows it; raise where it would show nothing."""
    if settings.language not in knowledge.words:
        known = ", ".join(sorted(knowledge.words))
        raise SettingsError(f"CDS_LANGUAGE must be one of the languages of the content: {known}.")
    shown = _with_statuses(knowledge, settings.card_statuses)
    for service in shown.services.values():
        if not service.cards:
            lapsed = (line for card in knowledge.cards.values() for line in say_lapsed(card))
            words = (
                f"CDS_CARD_STATUSES leaves the service {service.id} without any card, so it would "
                "always be silent. Sign a card, or allow drafts."
            )
            raise SettingsError(" ".join((words, *lapsed)))
    return Deployment(
        knowledge=shown,
        language=settings.language,
        base_url=settings.public_base_url,
        servers=read_clients(settings, shown).servers,
        fetcher=Fetcher(),
        deadline_seconds=settings.deadline_seconds,
    )


def not_shown(settings: Settings, knowledge: Knowledge) -> list[str]:
    """Return a sentence for each card that is kept back, and for each sign-off that lapsed."""
    hidden = [
        f"Not shown: {card.id} {card.version}, because it is {card.status} and "
        "CDS_CARD_STATUSES does not show that."
        for card in knowledge.cards.values()
        if card.status not in settings.card_statuses
    ]
    drafts = [card for card in knowledge.cards.values() if card.status == "draft"]
    return [*hidden, *(line for card in drafts for line in say_lapsed(card))]


def read_clients(settings: Settings, knowledge: Knowledge) -> Clients:
    """Return the registered clients; with client tokens, every one of them has an issuer."""
    is_production = settings.is_production
    if settings.clients_file is None:
        prefetch = settings.prefetch
        return no_clients(knowledge, is_production=is_production, prefetch=prefetch)
    if not os.access(settings.clients_file, os.R_OK):
        raise SettingsError("CDS_CLIENTS must name a file that can be read.")
    strictness = Strictness(is_production, settings.client_authentication == "jwt")
    return load_clients(settings.clients_file, knowledge, strictness, settings.prefetch)


def make_gate(settings: Settings, knowledge: Knowledge, store: SeenTokens) -> Gate:
    """Return what checks client tokens, with a store of the used ones."""
    networks = ANYWHERE if settings.is_production else (*ANYWHERE, *LOOPBACK)
    return Gate(
        clients=read_clients(settings, knowledge),
        base_urls=(settings.public_base_url, *settings.other_base_urls),
        keys=Keys(lambda jku: fetch_key_set(jku, networks), refuses_sandbox=settings.is_production),
        store=store,
    )


def _make_gate_and_checks(
    settings: Settings, knowledge: Knowledge
) -> tuple[Gate | None, dict[str, Check]]:
    """Return the gate where clients prove who they are, and what `/readyz` asks of it."""
    if settings.client_authentication != "jwt":
        return None, {}
    from cds_service.store.database import Database  # noqa: PLC0415 (only tokens need a store)
    from cds_service.store.seen import SeenInDatabase  # noqa: PLC0415

    store = SeenInDatabase(Database(settings.database_url))
    with suppress(StoreError):
        store.make()
    gate = make_gate(settings, knowledge, store)
    return gate, {
        "store": lambda: OK if store.is_answering() else DEGRADED,
        "keys": lambda: OK if gate.keys.are_fresh() else DEGRADED,
    }


def prove_stores(settings: Settings) -> None:
    """Raise where neither tokens nor events could be kept, before a worker finds out."""
    trail = settings.audit_log
    if trail and trail != STANDARD_ERROR and not _can_be_written(trail):
        raise SettingsError("CDS_AUDIT_LOG must name a file that can be written, or be `-`.")
    if settings.client_authentication == "jwt":
        from cds_service.store.database import Database  # noqa: PLC0415 (only tokens need a store)

        Database(settings.database_url).close()


def _can_be_written(name: str) -> bool:
    is_there, is_folder = os.access(name, os.F_OK), os.access(f"{name}/.", os.F_OK)
    place = name if is_there else f"{Path(name).parent}/."
    return os.access(place, os.W_OK) and not is_folder


def _make_bare_app(settings: Settings) -> Flask:
    """Make an app without routes, which answers to its own names alone, and every error."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_bytes
    answer_to_hosts(app, _trusted_hosts(settings))
    register_problems(app)
    app.url_value_preprocessor(note_route)
    return app


def _with_statuses(knowledge: Knowledge, statuses: frozenset[str]) -> Knowledge:
    """Leave out the cards whose status this deployment does not show."""
    cards = {name: card for name, card in knowledge.cards.items() if card.status in statuses}
    services = {
        name: structs.replace(service, cards=tuple(card for card in service.cards if card in cards))
        for name, service in knowledge.services.items()
    }
    return replace(knowledge, cards=cards, services=services)


def _trusted_hosts(settings: Settings) -> list[str] | None:
    """Return the names in `Host` that production answers to: its own, and a probe's on loopback."""
    if not settings.is_production:
        return None
    urls = (settings.public_base_url, *settings.other_base_urls)
    return [*(urlsplit(url).hostname or "" for url in urls), "127.0.0.1"]
