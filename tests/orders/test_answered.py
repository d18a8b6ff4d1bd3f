"""An order that answers a card changes what the card says, and no other order does."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.fhir.builders import FILM, Json, bundle, concept, condition
from tests.orders.bedside import ask, chart, draft, imaging
from tests.web.contract import Card

MRI = {"system": "http://loinc.org", "code": "36022-2"}
PHYSIOTHERAPY = {"system": "http://snomed.info/sct", "code": "91251008"}
RIGHT_FILM = {"text": "XR right hip"}
COVERS = "this order covers the review due"
IN_CHART = "imaging is on order"
DUE = {"imagingStudies": bundle(imaging(FILM, "2026-08-20"))}
OVERDUE = {"imagingStudies": bundle(imaging(FILM, "2026-03-20"))}
NONE_ON_FILE: Json = {"imagingStudies": None}
NOT_DUE: Json = {}  # on 10 January 2027


def review(cards: list[Card]) -> Card:
    """Return the card on the review."""
    return next(card for card in cards if card.source.topic.code == "review-interval")


def said_of(card: Card) -> str:
    """Return what of an order the card says, or that it asks for images."""
    for words in (COVERS, IN_CHART):
        if words in card.summary:
            assert (card.indicator, "Consider films" in card.detail) == ("info", False)
            assert not card.suggestions
            return words
    return "overdue" if "overdue" in card.summary else "as before"


@pytest.mark.parametrize("hook", ["order-select", "order-sign"])
@pytest.mark.parametrize("state", [DUE, OVERDUE, NONE_ON_FILE], ids=["due", "overdue", "none"])
@pytest.mark.parametrize(
    "ordered",
    [
        {"code": RIGHT_FILM},
        {"code": concept(MRI)},
        {"code": {"text": "X-ray pelvis AP"}},
        {"code": {"text": "双髋正侧位片"}},
        {"code": RIGHT_FILM, "occurrenceDateTime": "2026-12-10"},
        {"code": RIGHT_FILM, "priority": "urgent", "reasonCode": [{"text": "AVN right hip"}]},
    ],
    ids=str,
)
def test_a_film_that_is_being_ordered_covers_the_review(
    ordered: Json, state: Json, hook: str, client: FlaskClient
) -> None:
    assert said_of(review(ask(client, draft(**ordered), hook=hook, chart_of=chart(**state)))) == (
        COVERS
    )


@pytest.mark.parametrize(
    "ordered",
    [
        {"code": {"text": "XR left hip"}},
        {"code": {"text": "XR right knee"}},
        {"code": RIGHT_FILM, "occurrenceDateTime": "2027-11-22"},
        {"code": RIGHT_FILM, "occurrenceDateTime": "2026-05-22"},
        {"code": RIGHT_FILM, "occurrenceTiming": {"code": {"text": "yearly"}}},
        {"code": RIGHT_FILM, "priority": "stat"},
        {"code": RIGHT_FILM, "reasonCode": [{"text": "fall from a ladder"}]},
    ],
    ids=str,
)
def test_another_order_leaves_the_review_overdue(ordered: Json, client: FlaskClient) -> None:
    cards = ask(client, draft(**ordered), chart_of=chart(**OVERDUE))
    assert said_of(review(cards)) == "overdue"


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2026-12-10", "as before"),
        ("2026-12-11", COVERS),
        ("2027-02-09", COVERS),
        ("2027-02-10", "as before"),
        ("2027-01", COVERS),
        ("2027", "as before"),
    ],
)
def test_a_film_for_the_day_of_the_next_review_covers_it(
    day: str, said: str, client: FlaskClient
) -> None:
    ordered = draft(code=RIGHT_FILM, occurrenceDateTime=day)
    assert said_of(review(ask(client, ordered, chart_of=chart(**NOT_DUE)))) == said


def test_where_the_film_is_normal_only_an_mri_covers_the_review(client: FlaskClient) -> None:
    normal = condition(id="c-1", stage=[{"summary": {"text": "ARCO 2019 stage I"}}])
    state = chart(**OVERDUE, conditions=bundle(normal))
    assert said_of(review(ask(client, draft(code=RIGHT_FILM), chart_of=state))) == "overdue"
    assert said_of(review(ask(client, draft(code=concept(MRI)), chart_of=state))) == COVERS


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"authoredOn": "2026-11-03"}, IN_CHART),
        ({"authoredOn": "2026-11-03", "occurrenceDateTime": "2026-12-01"}, IN_CHART),
        ({"occurrenceDateTime": "2026-11-30"}, IN_CHART),
        ({"authoredOn": "2026-04-03"}, "overdue"),
        ({"authoredOn": "2026-11-03", "occurrenceDateTime": "2027-11-01"}, "overdue"),
        ({}, "overdue"),
        ({"authoredOn": "2026-11-03", "status": "zz"}, "overdue"),
        ({"authoredOn": "2026-11-03", "status": "revoked"}, "overdue"),
        ({"authoredOn": "2026-11-03", "reasonCode": [{"text": "after nailing"}]}, "overdue"),
    ],
    ids=str,
)
@pytest.mark.parametrize("hook", ["patient-view", "order-sign"])
def test_a_film_on_order_in_the_chart_covers_the_review_of_its_time(
    members: Json, said: str, hook: str, client: FlaskClient
) -> None:
    ordered: Json = draft(**({"id": "a-1", "status": "active", "code": RIGHT_FILM} | members))
    cards = ask(client, hook=hook, chart_of=chart(**OVERDUE, activeOrders=bundle(ordered)))
    assert said_of(review(cards)) == said


def test_a_draft_says_more_than_the_chart(client: FlaskClient) -> None:
    waiting = draft(id="a-1", status="active", code=RIGHT_FILM, authoredOn="2026-11-03")
    state = chart(**OVERDUE, activeOrders=bundle(waiting))
    assert said_of(review(ask(client, draft(code=RIGHT_FILM), chart_of=state))) == COVERS


def exercise(cards: list[Card]) -> tuple[bool, bool]:
    """Return whether physiotherapy is said to be ordered, and whether it is suggested."""
    card = next(card for card in cards if card.source.topic.code == "weight-bearing")
    return "low-load exercise." in card.detail, bool(card.suggestions)


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"code": concept(PHYSIOTHERAPY)}, True),
        ({"code": {"text": "Krankengymnastik"}}, True),
        ({"code": {"text": "Physiotherapy"}, "reasonCode": [{"text": "stroke"}]}, False),
    ],
    ids=str,
)
@pytest.mark.parametrize("is_draft", [True, False])
def test_physiotherapy_on_order_is_said_in_place_of_its_suggestion(
    members: dict[str, Any], said: bool, is_draft: bool, client: FlaskClient
) -> None:
    ordered = draft(status="draft" if is_draft else "active", **members)
    drafts, standing = ([ordered], None) if is_draft else ([], bundle(ordered))
    cards = ask(client, *drafts, chart_of=chart(activeOrders=standing))
    assert exercise(cards) == (said, False)


def test_without_physiotherapy_on_order_it_is_suggested(client: FlaskClient) -> None:
    assert exercise(ask(client)) == (False, True)


def test_a_review_that_could_not_be_checked_stays_unchecked(client: FlaskClient) -> None:
    unread = {name: sent for name, sent in chart().items() if name != "imagingStudies"}
    cards = ask(client, draft(code=RIGHT_FILM), chart_of=unread)
    assert "could not check" in review(cards).summary


@pytest.mark.parametrize(
    ("name", "is_offered"),
    [
        ("Ambulatory referral to Orthopedics", False),
        ("骨科会诊", False),
        ("Überweisung Orthopädie", False),
        ("Physiotherapy", True),
        ("XR right hip", True),
    ],
)
@pytest.mark.parametrize("is_draft", [True, False])
def test_a_referral_that_is_on_order_is_not_suggested_again(
    name: str, is_offered: bool, is_draft: bool, client: FlaskClient
) -> None:
    ordered = draft(status="draft" if is_draft else "active", code={"text": name})
    collapsed = condition(id="c-1", stage=[{"summary": {"text": "ARCO 2019 stage IV"}}])
    standing = {"activeOrders": None if is_draft else bundle(ordered)}
    state = chart(conditions=bundle(collapsed), **standing)
    cards = ask(client, *([ordered] if is_draft else []), chart_of=state)
    card = next(card for card in cards if card.source.topic.code == "collapsed-head")
    assert bool(card.suggestions) == is_offered
