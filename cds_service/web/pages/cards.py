"""What the page of a card shows, as data for HTML and JSON alike."""

from collections.abc import Collection, Iterable

from msgspec import Struct

from cds_service.core.knowledge import CardDefinition, Citation, FactDeclaration, Knowledge
from cds_service.core.rule_words import RuleGroup, RuleLine, rule_groups, rule_line
from cds_service.core.wording import write_amount
from cds_service.web.pages.attributes import Attribute, Statement, cite, source_attributes
from cds_service.web.pages.card_words import CardWords, card_words

# The language of the pages around the card's own texts; the content always has it.
PAGE_LANGUAGE = "en"


class UsedFact(Struct, frozen=True, rename="camel"):
    """A fact that the card uses."""

    fact: str
    meaning: str
    absence: str
    read_from: tuple[str, ...]
    used_for: tuple[str, ...]


class UsedNumber(Struct, frozen=True):
    """A parameter that the card uses, with where it comes from."""

    name: str
    value: str
    meaning: str
    origin: Statement


class SuggestedOrder(Struct, frozen=True, rename="camel"):
    """An order that the card suggests, and the lines that keep it back."""

    id: str
    unless: tuple[RuleLine, ...]


class SignOff(Struct, frozen=True, rename="camel"):
    """Who wrote and who signed the card, what of that lapsed, and the digest there is to sign."""

    author: str
    reviewers: tuple[str, ...]
    approved_on: str | None
    digest: str
    lapsed: tuple[str, ...]


class CardPage(Struct, frozen=True, rename="camel"):
    """Everything that the content says of one card."""

    id: str
    version: str
    status: str
    attributes: tuple[Attribute, ...]
    signature: SignOff
    services: tuple[str, ...]
    rule: tuple[RuleGroup, ...]
    inputs: tuple[UsedFact, ...]
    resources: dict[str, str]
    numbers: tuple[UsedNumber, ...]
    evidence: tuple[Citation, ...]
    orders: tuple[SuggestedOrder, ...]
    texts: tuple[CardWords, ...]


def describe_card(card: CardDefinition, knowledge: Knowledge, language: str) -> CardPage:
    """Return the page of a card; the texts of the deployment's `language` come first."""
    words = knowledge.words[PAGE_LANGUAGE]
    facts = [fact for name, fact in knowledge.facts.items() if name in card.facts]
    return CardPage(
        id=card.id,
        version=card.version,
        status=card.status,
        attributes=source_attributes(card, knowledge),
        signature=_signature(card),
        services=tuple(s.id for s in knowledge.services.values() if card.id in s.cards),
        rule=rule_groups(card.when, words),
        inputs=tuple(_input(fact, card) for fact in facts),
        resources=_resources(facts, knowledge),
        numbers=_numbers(card, knowledge),
        evidence=card.evidence,
        orders=tuple(
            SuggestedOrder(o.id, tuple(rule_line(line, words) for line in o.unless))
            for o in card.orders
        ),
        texts=tuple(
            card_words(card, name, knowledge.words[name])
            for name in sorted(card.texts, key=lambda name: (name != language, name))
        ),
    )


def _signature(card: CardDefinition) -> SignOff:
    approval = card.approval
    return SignOff(
        author=approval.author,
        reviewers=approval.reviewers,
        approved_on=approval.approved_on,
        digest=card.digest,
        lapsed=tuple(
            f"{one.signature}, {one.signature.date}; changed since: {', '.join(one.changed)}"
            for one in approval.lapsed
        ),
    )


def _input(fact: FactDeclaration, card: CardDefinition) -> UsedFact:
    written = {name for text in card.texts.values() for name in text.facts}
    uses: dict[str, Collection[str | None]] = {
        "the rule": {line.fact for line in card.when.lines},
        "the choice of text": {card.variant_fact},
        "the text": written,
        "notes on missing or doubtful data": card.noted_facts,
        "suggestions": {line.fact for order in card.orders for line in order.unless},
    }
    return UsedFact(
        fact=fact.name,
        meaning=fact.meaning,
        absence=fact.absence,
        read_from=fact.read_from,
        used_for=tuple(use for use, names in uses.items() if fact.name in names),
    )


def _resources(facts: Iterable[FactDeclaration], knowledge: Knowledge) -> dict[str, str]:
    """Return the FHIR resource types that the facts are read from, with the query for each."""
    types = {resource_type for fact in facts for resource_type in fact.read_from}
    asked = {
        knowledge.prefetch_types[key]: query
        for service in knowledge.services.values()
        for key, query in service.prefetch.items()
    }
    return {name: query for name, query in asked.items() if name in types}


def _numbers(card: CardDefinition, knowledge: Knowledge) -> tuple[UsedNumber, ...]:
    words = knowledge.words[PAGE_LANGUAGE]
    return tuple(
        UsedNumber(
            name=parameter.name,
            value=write_amount(parameter.value, words),
            meaning=parameter.meaning,
            origin=cite(knowledge.evidence[parameter.evidence]),
        )
        for parameter in knowledge.parameters.values()
        if parameter.name in card.numbers
    )
