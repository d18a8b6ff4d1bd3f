"""Stages through the whole service: read, said on the cards, and never a reason to say nothing."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from msgspec import UNSET
from werkzeug.test import TestResponse

from tests.fhir.builders import Json, bundle, condition, hook_request, patient, prefetch, study
from tests.fhir.test_stages import observation, report
from tests.web.contract import Card, cards_in, check_contract, post

CHECK = "could not be checked"
HELD_BACK = "Could not be decided for lack of data"
RIGHT = {"bodySite": {"text": "right hip"}}
PAIR = {"weight-bearing", "review-interval"}


def answer(client: FlaskClient, **members: Any) -> TestResponse:
    """Call the service with a prefetch that is whole but for these members."""
    return post(client, hook_request(prefetch=prefetch(**members)))


def staged(text: str, day: str = "2026-10-05", **members: Any) -> Json:
    """Return an observation of the right hip."""
    changed = {"code": {"text": "Stage"}, "valueString": text, "effectiveDateTime": day}
    return observation(**{"id": f"o-{day}", **RIGHT, **changed, **members})


def topics(response: TestResponse) -> list[str]:
    """Return the ids of the cards in their order."""
    return [card_id(card) for card in cards_in(response)]


def card_id(card: Card) -> str:
    """Return the id of a card."""
    assert card.source.topic
    return card.source.topic.code


def detail(response: TestResponse, wanted: str) -> str:
    """Return the detail of a card."""
    found = {card_id(card): str(card.detail) for card in cards_in(response)}
    return found[wanted]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("ARCO I", "**Stage:** ARCO I (5 October 2026)"),
        ("Ficat IIa", "Replacement is not the first step"),
        ("Steinberg IVB", "Conservative treatment first may not apply"),
        ("ARCO II-III", "The stage could not be checked or read."),
    ],
)
def test_the_weight_bearing_card_says_what_the_stage_means(
    client: FlaskClient, text: str, sentence: str
) -> None:
    found = answer(client, observations=bundle(staged(text)))
    assert sentence in detail(found, "weight-bearing")


def test_without_a_stage_the_measures_for_mild_cases_are_named(client: FlaskClient) -> None:
    found = answer(client)
    assert "No stage recorded" in detail(found, "weight-bearing")
    assert set(topics(found)) == PAIR


def test_a_collapsed_stage_gets_its_own_card_with_a_referral(client: FlaskClient) -> None:
    found = answer(client, diagnosticReports=bundle(report()))
    check_contract(found)
    first = cards_in(found)[0]
    assert topics(found)[0] == "collapsed-head"
    assert first.indicator == "warning"
    [action] = first.suggestions[0].actions
    assert (action.resource or {})["code"] == {"text": "Referral to orthopaedics"}


@pytest.mark.parametrize(
    "stage", [[{"summary": {"text": "ARCO III"}}], {"summary": {"text": "ARCO III"}}]
)
def test_the_stage_of_a_condition_is_said_without_a_date(client: FlaskClient, stage: Any) -> None:
    found = answer(client, conditions=bundle(condition(stage=stage)))
    assert "ARCO III (not dated)" in detail(found, "collapsed-head")


def test_an_older_client_is_offered_no_referral(client: FlaskClient) -> None:
    older = condition(stage={"summary": {"text": "ARCO III"}}, clinicalStatus="active")
    [first, *_] = cards_in(answer(client, conditions=bundle(older)))
    assert first.suggestions is UNSET


def test_an_advanced_stage_gets_its_own_card_and_keeps_the_interval_short(
    client: FlaskClient,
) -> None:
    found = answer(
        client,
        conditions=bundle(condition(onsetDateTime="2020-01-01")),
        observations=bundle(staged("ARCO I", "2024-10-05"), staged("ARCO II")),
        imagingStudies=bundle(study(started="2026-10-05")),
    )
    assert topics(found) == ["recorded-progression", "weight-bearing", "review-interval"]
    assert "since the advance" in detail(found, "review-interval")
    assert "5 January 2027" in cards_in(found)[-1].summary


def test_warnings_stand_before_the_two_standing_cards(client: FlaskClient) -> None:
    found = answer(client, observations=bundle(staged("ARCO II", "2025-10-05"), staged("ARCO III")))
    assert topics(found) == ["collapsed-head", "weight-bearing", "review-interval"]
    assert "ARCO II (5 October 2025)" in detail(found, "collapsed-head")


@pytest.mark.parametrize("key", ["observations", "diagnosticReports"])
@pytest.mark.parametrize("value", ["missing", "error"])
def test_lists_of_stages_that_were_not_read_hold_no_card_back(
    client: FlaskClient, key: str, value: str
) -> None:
    sent = prefetch(**{key: {"resourceType": "OperationOutcome"}})
    sent = {name: held for name, held in sent.items() if value == "error" or name != key}
    found = post(client, hook_request(prefetch=sent))
    assert set(topics(found)) == PAIR
    assert CHECK in detail(found, "weight-bearing")
    assert CHECK in detail(found, "review-interval")
    assert HELD_BACK not in detail(found, "weight-bearing") + detail(found, "review-interval")


def test_a_patient_without_osteonecrosis_gets_no_card_whatever_is_staged(
    client: FlaskClient,
) -> None:
    found = answer(client, conditions=None, observations=bundle(staged("ARCO III")))
    assert cards_in(found) == []


def test_an_observation_of_another_patient_refuses_the_call(client: FlaskClient) -> None:
    foreign = staged("ARCO III", subject={"reference": "Patient/zz-other"})
    assert answer(client, observations=bundle(foreign)).status_code == 412


def test_one_odd_observation_leaves_the_others_readable_and_the_cards_there(
    client: FlaskClient,
) -> None:
    odd = staged("ARCO III", valueString={"text": "ARCO III"})
    found = answer(client, observations=bundle(odd, staged("ARCO II", "2026-10-04")))
    assert set(topics(found)) == PAIR
    assert "a newer stage may be recorded" in detail(found, "weight-bearing")


def test_stages_are_said_hip_by_hip(client: FlaskClient) -> None:
    left = condition(
        id="c-2",
        code={"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "M87.052"}]},
    )
    found = answer(
        client,
        patient=patient(),
        conditions=bundle(condition(), left),
        observations=bundle(staged("right ARCO II, left ARCO III", bodySite=None)),
    )
    [first, *_] = cards_in(found)
    assert "left hip" in first.summary
    assert "Right hip: **Stage:** ARCO II" in detail(found, "weight-bearing")
    assert "Left hip: **Stage:** ARCO III" in detail(found, "weight-bearing")
