"""Record -> facts -> decisions -> cards, in a row."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from cds_service.core.decide import Decision, Outcome, decide
from cds_service.core.facts.hip_facts import gather_facts
from cds_service.core.hip.chart import Facts
from cds_service.core.knowledge import CardDefinition, Knowledge
from cds_service.core.record import Record, Side
from cds_service.core.render import HookCall, Shown, render_cards
from cds_service.core.values import UNKNOWN, Absence
from cds_service.hooks import Card


@dataclass(frozen=True, slots=True)
class Advice:
    """The cards with everything that led to them, for the answer and for `cds-service try`."""

    cards: tuple[Card, ...]
    facts: Mapping[Side, Facts]
    decisions: Mapping[tuple[Side, str], Decision]

    @property
    def missing(self) -> tuple[str, ...]:
        """The facts that kept a card back because they could not be read."""
        names = (
            name
            for decision in self.decisions.values()
            if decision.outcome is Outcome.WITHHELD
            for name in decision.unsettled
        )
        return tuple(dict.fromkeys(names))

    @property
    def card_ids(self) -> tuple[str, ...]:
        """The ids of the cards that are shown, for the log."""
        return tuple(card.source.topic.code for card in self.cards if card.source.topic)


def advise(
    record: Record, knowledge: Knowledge, service_id: str, call: HookCall, today: date
) -> Advice:
    """Decide every card of a service for every hip of a record."""
    facts = gather_facts(record, knowledge.schedule, today, knowledge.staging)
    cards = [knowledge.cards[card_id] for card_id in knowledge.services[service_id].cards]
    decisions = {
        (hip, card.id): decide(card, hip_facts)
        for hip, hip_facts in facts.items()
        for card in cards
    }
    shown = [
        _shown(knowledge.cards[card_id], decision, hip, facts[hip])
        for (hip, card_id), decision in decisions.items()
        if decision.outcome is Outcome.SHOWN
    ]
    said = {(item.hip, name) for item in shown for name in _said_unknown(item, knowledge, call)}
    held_back = frozenset(
        hip
        for (hip, _), decision in decisions.items()
        if decision.outcome is Outcome.WITHHELD
        and hip is not Side.UNRECORDED
        and any(
            (hip, name) not in said and knowledge.facts[name].read_from
            for name in decision.unsettled
        )
    )
    asking = replace(call, drafts=_drafts_of(record))
    return Advice(render_cards(shown, knowledge, asking, held_back), facts, decisions)


def _drafts_of(record: Record) -> dict[str, Mapping[str, object]]:
    """Return the draft orders by reference, as the client sent them."""
    if isinstance(record.orders, Absence):
        return {}
    return {order.reference: order.sent for order in record.orders.items if order.reference}


def _said_unknown(item: Shown, knowledge: Knowledge, call: HookCall) -> Iterator[str]:
    """Yield the unknown facts of which a card that is shown says that they are unknown."""
    notes = {**knowledge.words[call.language].notes, **item.card.texts[call.language].notes}
    for name in item.card.noted_facts:
        if item.facts[name].value is UNKNOWN and (name, UNKNOWN.value) in notes:
            yield name


def _shown(card: CardDefinition, decision: Decision, hip: Side, facts: Facts) -> Shown:
    return Shown(card, decision.variant, hip, facts, decision.unsettled)
