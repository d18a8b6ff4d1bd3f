"""A chart without osteonecrosis is done with once its conditions are read; nothing slips past."""

import json
from typing import Any

import pytest

from cds_service.core.hip.diagnosis import hips_with_osteonecrosis
from cds_service.core.knowledge import Knowledge
from cds_service.core.record import Listing, Record
from cds_service.errors import ForeignPatient, MalformedRequest
from cds_service.fhir.gather import gather_record
from cds_service.fhir.shapes.decode import decode_request
from tests.conftest import TODAY
from tests.fhir.builders import (
    ASTHMA,
    RIGHT_FEMUR,
    SUBJECT,
    Json,
    bundle,
    concept,
    condition,
    gathered,
    hook_request,
    observation,
    order,
    order_request,
    patient,
    prefetch,
    study,
)

SILENT = bundle(condition(id="asthma", code=concept(ASTHMA)))
SPEAKING = bundle(condition(id="head", code=concept(RIGHT_FEMUR)))
OTHER = {"reference": "Patient/zz-someone-else"}


def read(request: Json, knowledge: Knowledge) -> Record:
    """Read a request as the service does; a member `+name` is a further `name`."""
    body = json.dumps(request).replace('"+', '"')
    return gather_record(decode_request(body.encode()), knowledge, TODAY)


@pytest.mark.parametrize("conditions", [SILENT, SPEAKING], ids=["silent", "speaking"])
@pytest.mark.parametrize("key", ["imagingStudies", "procedures", "whatever"])
def test_conditions_are_found_under_any_key(
    key: str, conditions: Json, knowledge: Knowledge
) -> None:
    sent = {"patient": patient(), "observations": bundle(), key: conditions}
    record = gathered(hook_request(prefetch=sent), knowledge)
    assert record.diagnoses.gap is None
    assert bool(hips_with_osteonecrosis(record)) == (conditions is SPEAKING)


@pytest.mark.parametrize("last", ["imagingStudies", "whatever"])
def test_of_two_copies_the_one_counts_that_was_sent_first(last: str, knowledge: Knowledge) -> None:
    days = {"imagingStudies": "2026-02-01", "whatever": "2026-08-01"}
    keys = sorted(days, key=lambda key: key == last)
    copies = {key: bundle(study(id="film", started=days[key])) for key in keys}
    sent = {"patient": patient(), **copies, "conditions": SPEAKING}
    [found] = gathered(hook_request(prefetch=sent), knowledge).studies.items
    assert found.started is not None
    assert found.started.earliest.isoformat() == days[keys[0]]


TWICE: dict[str, Json] = {
    "the subject": {"subject": OTHER, "+subject": SUBJECT},
    "the patient": {"subject": None, "patient": OTHER, "+patient": SUBJECT},
    "its reference": {"subject": {**OTHER, "+reference": SUBJECT["reference"]}},
    "around an object": {
        "subject": {**OTHER, "identifier": {}, "+reference": SUBJECT["reference"]}
    },
}


@pytest.mark.parametrize("members", TWICE.values(), ids=TWICE)
@pytest.mark.parametrize("place", ["imagingStudies", "observations", "draftOrders"])
def test_what_says_twice_whose_it_is_refuses_the_call(
    place: str, members: Json, knowledge: Knowledge
) -> None:
    make: Any = {"imagingStudies": study, "observations": observation, "draftOrders": order}[place]
    among = {place: bundle(make(id="first"), make(id="twice") | members, make(id="last"))}
    is_draft = place == "draftOrders"
    request = order_request(**(among if is_draft else {}))
    request["prefetch"] = prefetch(conditions=SILENT, **({} if is_draft else among))
    with pytest.raises(MalformedRequest):
        read(request, knowledge)


def test_another_patients_draft_refuses_the_call_in_an_odd_bundle(knowledge: Knowledge) -> None:
    request = order_request() | {"prefetch": prefetch(conditions=SILENT)}
    entry = {"resource": order(subject=OTHER)}
    request["context"]["draftOrders"] = {"resourceType": "Bundle", "entry": entry}
    with pytest.raises(ForeignPatient):
        read(request, knowledge)


def test_a_long_note_says_nothing_of_the_problem_list(knowledge: Knowledge) -> None:
    head = condition(note=[{"text": "ARCO stage II, " * 8_000}])
    request = hook_request(prefetch=prefetch(conditions=bundle(head)))
    record = read(request, knowledge)
    assert record.diagnoses.gap is None
    assert record.stage_texts.gap is not None


def test_a_long_text_of_a_condition_says_nothing_of_the_orders(knowledge: Knowledge) -> None:
    long = condition(id="long", code={"text": "avascular necrosis of the hip, " * 4_000})
    request = order_request(order()) | {
        "prefetch": prefetch(conditions=bundle(long, *(e["resource"] for e in SPEAKING["entry"])))
    }
    orders = read(request, knowledge).orders
    assert isinstance(orders, Listing)
    assert orders.gap is None
