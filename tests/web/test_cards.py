"""The cards on the wire keep to CDS Hooks 2.0, and to R4B in what they suggest."""

import json
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from markdown_it import MarkdownIt

from cds_service.app import make_app
from cds_service.core.knowledge import Knowledge
from cds_service.settings import Settings
from tests.conftest import NOW, ROOT
from tests.fhir.builders import (
    SUBJECT,
    Json,
    bundle,
    condition,
    hook_request,
    order,
    order_request,
    prefetch,
    without,
)
from tests.web.contract import Card, Suggestion, cards_in, empty_members, post

GOLDEN = sorted((ROOT / "tests" / "golden").glob("*.request.json"))
BASE = "https://cds.example.org/about/source-attributes"


@pytest.fixture(scope="module")
def shipping(shipped: Knowledge) -> FlaskClient:
    """The service with the shipped content: it reaches the wire whole, whatever it says."""
    settings = Settings(public_base_url="https://cds.example.org")
    return make_app(settings, shipped, clock=lambda: NOW).test_client()


def golden_answer(path: Path, client: FlaskClient) -> tuple[list[Card], Json]:
    """Return the cards of a golden request, checked, and the plain answer."""
    body = path.read_bytes()
    response = post(client, body, f"/cds-services/onfh-{json.loads(body)['hook']}")
    return cards_in(response), response.get_json()


def suggestions_of(cards: list[Card]) -> list[Suggestion]:
    """Return all suggestions of some cards."""
    return [s for card in cards for s in card.suggestions or ()]


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.name.split(".")[0])
def test_every_member_of_a_card_is_valid(
    path: Path, shipping: FlaskClient, shipped: Knowledge
) -> None:
    cards, answer = golden_answer(path, shipping)
    assert set(answer) == {"cards"}
    assert [empty for card in answer["cards"] for empty in empty_members(card)] == []
    assert {card.source.topic.code for card in cards} <= set(shipped.cards)
    assert [c.source.url for c in cards] == [f"{BASE}/{c.source.topic.code}" for c in cards]
    uuids = [card.uuid for card in cards] + [s.uuid for s in suggestions_of(cards)]
    assert len(uuids) == len(set(uuids))


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.name.split(".")[0])
def test_a_suggested_order_is_the_patients_and_says_it_in_words(
    path: Path, shipping: FlaskClient
) -> None:
    patient_id = json.loads(path.read_bytes())["context"]["patientId"]
    actions = [s.actions[0] for s in suggestions_of(golden_answer(path, shipping)[0])]
    assert {a.resource["subject"]["reference"] for a in actions} <= {f"Patient/{patient_id}"}
    assert {a.resource["status"] for a in actions} <= {"draft"}
    assert all(len(a.description) > len("Draft an order") for a in actions)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.name.split(".")[0])
def test_the_markdown_of_a_card_holds_no_html_and_no_link(
    path: Path, shipping: FlaskClient
) -> None:
    cards, _ = golden_answer(path, shipping)
    html = " ".join(MarkdownIt("gfm-like", {"linkify": False}).render(c.detail) for c in cards)
    assert [tag for tag in ("<a", "<img", "<h1", "<script", "&lt;") if tag in html] == []


def test_a_draft_says_that_it_is_one(client: FlaskClient) -> None:
    cards = cards_in(post(client, hook_request()))
    assert all(card.source.label.startswith("DRAFT") for card in cards)
    assert all("**Draft, signed by nobody.**" in card.detail for card in cards)


def test_the_same_request_gets_the_same_answer(client: FlaskClient) -> None:
    assert post(client, hook_request()).data == post(client, hook_request()).data


def test_another_call_gets_other_card_uuids(client: FlaskClient) -> None:
    first = cards_in(post(client, hook_request()))
    second = cards_in(post(client, hook_request(hookInstance="another")))
    assert {card.uuid for card in first}.isdisjoint({card.uuid for card in second})


ODD_INSTANCES = ["not a uuid", "0F3C1A52-7D4E-4B87-9D57-3C1F0A5B2E61", " ", "é\u202e\U0001f9b4"]


@pytest.mark.parametrize("instance", ODD_INSTANCES)
def test_any_hook_instance_that_is_not_empty_will_do(instance: str, client: FlaskClient) -> None:
    assert len(cards_in(post(client, hook_request(hookInstance=instance)))) == 2


@pytest.mark.parametrize("hook", ["order-select", "order-sign"])
def test_an_order_already_drafted_is_not_suggested(hook: str, client: FlaskClient) -> None:
    response = post(client, order_request(order(), hook=hook), f"/cds-services/onfh-{hook}")
    labels = [s.label for s in suggestions_of(cards_in(response))]
    assert labels == ["Films of both hips, AP and frog-leg"]


def test_an_order_not_to_do_it_does_not_count_as_an_order(client: FlaskClient) -> None:
    request = order_request(order(doNotPerform=True))
    cards = cards_in(post(client, request, "/cds-services/onfh-order-select"))
    assert len(suggestions_of(cards)) == 2


@pytest.mark.parametrize(
    "resource",
    [
        condition(clinicalStatus="active", verificationStatus="confirmed"),
        without(condition(), "clinicalStatus", "subject")
        | {
            "patient": SUBJECT,
            "verificationStatus": "confirmed",
        },
    ],
    ids=["STU3", "DSTU2"],
)
def test_a_client_before_r4_is_offered_no_service_request(
    resource: Json, client: FlaskClient
) -> None:
    request = hook_request(prefetch=prefetch(conditions=bundle(resource)))
    assert suggestions_of(cards_in(post(client, request))) == []


MARKUP = "<script>alert(1)</script>[x](https://evil.example)![y](https://evil.example/i.png)"


@pytest.mark.parametrize("member", ["text", "display"])
def test_no_text_of_the_chart_comes_into_a_card(member: str, client: FlaskClient) -> None:
    plain = condition()
    codes = {
        "text": plain["code"] | {"text": MARKUP},
        "display": {"coding": [plain["code"]["coding"][0] | {"display": MARKUP}]},
    }
    marked = plain | {"code": codes[member]}
    response = post(client, hook_request(prefetch=prefetch(conditions=bundle(marked))))
    assert len(cards_in(response)) == 2
    assert "evil.example" not in response.text


@pytest.mark.parametrize("odd_id", ["odd id", "../Patient/2", MARKUP, "x" * 100_000, "\u202e"])
def test_an_id_that_is_none_does_not_come_into_a_suggestion(
    odd_id: str, client: FlaskClient
) -> None:
    request = hook_request(prefetch=prefetch(conditions=bundle(condition(id=odd_id))))
    response = post(client, request)
    assert len(cards_in(response)) == 2
    assert odd_id not in json.dumps(response.get_json(), ensure_ascii=False)


def test_a_suggestion_refers_to_a_few_conditions_only(client: FlaskClient) -> None:
    many = [condition(id=f"condition-{number}") for number in range(5_000)]
    response = post(client, hook_request(prefetch=prefetch(conditions=bundle(*many))))
    assert len(response.data) < 20_000
