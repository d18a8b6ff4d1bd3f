"""Real request shapes and the whole answer expected for each; read in review like code."""

import hashlib
import json
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.conftest import CARDS

HERE = Path(__file__).parent
REQUESTS = sorted(HERE.glob("*.request.json"))
IN_CHINESE = sorted(HERE.glob("*.zh.response.json"))
# What other programs read of the service itself.
DOCUMENTS = {
    "openapi": "/openapi.json",
    "discovery": "/cds-services",
    "card": "/about/source-attributes/review-interval",
}
FROZEN_DIGEST = HERE / "content.sha256"


def frozen_digest() -> str:
    """Return the SHA-256 over every file of the frozen content, by name and bytes."""
    files = sorted(path for path in CARDS.rglob("*") if path.is_file())
    texts = (part for path in files for part in (bytes(path.relative_to(CARDS)), path.read_bytes()))
    return hashlib.sha256(b"\0".join(texts)).hexdigest()


def answer_to(request_file: Path, client: FlaskClient, language: str = "en") -> dict[str, object]:
    """Return the service's answer to a request file."""
    body = request_file.read_bytes()
    response = client.post(
        f"/cds-services/onfh-{json.loads(body)['hook']}",
        data=body,
        headers={"Accept-Language": language},
    )
    answer: dict[str, object] = json.loads(response.data)
    return answer


def response_file(request_file: Path) -> Path:
    """Return where the expected answer to a request file stands."""
    return request_file.with_name(request_file.name.replace(".request.", ".response."))


def request_of(response: Path) -> Path:
    """Return the request whose answer in Chinese this is."""
    return response.with_name(response.name.replace(".zh.response.", ".request."))


def document_at(path: str, client: FlaskClient) -> dict[str, object]:
    """Return a document of the service as JSON."""
    response = client.get(path, headers={"Accept": "application/json"})
    document: dict[str, object] = json.loads(response.data)
    return document


def document_file(name: str) -> Path:
    """Return where the expected document stands."""
    return HERE / "documents" / f"{name}.json"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_of_the_service_is_as_expected(name: str, client: FlaskClient) -> None:
    expected = json.loads(document_file(name).read_text(encoding="utf-8"))
    assert document_at(DOCUMENTS[name], client) == expected


@pytest.mark.parametrize("expected", IN_CHINESE, ids=lambda path: path.name.split(".")[0])
def test_a_golden_request_gets_its_expected_answer_in_chinese(
    expected: Path, client: FlaskClient
) -> None:
    answer = answer_to(request_of(expected), client, "zh-CN")
    assert answer == json.loads(expected.read_text(encoding="utf-8"))


@pytest.mark.parametrize("request_file", REQUESTS, ids=lambda path: path.name.split(".")[0])
def test_a_golden_request_gets_its_expected_answer(request_file: Path, client: FlaskClient) -> None:
    expected = json.loads(response_file(request_file).read_text(encoding="utf-8"))
    assert answer_to(request_file, client) == expected


def test_the_frozen_content_is_as_it_was_frozen() -> None:
    assert frozen_digest() == FROZEN_DIGEST.read_text(encoding="utf-8").strip()


def test_every_expected_answer_belongs_to_a_request() -> None:
    expected = {*map(response_file, REQUESTS), *IN_CHINESE}
    assert expected == set(HERE.glob("*.response.json"))


@pytest.mark.parametrize(
    "request_file",
    sorted(HERE.glob("*-unedited.request.json")) + sorted(HERE.glob("*-without-onfh.request.json")),
    ids=lambda path: path.name.split(".")[0],
)
def test_a_chart_without_osteonecrosis_gets_no_card(
    request_file: Path, client: FlaskClient
) -> None:
    assert answer_to(request_file, client) == {"cards": []}
