"""A card -> PlanDefinition, with every sentence of the card; an order -> ActivityDefinition."""

from collections.abc import Iterator, Mapping

from cds_service.content.languages import SOURCE_LANGUAGE
from cds_service.core.knowledge import CardDefinition, Group, Knowledge, Line, OfferedOrder
from cds_service.core.rule_words import rule_line, rule_list
from cds_service.core.texts import Notes
from cds_service.workbench.export.elements import (
    TERMINOLOGY,
    URN,
    Json,
    canonical,
    citations,
    concept,
    expression,
    header,
    said,
    translated,
    write_text,
)
from cds_service.workbench.export.libraries import FACTS, FILES, PARAMETERS

INDICATORS = "http://cds-hooks.hl7.org/CodeSystem/indicator"


def plan_definition(card: CardDefinition, knowledge: Knowledge) -> Json:
    """Return a card: when it is shown, in which variants, with which notes and suggestions."""
    approval, is_signed = card.approval, card.status == "active"
    start = header("PlanDefinition", card.id, card.version, knowledge, is_signed=is_signed)
    purpose = f"{start['purpose']}\n\n"
    return {
        **start,
        "identifier": [
            {"system": knowledge.topic_system, "value": card.id},
            {"system": f"{URN}:content-digest", "value": card.digest},
        ],
        **said("title", card, lambda text: text.title),
        "type": concept(f"{TERMINOLOGY}/plan-definition-type", "eca-rule"),
        **said("purpose", card, lambda text: (purpose, write_text(text.rationale))),
        "date": approval.approved_on,
        "approvalDate": approval.approved_on,
        "reviewer": [{"name": str(reviewer)} for reviewer in approval.reviewers],
        **said("usage", card, lambda text: (write_text(text.page),)),
        "author": [{"name": approval.author}],
        "relatedArtifact": citations(card.evidence),
        "library": [canonical("Library", name) for name in (FACTS, PARAMETERS, FILES)],
        "action": [_card_action(card, knowledge)],
    }


def activity_definitions(knowledge: Knowledge) -> Iterator[Json]:
    """Yield the draft orders by id; one is active once every card that offers it is.

    What the order holds stands in its file, which the Library of files carries.
    """
    offers: dict[str, list[tuple[CardDefinition, OfferedOrder]]] = {}
    for card in knowledge.cards.values():
        for order in card.orders:
            offers.setdefault(order.id, []).append((card, order))
    for order_id, offered in sorted(offers.items()):
        card, order = offered[0]
        is_signed = all(offering.status == "active" for offering, _ in offered)
        code = order.resource.get("code")
        yield {
            **header("ActivityDefinition", order_id, card.version, knowledge, is_signed=is_signed),
            **_words_of(order, card),
            "kind": order.resource.get("resourceType"),
            "intent": order.resource.get("intent"),
            "code": code if isinstance(code, Mapping) else None,
        }


def _card_action(card: CardDefinition, knowledge: Knowledge) -> Json:
    words = knowledge.words[SOURCE_LANGUAGE]
    hooks = [s.hook for s in knowledge.services.values() if card.id in s.cards]
    types = {kind for name in card.facts for kind in knowledge.facts[name].read_from}
    links = [knowledge.evidence[name] for name in card.links]
    return {
        "prefix": str(card.priority),
        **said("title", card, lambda text: text.title),
        "documentation": [
            {"type": "justification", **said("display", card, lambda text: text.source_label)},
            {"type": "justification", **said("display", card, lambda text: text.trust)},
            *({"type": "documentation", "label": s.id, "url": s.url} for s in links),
            *(_reason(code, knowledge) for code in card.override_reasons),
        ],
        "trigger": [{"type": "named-event", "name": hook} for hook in dict.fromkeys(hooks)],
        "condition": _where(_on_one_line(card.when), "\n".join(rule_list(card.when, words))),
        "input": [{"type": name} for name in sorted(types)],
        "action": [
            *(_variant(card, variant) for variant in card.indicators),
            *_notes("Note", _of_all_variants(card)),
            *(_suggestion(card, order, knowledge) for order in card.orders),
        ],
    }


def _reason(code: str, knowledge: Knowledge) -> Json:
    """Return a reason to set the card aside, as the user reads it."""
    shown = {name: words.override_reasons[code].display for name, words in knowledge.words.items()}
    texts = {name: display or code for name, display in shown.items()}
    return {"type": "documentation", "label": code, **translated("display", texts)}


def _variant(card: CardDefinition, variant: str) -> Json:
    """Return one form of the card: the summary as title, the detail as description."""
    texts, of_all = card.texts.items(), _of_all_variants(card)
    findings = {language: text.findings[variant] for language, text in texts}
    notes = {
        language: {
            key: one for key, one in text.notes[variant].items() if one != of_all[language].get(key)
        }
        for language, text in texts
    }
    return {
        **said("title", card, lambda text: text.summary[variant]),
        **said("description", card, lambda text: text.detail[variant]),
        "code": [concept(INDICATORS, card.indicators[variant])],
        "condition": _where(f"{card.variant_fact} is {variant}") if card.variant_fact else [],
        "action": [*_notes("Finding", findings), *_notes("Note", notes)],
    }


def _of_all_variants(card: CardDefinition) -> dict[str, Notes]:
    """Return the notes that every variant of a card says in the same words, by language."""
    return {
        language: {
            key: note
            for key, note in next(iter(text.notes.values())).items()
            if all(notes.get(key) == note for notes in text.notes.values())
        }
        for language, text in card.texts.items()
    }


def _notes(kind: str, said: Mapping[str, Notes]) -> Iterator[Json]:
    """Yield the lines, here by language, that the card adds where a fact has an answer."""
    for key in said[SOURCE_LANGUAGE]:
        fact, answer = key
        texts = {language: write_text(n[key]) for language, n in said.items() if key in n}
        yield {
            "title": f"{kind}, where {fact} is {answer}",
            **translated("description", texts),
            "condition": _where(f"{fact} is {answer}"),
        }


def _suggestion(card: CardDefinition, order: OfferedOrder, knowledge: Knowledge) -> Json:
    words = knowledge.words[SOURCE_LANGUAGE]
    kept_back = ((line.label, rule_line(line, words).words) for line in order.unless)
    return {
        **_words_of(order, card),
        "condition": [
            condition
            for label, in_words in kept_back
            for condition in _where(f"none({label})", f"not: {in_words}")
        ],
        "definitionCanonical": canonical("ActivityDefinition", order.id),
    }


def _where(rule: str, in_words: str = "") -> list[Json]:
    """Return the condition of an action, in our terms and in words."""
    return [{"kind": "applicability", "expression": expression(rule, in_words or f"`{rule}`")}]


def _on_one_line(member: Group | Line) -> str:
    """Return a `when` as `all(fact is a or b, none(fact below limit))`."""
    if isinstance(member, Line):
        return f"{member.label} [ifUnknown: show]" if member.shows_when_unknown else member.label
    return f"{member.joined_by}({', '.join(map(_on_one_line, member.members))})"


def _words_of(order: OfferedOrder, card: CardDefinition) -> Json:
    """Return what the user reads of a suggestion."""
    return {
        **said("title", card, lambda text: text.suggestions[order.id].label),
        **said("description", card, lambda text: text.suggestions[order.id].description),
    }
