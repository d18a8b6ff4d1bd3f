"""What draft orders get: the cards of the table, suggestions that change no order, no false 412."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.fhir.builders import (
    FILM,
    ICD10CM,
    Json,
    bundle,
    concept,
    condition,
    order_request,
    procedure,
)
from tests.fhir.builders import MRI as DICOM_MRI
from tests.orders.bedside import Row, ask, chart, draft, drafted, imaging, order_cards, rows
from tests.web.contract import Card, cards_in, post

ROWS = rows()
MRI = {"system": "http://loinc.org", "code": "36022-2"}
RUNNING = {"text": "Running programme"}
VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
PROVISIONAL = concept({"system": VERIFICATION, "code": "provisional"})


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_draft_order_gets_its_cards(row: Row, client: FlaskClient) -> None:
    assert order_cards(ask(client, drafted(row), *row.beside)) == row.cards


def test_the_table_is_long_and_has_orders_in_words_only() -> None:
    assert len(ROWS) >= 40
    assert len([row for row in ROWS if row.code is None and row.text]) >= 15


def test_only_a_selected_draft_gets_a_card(client: FlaskClient) -> None:
    picked, other = draft(code=concept(MRI)), draft(id="o-2", code=RUNNING)
    on_select = {"hook": "order-select"}
    assert order_cards(
        ask(client, picked, other, selections=["ServiceRequest/o-1"], **on_select)
    ) == ["imaging-sooner-than-planned"]
    assert order_cards(
        ask(client, picked, other, selections=["ServiceRequest/o-2"], **on_select)
    ) == ["impact-activity"]
    assert order_cards(ask(client, picked, other, selections=[], **on_select)) == []


def test_on_signing_every_draft_counts(client: FlaskClient) -> None:
    cards = ask(client, draft(code=concept(MRI)), draft(id="o-2", code=RUNNING))
    assert order_cards(cards) == ["impact-activity", "imaging-sooner-than-planned"]


def test_an_unselected_draft_keeps_a_second_one_from_being_offered(client: FlaskClient) -> None:
    cards = ask(client, draft(code={"text": "X-ray hip"}), hook="order-select", selections=[])
    review = next(card for card in cards if card.source.topic.code == "review-interval")
    assert suggestions(review) == []


def suggestions(card: Card) -> list[Any]:
    """Return the suggestions of a card."""
    return list(card.suggestions) if isinstance(card.suggestions, list) else []


def card_of(cards: list[Card], card_id: str) -> Card:
    """Return the card with this id."""
    return next(card for card in cards if card.source.topic.code == card_id)


@pytest.mark.parametrize(
    "order",
    [
        draft(code=concept(MRI), occurrenceDateTime="2026-11-23"),
        draft(code=RUNNING),
        draft("ProcedureRequest", code=RUNNING),
        draft("CarePlan", activity=[{"detail": {"description": "Running drills"}}]),
        draft("RequestGroup", contained=[draft(id="o-2", code={"text": "MRI right hip"})]),
    ],
    ids=lambda order: str(order["resourceType"]),
)
def test_no_click_changes_an_order_that_somebody_wrote(order: Json, client: FlaskClient) -> None:
    cards = ask(client, order)
    assert order_cards(cards) != []
    actions = [action for card in cards for s in suggestions(card) for action in s.actions]
    assert {action.type for action in actions} <= {"create"}
    assert not any("id" in action.resource for action in actions)


def test_who_selects_a_group_selects_what_it_refers_to(client: FlaskClient) -> None:
    group = draft("RequestGroup", id="g-1", action=[{"resource": {"reference": "Task/t-1"}}])
    task = draft("Task", id="t-1", focus={"reference": "ServiceRequest/o-1"})
    drafts = (group, task, draft(code=concept(MRI)))
    chosen = {"hook": "order-select", "selections": ["RequestGroup/g-1"]}
    assert order_cards(ask(client, *drafts, **chosen)) == ["imaging-sooner-than-planned"]
    other = {"hook": "order-select", "selections": ["ServiceRequest/o-9"]}
    assert order_cards(ask(client, *drafts, **other)) == []


NOT_UNDERSTOOD = "could not be understood; advice on it may be missing"
LOCAL = {"system": "urn:oid:1.2.3.4", "code": "X1"}


@pytest.mark.parametrize(
    "members",
    [
        {"code": concept(LOCAL)},
        {"code": {"text": "Total hip arthroplasty"}, "bodySite": [concept(LOCAL)]},
        {"code": {"text": "Total hip arthroplasty, right"}, "bodySite": [{"text": "Left hip"}]},
        {"code": {"text": "XR hips, right more than left"}},
    ],
    ids=["code", "body site", "two sides", "two sides in a text"],
)
def test_an_order_that_is_not_understood_is_named(members: Json, client: FlaskClient) -> None:
    cards = ask(client, draft(**members))
    assert order_cards(cards) == []
    assert NOT_UNDERSTOOD in card_of(cards, "weight-bearing").detail


@pytest.mark.parametrize("row", [row for row in ROWS if row.cards], ids=lambda row: row.name)
def test_a_card_on_an_order_says_that_the_diagnosis_is_provisional(
    row: Row, client: FlaskClient
) -> None:
    stage = [{"summary": {"text": "ARCO 2019 stage II"}}]
    members: Json = {"id": "c-1", "onsetDateTime": "2026-01-10", "stage": stage}
    provisional = condition(verificationStatus=PROVISIONAL, **members)
    cards = ask(client, drafted(row), *row.beside, chart_of=chart(conditions=bundle(provisional)))
    found = [card_of(cards, name) for name in order_cards(cards)]
    assert [card for card in found if "diagnosis is provisional" not in card.detail] == []
    assert found != []


def test_an_order_for_something_else_is_not_named(client: FlaskClient) -> None:
    cards = ask(client, draft(code=concept(LOCAL) | {"text": "Blood count"}))
    assert NOT_UNDERSTOOD not in card_of(cards, "weight-bearing").detail


def test_physiotherapy_by_its_name_is_not_suggested_again(client: FlaskClient) -> None:
    named = draft(code=concept(LOCAL) | {"text": "AMB REFERRAL TO PHYSICAL THERAPY"})
    labels = [s.label for card in ask(client, named) for s in suggestions(card)]
    assert [label for label in labels if "hysio" in label] == []
    others = [s.label for card in ask(client, draft(code=RUNNING)) for s in suggestions(card)]
    assert [label for label in others if "hysio" in label] != []


def test_a_card_says_that_words_alone_told_of_the_order(client: FlaskClient) -> None:
    told = "recognised by its words"
    in_words = ask(client, draft(code=concept(LOCAL) | {"text": "Total hip arthroplasty"}))
    assert told in card_of(in_words, "arthroplasty-before-collapse").detail
    cpt = {"system": "http://www.ama-assn.org/go/cpt", "code": "27130"}
    coded = ask(client, draft(code=concept(cpt) | {"text": "Total hip arthroplasty"}))
    assert told not in card_of(coded, "arthroplasty-before-collapse").detail


def test_words_name_an_order_for_the_hip_that_they_name(client: FlaskClient) -> None:
    left = condition(id="c-2", code=concept({"system": ICD10CM, "code": "M87.052"}))
    right = condition(id="c-1", onsetDateTime="2026-01-10")
    cards = ask(
        client,
        draft(code={"text": "MRI left hip"}),
        chart_of=chart(conditions=bundle(right, left)),
    )
    assert "left hip" in card_of(cards, "imaging-sooner-than-planned").summary


def test_two_hips_share_a_card_and_each_order_is_suggested_once(client: FlaskClient) -> None:
    hips = [
        condition(id=f"c-{code}", code=concept({"system": ICD10CM, "code": code}))
        for code in ("M87.051", "M87.052")
    ]
    cards = ask(client, draft(code=RUNNING), chart_of=chart(conditions=bundle(*hips)))
    assert "both hips" in card_of(cards, "impact-activity").summary
    assert len(suggestions(card_of(cards, "weight-bearing"))) == 1


@pytest.mark.parametrize(
    ("last", "stage", "expected"),
    [
        (FILM, "ARCO 2019 stage II", []),
        (DICOM_MRI, "ARCO 2019 stage I", []),
        (DICOM_MRI, "ARCO 2019 stage II", ["imaging-sooner-than-planned"]),
    ],
)
def test_an_mri_is_never_too_early_where_a_film_may_be_normal(
    last: Json, stage: str, expected: list[str], client: FlaskClient
) -> None:
    staged = condition(id="c-1", recordedDate="2026-01-10", stage=[{"summary": {"text": stage}}])
    whole = chart(conditions=bundle(staged), imagingStudies=bundle(imaging(last)))
    assert order_cards(ask(client, draft(code=concept(MRI)), chart_of=whole)) == expected


@pytest.mark.parametrize("sent", [None, "text", {"resourceType": "Patient"}], ids=str)
def test_without_draft_orders_the_main_cards_come_and_say_so(
    sent: object, client: FlaskClient
) -> None:
    cards = ask(client, draftOrders=sent)
    assert order_cards(cards) == []
    details = [card.detail for card in cards]
    assert any("Not all draft orders could be read" in detail for detail in details)
    assert not any("Could not be decided" in detail for detail in details)


def test_a_drug_that_cannot_be_told_is_no_silence(client: FlaskClient) -> None:
    cards = ask(
        client, draft("MedicationRequest", medicationReference={"reference": "Medication/9"})
    )
    assert order_cards(cards) == []
    assert any("Not all draft orders could be read" in card.detail for card in cards)


def test_without_draft_orders_a_replaced_hip_is_no_412(client: FlaskClient) -> None:
    request = order_request(hook="order-sign", draftOrders=None)
    request["prefetch"] = chart(procedures=bundle(procedure()))
    assert cards_in(post(client, request, "/cds-services/onfh-order-sign")) == []


def test_when_the_chart_is_opened_nothing_is_said_of_draft_orders(client: FlaskClient) -> None:
    request = order_request(hook="patient-view") | {"prefetch": chart()}
    del request["context"]["draftOrders"]
    cards = cards_in(post(client, request))
    assert order_cards(cards) == []
    assert not any("draft orders" in card.detail.lower() for card in cards)


@pytest.mark.parametrize(
    ("stage", "expected"),
    [
        ("ARCO 2019 stage II", ["arthroplasty-before-collapse"]),
        ("ARCO 2019 stage I", ["arthroplasty-before-collapse"]),
        ("ARCO 2019 stage IV", ["collapsed-head"]),
        ("stage II", []),
    ],
)
def test_a_replacement_is_questioned_only_before_a_recorded_collapse(
    stage: str, expected: list[str], client: FlaskClient
) -> None:
    staged = condition(id="c-1", stage=[{"summary": {"text": stage}}])
    replacement = draft(code=concept({"system": "http://www.ama-assn.org/go/cpt", "code": "27130"}))
    cards = ask(client, replacement, chart_of=chart(conditions=bundle(staged)))
    assert order_cards(cards) == expected
    assert "contraindicated" not in "".join(card.detail for card in cards)


PHYSIOTHERAPY = {"system": "http://snomed.info/sct", "code": "91251008"}


def offers(cards: list[Card]) -> str:
    """Return what the two standing cards offer to draft, in words."""
    actions = [a for card in cards for s in suggestions(card) for a in s.actions]
    return " ".join(action.description for action in actions)


@pytest.mark.parametrize(
    ("ordered", "films", "exercise"),
    [
        ({"code": {"text": "XR right hip"}}, False, True),
        ({"code": concept(MRI)}, False, True),
        ({"code": {"text": "XR left hip"}}, True, True),
        ({"code": {"text": "XR right hip"}, "authoredOn": "2026-10-01"}, True, True),
        ({"code": {"text": "XR right hip"}, "status": "completed"}, True, True),
        ({"code": concept(PHYSIOTHERAPY)}, True, False),
        ({"code": {"text": "Blood count"}}, True, True),
    ],
    ids=str,
)
@pytest.mark.parametrize("hook", ["patient-view", "order-select"])
def test_what_the_chart_has_on_order_is_not_suggested_again(
    ordered: Json, films: bool, exercise: bool, hook: str, client: FlaskClient
) -> None:
    standing = draft(**({"id": "a-1", "status": "active"} | ordered))
    found = offers(ask(client, hook=hook, chart_of=chart(activeOrders=bundle(standing))))
    assert ("films of both hips" in found, "physiotherapy" in found) == (films, exercise)
    assert found.count("no such order is active") == films + exercise


def test_a_draft_says_that_the_orders_of_the_chart_could_not_be_read(client: FlaskClient) -> None:
    unread = {name: list_ for name, list_ in chart().items() if name != "activeOrders"}
    found = offers(ask(client, chart_of=unread))
    assert found.count("orders that could not all be read, so look there first") == 2


@pytest.mark.parametrize(
    ("order", "is_offered"),
    [({}, True), ({"priority": "stat"}, False)],
)
def test_nothing_is_drafted_beside_an_urgent_order_alone(
    client: FlaskClient, order: dict[str, object], is_offered: bool
) -> None:
    cards = ask(client, draft(code=RUNNING, **order))
    assert bool(suggestions(card_of(cards, "weight-bearing"))) is is_offered
