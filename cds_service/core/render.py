"""Decided facts -> CDS Hooks cards, the urgent first; hips that read the same share a card."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from msgspec.structs import replace

from cds_service.core.decide import is_offered
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
from cds_service.core.suggest import Drafts, OrderValues, stable_uuid, suggest
from cds_service.core.values import UNKNOWN, Absence
from cds_service.core.wording import fill, hip_key, write_fact, write_hips, write_phrase
from cds_service.hooks import Card, Coding, Link, Source

# The uuid of the name "urn:femoral-head-cds" among URLs.
UUID_NAMESPACE = "e0b8c3e6-b2f2-50a1-bc98-79be345c9a29"
INDICATORS = ("critical", "warning", "info")


@dataclass(frozen=True, slots=True)
class HookCall:
    """What of the hook call shapes a card, apart from the patient's data."""

    hook_instance: str
    patient_id: str
    language: str
    base_url: str
    drafts: Drafts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Shown:
    """A card that was decided for one hip; `variant` picks its summary and detail."""

    card: CardDefinition
    variant: str
    hip: Side
    facts: Facts
    unsettled: tuple[str, ...] = ()


class Written(dict[str, str | None]):
    """The facts of a hip in the words of a language, written on demand; `hip` names the hips."""

    def __init__(self, facts: Facts, hips: frozenset[Side], words: Words) -> None:
        super().__init__(hip=write_hips(hips, words))
        self._facts = facts
        self._words = words

    def __missing__(self, name: str) -> str | None:
        text = self[name] = write_fact(name, self._facts[name].value, self._words)
        return text


@dataclass(frozen=True, slots=True)
class _Member:
    """One hip of a card, with its facts written in the language of the call."""

    shown: Shown
    written: Written
    orders: tuple[OfferedOrder, ...]


def render_cards(
    shown: Iterable[Shown],
    knowledge: Knowledge,
    call: HookCall,
    held_back: frozenset[Side] = frozenset(),
) -> tuple[Card, ...]:
    """Return the cards in order of urgency; hips that read the same share one card.

    `held_back` are hips that could not be decided: every card that is shown names them.

    No more than `mostCards` are returned; what is over is named on the last of them, so nothing
    that was decided goes unsaid.
    """
    groups = sorted(_grouped(shown, knowledge.words[call.language], call), key=_urgency)
    cards = [_render(group, knowledge, call) for group in groups]
    if held_back:
        words = knowledge.words[call.language]
        line = fill(words.phrases["heldBack"], {"hip": write_hips(held_back, words)})
        cards = [replace(card, detail=f"{card.detail}\n\n{line}") for card in cards]
    return _at_most(cards, knowledge, call)


def card_uuid(hook_instance: str, card: CardDefinition, hips: str) -> str:
    """Return the uuid of a card: the same call gives the same; `hips` is a `hip_key`."""
    return stable_uuid(UUID_NAMESPACE, f"{hook_instance}|{card.id}|{card.version}|{hips}")


def _urgency(group: list[_Member]) -> tuple[int, int]:
    shown = group[0].shown
    return INDICATORS.index(shown.card.indicators[shown.variant]), shown.card.priority


def _grouped(shown: Iterable[Shown], words: Words, call: HookCall) -> Iterable[list[_Member]]:
    groups: dict[object, list[_Member]] = {}
    written_by_hip: dict[Side, Written] = {}
    for item in shown:
        if item.hip not in written_by_hip:
            written_by_hip[item.hip] = Written(item.facts, frozenset({item.hip}), words)
        written = written_by_hip[item.hip]
        orders = tuple(o for o in item.card.orders if is_offered(o.unless, item.facts))
        names = item.card.texts[call.language].names[item.variant]
        key = (
            item.card.id,
            item.variant,
            tuple(written[name] for name in names),
            tuple(order.id for order in orders),
        )
        groups.setdefault(key, []).append(_Member(item, written, orders))
    return groups.values()


def _render(group: list[_Member], knowledge: Knowledge, call: HookCall) -> Card:
    first, words = group[0], knowledge.words[call.language]
    card, variant = first.shown.card, first.shown.variant
    text = card.texts[call.language]
    hips = frozenset(member.shown.hip for member in group)
    written = first.written if len(hips) == 1 else Written(first.shown.facts, hips, words)
    uuid = card_uuid(call.hook_instance, card, hip_key(hips))
    values = OrderValues(call.patient_id, tuple(m.shown.facts for m in group), call.drafts)
    suggestions = tuple(
        suggestion
        for order in first.orders
        for suggestion in suggest(order, text.suggestions[order.id], written, values, uuid)
    )
    return Card(
        uuid=uuid,
        summary=fill(text.summary[variant], written),
        indicator=card.indicators[variant],
        source=_source(card, text, words, knowledge.topic_system, call.base_url),
        detail=_detail(group, written, words, text),
        suggestions=suggestions,
        selection_behavior="any" if suggestions else None,
        override_reasons=words.override_reasons,
        links=_links(card, knowledge),
    )


def _detail(group: list[_Member], written: Written, words: Words, text: CardText) -> str:
    shown = group[0].shown
    findings = [_of_facts(member, text.findings) for member in group]
    data = [_notes(member, words, text) for member in group]
    said = [*_per_hip(group, findings, words), *_basis(group, words), *_per_hip(group, data, words)]
    lines = "\n".join(f"- {line}" for line in said)
    parts = [fill(text.detail[shown.variant], written), lines]
    if shown.card.status == "draft":
        parts.append(fill(words.phrases["draftNotice"], {}))
    return "\n\n".join(parts)


def _basis(group: list[_Member], words: Words) -> Iterator[str]:
    """Say what each hip was read from."""
    for member in group:
        yield fill(words.phrases["basis"], member.written)


def _per_hip(group: list[_Member], said: list[Iterator[str]], words: Words) -> Iterator[str]:
    """Say the sentences on each hip, once a sentence, naming the hips where not all are meant."""
    noted: dict[str, set[Side]] = {}
    for member, notes in zip(group, said, strict=True):
        for note in notes:
            noted.setdefault(note, set()).add(member.shown.hip)
    for note, hips in noted.items():
        if len(hips) == len(group):
            yield note
        else:
            hip = _sentence(write_hips(frozenset(hips), words))
            yield f"{hip}{write_phrase('colon', words)}{note}"


def _notes(member: _Member, words: Words, text: CardText) -> Iterator[str]:
    """Return the notes on this hip's facts; a card's own sentence goes before the shared one."""
    return _of_facts(member, {**words.notes, **text.notes})


def _of_facts(member: _Member, notes: Mapping[tuple[str, str], Template]) -> Iterator[str]:
    for name in member.shown.card.noted_facts:
        value = UNKNOWN if name in member.shown.unsettled else member.shown.facts[name].value
        key = (name, value.value if isinstance(value, Absence) else str(value))
        if key in notes:
            yield fill(notes[key], member.written)


def _source(
    card: CardDefinition, text: CardText, words: Words, system: str, base_url: str
) -> Source:
    prefix = write_phrase("draftLabel", words) if card.status == "draft" else ""
    return Source(
        label=prefix + text.source_label,
        url=f"{base_url}/about/source-attributes/{card.id}",
        topic=Coding(card.id, system, text.title),
    )


def _links(card: CardDefinition, knowledge: Knowledge) -> tuple[Link, ...]:
    sources = (knowledge.evidence[link] for link in card.links)
    return tuple(Link(source.citation, source.url) for source in sources if source.url)


def _at_most(cards: list[Card], knowledge: Knowledge, call: HookCall) -> tuple[Card, ...]:
    if len(cards) <= knowledge.most_cards:
        return tuple(cards)
    kept, over = _kept_and_over(cards, knowledge)
    also = write_phrase("alsoApplies", knowledge.words[call.language])
    named = "\n".join(f"- {also}{card.summary}" for card in over)
    return (*kept[:-1], replace(kept[-1], detail=f"{kept[-1].detail}\n\n{named}"))


def _kept_and_over(cards: list[Card], knowledge: Knowledge) -> tuple[list[Card], list[Card]]:
    """Keep one card of each topic that always has a place, then of each other, then a second."""
    topics = [card.source.topic.code if card.source.topic else "" for card in cards]
    first = [card for i, card in enumerate(cards) if topics[i] not in topics[:i]]
    second = [card for i, card in enumerate(cards) if topics[i] in topics[:i]]
    has_place = {id(c) for c, t in zip(cards, topics, strict=True) if t in knowledge.always_shown}
    first.sort(key=lambda card: id(card) not in has_place)
    kept = (first + second)[: knowledge.most_cards]
    return [card for card in cards if card in kept], [card for card in cards if card not in kept]


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
