"""Record -> facts -> decisions -> cards, in a row."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from cds_service.core.decide import Decision, Outcome, Truths, decide
from cds_service.core.facts.hip_facts import gather_facts
from cds_service.core.hip.chart import Facts
from cds_service.core.knowledge import Knowledge
from cds_service.core.record import Record, Side
from cds_service.core.render import HookCall, Shown, render_cards
from cds_service.core.values import UNKNOWN
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
    facts = gather_facts(record, knowledge.schedule, today)
    cards = knowledge.services[service_id].cards
    decisions = {
        (hip, card): decide(knowledge.cards[card], truths)
        for hip, truths in zip(facts, map(Truths, facts.values()), strict=True)
        for card in cards
    }
    shown = [
        Shown(knowledge.cards[card], hip, facts[hip], decision)
        for (hip, card), decision in decisions.items()
        if decision.outcome is Outcome.SHOWN
    ]
    held_back = _held_back(decisions, shown, knowledge, call.language)
    return Advice(render_cards(shown, knowledge, call, held_back), facts, decisions)


def _held_back(
    decisions: Mapping[tuple[Side, str], Decision],
    shown: Iterable[Shown],
    knowledge: Knowledge,
    language: str,
) -> frozenset[Side]:
    """Return the hips of which a card was withheld, and no card says what is lacking."""
    return frozenset(
        hip
        for (hip, _), decision in decisions.items()
        if decision.outcome is Outcome.WITHHELD and hip is not Side.UNRECORDED
        for name in decision.unsettled
        if knowledge.facts[name].read_from and not _is_said_unknown(name, hip, shown, language)
    )


def _is_said_unknown(name: str, hip: Side, shown: Iterable[Shown], language: str) -> bool:
    """Tell whether a card that is shown for a hip says of a fact that it is unknown."""
    return any(
        one.facts[name].value is UNKNOWN
        and name in one.card.texts[language].spoken[one.decision.variant].unknown
        for one in shown
        if one.hip is hip
    )
