"""What holds for every card, whatever the facts, the hips and the language are."""

import re
from collections.abc import Iterator

import msgspec
from fhir.resources.R4B import get_fhir_model_class
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from cds_service.core.hip.chart import Facts
from cds_service.core.knowledge import Knowledge
from cds_service.core.record import Side
from cds_service.core.render import HookCall, render_cards
from cds_service.hooks import Card
from tests.core.builders import PATIENT_ID
from tests.core.decided import shown
from tests.core.strategies import UNHURRIED

# Chance has no part in what is covered.
SUMMARY_LIMIT = 140
HIPS = st.sampled_from(
    [
        (Side.RIGHT,),
        (Side.LEFT,),
        (Side.RIGHT, Side.LEFT),
        (Side.UNRECORDED,),
        (Side.RIGHT, Side.UNRECORDED),
        (Side.LEFT, Side.UNRECORDED),
    ]
)
HIDDEN = re.compile(r"\bkg\b|kilogram|%|per ?cent|body weight of", re.IGNORECASE)
ALLOWED = {"paragraph", "bullet_list", "list_item", "inline", "text", "strong", "softbreak"}
HTML = re.compile(r"<[a-zA-Z/!]")


def draw_cards(
    data: st.DataObject, knowledge: Knowledge, hip_facts: st.SearchStrategy[Facts]
) -> tuple[Card, ...]:
    """Render every card for hips with any facts; two hips read the same half of the time."""
    hips = data.draw(HIPS)
    first = data.draw(hip_facts)
    facts = [data.draw(st.just(first) | hip_facts) for _ in hips]
    language = data.draw(st.sampled_from(sorted(knowledge.words)))
    decided = [
        shown(card, hip, found)
        for hip, found in zip(hips, facts, strict=True)
        for card in knowledge.cards.values()
    ]
    call = HookCall("invented-hook-instance", PATIENT_ID, language, "https://cds.example.org")
    return render_cards(decided, knowledge, call)


def texts_of(card: Card) -> list[str]:
    """Return everything on a card that a user reads."""
    offered = [(s.label, *(action.description for action in s.actions)) for s in card.suggestions]
    links = [link.label for link in card.links]
    return [card.summary, str(card.detail), card.source.label, *sum(offered, ()), *links]


def empty_members(node: object, place: str = "card") -> Iterator[str]:
    """Yield the place of every null, empty text, empty list and empty object."""
    if node in (None, "", [], {}):
        yield place
    members = dict(enumerate(node)) if isinstance(node, list) else node
    for name, member in members.items() if isinstance(members, dict) else ():
        yield from empty_members(member, f"{place}.{name}")


def kinds(tokens: list[Token]) -> Iterator[str]:
    """Yield the kinds of all Markdown tokens, inner ones too."""
    for token in tokens:
        yield token.type.removesuffix("_open").removesuffix("_close")
        yield from kinds(token.children or [])


@UNHURRIED
@given(st.data())
def test_no_summary_reaches_the_limit(
    knowledge: Knowledge, hip_facts: st.SearchStrategy[Facts], data: st.DataObject
) -> None:
    cards = draw_cards(data, knowledge, hip_facts)
    assert max(len(card.summary) for card in cards) < SUMMARY_LIMIT
    assert all(card.summary for card in cards)


@UNHURRIED
@given(st.data())
def test_no_card_carries_an_empty_member(
    knowledge: Knowledge, hip_facts: st.SearchStrategy[Facts], data: st.DataObject
) -> None:
    cards = draw_cards(data, knowledge, hip_facts)
    assert list(empty_members(msgspec.json.decode(msgspec.json.encode(cards)))) == []


@UNHURRIED
@given(st.data())
def test_there_are_never_more_cards_than_allowed_and_no_uuid_twice(
    knowledge: Knowledge, hip_facts: st.SearchStrategy[Facts], data: st.DataObject
) -> None:
    cards = draw_cards(data, knowledge, hip_facts)
    uuids = [c.uuid for c in cards] + [s.uuid for c in cards for s in c.suggestions]
    assert 1 <= len(cards) <= knowledge.most_cards
    assert len(uuids) == len(set(uuids))


@UNHURRIED
@given(st.data())
def test_every_suggested_order_is_valid_fhir(
    knowledge: Knowledge, hip_facts: st.SearchStrategy[Facts], data: st.DataObject
) -> None:
    cards = draw_cards(data, knowledge, hip_facts)
    actions = [a for card in cards for s in card.suggestions for a in s.actions]
    orders = [msgspec.json.decode(msgspec.json.encode(action.resource)) for action in actions]
    read = [get_fhir_model_class(order["resourceType"]).model_validate(order) for order in orders]
    assert {order.subject.reference for order in read} <= {f"Patient/{PATIENT_ID}"}


@UNHURRIED
@given(st.data())
def test_no_text_gives_a_weight_or_a_share_of_body_weight(
    knowledge: Knowledge, hip_facts: st.SearchStrategy[Facts], data: st.DataObject
) -> None:
    texts = [text for card in draw_cards(data, knowledge, hip_facts) for text in texts_of(card)]
    assert [text for text in texts if HIDDEN.search(text)] == []


@UNHURRIED
@given(st.data())
def test_the_detail_is_plain_markdown_without_html(
    knowledge: Knowledge, hip_facts: st.SearchStrategy[Facts], data: st.DataObject
) -> None:
    details = [str(card.detail) for card in draw_cards(data, knowledge, hip_facts)]
    reader = MarkdownIt("commonmark")
    assert {kind for text in details for kind in kinds(reader.parse(text))} <= ALLOWED
    assert [text for text in details if HTML.search(text)] == []


@UNHURRIED
@given(st.data())
def test_no_placeholder_is_left_in_a_text_or_an_order(
    knowledge: Knowledge, hip_facts: st.SearchStrategy[Facts], data: st.DataObject
) -> None:
    cards = draw_cards(data, knowledge, hip_facts)
    assert b"{{" not in msgspec.json.encode(cards)


@UNHURRIED
@given(st.data())
def test_the_same_facts_give_the_same_cards(
    knowledge: Knowledge, hip_facts: st.SearchStrategy[Facts], data: st.DataObject
) -> None:
    facts, hips = data.draw(hip_facts), data.draw(HIPS)
    decided = [shown(card, hip, facts) for hip in hips for card in knowledge.cards.values()]
    call = HookCall("invented-hook-instance", PATIENT_ID, "en", "https://cds.example.org")
    assert render_cards(decided, knowledge, call) == render_cards(decided, knowledge, call)
