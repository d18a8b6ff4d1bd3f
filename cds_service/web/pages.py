"""The pages that people open: the start page and a page a card; refuses to know requests."""

from flask import Blueprint, abort, render_template
from markdown_it import MarkdownIt

from cds_service.core.knowledge import CardDefinition, Group, Line
from cds_service.core.record import SIDES
from cds_service.core.wording import fill, write_amount, write_hips
from cds_service.web.answers import Edition


def make_pages(edition: Edition) -> Blueprint:
    """Return the routes `/` and `/about/source-attributes/<card-id>`."""
    pages = Blueprint("pages", __name__, template_folder="templates")
    knowledge = edition.knowledge

    @pages.get("/")
    def start() -> str:
        return render_template("start.html", knowledge=knowledge, base_url=edition.base_url)

    @pages.get("/about/source-attributes/<card_id>")
    def card(card_id: str) -> str:
        definition = knowledge.cards.get(card_id) or abort(404)
        return render_template(
            "card.html",
            card=definition,
            lines=_lines(definition.when),
            texts=_texts(definition, edition),
            parameters=knowledge.parameters.values(),
            evidence=knowledge.evidence,
            write_amount=lambda value: write_amount(value, knowledge.words[edition.language]),
        )

    return pages


def _texts(card: CardDefinition, edition: Edition) -> dict[str, str]:
    """Return the card's own words with placeholders named, as HTML of ours only."""
    words = edition.knowledge.words[edition.language]
    text = card.texts[edition.language]
    values = {name: f"[{fact.name}]" for name, fact in edition.knowledge.facts.items()}
    written = values | {"hip": write_hips(SIDES, words)}
    markdown = MarkdownIt("js-default")
    return {
        "title": text.title,
        "source": text.source_label,
        "detail": markdown.render(fill(next(iter(text.detail.values())), written)),
        "rationale": markdown.render(fill(text.rationale, written)),
    }


def _lines(when: Group | Line) -> list[str]:
    if isinstance(when, Line):
        shown = " (shown, with a note, when unknown)" if when.shows_when_unknown else ""
        return [f"{when.label}{shown}"]
    return [
        line
        if isinstance(member, Group) and when.joined_by == "all"
        else f"{when.joined_by}: {line}"
        for member in when.members
        for line in _lines(member)
    ]
