"""Every request that cannot be answered gets a 4xx and an OperationOutcome, and nothing back."""

import json
from io import BytesIO

import pytest
from flask.testing import FlaskClient

from cds_service.app import make_app
from cds_service.core.knowledge import Knowledge
from cds_service.settings import Settings
from tests.conftest import NOW
from tests.fhir.builders import Json, condition, hook_request, order_request, prefetch, without
from tests.web.contract import PATIENT_VIEW, cards_in, check_contract, issues_in, post, words_in

BOM = b"\xef\xbb\xbf"


def test_the_plain_request_gets_two_cards(client: FlaskClient) -> None:
    assert len(cards_in(post(client, hook_request()))) == 2


@pytest.mark.parametrize("path", [f"{PATIENT_VIEW}/", PATIENT_VIEW])
def test_a_trailing_slash_makes_no_difference(path: str, client: FlaskClient) -> None:
    assert post(client, hook_request(), path).data == post(client, hook_request()).data


@pytest.mark.parametrize(
    "path",
    [
        "/cds-services/other",
        "/cds-services/ONFH-patient-view",
        "/cds-services/a/b",
        "/cds-services/%E2%80%AE<b>",
        "/nowhere",
        "/%00",
    ],
)
def test_an_unknown_address_is_not_found(path: str, client: FlaskClient) -> None:
    response = post(client, hook_request(), path)
    assert response.status_code == 404
    assert [issue["code"] for issue in issues_in(response)] == ["not-found"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", PATIENT_VIEW, "POST"),
        ("PUT", PATIENT_VIEW, "POST"),
        ("POST", "/cds-services", "GET"),
        ("POST", "/cds-services/", "GET"),
        ("DELETE", "/", "GET"),
    ],
)
def test_a_wrong_method_names_the_right_ones(
    method: str, path: str, allowed: str, client: FlaskClient
) -> None:
    response = client.open(path, method=method)
    assert response.status_code == 405
    assert allowed in response.headers["Allow"]
    assert [issue["code"] for issue in issues_in(response)] == ["not-supported"]


@pytest.mark.parametrize(("over", "status"), [(0, 200), (1, 413)])
def test_a_body_may_be_as_large_as_the_limit_and_no_larger(
    over: int, status: int, knowledge: Knowledge
) -> None:
    body = json.dumps(hook_request())
    settings = Settings(public_base_url="https://cds.example.org", max_body_bytes=len(body))
    client = make_app(settings, knowledge, clock=lambda: NOW).test_client()
    response = post(client, body + " " * over)
    assert response.status_code == status
    check_contract(response)


class Slow(BytesIO):
    """A connection that brings a body in pieces."""

    def readinto(self, buffer: bytearray) -> int:
        """Give at most a thousand bytes at a time."""
        return super().readinto(memoryview(buffer)[:1_000])


def test_a_body_that_comes_in_pieces_is_read_whole(client: FlaskClient) -> None:
    body = json.dumps(hook_request()).encode()
    response = client.post(PATIENT_VIEW, input_stream=Slow(body), content_length=len(body))
    assert response.data == post(client, body).data


def test_a_body_that_is_said_to_be_as_it_is_is_read(client: FlaskClient) -> None:
    assert post(client, hook_request(), headers={"Content-Encoding": "identity"}).status_code == 200


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "gzip, identity"])
def test_a_compressed_body_is_refused(encoding: str, client: FlaskClient) -> None:
    response = post(client, b"\x1f\x8b", headers={"Content-Encoding": encoding})
    assert response.status_code == 415
    assert [issue["code"] for issue in issues_in(response)] == ["not-supported"]


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json; charset=UTF-8",
        "application/fhir+json",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "text/plain",
        "",
    ],
)
def test_the_content_type_does_not_matter(content_type: str, client: FlaskClient) -> None:
    body = json.dumps(hook_request())
    response = client.post(PATIENT_VIEW, data=body, headers={"Content-Type": content_type})
    assert len(cards_in(response)) == 2


def test_a_byte_order_mark_does_not_matter(client: FlaskClient) -> None:
    body = json.dumps(hook_request()).encode()
    assert post(client, BOM + body).data == post(client, body).data


PLAIN = hook_request()
REFUSED: dict[str, tuple[object, str]] = {
    "hook of another service": (hook_request("order-sign"), "patient-view"),
    "no hook": (without(PLAIN, "hook"), "hook"),
    "empty hook": (PLAIN | {"hook": ""}, "hook"),
    "no hookInstance": (without(PLAIN, "hookInstance"), "hookInstance"),
    "null hookInstance": (PLAIN | {"hookInstance": None}, "hookInstance"),
    "no context": (without(PLAIN, "context"), "context"),
    "null context": (PLAIN | {"context": None}, "context"),
    "empty context": (PLAIN | {"context": {}}, "context.patientId"),
    "context that is a list": (PLAIN | {"context": []}, "context"),
    "patientId that is a path": (PLAIN | {"context": {"patientId": "1/../2"}}, "patientId"),
    "patientId that is a number": (PLAIN | {"context": {"patientId": 1}}, "patientId"),
    "prefetch that is a list": (PLAIN | {"prefetch": []}, "prefetch"),
    "prefetch that is text": (PLAIN | {"prefetch": "x"}, "prefetch"),
    "fhirServer that is a number": (PLAIN | {"fhirServer": 5}, "fhirServer"),
    "nothing": (b"", "JSON"),
    "a byte order mark only": (BOM, "JSON"),
    "malformed": (b'{"hook":', "JSON"),
    "NaN": (b'{"hook": NaN}', "JSON"),
    "a list": (b"[]", "object"),
    "null": (b"null", "object"),
    "text": (b'"x"', "object"),
    "a number": (b"5", "object"),
    "a raw NUL": (b'{"hook": "\x00"}', "JSON"),
    "a lone surrogate": (json.dumps(PLAIN | {"hookInstance": "\ud800"}), "JSON"),
    "not UTF-8": (b'{"hook": "\xff"}', "JSON"),
    "UTF-16": (json.dumps(PLAIN).encode("utf-16"), "JSON"),
    "a number out of range": (b'{"prefetch": {"x": 1e999}}', "range"),
}


@pytest.mark.parametrize(("body", "named"), REFUSED.values(), ids=REFUSED)
def test_a_request_that_is_not_one_is_refused_in_words(
    body: object, named: str, client: FlaskClient
) -> None:
    response = post(client, body)
    assert response.status_code == 400
    assert named in words_in(response)


def nested(depth: int, opening: str, closing: str, place: str) -> str:
    """Return a request with a value nested this deep in a place that is read or ignored."""
    places: dict[str, Json] = {
        "ignored": PLAIN | {"zz": "@@"},
        "prefetch": PLAIN | {"prefetch": prefetch(conditions="@@")},
        "code": PLAIN | {"prefetch": prefetch(conditions=condition(code="@@"))},
        "draftOrders": order_request(draftOrders="@@"),
    }
    return json.dumps(places[place]).replace(
        '"@@"', opening * depth + '{"code": "x"}' + closing * depth
    )


@pytest.mark.usefixtures("without_garbage")
@pytest.mark.parametrize("depth", [10_000, 100_000])
@pytest.mark.parametrize(
    ("place", "opening", "closing"),
    [
        ("ignored", "[", "]"),
        ("ignored", '{"a":', "}"),
        ("prefetch", '{"a":', "}"),
        ("prefetch", '{"entry":[', "]}"),
        ("code", '{"coding":', "}"),
        ("code", '{"concept":', "}"),
        ("code", '{"coding":[', "]}"),
        ("draftOrders", '{"a":', "}"),
        ("prefetch", "[", "]"),
        ("prefetch", '{"entry":', "}"),
        ("code", "[", "]"),
        ("draftOrders", "[", "]"),
    ],
)
def test_a_deeply_nested_body_is_refused(
    place: str, opening: str, closing: str, depth: int, client: FlaskClient
) -> None:
    body = nested(depth, opening, closing, place)
    service = f"/cds-services/onfh-{'order-select' if place == 'draftOrders' else 'patient-view'}"
    assert "nested" in words_in(post(client, body, service))


@pytest.mark.usefixtures("without_garbage")
@pytest.mark.parametrize("depth", [50, 200, 400])
@pytest.mark.parametrize(
    "shape", [('{"coding":', "}"), ('{"concept":', "}"), ("[", "]"), ('{"reference":', "}")]
)
def test_a_body_nested_less_deeply_keeps_the_contract(
    shape: tuple[str, str], depth: int, client: FlaskClient
) -> None:
    check_contract(post(client, nested(depth, *shape, "code")))


@pytest.mark.usefixtures("without_garbage")
def test_no_depth_lies_between_the_decoders_limit_and_the_readers(client: FlaskClient) -> None:
    bodies = [nested(depth, '{"coding":', "}", "code") for depth in range(900, 1000)]
    statuses = {post(client, body).status_code for body in bodies}
    assert statuses <= {200, 400, 412}
