"""Decided facts -> CDS Hooks cards; refuses to know why a card is shown."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import NAMESPACE_URL, UUID, uuid5

from msgspec.structs import replace

from cds_service.core.decide import is_offered
from cds_service.core.facts import Fact, Facts
from cds_service.core.knowledge import (
    CardDefinition,
    CardText,
    Knowledge,
    OfferedOrder,
    Template,
    Words,
)
from cds_service.core.record import Side
from cds_service.core.values import UNKNOWN, Absence, DateRange
from cds_service.core.wording import fill, hip_key, write_amount, write_fact, write_hips
from cds_service.hooks import Action, Card, Coding, Link, Source, Suggestion

UUID_NAMESPACE = uuid5(NAMESPACE_URL, "urn:femoral-head-cds")
_NOT_READ = Fact(UNKNOWN)


@dataclass(frozen=True, slots=True)
class Call:
    """What of the hook call shapes a card, apart from the patient's data."""

    hook_instance: str
    patient_id: str
    language: str
    base_url: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A card that was decided for one hip; `variant` picks its summary and detail."""

    card: CardDefinition
    variant: str
    hip: Side
    facts: Facts


def render_cards(shown: Iterable[Shown], knowledge: Knowledge, call: Call) -> tuple[Card, ...]:
    """Return the cards in order of urgency; hips that read the same share one card.

    No more than `mostCards` are returned; what is over is named on the last of them, so nothing
    that was decided goes unsaid.
    """
    groups = list(_grouped(shown, knowledge, call.language).values())
    groups.sort(key=lambda group: _urgency(group[0]))
    cards = [_render(group, knowledge, call) for group in groups]
    return _at_most(cards, knowledge, call)


def _urgency(shown: Shown) -> tuple[int, int]:
    rank = ("critical", "warning", "info").index(shown.card.indicators[shown.variant])
    return rank, shown.card.priority


def _at_most(cards: list[Card], knowledge: Knowledge, call: Call) -> tuple[Card, ...]:
    kept, over = _one_of_each_first(cards, knowledge.most_cards)
    if not over:
        return tuple(kept)
    words = knowledge.words[call.language]
    named = "\n".join(f"- {fill(words.phrases['alsoApplies'], {})}{card.summary}" for card in over)
    return (*kept[:-1], replace(kept[-1], detail=f"{kept[-1].detail}\n\n{named}"))


def _one_of_each_first(cards: list[Card], most: int) -> tuple[list[Card], list[Card]]:
    """Keep the most urgent card of each topic before a second one of the same topic."""
    seen: set[str] = set()
    first: list[Card] = []
    second: list[Card] = []
    for card in cards:
        topic = card.source.topic.code if card.source.topic else ""
        (second if topic in seen else first).append(card)
        seen.add(topic)
    kept = (first + second)[:most]
    return [card for card in cards if card in kept], [card for card in cards if card not in kept]


def _grouped(
    shown: Iterable[Shown], knowledge: Knowledge, language: str
) -> dict[object, list[Shown]]:
    groups: dict[object, list[Shown]] = {}
    words = knowledge.words[language]
    for item in shown:
        names = item.card.texts[language].names[item.variant]
        values = tuple(_written(name, item.facts, words) for name in names)
        offered = tuple(order.id for order in _offered(item))
        groups.setdefault((item.card.id, item.variant, values, offered), []).append(item)
    return groups


def _render(group: list[Shown], knowledge: Knowledge, call: Call) -> Card:
    first = group[0]
    card, words = first.card, knowledge.words[call.language]
    text = card.texts[call.language]
    hips = frozenset(item.hip for item in group)
    values = _values(first, hips, knowledge, words)
    uuid = uuid5(UUID_NAMESPACE, f"{call.hook_instance}|{card.id}|{card.version}|{hip_key(hips)}")
    suggestions = tuple(
        _suggestion(order, text, values, _Target(uuid, group, call)) for order in _offered(first)
    )
    return Card(
        uuid=str(uuid),
        summary=fill(text.summary[first.variant], values),
        indicator=card.indicators[first.variant],
        source=_source(card, text, knowledge, call),
        detail=_detail(group, values, words, text),
        suggestions=suggestions,
        selection_behavior="any" if suggestions else None,
        override_reasons=_override_reasons(knowledge, words),
        links=_links(card, knowledge),
    )


def _detail(
    group: list[Shown], values: Mapping[str, str | None], words: Words, text: CardText
) -> str:
    first = group[0]
    parts = [fill(text.detail[first.variant], values)]
    parts += ["\n".join(f"- {line}" for line in _data_lines(group, words, text))]
    if first.card.status == "draft":
        parts += [fill(words.phrases["draftNotice"], {})]
    return "\n\n".join(part for part in parts if part)


def _data_lines(group: list[Shown], words: Words, text: CardText) -> Iterable[str]:
    """Say what each hip was read from, then what is doubtful or missing, once a sentence."""
    notes: dict[str, set[Side]] = {}
    for item in group:
        values = {name: _written(name, item.facts, words) for name in item.facts}
        values["hip"] = write_hips(frozenset({item.hip}), words)
        yield fill(words.phrases["basis"], values)
        for note in _notes(item, words, text):
            notes.setdefault(fill(note, values), set()).add(item.hip)
    hips = {item.hip for item in group}
    for note_text, noted in notes.items():
        prefix = "" if noted == hips else f"{_sentence(write_hips(frozenset(noted), words))}: "
        yield prefix + note_text


def _notes(item: Shown, words: Words, text: CardText) -> Iterable[Template]:
    """Return the notes on this hip's facts; a card's own sentence goes before the shared one."""
    for name in item.card.noted_facts:
        fact = item.facts[name].value
        value = fact.value if isinstance(fact, Absence) else fact
        key = (name, str(value))
        note = text.notes.get(key) or words.notes.get(key)
        if note:
            yield note


@dataclass(frozen=True, slots=True)
class _Target:
    card_uuid: UUID
    group: list[Shown]
    call: Call


def _offered(item: Shown) -> list[OfferedOrder]:
    return [order for order in item.card.orders if is_offered(order.unless, item.facts)]


def _suggestion(
    order: OfferedOrder, text: CardText, values: Mapping[str, str | None], target: _Target
) -> Suggestion:
    words = text.suggestions[order.id]
    label = fill(words.label, values)
    facts = target.group[0].facts
    conditions = dict.fromkeys(
        source for item in target.group for source in item.facts["osteonecrosis"].sources
    )
    scalars = {"label": label, "patientId": target.call.patient_id}
    scalars |= {
        name: fact.value.earliest.isoformat()
        for name, fact in facts.items()
        if isinstance(fact.value, DateRange)
    }
    lists = {"conditions": tuple({"reference": source} for source in conditions)}
    resource = fill_resource(order.resource, scalars, lists)
    action = Action("create", fill(words.description, values), resource)
    return Suggestion(label, str(uuid5(target.card_uuid, order.id)), (action,))


def fill_resource(
    template: Mapping[str, object],
    scalars: Mapping[str, str],
    lists: Mapping[str, tuple[Mapping[str, str], ...]],
) -> dict[str, object]:
    """Fill a resource template; a member that comes out empty is left out, as FHIR wants it."""
    filled = {name: _fill_node(node, scalars, lists) for name, node in template.items()}
    return {name: node for name, node in filled.items() if node not in ("", (), [], {})}


def _fill_node(
    node: object,
    scalars: Mapping[str, str],
    lists: Mapping[str, tuple[Mapping[str, str], ...]],
) -> object:
    match node:
        case str() if node.startswith("{{") and node[2:-2].strip() in lists:
            return lists[node[2:-2].strip()]
        case str():
            return _fill_text(node, scalars)
        case Mapping():
            return fill_resource(node, scalars, lists)
        case list() | tuple():
            return [_fill_node(member, scalars, lists) for member in node]
        case _:
            return node


def _fill_text(text: str, scalars: Mapping[str, str]) -> str:
    for name, value in scalars.items():
        text = text.replace("{{ " + name + " }}", value)
    return text


def _values(
    item: Shown, hips: frozenset[Side], knowledge: Knowledge, words: Words
) -> dict[str, str | None]:
    values = {name: _written(name, item.facts, words) for name in item.facts}
    values |= {
        name: write_amount(parameter.value, words)
        for name, parameter in knowledge.parameters.items()
    }
    values["hip"] = write_hips(hips, words)
    return values


def _written(name: str, facts: Facts, words: Words) -> str | None:
    return write_fact(name, facts.get(name, _NOT_READ).value, words)


def _source(card: CardDefinition, text: CardText, knowledge: Knowledge, call: Call) -> Source:
    words = knowledge.words[call.language]
    prefix = f"{fill(words.phrases['draftLabel'], {})} " if card.status == "draft" else ""
    return Source(
        label=prefix + text.source_label,
        url=f"{call.base_url}/about/source-attributes/{card.id}",
        topic=Coding(card.id, knowledge.topic_system, text.title),
    )


def _override_reasons(knowledge: Knowledge, words: Words) -> tuple[Coding, ...]:
    return tuple(
        Coding(reason.code, reason.system, words.override_reasons[reason.code])
        for reason in knowledge.override_reasons
    )


def _links(card: CardDefinition, knowledge: Knowledge) -> tuple[Link, ...]:
    sources = [knowledge.evidence[link] for link in card.links]
    return tuple(Link(source.citation, source.url) for source in sources if source.url)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
