"""Cards from decided facts: which hips share one, which are kept, what is said of whom."""

import re
from dataclasses import replace

import pytest
from fhir.resources.R4B import get_fhir_model_class

from cds_service.core.hip.chart import Facts
from cds_service.core.knowledge import Knowledge
from cds_service.core.record import Side
from cds_service.core.render import HookCall, render_cards
from cds_service.core.values import UNKNOWN, Value
from cds_service.hooks import Card
from tests.core.builders import TODAY, on
from tests.core.decided import CALL, adult_facts, after_sign_off, shown

BOTH = (Side.RIGHT, Side.LEFT)
TWO_CARDS = ("weight-bearing", "review-interval")


def cards_for(
    knowledge: Knowledge,
    right: Facts,
    left: Facts,
    ids: tuple[str, ...] = ("weight-bearing",),
    call: HookCall = CALL,
) -> tuple[Card, ...]:
    """Render cards for a right and a left hip."""
    hips = {Side.RIGHT: right, Side.LEFT: left}
    cards = [shown(knowledge.cards[name], hip, hips[hip]) for hip in BOTH for name in ids]
    return render_cards(cards, knowledge, call)


def right_card(knowledge: Knowledge, **values: Value) -> Card:
    """Render the first card for a right hip."""
    card = knowledge.cards["weight-bearing"]
    return render_cards([shown(card, Side.RIGHT, adult_facts(**values))], knowledge, CALL)[0]


def test_nothing_shown_gives_no_card(knowledge: Knowledge) -> None:
    assert render_cards([], knowledge, CALL) == ()


def test_hips_that_read_the_same_share_a_card(knowledge: Knowledge) -> None:
    cards = cards_for(knowledge, adult_facts(), adult_facts(), TWO_CARDS)
    assert ["both hips" in card.summary.lower() for card in cards] == [True, True]


@pytest.mark.parametrize(
    "difference",
    [
        {"certainty": "uncertain"},
        {"physiotherapyDrafted": "yes"},
    ],
)
def test_hips_that_read_differently_have_their_own_cards(
    knowledge: Knowledge, difference: dict[str, Value]
) -> None:
    cards = cards_for(knowledge, adult_facts(), adult_facts(**difference))
    assert [re.findall("right|left|both", card.summary) for card in cards] == [["right"], ["left"]]


@pytest.mark.parametrize(
    "difference",
    [
        {"lastReviewDate": on(2026, 10, 6)},
        {"reviewAdvice": "due"},
        {"nextOrderDate": on(2026, 11, 23)},
        {"timeSinceStart": UNKNOWN},
    ],
)
def test_hips_with_different_reviews_have_their_own_cards(
    knowledge: Knowledge, difference: dict[str, Value]
) -> None:
    left = adult_facts(**difference)
    assert len(cards_for(knowledge, adult_facts(), left, ("review-interval",))) == 2


def test_a_note_on_one_hip_of_a_shared_card_names_the_hip(knowledge: Knowledge) -> None:
    [card] = cards_for(knowledge, adult_facts(), adult_facts(verification="unconfirmed"))
    note = knowledge.words["en"].notes[("verification", "unconfirmed")]
    assert f"\n- Left hip: {note[0]}" in str(card.detail)


@pytest.mark.parametrize("name", ["hipProsthesis", "patientAge", "juvenileHipDisorder"])
def test_a_note_on_all_hips_stands_once_and_names_none(knowledge: Knowledge, name: str) -> None:
    facts = adult_facts(**{name: UNKNOWN})
    [card] = cards_for(knowledge, facts, facts)
    note = str(knowledge.words["en"].notes[(name, "unknown")][0])
    assert re.findall(rf"\n- (.*){re.escape(note)}", str(card.detail)) == [""]


def test_a_card_s_own_note_goes_before_the_shared_one(knowledge: Knowledge) -> None:
    facts = adult_facts(imagingDataQuality="otherSide")
    definition = knowledge.cards["review-interval"]
    [card] = render_cards([shown(definition, Side.UNRECORDED, facts)], knowledge, CALL)
    own = definition.texts["en"].notes["due"]["imagingDataQuality", "otherSide"]
    shared = knowledge.words["en"].notes[("imagingDataQuality", "otherSide")]
    assert str(own[0]) in str(card.detail)
    assert str(shared[0]) not in str(card.detail)


def test_the_more_urgent_card_comes_first(knowledge: Knowledge) -> None:
    facts = adult_facts(reviewAdvice="overdue")
    cards = cards_for(knowledge, facts, facts, TWO_CARDS)
    assert [card.indicator for card in cards] == ["warning", "info"]


def test_at_equal_urgency_the_priority_of_the_cards_decides(knowledge: Knowledge) -> None:
    cards = cards_for(knowledge, adult_facts(), adult_facts(), tuple(reversed(TWO_CARDS)))
    assert [card.source.topic.code for card in cards if card.source.topic] == list(TWO_CARDS)


def test_what_is_over_is_named_on_the_last_card_and_a_warning_stands_there_whole(
    knowledge: Knowledge,
) -> None:
    left = adult_facts(certainty="uncertain", reviewAdvice="overdue")
    every = cards_for(replace(knowledge, most_cards=9), adult_facts(), left, TWO_CARDS)
    assert [card.indicator for card in every] == ["warning", "info", "info", "info"]
    [_, _, last] = cards_for(replace(knowledge, most_cards=3), adult_facts(), left, TWO_CARDS)
    assert str(last.detail).endswith(f"Also for this patient: {every[3].summary}")
    assert last.suggestions == every[2].suggestions
    right = adult_facts(
        certainty="uncertain", reviewAdvice="overdue", lastReviewDate=on(2025, 1, 1)
    )
    warnings = cards_for(replace(knowledge, most_cards=9), right, left, TWO_CARDS)[:2]
    [only] = cards_for(replace(knowledge, most_cards=1), right, left, TWO_CARDS)
    assert str(warnings[1].detail) in str(only.detail)
    assert only.suggestions == (*warnings[0].suggestions, *warnings[1].suggestions)
    assert only.selection_behavior == "any"


def test_the_same_call_gives_the_same_uuids(knowledge: Knowledge) -> None:
    first, second = (cards_for(knowledge, adult_facts(), adult_facts(), TWO_CARDS) for _ in "ab")
    assert first == second


def test_every_card_and_suggestion_has_its_own_uuid(knowledge: Knowledge) -> None:
    left = adult_facts(certainty="uncertain", reviewAdvice="due")
    calls = [CALL, replace(CALL, hook_instance="another-hook-instance")]
    wide = replace(knowledge, most_cards=9)
    cards = [c for call in calls for c in cards_for(wide, adult_facts(), left, TWO_CARDS, call)]
    uuids = [c.uuid for c in cards] + [s.uuid for c in cards for s in c.suggestions]
    assert len(uuids) == len(set(uuids)) == 16


def test_the_uuid_of_a_shared_card_is_not_that_of_one_hip(knowledge: Knowledge) -> None:
    [both] = cards_for(knowledge, adult_facts(), adult_facts())
    assert both.uuid != right_card(knowledge).uuid


def test_a_draft_says_so_in_its_source_and_detail(knowledge: Knowledge) -> None:
    card, words = right_card(knowledge), knowledge.words["en"]
    assert card.source.label.startswith(str(words.phrases["draftLabel"][0]))
    assert str(words.phrases["draftNotice"][0]) in str(card.detail)


def test_what_may_void_the_card_comes_first_then_the_rest_as_one_list(
    knowledge: Knowledge,
) -> None:
    card = right_card(knowledge, osteonecrosis="broader", verification="unconfirmed")
    lines = str(card.detail).splitlines()
    assert lines[0].startswith("- **Check first:** that the femoral head is meant")


def test_a_signed_card_does_not_call_itself_a_draft(knowledge: Knowledge) -> None:
    active = after_sign_off(knowledge.cards["weight-bearing"], "A. Surgeon")
    [card] = render_cards([shown(active, Side.RIGHT, adult_facts())], knowledge, CALL)
    assert card.source.label == active.texts["en"].source_label
    assert str(knowledge.words["en"].phrases["draftNotice"][0]) not in str(card.detail)


@pytest.mark.parametrize(
    ("values", "count", "behaviour"),
    [
        ({}, 1, "any"),
        ({"physiotherapyDrafted": "yes"}, 0, None),
        ({"orderFormat": "older"}, 0, None),
    ],
)
def test_a_suggestion_is_left_out_where_it_would_be_idle(
    knowledge: Knowledge, values: dict[str, Value], count: int, behaviour: str | None
) -> None:
    card = right_card(knowledge, **values)
    assert (len(card.suggestions), card.selection_behavior) == (count, behaviour)


@pytest.mark.parametrize("ids", [("weight-bearing",), ("review-interval",)])
def test_a_suggested_order_is_valid_fhir_for_this_patient_and_both_entries(
    knowledge: Knowledge, ids: tuple[str, ...]
) -> None:
    [card] = cards_for(
        knowledge, adult_facts("Condition/right"), adult_facts("Condition/left"), ids
    )
    [action] = card.suggestions[0].actions
    order = get_fhir_model_class("ServiceRequest").model_validate(dict(action.resource or {}))
    assert order.subject.reference == f"Patient/{CALL.patient_id}"
    assert [reason.reference for reason in order.reasonReference] == [
        "Condition/right",
        "Condition/left",
    ]


def test_the_films_are_ordered_for_the_day_they_are_due(knowledge: Knowledge) -> None:
    card = knowledge.cards["review-interval"]
    [rendered] = render_cards([shown(card, Side.RIGHT, adult_facts())], knowledge, CALL)
    [action] = rendered.suggestions[0].actions
    assert (action.resource or {})["occurrenceDateTime"] == TODAY.isoformat()


def test_an_order_without_known_entries_names_no_reason(knowledge: Knowledge) -> None:
    [action] = right_card(knowledge).suggestions[0].actions
    assert "reasonReference" not in (action.resource or {})


def test_the_card_links_to_its_evidence_and_to_its_own_page(knowledge: Knowledge) -> None:
    card = right_card(knowledge)
    cited = [knowledge.evidence[name].url for name in knowledge.cards["weight-bearing"].links]
    assert card.source.url == f"{CALL.base_url}/about/source-attributes/weight-bearing"
    assert [link.url for link in card.links] == [card.source.url, *cited]
    assert card.links[0].label == "Why, sources, numbers"


def test_a_card_offers_its_own_four_override_reasons_in_words(knowledge: Knowledge) -> None:
    reasons = right_card(knowledge).override_reasons
    chosen = knowledge.cards["weight-bearing"].override_reasons
    assert tuple(reason.code for reason in reasons) == chosen
    assert len(chosen) == 4
    assert all(reason.display and reason.system for reason in reasons)
