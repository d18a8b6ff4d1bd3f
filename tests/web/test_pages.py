"""The pages that people open, and the same as JSON."""

from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from msgspec import structs

from cds_service.app import make_app
from cds_service.content.knowledge import load_knowledge
from cds_service.core.knowledge import Knowledge
from cds_service.settings import Settings
from tests.conftest import CARDS
from tests.content.language import write_language
from tests.content.spoiling import copy_of_content
from tests.core.decided import after_sign_off
from tests.fhir.builders import Json, hook_request
from tests.web.contract import issues_in, post

ALL = "/about/source-attributes"
CARD_IDS = sorted(path.parent.name for path in CARDS.glob("*/card.md"))
NOT_USED = [{"text": "Not used."}]


def app_of(knowledge: Knowledge, **settings: object) -> FlaskClient:
    """Return the service with other content or settings."""
    base = Settings(public_base_url="https://cds.example.org")
    return make_app(replace(base, **settings), knowledge).test_client()


def card_of(client: FlaskClient, card_id: str) -> Json:
    """Return the page of a card as JSON."""
    response = client.get(f"{ALL}/{card_id}.json")
    assert response.status_code == 200
    page: Json = response.get_json()
    return page


@pytest.fixture(scope="module")
def two_languages(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """The service with a second language, `xx`, which the deployment shows."""
    root = copy_of_content(tmp_path_factory.mktemp("languages"))
    if not (root / "words.xx.yaml").exists():
        write_language(root)
    return app_of(load_knowledge(root), language="xx")


def test_the_start_page_lists_services_cards_and_that_nothing_is_signed(
    client: FlaskClient, knowledge: Knowledge
) -> None:
    response = client.get("/")
    assert (response.status_code, response.mimetype) == (200, "text/html")
    names = [*knowledge.services, *knowledge.cards, "No clinician has reviewed", "draft"]
    assert [name for name in names if name not in response.text] == []
    assert knowledge.digest in response.text


@pytest.mark.parametrize("card_id", CARD_IDS)
def test_the_page_of_a_card_says_draft_source_and_evidence(
    card_id: str, client: FlaskClient, knowledge: Knowledge
) -> None:
    response = client.get(f"{ALL}/{card_id}")
    assert (response.status_code, response.mimetype) == (200, "text/html")
    card = knowledge.cards[card_id]
    words = [
        "No clinician has reviewed or signed",
        card.version,
        *(source.url for source in card.evidence),
    ]
    assert [word for word in words if word and word not in response.text] == []


@pytest.mark.parametrize("path", ["/", ALL, *(f"{ALL}/{card_id}" for card_id in CARD_IDS)])
def test_a_page_has_no_placeholder_left_no_script_and_no_style(
    path: str, client: FlaskClient
) -> None:
    text = client.get(path).text
    marks = ("{{ ", " }}", "{%", "<script", "<style", "style=", "&lt;", ">None<", ' onclick="')
    assert [mark for mark in marks if mark in text] == []


@pytest.mark.parametrize("card_id", CARD_IDS)
def test_every_link_of_the_lists_to_a_card_works(card_id: str, client: FlaskClient) -> None:
    assert f'href="{ALL}/{card_id}"' in client.get("/").text
    assert f'href="{ALL}/{card_id}"' in client.get(ALL).text


def test_behind_a_path_of_the_public_address_every_link_keeps_that_path(
    knowledge: Knowledge,
) -> None:
    client = app_of(knowledge, public_base_url="https://hospital.example/cds")
    text = "".join(client.get(path).text for path in ("/", ALL, f"{ALL}/{CARD_IDS[0]}"))
    assert 'href="/cds/about/static/pages.css"' in text
    assert 'href="/about' not in text


@pytest.mark.parametrize("name", ["pages.css", "icon.svg"])
def test_what_a_page_needs_is_served(name: str, client: FlaskClient) -> None:
    response = client.get(f"/about/static/{name}", buffered=True)
    assert response.status_code == 200
    assert "//" not in response.text.replace("http://www.w3.org/2000/svg", "")


@pytest.mark.parametrize(
    ("accept", "mimetype"),
    [
        (None, "text/html"),
        ("*/*", "text/html"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
        ("application/json", "application/json"),
        ("text/html;q=0.5, application/json", "application/json"),
        ("text/plain", "text/html"),
    ],
)
@pytest.mark.parametrize("path", [ALL, f"{ALL}/{CARD_IDS[0]}"])
def test_a_client_gets_the_form_it_accepts(
    path: str, accept: str | None, mimetype: str, client: FlaskClient
) -> None:
    response = client.get(path, headers={"Accept": accept} if accept else {})
    assert response.mimetype == mimetype
    assert "Accept" in response.vary
    assert client.get(f"{path}.json").mimetype == "application/json"


def test_every_card_has_thirteen_answered_attributes(
    client: FlaskClient, knowledge: Knowledge
) -> None:
    listed = client.get(f"{ALL}.json").get_json()
    assert listed["regulation"] == "45 CFR 170.315(b)(11)(iv)(A)"
    assert [card["id"] for card in listed["cards"]] == list(knowledge.cards)
    attributes = [card["attributes"] for card in listed["cards"]]
    assert [[a["number"] for a in of_card] for of_card in attributes] == [
        list(range(1, 14)) for _ in knowledge.cards
    ]
    texts = [answer["text"] for of in attributes for a in of for answer in a["answers"]]
    assert all(text.strip() for text in texts)
    assert all(a["answers"] for of in attributes for a in of)


@pytest.mark.parametrize("card_id", CARD_IDS)
def test_developer_funding_and_version_come_from_the_content(
    card_id: str, client: FlaskClient, knowledge: Knowledge
) -> None:
    citations, developer, funding, dates, *_ = card_of(client, card_id)["attributes"]
    card = knowledge.cards[card_id]
    assert [a.get("url") for a in citations["answers"]] == [e.url for e in card.evidence]
    assert developer["answers"][0]["text"] == knowledge.publisher.developer
    assert funding["answers"] == [{"text": knowledge.publisher.funding}]
    assert f"Version {card.version} is a draft" in dates["answers"][0]["text"]


@pytest.mark.parametrize("card_id", CARD_IDS)
def test_the_use_of_a_patient_attribute_follows_from_the_facts(
    card_id: str, knowledge: Knowledge
) -> None:
    facts = {
        name: structs.replace(fact, patient_attributes=()) for name, fact in knowledge.facts.items()
    }
    facts["osteonecrosis"] = structs.replace(facts["osteonecrosis"], patient_attributes=("sex",))
    answers = [
        a["answers"]
        for a in card_of(app_of(replace(knowledge, facts=facts)), card_id)["attributes"]
    ]
    assert answers[10] == NOT_USED
    assert answers[9][0]["text"].startswith("Used for osteonecrosis: ")


def test_a_signed_card_is_shown_as_released_by_its_reviewers(knowledge: Knowledge) -> None:
    card_id = CARD_IDS[0]
    card = after_sign_off(knowledge.cards[card_id], "Reviewer Example0", "Author Example0")
    client = app_of(replace(knowledge, cards={**knowledge.cards, card_id: card}))
    attributes = card_of(client, card_id)["attributes"]
    assert attributes[1]["answers"][1] == {"text": "Author of this card: Author Example0"}
    assert "released on 2026-05-04" in attributes[3]["answers"][0]["text"]
    html = client.get(f"{ALL}/{card_id}").text
    assert "Reviewer Example0" in html
    assert "Draft." not in html


@pytest.mark.parametrize("card_id", CARD_IDS)
def test_a_page_shows_every_line_input_number_and_text_of_its_card(
    card_id: str, client: FlaskClient, knowledge: Knowledge
) -> None:
    page, html = card_of(client, card_id), client.get(f"{ALL}/{card_id}").text
    card = knowledge.cards[card_id]
    assert {fact["fact"] for fact in page["inputs"]} == set(card.facts)
    types = {t for name in card.facts for t in knowledge.facts[name].read_from}
    assert set(page["resources"]) == types
    shown = [one.id for one in knowledge.services.values() if card_id in one.cards]
    assert page["services"] == shown
    assert [text["language"] for text in page["texts"]] == sorted(card.texts)
    assert [v["variant"] for v in page["texts"][0]["variants"]] == list(card.indicators)
    assert {o["id"] for o in page["orders"]} == {order.id for order in card.orders}
    names = [*card.facts, *types, *(f["line"] for f in lines_in(page["rule"]))]
    names += [number["name"] for number in page["numbers"]]
    assert [name for name in names if name not in html] == []


def lines_in(groups: list[Json]) -> list[Json]:
    """Return the lines of a rule as JSON gives it."""
    return [
        line
        for group in groups
        for member in group["members"]
        for line in (lines_in([member]) if "members" in member else [member])
    ]


def test_a_number_is_shown_with_its_value_and_its_origin(client: FlaskClient) -> None:
    (adult_age,) = (
        n for n in card_of(client, "weight-bearing")["numbers"] if n["name"] == "adultAge"
    )
    assert adult_age["value"] == "18 years"
    assert "service default" in adult_age["origin"]["text"]


def test_the_rule_is_told_in_words_and_as_lines(client: FlaskClient) -> None:
    lines = lines_in(card_of(client, "weight-bearing")["rule"])
    told = {line["line"]: (line["words"], line["shownWhenUnknown"]) for line in lines}
    assert told["patientAge below adultAge"] == ("Patient age: below 18 years", True)
    assert told["juvenileHipDisorder is never"] == (
        "Juvenile hip disorder: looked for and not found",
        False,
    )


def test_what_all_variants_end_with_stands_on_the_page_once(client: FlaskClient) -> None:
    (text, *_) = card_of(client, "review-interval")["texts"]
    shared = text["detailOfAll"]
    assert shared
    assert [v["variant"] for v in text["variants"] if shared in v["detail"]] == []


def test_every_language_of_the_content_is_shown_the_deployments_first(
    two_languages: FlaskClient,
) -> None:
    for card_id in CARD_IDS:
        page = card_of(two_languages, card_id)
        assert page["texts"][0]["language"] == "xx"
        html = two_languages.get(f"{ALL}/{card_id}").text
        assert [f'lang="{text["language"]}"' in html for text in page["texts"]] == [True] * len(
            page["texts"]
        )
        assert page["texts"][0]["title"].upper() in html


def test_the_page_named_by_a_card_is_the_page_of_that_card(client: FlaskClient) -> None:
    for card in post(client, hook_request()).get_json()["cards"]:
        path = card["source"]["url"].removeprefix("https://cds.example.org")
        assert client.get(f"{path}.json").get_json()["id"] == card["source"]["topic"]["code"]


def test_html_in_a_text_of_the_content_comes_out_as_plain_characters(knowledge: Knowledge) -> None:
    card = knowledge.cards["weight-bearing"]
    text = replace(card.texts["en"], rationale=("<script>alert(1)</script>",))
    spoiled = replace(card, texts={"en": text})
    client = app_of(replace(knowledge, cards={**knowledge.cards, card.id: spoiled}))
    assert "<script" not in client.get(f"{ALL}/weight-bearing").text


@pytest.mark.parametrize(
    "path",
    [
        f"{ALL}/other",
        f"{ALL}/other.json",
        f"{ALL}/",
        f"{ALL}.xml",
        f"{ALL}/weight-bearing/x",
        f"{ALL}/<script>alert(1)</script>",
        f"{ALL}/%00",
        f"{ALL}/%2e%2e%2fservices.yaml",
        "/about/static/../pages.py",
        "/about/static/%2e%2e%2fpages.py",
    ],
)
def test_an_unknown_page_is_not_found_and_not_repeated(path: str, client: FlaskClient) -> None:
    response = client.get(path)
    assert response.status_code == 404
    assert issues_in(response)[0]["code"] == "not-found"
    assert "script" not in response.text
