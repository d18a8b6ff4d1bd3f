"""Every code of every value set through the service: what fires is what the value set says."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from cds_service.core.knowledge import Knowledge
from cds_service.core.record import Concept, Side
from tests.conftest import CARDS, SHIPPED_CARDS, loaded
from tests.fhir.builders import Json, bundle, condition, order_request, prefetch
from tests.orders.bedside import MISSION, chart, draft
from tests.web.contract import post

# The codes are those that are shipped, the cards frozen: a new card fires for no code here.
LOADED = replace(loaded(CARDS), vocabulary=loaded(SHIPPED_CARDS).vocabulary)
IMAGING = "imaging-sooner-than-planned"
DRUGS: Mapping[str, str] = {
    "glucocorticoid-order": "glucocorticoid",
    "bisphosphonate-order": "bone-drug",
    "calcium-vitamin-d-order": "bone-drug",
    "other-bone-drug-order": "bone-drug",
}
# Sent as orders; no card is about them, but none of the others may fire.
OTHER_ORDERS = ("physiotherapy-order", "mobility-aid-order")


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    """The content, every code of which is sent."""
    return LOADED


def coded(value_set: str) -> list[tuple[str, Concept]]:
    """Return every code of a value set with its system's URL."""
    return [
        (system, next(c for c in LOADED.value_sets[value_set] if c.code == code.code))
        for system, code in LOADED.published[value_set].members
    ]


def fired(client: FlaskClient, hook: str, request: Json) -> list[str]:
    """Return the ids of all cards of an answer."""
    answer = post(client, request, f"/cds-services/onfh-{hook}")
    assert answer.status_code == 200, answer.text
    return [card["source"]["topic"]["code"] for card in answer.get_json()["cards"]]


def ordered(client: FlaskClient, resource_type: str, system: str, code: str) -> list[str]:
    """Return the order cards for a coded draft of a patient with the right femoral head coded."""
    name = "medicationCodeableConcept" if resource_type == "MedicationRequest" else "code"
    sent = draft(resource_type, **{name: {"coding": [{"system": system, "code": code}]}})
    request = order_request(sent, hook="order-sign") | {"prefetch": chart()}
    return [name for name in fired(client, "order-sign", request) if name not in MISSION]


def wrong(
    found: Iterable[tuple[str, list[str], list[str]]],
) -> list[tuple[str, list[str], list[str]]]:
    """Return the codes for which other cards came than were expected."""
    return [(code, came, wanted) for code, came, wanted in found if came != wanted]


def is_right(concept: Concept) -> bool:
    """Tell whether a code is about the right hip, or about no side."""
    return not concept.sides or Side.RIGHT in concept.sides


def test_every_drug_code_gets_the_card_of_its_value_set(client: FlaskClient) -> None:
    assert (
        wrong(
            (concept.code, ordered(client, "MedicationRequest", system, concept.code), [card])
            for value_set, card in DRUGS.items()
            for system, concept in coded(value_set)
        )
        == []
    )


def test_every_imaging_code_of_the_hip_or_pelvis_is_hip_imaging(client: FlaskClient) -> None:
    def wanted(concept: Concept) -> list[str]:
        of_bones = concept.site_group == "bony-pelvis"
        shows_both = of_bones or (concept.site_group == "pelvis" and concept.role == "film")
        is_hip = concept.role != "not-a-review" and (shows_both or concept.site_group == "hip")
        return [IMAGING] if is_hip and (is_right(concept) or shows_both) else []

    assert (
        wrong(
            (concept.code, ordered(client, "ServiceRequest", system, concept.code), wanted(concept))
            for system, concept in coded("imaging-procedure")
        )
        == []
    )


def test_every_placement_of_a_hip_prosthesis_is_a_replacement(client: FlaskClient) -> None:
    def wanted(concept: Concept) -> list[str]:
        is_one = concept.role == "placement" and is_right(concept)
        return ["arthroplasty-before-collapse"] if is_one else []

    assert (
        wrong(
            (concept.code, ordered(client, "ServiceRequest", system, concept.code), wanted(concept))
            for system, concept in coded("hip-arthroplasty")
        )
        == []
    )


def test_only_a_code_that_names_the_head_is_head_preserving_by_itself(client: FlaskClient) -> None:
    def wanted(concept: Concept) -> list[str]:
        return ["head-preserving-surgery"] if concept.precision == "head" else []

    assert (
        wrong(
            (concept.code, ordered(client, "ServiceRequest", system, concept.code), wanted(concept))
            for system, concept in coded("head-preserving-surgery")
        )
        == []
    )


@pytest.mark.parametrize("value_set", OTHER_ORDERS)
def test_no_other_order_gets_an_order_card(value_set: str, client: FlaskClient) -> None:
    assert (
        wrong(
            (concept.code, ordered(client, "ServiceRequest", system, concept.code), [])
            for system, concept in coded(value_set)
        )
        == []
    )


def diagnosed(client: FlaskClient, system: str, code: str, **members: object) -> bool:
    """Tell whether a coded Condition gets the two mission cards."""
    sent = condition(code={"coding": [{"system": system, "code": code}]}, **members)
    request = order_request(hook="patient-view") | {"prefetch": prefetch(conditions=bundle(sent))}
    cards = fired(client, "patient-view", request)
    assert sorted(cards) in ([], sorted(MISSION))
    return bool(cards)


# Joined to a part that names the bone, as ICD-11 does; alone the code names no bone.
def test_every_code_of_the_femoral_head_gets_the_mission_cards(client: FlaskClient) -> None:
    codes = coded("osteonecrosis-femoral-head")
    assert [c.code for system, c in codes if not diagnosed(client, system, c.code)] == []


HIP_SITE = [{"coding": [{"system": "http://snomed.info/sct", "code": "24136001"}]}]


def test_every_possible_code_needs_a_hip_as_its_site(client: FlaskClient) -> None:
    codes = coded("osteonecrosis-possible")
    assert [c.code for system, c in codes if diagnosed(client, system, c.code)] == []
    assert [
        c.code for system, c in codes if not diagnosed(client, system, c.code, bodySite=HIP_SITE)
    ] == []


@pytest.mark.parametrize(
    "value_set",
    [
        "osteonecrosis-other-site",
        "juvenile-hip-disorder",
        "hip-lookalike",
        "hip-prosthesis",
        "bone-loss",
    ],
)
def test_no_code_of_another_condition_gets_a_card(value_set: str, client: FlaskClient) -> None:
    codes = coded(value_set)
    assert [c.code for system, c in codes if diagnosed(client, system, c.code)] == []


def test_every_prosthesis_of_the_right_hip_silences_it(client: FlaskClient) -> None:
    def answered(system: str, concept: Concept) -> list[str]:
        prosthesis = condition(id="p", code={"coding": [{"system": system, "code": concept.code}]})
        sent = bundle(condition(), prosthesis)
        request = order_request(hook="patient-view") | {"prefetch": prefetch(conditions=sent)}
        return fired(client, "patient-view", request)

    def wanted(concept: Concept) -> bool:
        return Side.RIGHT in concept.sides and concept.precision != "broader"

    codes = coded("hip-prosthesis")
    assert [c.code for system, c in codes if (answered(system, c) == []) != wanted(c)] == []


def test_all_value_sets_are_sent(knowledge: Knowledge) -> None:
    sent = {
        *DRUGS,
        *OTHER_ORDERS,
        "imaging-procedure",
        "hip-arthroplasty",
        "head-preserving-surgery",
        "osteonecrosis-femoral-head",
        "osteonecrosis-possible",
        "osteonecrosis-other-site",
        "juvenile-hip-disorder",
        "hip-lookalike",
        "hip-prosthesis",
        "bone-loss",
    }
    # What stands beside an order or a condition, and another disease: tests/fhir has them.
    beside = {"body-site", "laterality", "imaging-modality", "condition-status"}
    # What leaves a hip without an interval: tests/clock has them.
    stops = {"femur-fracture", "pregnancy", "palliative-care"}
    assert knowledge.value_sets.keys() - sent == {*beside, *stops, "hip-osteoarthritis"}
