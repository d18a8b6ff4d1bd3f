"""Decided facts -> CDS Hooks cards, the urgent first; hips that read the same share a card."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from msgspec import Struct
from msgspec.structs import replace

from cds_service.core.decide import Decision
from cds_service.core.hip.chart import Facts
from cds_service.core.knowledge import CardDefinition, Knowledge, Words
from cds_service.core.record import Side
from cds_service.core.suggest import OrderValues, stable_uuid, suggest
from cds_service.core.texts import CardText, Frame, Sentences
from cds_service.core.values import UNKNOWN
from cds_service.core.wording import fill, hip_key, write_fact, write_hips, write_phrase
from cds_service.hooks import Card, Coding, Link, Source, Suggestion

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


class Shown(Struct, frozen=True):
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


class SharedCard(Struct, frozen=True):
    """The hips that share a card, with the facts of each in words; they agree on what it writes.

    `undecided` holds the line on hips that could not be decided, if there are any.
    """

    hips: list[Shown]
    written: Mapping[Side, Written]
    words: Words
    undecided: tuple[str, ...]


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
    in_turn = sorted(_sharing(shown, written, call), key=lambda group: _turn(group[0]))
    undecided: tuple[str, ...] = ()
    if held_back:
        undecided = (fill(words.phrases["heldBack"], {"hip": write_hips(held_back, words)}),)
    cards = [
        _render(SharedCard(group, written, words, undecided), knowledge, call) for group in in_turn
    ]
    return _at_most(cards, knowledge, words)


def card_uuid(hook_instance: str, card: CardDefinition, hips: str) -> str:
    """Return the uuid of a card: the same call gives the same; `hips` is a `hip_key`."""
    return stable_uuid(UUID_NAMESPACE, f"{hook_instance}|{card.id}|{card.version}|{hips}")


def _sharing(
    shown: Sequence[Shown], written: Mapping[Side, Written], call: HookCall
) -> Collection[list[Shown]]:
    """Return the hips that share a card, for each card."""
    if len(written) == 1:
        return [[one] for one in shown]
    groups: dict[object, list[Shown]] = {}
    for one in shown:
        groups.setdefault(_reading(one, written[one.hip], call), []).append(one)
    return groups.values()


def _reading(one: Shown, written: Written, call: HookCall) -> object:
    """Return all that a reader would see of a card: hips for which it is equal share the card."""
    variant = one.decision.variant
    names = one.card.texts[call.language].names[variant]
    orders = tuple(order.id for order in one.decision.orders)
    return one.card.id, variant, tuple(written[name] for name in names), orders


def _turn(one: Shown) -> tuple[bool, bool, int]:
    is_info = one.card.indicators[one.decision.variant] == INFO
    return is_info, not one.card.about_orders, one.card.priority


def _render(shared: SharedCard, knowledge: Knowledge, call: HookCall) -> Card:
    first, words = shared.hips[0], shared.words
    card, variant, text = first.card, first.decision.variant, first.card.texts[call.language]
    hips = frozenset(one.hip for one in shared.hips)
    of_all = shared.written[first.hip] if len(hips) == 1 else Written(first.facts, hips, words)
    frame = _frame(card, knowledge, call)
    uuid = card_uuid(call.hook_instance, card, hip_key(hips))
    suggestions: tuple[Suggestion, ...] = ()
    if offered := first.decision.orders:
        values = OrderValues(call.patient_id, tuple(one.facts for one in shared.hips))
        suggestions = tuple(
            suggest(order, text.suggestions[order.id], of_all, values, uuid) for order in offered
        )
    return Card(
        uuid=uuid,
        summary=_sentence(fill(text.summary[variant], of_all)),
        indicator=card.indicators[variant],
        source=frame.source,
        detail=_detail(shared, text, of_all) + frame.trust,
        suggestions=suggestions,
        selection_behavior="any" if suggestions else None,
        override_reasons=frame.override_reasons,
        links=frame.links,
    )


def _frame(card: CardDefinition, knowledge: Knowledge, call: HookCall) -> Frame:
    """Return the frame of a card, which is made once."""
    key = card, call.language, call.base_url
    if key not in knowledge.frames:
        knowledge.frames[key] = _new_frame(card, knowledge, call)
    return knowledge.frames[key]


def _new_frame(card: CardDefinition, knowledge: Knowledge, call: HookCall) -> Frame:
    """Make the frame of a card; a draft is called one in its source and below its list."""
    words, text = knowledge.words[call.language], card.texts[call.language]
    url = f"{call.base_url}/about/source-attributes/{card.id}"
    label, notice = (
        write_phrase(name, words) if card.status == "draft" else ""
        for name in ("draftLabel", "draftNotice")
    )
    cited = (knowledge.evidence[link] for link in card.links)
    return Frame(
        Source(label + text.source_label, url, Coding(card.id, knowledge.topic_system, text.title)),
        links=(
            Link(write_phrase("pageLink", words), url),
            *(Link(one.citation, one.url) for one in cited if one.url),
        ),
        override_reasons=tuple(words.override_reasons[code] for code in card.override_reasons),
        trust=f"\n\n{fill(text.trust, {})}{notice}".rstrip(),
    )


def _detail(shared: SharedCard, text: CardText, of_all: Written) -> str:
    """Write one list: what may void the card, what was found, what to do, what is not known."""
    variant = shared.hips[0].decision.variant
    spoken = text.spoken[variant]
    above = (*_per_hip(shared, spoken.first), *_per_hip(shared, spoken.findings))
    below = (*_per_hip(shared, spoken.below), *shared.undecided)
    return "\n".join(
        [
            *[f"- {line}" for line in above],
            fill(text.detail[variant], of_all),
            *[f"- {line}" for line in below],
        ]
    )


def _per_hip(shared: SharedCard, sentences: Sentences) -> Iterator[str]:
    """Say the sentences on each hip, once a sentence, naming the hips where not all are meant."""
    words, noted = shared.words, dict[str, set[Side]]()
    for one in shared.hips:
        written, unsettled = shared.written[one.hip], one.decision.unsettled
        for fact, answers in sentences:
            note = answers.get(UNKNOWN if fact in unsettled else one.facts[fact].value)
            if note is not None:
                noted.setdefault(fill(note, written), set()).add(one.hip)
    for said, hips in noted.items():
        if len(hips) == len(shared.hips):
            yield said
        else:
            hip = write_hips(frozenset(hips), words)
            yield f"{_sentence(hip)}{write_phrase('colon', words)}{said}"


def _sentence(text: str) -> str:
    """Begin a text with a capital letter, as one that starts with the hip needs it."""
    return f"{text[:1].upper()}{text[1:]}"


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
    links = dict.fromkeys(link for card in (last, *warnings) for link in card.links)
    whole = replace(last, detail=detail, suggestions=offered, links=tuple(links))
    return (*first, replace(whole, selection_behavior="any" if offered else None))
