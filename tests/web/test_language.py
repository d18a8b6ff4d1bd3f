"""The language of an answer: by Accept-Language, else the deployment's; Chinese as shipped."""

import json
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from markdown_it import MarkdownIt
from werkzeug.test import TestResponse

from cds_service.app import make_app
from cds_service.core.knowledge import Knowledge
from cds_service.settings import Settings
from tests.conftest import NOW
from tests.fhir.builders import hook_request
from tests.golden.test_golden import response_file
from tests.web.contract import PATIENT_VIEW, Card, cards_in, issues_in
from tests.web.test_cards import GOLDEN

WITH_CARDS = [
    path for path in GOLDEN if "summary" in response_file(path).read_text(encoding="utf-8")
]
HAN = "\u3400-\u9fff"
FULL_WIDTH = "，。；：（）、"
HALF_WIDTH = re.compile(rf"[{HAN}{FULL_WIDTH}] ?[,;:!?()]|[,;:!?()] ?[{HAN}{FULL_WIDTH}]")
SPACED = re.compile(rf"[{HAN}{FULL_WIDTH}] +[^\s]|[^\s*-] +[{HAN}{FULL_WIDTH}]")
LATIN_SENTENCE = re.compile(r"[A-Za-z]+(?: [a-z]+){2,}")


@pytest.fixture
def chinese_client(knowledge: Knowledge) -> FlaskClient:
    """The service of a deployment whose language is Chinese."""
    settings = Settings(public_base_url="https://cds.example.org", language="zh")
    return make_app(settings, knowledge, clock=lambda: NOW).test_client()


def asked_in(client: FlaskClient, accepted: str, body: object = None) -> TestResponse:
    """Return the answer to a request with this Accept-Language."""
    headers = {"Accept-Language": accepted}
    return client.post(PATIENT_VIEW, json=body or hook_request(), headers=headers)


def in_chinese(path: Path, client: FlaskClient) -> list[Card]:
    """Return the cards of a golden request in Chinese."""
    body = path.read_bytes()
    address = f"/cds-services/onfh-{json.loads(body)['hook']}"
    return cards_in(client.post(address, data=body, headers={"Accept-Language": "zh-CN"}))


def texts_of(card: Card) -> list[str]:
    """Return all that the user reads of a card, apart from citations, which keep their language."""
    suggestions = card.suggestions or []
    return [
        card.summary,
        card.detail,
        card.source.label,
        str(card.source.topic.display),
        *(reason.display for reason in card.override_reasons or ()),
        *(s.label for s in suggestions),
        *(action.description for s in suggestions for action in s.actions),
    ]


CHOICES = {
    "zh": "zh",
    "zh-CN": "zh",
    "ZH-hans-cn": "zh",
    "zh-Hans;q=0.9, en;q=0.8": "zh",
    "zh-CN, en;q=0.5": "zh",
    "en;q=0.5, zh-CN": "zh",
    "fr, zh;q=0.2": "zh",
    "en-GB, zh;q=0.9": "en",
    "fr-CH, de": None,
    "zhx": None,
    "*": None,
    "*, zh;q=0.5": None,
    "zh;q=0.5, *;q=0.1": "zh",
    "zh;q=0, en;q=0": None,
    "zh;q=much": None,
    ";;,=": None,
}


@pytest.mark.parametrize(("accepted", "language"), CHOICES.items())
def test_the_preferred_language_is_answered_and_named(
    accepted: str, language: str | None, client: FlaskClient
) -> None:
    response = asked_in(client, accepted)
    assert response.headers["Content-Language"] == (language or "en")
    assert "Accept-Language" in response.headers["Vary"]


@pytest.mark.parametrize(("accepted", "language"), CHOICES.items())
def test_a_language_that_we_lack_falls_back_to_that_of_the_deployment(
    accepted: str, language: str | None, chinese_client: FlaskClient
) -> None:
    response = asked_in(chinese_client, accepted)
    assert response.headers["Content-Language"] == (language or "zh")


def test_a_request_without_a_language_gets_that_of_the_deployment(
    chinese_client: FlaskClient,
) -> None:
    response = chinese_client.post(PATIENT_VIEW, json=hook_request())
    assert response.headers["Content-Language"] == "zh"
    assert "草稿" in cards_in(response)[0].source.label


def test_the_decision_is_the_same_in_both_languages(client: FlaskClient) -> None:
    english, chinese = cards_in(asked_in(client, "en")), cards_in(asked_in(client, "zh"))
    assert [(card.uuid, card.indicator) for card in english] == [
        (card.uuid, card.indicator) for card in chinese
    ]


def test_an_error_stays_english(client: FlaskClient) -> None:
    response = asked_in(client, "zh", hook_request(prefetch={}))
    assert response.status_code == 412
    assert issues_in(response)[0]["details"]["text"].isascii()


@pytest.mark.parametrize("path", WITH_CARDS, ids=lambda path: path.name.split(".")[0])
def test_no_english_sentence_is_left_on_a_chinese_card(path: Path, client: FlaskClient) -> None:
    texts = [text for card in in_chinese(path, client) for text in texts_of(card)]
    assert [text for text in texts if LATIN_SENTENCE.search(text)] == []


@pytest.mark.parametrize("path", WITH_CARDS, ids=lambda path: path.name.split(".")[0])
def test_chinese_has_full_width_punctuation_and_no_spaces(path: Path, client: FlaskClient) -> None:
    texts = [text for card in in_chinese(path, client) for text in texts_of(card)]
    assert [
        found[0] for t in texts for found in [SPACED.search(t), HALF_WIDTH.search(t)] if found
    ] == []


@pytest.mark.parametrize("path", WITH_CARDS, ids=lambda path: path.name.split(".")[0])
def test_the_bold_words_of_a_chinese_card_are_bold(path: Path, client: FlaskClient) -> None:
    html = " ".join(MarkdownIt().render(card.detail) for card in in_chinese(path, client))
    assert "*" not in html
