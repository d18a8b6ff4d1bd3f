"""Orders of other people's work: no card argues with one, no suggestion touches or repeats one."""

from collections.abc import Mapping

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.fhir.builders import FILM, ICD10CM, Json, bundle, concept, condition
from tests.orders.bedside import CODED, Other, ask, chart, imaging, order_cards, orders_in
from tests.web.contract import Card

OTHERS = orders_in("others.yaml")
PATIENTS: Mapping[str, Json] = {
    "not due": chart(),
    "overdue": chart(imagingStudies=bundle(imaging(FILM, "2026-03-20"))),
    "both hips": chart(
        conditions=bundle(
            *(
                condition(id=f"c-{code}", code=concept({"system": ICD10CM, "code": code}))
                for code in ("M87.051", "M87.052")
            )
        )
    ),
    "collapsed": chart(
        conditions=bundle(condition(stage=[{"summary": {"text": "ARCO 2019 stage IV"}}]))
    ),
}


def said(cards: list[Card]) -> list[tuple[str, str, str]]:
    """Return what each card says at a glance."""
    return [(card.source.topic.code, card.indicator, card.summary) for card in cards]


def offered(cards: list[Card]) -> list[tuple[str, str]]:
    """Return what is offered: its kind of action and its description."""
    given = [s for card in cards if isinstance(card.suggestions, list) for s in card.suggestions]
    return [(action.type, action.description) for one in given for action in one.actions]


@pytest.fixture(scope="module")
def alone(app: Flask) -> Mapping[str, list[Card]]:
    """The cards of each patient beside no order."""
    return {name: ask(app.test_client(), chart_of=sent) for name, sent in PATIENTS.items()}


@pytest.mark.parametrize("patient", PATIENTS)
@pytest.mark.parametrize(
    "order",
    [
        pytest.param(one, id=f"{specialty}: {one.name}")
        for specialty, orders in OTHERS.items()
        for one in orders
    ],
)
def test_no_card_argues_with_an_order_of_somebody_else(
    order: Other, patient: str, client: FlaskClient, alone: Mapping[str, list[Card]]
) -> None:
    cards = ask(client, order.draft(), chart_of=PATIENTS[patient])
    assert said(cards) == said(alone[patient])
    assert set(offered(cards)) <= set(offered(alone[patient]))


def test_the_table_holds_many_specialties_types_and_languages() -> None:
    every = [one for orders in OTHERS.values() for one in orders]
    assert len(every) >= 150
    assert len(OTHERS) >= 12
    assert len({one.type for one in every}) >= 8
    assert len([one for one in every if not (one.text or "x").isascii()]) >= 25


OURS = orders_in("ours.yaml")


@pytest.mark.parametrize(
    ("card", "order"),
    [
        pytest.param(card, one, id=f"{card}: {one.name}")
        for card, orders in OURS.items()
        for one in orders
    ],
)
def test_an_order_that_a_card_is_about_gets_it(
    card: str, order: Other, client: FlaskClient
) -> None:
    assert order_cards(ask(client, order.draft())) == [card]


def test_every_order_card_has_orders_that_must_get_it() -> None:
    assert len(OURS) == 6
    assert len([one for orders in OURS.values() for one in orders]) >= 25


@pytest.mark.parametrize("patient", PATIENTS)
def test_a_set_of_forty_orders_gets_four_cards_and_every_warning(
    patient: str, client: FlaskClient
) -> None:
    ours = [orders[0] for orders in OURS.values()]
    others = [one for orders in OTHERS.values() for one in orders if one.type in CODED]
    every = [*ours, *others[:: len(others) // (40 - len(ours))]][:40]
    drafts = [one.draft() | {"id": f"o-{i}"} for i, one in enumerate(every)]
    cards = ask(client, *drafts, chart_of=PATIENTS[patient])
    assert (len(drafts), len(cards)) == (40, 4)
    indicators = [card.indicator for card in cards]
    assert indicators == sorted(indicators, key=("warning", "info").index)
    alone = [card for one in ours for card in ask(client, one.draft(), chart_of=PATIENTS[patient])]
    shown = "\n".join(f"{card.summary}\n{card.detail}" for card in cards)
    unsaid = [card.source.topic.code for card in alone if card.summary not in shown]
    # What both hips share beside one order may differ between them beside another.
    assert set(unsaid) <= {"review-interval", "weight-bearing"}
    warnings = {c.source.topic.code for c in alone if c.indicator == "warning"}
    at_the_end = cards[-1].detail.count("**Draft")
    assert len(warnings & {c.source.topic.code for c in cards}) + at_the_end >= len(warnings)
