"""Mutated requests: whatever a client breaks, the answer keeps the contract and leaks nothing."""

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import ROOT
from tests.fhir.builders import Json, order, order_request
from tests.web.contract import check_contract, issues_in, post

GOLDEN = sorted((ROOT / "tests" / "golden").glob("*.request.json"))
BOUNDED = {
    "deadline": None,
    "derandomize": True,
    "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
}

Path_ = tuple[str | int, ...]
FIXED_JUNK: list[Any] = [None, True, False, 0, -1, 7, 2**63, 10**30, 1.5, 1e308, "x" * 5000]
FIXED_JUNK += ["", " ", "x", "Patient/1", "2026", "9999-12-31", "0001", "\0", "<b>", "#p"]
FIXED_JUNK += ["0000", "2026-13", "2026-02-30", "2026-02-29T24:61:00Z"]
FIXED_JUNK += ["active", "Bundle", "urn:uuid:1", [], {}, [[]], [None], [{}], {"": None}]
FIXED_JUNK += [{"coding": {}}, {"coding": [None, 1]}, {"reference": []}, {"entry": {}}]
FIXED_JUNK += [{"resourceType": 1}, {"resourceType": "Bundle"}]
FINITE = st.floats(allow_nan=False, allow_infinity=False)
JUNK = st.one_of(
    st.sampled_from(FIXED_JUNK),
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=8,
    ),
)


@cache
def text_of(path: Path) -> str:
    """Return a golden request as text."""
    return path.read_text(encoding="utf-8")


def places_in(node: Any, place: Path_ = ()) -> list[Path_]:
    """Return the path of every node below the root."""
    match node:
        case dict():
            members = list(node.items())
        case list():
            members = list(enumerate(node))
        case _:
            members = []
    inside = [found for name, member in members for found in places_in(member, (*place, name))]
    return ([place] if place else []) + inside


def mutated(request: Any, place: Path_, how: str, junk: Any) -> Any:
    """Return the request with one node replaced, deleted or doubled."""
    changed = copy.deepcopy(request)
    parent = changed
    for name in place[:-1]:
        parent = parent[name]
    match how, parent:
        case "delete", _:
            del parent[place[-1]]
        case "double", list():
            parent.append(copy.deepcopy(parent[place[-1]]))
        case "double", _:
            parent[place[-1]] = [parent[place[-1]], copy.deepcopy(parent[place[-1]])]
        case _:
            parent[place[-1]] = junk
    return changed


@st.composite
def mutations(draw: st.DrawFn) -> tuple[str, str]:
    """Return the address and the body of a golden request with one to three broken nodes."""
    request = json.loads(text_of(draw(st.sampled_from(GOLDEN))))
    service = f"/cds-services/onfh-{request['hook']}"
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.sampled_from(places_in(request)))
        how = draw(st.sampled_from(["replace", "replace", "delete", "double"]))
        request = mutated(request, place, how, draw(JUNK))
        request = request if places_in(request) else {"hook": None}
    return service, json.dumps(request)


@given(call=mutations())
@settings(max_examples=100, **BOUNDED)
def test_a_mutated_request_gets_cards_or_an_outcome(
    call: tuple[str, str], client: FlaskClient
) -> None:
    service, body = call
    check_contract(post(client, body, service))


SMALL = order_request(order(), selections=["ServiceRequest/order-1"])
JUNK_OF_EACH_TYPE = [None, True, 5, 1.5, "echo-7f3a", [], ["echo-7f3a"], {}, {"echo-7f3a": 1}]


@pytest.mark.parametrize("junk", JUNK_OF_EACH_TYPE, ids=repr)
def test_a_wrong_type_anywhere_keeps_the_contract(
    junk: Any, client: FlaskClient, subtests: pytest.Subtests
) -> None:
    for place in places_in(SMALL):
        with subtests.test(place=place):
            request = mutated(SMALL, place, "replace", junk)
            check_contract(post(client, request, "/cds-services/onfh-order-select"))


@pytest.mark.parametrize("name", ["occurrenceDateTime", "scheduledDateTime", "scheduledPeriod"])
def test_a_day_of_an_order_may_be_of_any_type(
    name: str, client: FlaskClient, subtests: pytest.Subtests
) -> None:
    for junk in JUNK_OF_EACH_TYPE:
        with subtests.test(junk=junk):
            body = order_request(order(**{name: junk}), selections=["ServiceRequest/order-1"])
            check_contract(post(client, body, "/cds-services/onfh-order-select"))


def test_no_error_says_a_value_of_the_request(
    client: FlaskClient, subtests: pytest.Subtests
) -> None:
    echo = {"echo-7f3a": ["echo-7f3a"]}
    for place in places_in(SMALL):
        with subtests.test(place=place):
            broken = mutated(SMALL, place, "replace", echo) | {"hook": "echo-7f3a"}
            response = post(client, broken, "/cds-services/onfh-order-select")
            issues_in(response)
            assert "echo-7f3a" not in response.text


CANARIES = ("Zzcanaryname", "ZZ-MRN-990017", "zzcanaryfree", "zzcanarydisplay", "Zzcanarystreet")


def planted() -> Json:
    """Return a request with a canary in everything that can hold words of a patient."""
    name, number, free, display, street = CANARIES
    request = copy.deepcopy(SMALL)
    request["prefetch"]["patient"] |= {
        "name": [{"family": name, "given": [name]}],
        "identifier": [{"value": number}],
        "address": [{"line": [street], "text": street}],
    }
    resource = request["prefetch"]["conditions"]["entry"][0]["resource"]
    resource |= {"note": [{"text": free}], "subject": resource["subject"] | {"display": name}}
    resource["code"] = {
        "text": free,
        "coding": [resource["code"]["coding"][0] | {"display": display}, {"code": number}],
    }
    return request


@given(data=st.data())
@settings(max_examples=100, **BOUNDED)
def test_no_answer_to_a_mutated_request_holds_words_of_the_patient(
    data: st.DataObject, client: FlaskClient
) -> None:
    request = planted()
    place = data.draw(st.sampled_from(places_in(request)))
    how = data.draw(st.sampled_from(["replace", "delete", "double"]))
    body = mutated(request, place, how, data.draw(JUNK))
    response = post(client, body, "/cds-services/onfh-order-select")
    assert [canary for canary in CANARIES if canary in response.text] == []
