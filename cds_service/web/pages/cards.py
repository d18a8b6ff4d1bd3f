"""What the page of a card shows: one document, which is read as HTML and as JSON alike."""

from collections.abc import Collection, Iterable, Iterator

from cds_service.core.knowledge import CardDefinition, FactDeclaration, Knowledge
from cds_service.core.rule_words import rule_groups, rule_line
from cds_service.core.wording import write_amount
from cds_service.web.pages.attributes import cite, source_attributes
from cds_service.web.pages.card_words import Document, card_words

# The language of the pages around the card's own texts; the content always has it.
PAGE_LANGUAGE = "en"


def describe_card(card: CardDefinition, knowledge: Knowledge, language: str) -> Document:
    """Return all that is said of a card; the texts of the deployment's `language` come first."""
    words = knowledge.words[PAGE_LANGUAGE]
    facts = [fact for name, fact in knowledge.facts.items() if name in card.facts]
    return {
        "id": card.id,
        "version": card.version,
        "status": card.status,
        "attributes": source_attributes(card, knowledge),
        "signature": _signature(card),
        "services": [one.id for one in knowledge.services.values() if card.id in one.cards],
        "rule": rule_groups(card.when, words),
        "inputs": [_input(fact, card) for fact in facts],
        "resources": _resources(facts, knowledge),
        "numbers": list(_numbers(card, knowledge)),
        "evidence": card.evidence,
        "orders": [
            {"id": order.id, "unless": [rule_line(line, words) for line in order.unless]}
            for order in card.orders
        ],
        "texts": [
            card_words(card, name, knowledge.words[name])
            for name in sorted(card.texts, key=lambda name: (name != language, name))
        ],
    }


def _signature(card: CardDefinition) -> Document:
    """Return who wrote and who signed the card, what of that lapsed, and the digest to sign."""
    approval = card.approval
    return {
        "author": approval.author,
        "reviewers": approval.reviewers,
        "approvedOn": approval.approved_on,
        "digest": card.digest,
        "lapsed": [
            f"{one.signature}, {one.signature.date}; changed since: {', '.join(one.changed)}"
            for one in approval.lapsed
        ],
    }


def _input(fact: FactDeclaration, card: CardDefinition) -> Document:
    """Return a fact that the card uses, and what for."""
    uses: dict[str, Collection[str | None]] = {
        "the rule": {line.fact for line in card.when.lines},
        "the choice of text": {card.variant_fact},
        "the text": {name for text in card.texts.values() for name in text.facts},
        "notes on missing or doubtful data": card.noted_facts,
        "suggestions": {line.fact for order in card.orders for line in order.unless},
    }
    return {
        "fact": fact.name,
        "meaning": fact.meaning,
        "absence": fact.absence,
        "readFrom": fact.read_from,
        "usedFor": [use for use, names in uses.items() if fact.name in names],
    }


def _resources(facts: Iterable[FactDeclaration], knowledge: Knowledge) -> dict[str, str]:
    """Return the FHIR resource types that the facts are read from, with the query for each."""
    types = {resource_type for fact in facts for resource_type in fact.read_from}
    asked = {
        knowledge.prefetch_types[key]: query
        for service in knowledge.services.values()
        for key, query in service.prefetch.items()
    }
    return {name: query for name, query in asked.items() if name in types}


def _numbers(card: CardDefinition, knowledge: Knowledge) -> Iterator[Document]:
    """Return the parameters that the card uses, each with where it comes from."""
    for number in knowledge.parameters.values():
        if number.name in card.numbers:
            yield {
                "name": number.name,
                "value": write_amount(number.value, knowledge.words[PAGE_LANGUAGE]),
                "meaning": number.meaning,
                "origin": cite(knowledge.evidence[number.evidence]),
            }
