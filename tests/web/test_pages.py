"""The pages that people open."""

import pytest
from flask.testing import FlaskClient

from cds_service.core.knowledge import Knowledge
from tests.web.contract import issues_in

CARD = "/about/source-attributes"


def test_the_start_page_lists_services_cards_and_that_nothing_is_signed(
    client: FlaskClient, knowledge: Knowledge
) -> None:
    response = client.get("/")
    assert (response.status_code, response.mimetype) == (200, "text/html")
    names = [*knowledge.services, *knowledge.cards, "No clinician has reviewed", "draft"]
    assert [name for name in names if name not in response.text] == []
    assert knowledge.digest in response.text


@pytest.mark.parametrize("card_id", ["weight-bearing", "review-interval"])
def test_the_page_of_a_card_says_draft_source_and_evidence(
    card_id: str, client: FlaskClient, knowledge: Knowledge
) -> None:
    response = client.get(f"{CARD}/{card_id}")
    assert (response.status_code, response.mimetype) == (200, "text/html")
    card = knowledge.cards[card_id]
    words = ["<strong>Draft.</strong>", card.version, *(source.url for source in card.evidence)]
    assert [word for word in words if word and word not in response.text] == []


@pytest.mark.parametrize("card_id", ["weight-bearing", "review-interval"])
def test_a_page_has_no_placeholder_left_and_no_script(card_id: str, client: FlaskClient) -> None:
    text = client.get(f"{CARD}/{card_id}").text
    assert [mark for mark in ("{{", "}}", "{%", "<script", "&lt;", "None") if mark in text] == []


@pytest.mark.parametrize("card_id", ["weight-bearing", "review-interval"])
def test_every_link_of_the_start_page_to_a_card_works(card_id: str, client: FlaskClient) -> None:
    assert f'href="{CARD}/{card_id}"' in client.get("/").text


@pytest.mark.parametrize(
    "path",
    [
        f"{CARD}/other",
        f"{CARD}/",
        CARD,
        f"{CARD}/weight-bearing/x",
        f"{CARD}/<script>alert(1)</script>",
        f"{CARD}/%00",
        f"{CARD}/%2e%2e%2fservices.yaml",
    ],
)
def test_an_unknown_page_is_not_found_and_not_repeated(path: str, client: FlaskClient) -> None:
    response = client.get(path)
    assert response.status_code == 404
    assert issues_in(response)[0]["code"] == "not-found"
    assert "script" not in response.text
