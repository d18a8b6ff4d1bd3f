"""What the log and the errors hold of a patient: nothing."""

import json
import logging
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from cds_service.app import make_app
from cds_service.core.approval import Lapsed
from cds_service.core.knowledge import Knowledge
from cds_service.settings import Settings
from cds_service.web.running.logs import FIELDS, configure_logging, log_lapsed
from tests.core.decided import after_sign_off
from tests.fhir.builders import Json, bundle, condition, patient, prefetch, without
from tests.web.contract import post
from tests.web.test_mutations import CANARIES, planted

ID_CANARY = "zz-canary-id-4711"
SERVICE = "/cds-services/onfh-order-select"
FOREIGN = condition(id="zz", subject={"reference": "Patient/zz-canary-foreign"})


@pytest.fixture
def log() -> Iterator[logging.Logger]:
    """The service's logger, put back as it was afterwards."""
    logger = logging.getLogger("cds_service")
    before = (logger.handlers, logger.level, logger.propagate)
    yield logger
    logger.handlers, logger.level, logger.propagate = before


def marked() -> Json:
    """Return the request with canaries, the patient's id among them."""
    text = json.dumps(planted()).replace(planted()["context"]["patientId"], ID_CANARY)
    found: Json = json.loads(text)
    return found


MARKED = marked()
PREFETCH = MARKED["prefetch"]
CALLS: dict[str, object] = {
    "cards": MARKED,
    "no Condition": MARKED | {"prefetch": without(PREFETCH, "conditions")},
    "another patient": MARKED | {"prefetch": PREFETCH | {"zz": FOREIGN}},
    "hook of another service": MARKED | {"hook": "patient-view"},
    "no hookInstance": without(MARKED, "hookInstance"),
    "unknown hook": MARKED | {"hook": CANARIES[0]},
    "id that is none": MARKED | {"context": {"patientId": f"{ID_CANARY}?name={CANARIES[0]}"}},
    "truncated": json.dumps(MARKED)[:-20],
    "wrong type": MARKED | {"context": [CANARIES[0]]},
    "keys of a patient": MARKED | {"prefetch": {CANARIES[0]: {CANARIES[1]: []}, "x": [[1]]}},
    "our own failure": json.dumps(MARKED | {"prefetch": {"a": {"id": 1, "x": CANARIES[0]}}})[:-1],
    "a link that breaks": MARKED
    | {"prefetch": prefetch(patient=patient(id=ID_CANARY))}
    | {"prefetch": {"x": bundle(link=[{"relation": "self", "url": f"http://[{ID_CANARY}"}])}},
}


@pytest.mark.parametrize("body", CALLS.values(), ids=CALLS)
def test_no_log_line_holds_anything_of_the_patient(
    body: object,
    client: FlaskClient,
    log: logging.Logger,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging()
    caplog.set_level(logging.DEBUG)
    log.addHandler(caplog.handler)
    post(client, body, f"{SERVICE}?patient={ID_CANARY}", headers={"Origin": CANARIES[0]})
    output = capsys.readouterr()
    written = output.err + output.out + caplog.text + str([r.__dict__ for r in caplog.records])
    assert [c for c in (*CANARIES, ID_CANARY, "zz-canary-foreign") if c in written] == []
    assert '"message": "request"' in output.err


@pytest.mark.parametrize("body", CALLS.values(), ids=CALLS)
def test_a_log_line_is_json_of_known_fields(
    body: object, client: FlaskClient, log: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging()
    post(client, body, SERVICE)
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    names = {name for line in lines for name in line}
    assert names <= {"time", "level", "message", *FIELDS}
    assert [line["message"] for line in lines][-1] == "request"


def test_a_log_line_names_service_status_and_cards(
    client: FlaskClient, log: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging()
    post(client, MARKED, SERVICE)
    (line,) = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert line["service"] == "onfh-order-select"
    assert line["status"] == 200
    assert [card.split()[0] for card in line["cards"]] == ["weight-bearing", "review-interval"]


def test_a_failure_is_logged_with_the_place_that_raised_it(
    knowledge: Knowledge,
    log: logging.Logger,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError(CANARIES[0])

    monkeypatch.setattr("cds_service.web.hooks.routes.answer_hook", fail)
    client = make_app(Settings(), knowledge).test_client()
    configure_logging()
    post(client, MARKED)
    first = json.loads(capsys.readouterr().err.splitlines()[0])
    assert first["message"] == "unexpected error"
    assert first["error"].startswith("ZeroDivisionError")
    assert CANARIES[0] not in first["error"]


def test_a_start_names_the_cards_that_are_drafts_again(
    knowledge: Knowledge, log: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    card = after_sign_off(knowledge.cards["weight-bearing"], "A. Surgeon")
    lapsed = tuple(Lapsed(one, ("card",)) for one in card.approval.signatures)
    again = replace(card, approval=replace(card.approval, signatures=(), lapsed=lapsed))
    both = replace(card, approval=replace(card.approval, lapsed=lapsed), id="signed-again")
    configure_logging()
    log_lapsed(replace(knowledge, cards={card.id: again, both.id: both}))
    (line,) = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert line["cards"] == [f"{card.id} {card.version}"]
    assert line["knowledge"] == knowledge.digest[:12]


@pytest.mark.parametrize("name", [f"onfh-{ID_CANARY}", CANARIES[0]])
def test_an_unknown_address_is_not_logged_as_sent(
    name: str, client: FlaskClient, log: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging()
    response = post(client, MARKED, f"/cds-services/{name}")
    assert name not in capsys.readouterr().err + response.text


def test_a_known_method_is_logged(
    client: FlaskClient, log: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging()
    post(client, MARKED)
    assert '"method": "POST"' in capsys.readouterr().err


def test_an_unknown_method_is_not_logged_as_sent(
    client: FlaskClient, log: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging()
    client.open("/cds-services", method="ZZCANARY")
    assert '"method": "other"' in (written := capsys.readouterr().err)
    assert "ZZCANARY" not in written


@pytest.mark.parametrize(
    "body", without(CALLS, "cards").values(), ids=without(CALLS, "cards").keys()
)
def test_no_error_holds_anything_of_the_patient(body: object, client: FlaskClient) -> None:
    response = post(client, body, f"{SERVICE}?patient={ID_CANARY}")
    assert response.status_code != 200
    assert [c for c in (*CANARIES, ID_CANARY, "zz-canary") if c in response.text] == []


def test_of_the_patient_only_the_id_comes_back_as_subject_of_an_order(client: FlaskClient) -> None:
    response = post(client, MARKED, SERVICE)
    assert response.status_code == 200
    assert [canary for canary in CANARIES if canary in response.text] == []
    subject = f'"subject":{{"reference":"Patient/{ID_CANARY}"}}'
    assert response.text.count(ID_CANARY) == response.text.count(subject) == 1
