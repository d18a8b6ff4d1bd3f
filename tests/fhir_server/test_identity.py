"""What a FHIR server may not bring about: another patient's cards, odd URLs, false silence."""

import pytest

from tests.fhir.builders import bundle, condition, hook_request, outcome, patient, study
from tests.fhir_server.bench import KEYS, Bench
from tests.fhir_server.test_completing import OTHER, PARTIAL, pages
from tests.web.contract import issues_in, post, summaries

pytestmark = pytest.mark.enable_socket

STRANGER = {"reference": "Patient/zz-someone-else"}
FOREIGN = {
    "page 2": ("Condition", pages(bundle(condition()), bundle(OTHER | {"subject": STRANGER}))),
    "imaging": ("ImagingStudy", pages(bundle(study(subject=STRANGER)))),
    "Patient": ("Patient", pages(patient(id="zz-someone-else"))),
}


@pytest.mark.parametrize("place", FOREIGN)
def test_another_patient_refuses_the_whole_call(place: str, bench: Bench) -> None:
    resource_type, mode = FOREIGN[place]
    asked = bench.ask({resource_type: mode}, tuple(KEYS), 2.0)
    assert asked.response.status_code == 412
    assert [issue["code"] for issue in issues_in(asked.response)] == ["conflict"]
    assert "zz-someone-else" not in asked.response.text


ODD_IDS = [
    "1/../../Patient?",
    "1?x=y",
    "1&_count=9",
    "1#",
    "a b",
    "%2e%2e",
    "1\r\nX-A: b",
    "é",
    "\\",
]


@pytest.mark.parametrize("odd", ODD_IDS, ids=ascii)
def test_an_odd_patient_id_never_reaches_a_url(odd: str, bench: Bench) -> None:
    server = bench.server()
    body = hook_request(prefetch={}, fhirServer=server.base, context={"patientId": odd})
    assert post(bench.service(2.0), body).status_code == 400
    assert server.connections == 0


@pytest.mark.parametrize("dots", [".", ".."])
def test_a_dot_segment_is_no_patient_id(dots: str, bench: Bench) -> None:
    server = bench.server()
    body = hook_request(prefetch={}, fhirServer=server.base, context={"patientId": dots})
    assert post(bench.service(2.0), body).status_code == 400


SEARCH_THAT_IS_NONE = {
    "a Condition alone": condition(),
    "another type inside": bundle(study()),
    "fewer than its total": bundle(outcome("warning"), total=1),
    "an outcome inside": bundle(condition(), outcome("error")),
}


@pytest.mark.parametrize("name", SEARCH_THAT_IS_NONE)
def test_an_answer_that_is_no_whole_search_is_never_silence(name: str, bench: Bench) -> None:
    answer = SEARCH_THAT_IS_NONE[name]
    asked = bench.ask({"Condition": lambda call: call.reply(answer)}, ("Condition",), 2.0)
    assert asked.response.get_json() != {"cards": []}
    assert asked.response.status_code == 412 or PARTIAL in asked.response.text


def test_empty_lists_of_a_good_server_are_read_as_none(bench: Bench) -> None:
    asked = bench.ask({"Condition": lambda c: c.reply(bundle(total=0))}, tuple(KEYS), 2.0)
    assert summaries(asked.response) == []
