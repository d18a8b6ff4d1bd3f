"""Decided facts -> CDS Hooks cards, the urgent first; hips that read the same share a card."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from cds_service.core.decide import Decision, is_offered
from cds_service.core.hip.chart import Facts
from cds_service.core.knowledge import (
    CardDefinition,
    CardText,
    Knowledge,
    OfferedOrder,
    Template,
    Words,
)
from cds_service.core.record import Side
from cds_service.core.suggest import OrderValues, stable_uuid, suggest
from cds_service.core.values import UNKNOWN, Absence
from cds_service.core.wording import fill, hip_key, write_fact, write_hips, write_phrase
from cds_service.hooks import Card, Coding, Link, Source

# The uuid of the name "urn:femoral-head-cds" among URLs.
UUID_NAMESPACE = "e0b8c3e6-b2f2-50a1-bc98-79be345c9a29"
INFO = "info"


@dataclass(frozen=True, slots=True)
class HookCall:
    """What of the hook call shapes a card, apart from the patient's data."""

    hook_instance: str
    patient_id: str
    language: str
    base_url: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A card that was decided for one hip; the variant of the decision picks its words."""

    card: CardDefinition
    hip: Side
    facts: Facts
    decision: Decision


class Written(dict[str, str | None]):
    """The facts of a hip in the words of a language, written on demand; `hip` names the hips."""

    def __init__(self, facts: Facts, hips: frozenset[Side], words: Words) -> None:
        super().__init__(hip=write_hips(hips, words))
        self._facts = facts
        self._words = words

    def __missing__(self, name: str) -> str | None:
        text = self[name] = write_fact(name, self._facts[name].value, self._words)
        return text


Writings = Mapping[Side, Written]


def render_cards(
    shown: Sequence[Shown],
    knowledge: Knowledge,
    call: HookCall,
    held_back: frozenset[Side] = frozenset(),
) -> tuple[Card, ...]:
    """Return the cards in the order of what the user is doing; hips that read the same share one.

    First come warnings about the orders at hand, then other warnings, then what else there is to
    say of the orders, then the rest. `held_back` are hips that could not be decided: every card
    that is shown names them. No more than `mostCards` are returned; what is over stands on the last
    of them, so nothing that was decided goes unsaid.
    """
    words = knowledge.words[call.language]
    written = {one.hip: Written(one.facts, frozenset({one.hip}), words) for one in shown}
    groups: dict[object, list[Shown]] = {}
    for one in shown:
        groups.setdefault(_reading(one, written[one.hip], call), []).append(one)
    in_turn = sorted(groups.values(), key=lambda group: _turn(group[0]))
    cards = [_render(group, written, knowledge, call) for group in in_turn]
    if held_back:
        line = fill(words.phrases["heldBack"], {"hip": write_hips(held_back, words)})
        cards = [replace(card, detail=f"{card.detail}\n\n{line}") for card in cards]
    return _at_most(cards, knowledge, words)


def card_uuid(hook_instance: str, card: CardDefinition, hips: str) -> str:
    """Return the uuid of a card: the same call gives the same; `hips` is a `hip_key`."""
    return stable_uuid(UUID_NAMESPACE, f"{hook_instance}|{card.id}|{card.version}|{hips}")


def _reading(one: Shown, written: Written, call: HookCall) -> object:
    """Return all that a reader would see of a card: hips for which it is equal share the card."""
    variant = one.decision.variant
    names = one.card.texts[call.language].names[variant]
    orders = tuple(order.id for order in _offered(one))
    return one.card.id, variant, tuple(written[name] for name in names), orders


def _offered(one: Shown) -> list[OfferedOrder]:
    return [order for order in one.card.orders if is_offered(order.unless, one.facts)]


def _turn(one: Shown) -> tuple[bool, bool, int]:
    is_info = one.card.indicators[one.decision.variant] == INFO
    return is_info, not one.card.about_orders, one.card.priority


def _render(group: list[Shown], written: Writings, knowledge: Knowledge, call: HookCall) -> Card:
    first, words = group[0], knowledge.words[call.language]
    card, variant, text = first.card, first.decision.variant, first.card.texts[call.language]
    hips = frozenset(one.hip for one in group)
    of_all = written[first.hip] if len(hips) == 1 else Written(first.facts, hips, words)
    uuid = card_uuid(call.hook_instance, card, hip_key(hips))
    values = OrderValues(call.patient_id, tuple(one.facts for one in group))
    suggestions = tuple(
        suggest(order, text.suggestions[order.id], of_all, values, uuid)
        for order in _offered(first)
    )
    sources = (knowledge.evidence[link] for link in card.links)
    return Card(
        uuid=uuid,
        summary=fill(text.summary[variant], of_all),
        indicator=card.indicators[variant],
        source=_source(card, text, words, knowledge.topic_system, call.base_url),
        detail=_detail(group, of_all, written, words, text),
        suggestions=suggestions,
        selection_behavior="any" if suggestions else None,
        override_reasons=words.override_reasons,
        links=tuple(Link(source.citation, source.url) for source in sources if source.url),
    )


def _detail(
    group: list[Shown], of_all: Written, written: Writings, words: Words, text: CardText
) -> str:
    """Write what goes before all advice, the advice, and the list of what it stands on.

    Of two notes on one answer, the card's own goes before the one that all cards share.
    """
    card, variant = group[0].card, group[0].decision.variant
    notes = {**words.notes, **text.notes}
    first = {key: note for key, note in notes.items() if key in words.said_first}
    leads = _per_hip(group, first, written, words)
    coded = [one.hip for one in group if written[one.hip]["osteonecrosisCode"]]
    basis = [fill(words.phrases["basis"], written[hip]) for hip in coded]
    found = _per_hip(group, text.findings, written, words)
    others = {key: note for key, note in notes.items() if key not in first}
    noted = _per_hip(group, others, written, words)
    listed = "\n".join(f"- {line}" for line in (*found, *basis, *noted))
    parts = [*leads, fill(text.detail[variant], of_all), listed]
    if card.status == "draft":
        parts.append(fill(words.phrases["draftNotice"], {}))
    return "\n\n".join(parts)


def _per_hip(
    group: list[Shown],
    notes: Mapping[tuple[str, str], Template],
    written: Writings,
    words: Words,
) -> Iterator[str]:
    """Say the sentences on each hip, once a sentence, naming the hips where not all are meant."""
    noted: dict[str, set[Side]] = {}
    for one in group:
        for key in _noted(one):
            if key in notes:
                noted.setdefault(fill(notes[key], written[one.hip]), set()).add(one.hip)
    for note, hips in noted.items():
        if len(hips) == len(group):
            yield note
        else:
            hip = write_hips(frozenset(hips), words)
            yield f"{hip[:1].upper()}{hip[1:]}{write_phrase('colon', words)}{note}"


def _noted(one: Shown) -> Iterator[tuple[str, str]]:
    """Yield fact and answer of what the card may say a note on."""
    for name in one.card.noted_facts:
        value = UNKNOWN if name in one.decision.unsettled else one.facts[name].value
        yield name, value.value if isinstance(value, Absence) else str(value)


def _source(
    card: CardDefinition, text: CardText, words: Words, system: str, base_url: str
) -> Source:
    prefix = write_phrase("draftLabel", words) if card.status == "draft" else ""
    return Source(
        label=prefix + text.source_label,
        url=f"{base_url}/about/source-attributes/{card.id}",
        topic=Coding(card.id, system, text.title),
    )


def _at_most(cards: list[Card], knowledge: Knowledge, words: Words) -> tuple[Card, ...]:
    """Put what is over on the last card: a warning whole, of the rest the summary."""
    kept, over = cards[: knowledge.most_cards], cards[knowledge.most_cards :]
    if not over:
        return tuple(cards)
    also = write_phrase("alsoApplies", words)
    warnings = [card for card in over if card.indicator != INFO]
    named = [f"- {also}{card.summary}" for card in over if card.indicator == INFO]
    *first, last = kept
    parts = [f"{last.detail}", *(f"**{card.summary}**\n\n{card.detail}" for card in warnings)]
    detail = "\n\n".join([*parts, "\n".join(named)]).rstrip()
    offered = tuple(one for card in (last, *warnings) for one in card.suggestions)
    behaviour = "any" if offered else None
    return (*first, replace(last, detail=detail, suggestions=offered, selection_behavior=behaviour))
