"""What a client that proved who it is gets, and what everybody else does not."""

import json
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from cds_service.core.knowledge import Knowledge
from cds_service.errors import ClientRefused
from cds_service.fhir.server.access import NOT_REGISTERED
from cds_service.trust.clients import Issuer
from cds_service.trust.key_set import KeySet, make_key_set
from cds_service.trust.keys import Keys
from tests.conftest import ROOT
from tests.content.test_issuers import SANDBOX_KEY
from tests.trust.signing import BASE, ES_KID, ISS, clients_file, ec_jwk, ec_key, good_claims, token
from tests.trust.signing import guarded_app as app_with
from tests.web.contract import words_in

SERVICE = "onfh-order-select"
PATH = f"/cds-services/{SERVICE}"
BODY = (ROOT / "tests/golden/library-r4-order-select-onfh.request.json").read_bytes()
LIMITED = {
    "name": "Limited",
    "iss": "https://limited.example.org",
    "keys": [ec_jwk(ES_KID, ec_key("own"))],
    "services": ["onfh-order-sign"],
    "fhirServers": [{"base": "https://fhir.limited.example/r4", "networks": ["192.0.2.0/24"]}],
}
FREE = {
    "name": "Free",
    "iss": "https://free.example.org",
    "keys": [ec_jwk(ES_KID, ec_key("own"))],
    "replay": "until-expiry",
}
EPIC = {
    "name": "Epic",
    "iss": "https://epic.example.org",
    "keys": [ec_jwk(ES_KID, ec_key("own"))],
    "ehr": "epic",
}
WITHOUT_JKU = {"alg": "ES384", "typ": "JWT", "kid": ES_KID}
SPOOFED = [
    {"Host": "evil.example"},
    {"X-Forwarded-Host": "evil.example"},
    {"X-Forwarded-Proto": "http", "X-Forwarded-Host": "evil.example", "X-Forwarded-Port": "80"},
    {"Forwarded": "host=evil.example;proto=http"},
    {"X-Original-URL": "/cds-services/onfh-order-sign"},
    {"X-Forwarded-Prefix": "/evil"},
]


@pytest.fixture
def site(knowledge: Knowledge, tmp_path: Path) -> FlaskClient:
    """The service with five clients."""
    path = clients_file(tmp_path, LIMITED, FREE, EPIC)
    return app_with(knowledge, path).test_client()


def bearer(audience: str = f"{BASE}{PATH}", iss: str = ISS, jti: str = "a") -> dict[str, str]:
    """Return the headers of a call by a client."""
    claims = {**good_claims(jti, audience), "iss": iss}
    return {"Authorization": f"Bearer {token(WITHOUT_JKU, claims)}"}


def call(site: FlaskClient, headers: dict[str, str], body: bytes = BODY) -> TestResponse:
    """Call the service for order-select."""
    return site.post(PATH, data=body, content_type="application/json", headers=headers)


def test_a_client_gets_cards_and_stands_in_the_log(
    site: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "cds_service")
    answer = call(site, bearer())
    assert answer.status_code == 200
    assert len(answer.get_json()["cards"]) == 2
    fields = caplog.records[-1].__dict__
    assert (fields["client"], fields["auth"]) == ("Example Hospital", "accepted")


def test_epic_gets_the_same_cards_with_topic_codes_of_letters_and_digits_alone(
    site: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "cds_service")
    for_epic = call(site, bearer(iss=str(EPIC["iss"]))).get_json()["cards"]
    logged = caplog.records[-1].__dict__["cards"]
    for_others = call(site, bearer()).get_json()["cards"]
    topics = [card["source"]["topic"] for card in for_epic]
    assert [topic["code"] for topic in topics] == ["weightbearing", "reviewinterval"]
    assert logged == ["weight-bearing 0.1.0", "review-interval 0.1.0"]
    for topic, card in zip(topics, for_others, strict=True):
        topic["code"] = card["source"]["topic"]["code"]
    assert for_epic == for_others


@pytest.mark.parametrize("body", [BODY, b"", b"{", b"[]"])
def test_without_a_token_a_body_is_not_even_looked_at(body: bytes, site: FlaskClient) -> None:
    answer = call(site, {}, body)
    assert (answer.status_code, answer.data) == (401, b"")


@pytest.mark.parametrize(
    "audience", [f"{BASE}/cds-services", f"{BASE}/cds-services/onfh-order-sign"]
)
def test_a_token_for_another_address_opens_nothing(audience: str, site: FlaskClient) -> None:
    assert call(site, bearer(audience)).status_code == 401


@pytest.mark.parametrize("headers", SPOOFED, ids=str)
def test_no_header_changes_what_a_token_must_be_made_out_to(
    headers: dict[str, str], site: FlaskClient
) -> None:
    assert call(site, bearer(jti="right") | headers).status_code == 200
    for number, base in enumerate(("https://evil.example", "http://evil.example")):
        evil = bearer(f"{base}{PATH}", jti=f"wrong-{number}") | headers
        assert call(site, evil).status_code == 401


def test_with_a_token_a_service_that_is_not_there_is_404(site: FlaskClient) -> None:
    answer = site.post("/cds-services/none", headers=bearer(f"{BASE}/cds-services/none"))
    assert answer.status_code == 404
    assert site.post("/cds-services/none").status_code == 401


def test_a_client_sees_and_calls_its_own_services_only(
    site: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "cds_service")
    headers = bearer(f"{BASE}/cds-services", LIMITED["iss"])
    listed = site.get("/cds-services", headers=headers).get_json()["services"]
    assert [service["id"] for service in listed] == ["onfh-order-sign"]
    assert call(site, bearer(iss=LIMITED["iss"])).status_code == 401
    assert caplog.records[-1].__dict__["auth"] == "service"


def test_a_client_may_be_allowed_to_send_a_token_again(site: FlaskClient) -> None:
    headers = bearer(iss=FREE["iss"])
    assert [call(site, headers).status_code for _ in range(3)] == [200] * 3


def test_the_fhir_server_of_another_client_is_not_called(site: FlaskClient) -> None:
    request = json.loads(BODY) | {"fhirServer": "https://fhir.limited.example/r4"}
    request["prefetch"].pop("conditions", None)
    request["prefetch"] = {
        key: value for key, value in request["prefetch"].items() if "ondition" not in key
    }
    answer = call(site, bearer(), json.dumps(request).encode())
    assert answer.status_code == 412
    assert NOT_REGISTERED in words_in(answer)


def test_a_preflight_needs_no_token_and_a_refusal_can_be_read_by_a_browser(
    knowledge: Knowledge, tmp_path: Path
) -> None:
    origins = frozenset({"https://ehr.example.org"})
    site = app_with(knowledge, clients_file(tmp_path), cors_origins=origins).test_client()
    origin = {"Origin": "https://ehr.example.org"}
    preflight = site.options(PATH, headers=origin)
    assert preflight.status_code == 200
    assert "authorization" in preflight.headers["Access-Control-Allow-Headers"]
    refused = call(site, origin)
    assert refused.status_code == 401
    assert refused.headers["Access-Control-Allow-Origin"] == "https://ehr.example.org"


def test_no_token_and_nothing_of_it_is_logged(
    site: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    canary = "zz-canary-token"
    claims = {**good_claims(canary, f"{BASE}{PATH}"), "sub": canary, "tenant": canary}
    text = token(WITHOUT_JKU | {"kid": canary}, claims)
    refused = call(site, {"Authorization": f"Bearer {text}"})
    accepted = call(site, bearer(jti=canary))
    assert (refused.status_code, accepted.status_code) == (401, 200)
    written = caplog.text + str([record.__dict__ for record in caplog.records])
    assert [part for part in (canary, *text.split(".")) if part in written] == []


def test_pages_stay_open_to_people(site: FlaskClient) -> None:
    assert site.get("/").status_code == 200
    assert site.get("/about/source-attributes").status_code == 200


def test_readiness_tells_of_store_and_keys(site: FlaskClient) -> None:
    assert site.get("/readyz").get_json()["checks"] == {"store": "ok", "keys": "ok"}


def test_without_its_store_the_service_is_degraded_and_a_short_token_still_opens(
    knowledge: Knowledge, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "cds_service")
    (tmp_path / "store.sqlite3").mkdir()
    site = app_with(knowledge, clients_file(tmp_path)).test_client()
    ready = site.get("/readyz")
    assert (ready.status_code, ready.get_json()["checks"]["store"]) == (200, "degraded")
    assert call(site, bearer()).status_code == 200
    assert caplog.records[-1].__dict__["auth"] == "accepted-without-store"
    assert call(site, bearer()).status_code == 401


def test_outcomes_are_counted_by_cause(site: FlaskClient) -> None:
    call(site, {})
    call(site, bearer())
    call(site, bearer())
    counted = site.get("/metrics").text
    for cause in ("no-token", "accepted", "replay"):
        assert f'cds_authentications_total{{outcome="{cause}"}} 1\n' in counted


def test_in_production_the_key_of_the_public_sandbox_opens_nothing() -> None:
    published = make_key_set([SANDBOX_KEY])
    issuer = Issuer("https://somebody.example", None, published)

    def never(jku: str) -> KeySet:
        raise AssertionError(jku)

    assert Keys(never, refuses_sandbox=False).find(issuer, SANDBOX_KEY["kid"])
    with pytest.raises(ClientRefused, match="key-published"):
        Keys(never, refuses_sandbox=True).find(issuer, SANDBOX_KEY["kid"])
