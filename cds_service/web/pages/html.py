"""The pages that people open, and the same as JSON."""

from collections.abc import Callable
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, render_template, request
from markdown_it import MarkdownIt
from markupsafe import Markup

from cds_service.answer import Deployment
from cds_service.core.knowledge import CardDefinition
from cds_service.core.rule_words import spaced
from cds_service.web.exchange import current_exchange, json_answer
from cds_service.web.pages.attributes import REGULATION, source_attributes
from cds_service.web.pages.card_words import Document
from cds_service.web.pages.cards import PAGE_LANGUAGE, describe_card

JSON = "application/json"
HTML = "text/html"
_SUFFIX = ".json"


def make_pages(deployment: Deployment) -> Blueprint:
    """Return the routes `/`, `/about/source-attributes` and `/about/source-attributes/<card-id>`.

    The last two also answer in JSON: by `Accept`, or with `.json` at the end of the address.
    """
    pages = _blueprint(deployment)
    knowledge = deployment.knowledge

    @pages.get("/")
    def start() -> str:
        return render_template("start.html", base_url=deployment.base_url)

    @pages.get("/about/source-attributes", defaults={"suffix": ""})
    @pages.get("/about/source-attributes<any('.json'):suffix>")
    def all_cards(suffix: str) -> Response:
        cards = [_listed(card, deployment) for card in knowledge.cards.values()]
        content = {"regulation": REGULATION, "contentDigest": knowledge.digest, "cards": cards}
        return _answer("attributes.html", content, is_json=bool(suffix))

    @pages.get("/about/source-attributes/<card_id>")
    def card(card_id: str) -> Response:
        definition = knowledge.cards.get(card_id.removesuffix(_SUFFIX)) or abort(404)
        content = describe_card(definition, knowledge, deployment.language)
        return _answer("card.html", content, is_json=card_id.endswith(_SUFFIX))

    return pages


def _blueprint(deployment: Deployment) -> Blueprint:
    """Return the blueprint with what every template may use, and the static files."""
    pages = Blueprint(
        "pages",
        __name__,
        template_folder="templates",
        static_folder="static",
        static_url_path="/about/static",
    )
    pages.add_app_template_filter(_markdown_filter(), "markdown")
    pages.add_app_template_filter(spaced, "spaced")
    shared = {
        "root": urlsplit(deployment.base_url).path,
        "page_language": PAGE_LANGUAGE,
        "knowledge": deployment.knowledge,
    }
    pages.context_processor(lambda: shared)
    return pages


def _listed(card: CardDefinition, deployment: Deployment) -> Document:
    """Return a card in the list of all cards, with its thirteen attributes."""
    return {
        "id": card.id,
        "title": card.texts[PAGE_LANGUAGE].title,
        "version": card.version,
        "status": card.status,
        "url": f"{deployment.base_url}/about/source-attributes/{card.id}",
        "attributes": source_attributes(card, deployment.knowledge),
    }


def _answer(template: str, content: Document, *, is_json: bool) -> Response:
    """Return JSON where the address or the client's `Accept` says so, else HTML."""
    current_exchange().varies = ("Accept",)
    if is_json or request.accept_mimetypes.best_match([HTML, JSON]) == JSON:
        return json_answer(content)
    return Response(render_template(template, page=content), mimetype=HTML)


def _markdown_filter() -> Callable[[str], Markup]:
    """Return what writes a text of the content as HTML, and any HTML in it as plain characters."""
    renderer = MarkdownIt("js-default")
    return lambda text: Markup(renderer.render(text))  # noqa: S704 (the renderer escapes)
