"""Notes change nothing that is read, and say of every resource what became of it."""

import json
from collections import Counter
from pathlib import Path

import pytest

from cds_service.core.hip.diagnosis import hips_with_osteonecrosis
from cds_service.core.knowledge import Knowledge
from cds_service.core.vocabulary.vocabulary import Meaning
from cds_service.fhir.gather import gather_record, read_record
from cds_service.fhir.notes import (
    FOREIGN,
    MODIFIED,
    NO_SUBJECT,
    ODD_SHAPE,
    Notes,
    PartNote,
    ResourceNote,
    What,
)
from cds_service.fhir.pool.identity import Identity
from cds_service.fhir.pool.prefetch import pool_prefetch
from cds_service.fhir.reader import Reader
from cds_service.fhir.shapes.decode import decode_request
from tests.conftest import ROOT, TODAY
from tests.fhir.builders import (
    ASTHMA,
    PATIENT_ID,
    SUBJECT,
    Json,
    bundle,
    concept,
    condition,
    hook_request,
    observation,
    order_request,
    prefetch,
    without,
)

GOLDEN = sorted((ROOT / "tests" / "golden").glob("*.request.json"))
SOMETHING_ELSE = condition(id="else", code=concept(ASTHMA))
CONDITIONS = ("prefetch", "conditions")


def noted(request: Json, knowledge: Knowledge) -> list[ResourceNote]:
    """Return the notes that are taken of a request."""
    call, notes = decode_request(json.dumps(request).encode()), Notes()
    assert call.context
    reader = Reader(knowledge, TODAY, notes)
    pool = pool_prefetch(call.prefetch, Identity(PATIENT_ID), reader)
    read_record(pool, call.context, call.hook)
    return notes.resources


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_with_notes_the_same_is_read(path: Path, knowledge: Knowledge) -> None:
    call = decode_request(path.read_bytes())
    assert call.context
    assert call.context.patient_id
    reader = Reader(knowledge, TODAY, Notes())
    pool = pool_prefetch(call.prefetch, Identity(call.context.patient_id), reader)
    with_notes = read_record(pool, call.context, call.hook)
    without = gather_record(call, knowledge, TODAY)
    hips = hips_with_osteonecrosis(with_notes)
    assert hips == hips_with_osteonecrosis(without)
    assert with_notes.diagnoses == without.diagnoses
    assert not hips or with_notes == without


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_every_entry_has_one_note_on_the_whole_of_it(path: Path, knowledge: Knowledge) -> None:
    request = json.loads(path.read_bytes())
    counts = Counter(note.path for note in noted(request, knowledge))
    entries = {
        ("prefetch", key, "entry", i, "resource")
        for key, value in request["prefetch"].items()
        for i, entry in enumerate((value or {}).get("entry", ()))
        if entry["resource"]["resourceType"] != "OperationOutcome"  # here a warning: none found
    }
    assert entries <= counts.keys()
    assert set(counts.values()) == {1}


WHOLE = {
    "read": (condition(), What.READ, ""),
    "left": (SOMETHING_ELSE, What.LEFT, ""),
    "foreign": (condition(subject={"reference": "Patient/other"}), What.NOT_READ, FOREIGN),
    "of nobody": (without(condition(), "subject"), What.NOT_READ, NO_SUBJECT),
    "odd": (condition(onsetDateTime=[1]), What.NOT_READ, ODD_SHAPE),
    "modified": (condition(implicitRules="urn:x"), What.NOT_READ, MODIFIED),
}


@pytest.mark.parametrize(("resource", "what", "why"), WHOLE.values(), ids=WHOLE)
def test_a_note_says_what_became_of_a_resource(
    resource: Json, what: What, why: str, knowledge: Knowledge
) -> None:
    notes = noted(hook_request(prefetch=prefetch(conditions=bundle(resource))), knowledge)
    place = ("prefetch", "conditions", "entry", 0, "resource")
    (note,) = (one for one in notes if one.path == place)
    assert (note.what, note.why) == (what, why)


def test_a_resource_that_was_sent_twice_is_noted_as_repeated(knowledge: Knowledge) -> None:
    notes = noted(
        hook_request(prefetch=prefetch(conditions=bundle(condition(), condition()))), knowledge
    )
    whole = [note.what for note in notes if note.path[:2] == CONDITIONS]
    assert whole == [What.READ, What.REPEATED]


def test_the_codes_of_what_is_left_undecoded_are_noted(knowledge: Knowledge) -> None:
    notes = noted(hook_request(prefetch=prefetch(conditions=bundle(SOMETHING_ELSE))), knowledge)
    (left,) = (note for note in notes if note.path[:2] == CONDITIONS)
    (part,) = left.parts
    assert part.coding == ("http://snomed.info/sct", "195967001")
    assert part.meaning == Meaning(is_understood=True)


def test_a_draft_says_which_of_its_words_did_what(knowledge: Knowledge) -> None:
    draft = {
        "resourceType": "ServiceRequest",
        "id": "o",
        "subject": SUBJECT,
        "code": {"text": "Treadmill running training"},
    }
    notes = noted(order_request(draft), knowledge)
    (drafted,) = (note for note in notes if note.path[0] == "context")
    assert PartNote("code") in drafted.parts
    assert any("impact-exercise" in part.words and part.is_understood for part in drafted.parts)


def test_drafts_in_no_bundle_are_noted(knowledge: Knowledge) -> None:
    notes = noted(order_request(draftOrders="<Bundle/>"), knowledge)
    assert ("context", "draftOrders") in {note.path for note in notes}


def test_a_note_names_the_element_and_the_place_that_words_came_from(knowledge: Knowledge) -> None:
    inner = {"resourceType": "ServiceRequest", "id": "o-2", "code": {"text": "MRI right hip"}}
    group = {"resourceType": "RequestGroup", "id": "g", "subject": SUBJECT, "contained": [inner]}
    paths = {note.path for note in noted(order_request(group), knowledge)}
    assert ("context", "draftOrders", "entry", 0, "resource", "contained", 0) in paths
    staged = without(observation(valueInteger=3), "valueString")
    notes = noted(hook_request(prefetch=prefetch(observations=bundle(staged))), knowledge)
    assert "valueInteger" in {part.element for note in notes for part in note.parts}
    staged = {**without(staged, "valueInteger"), "valueQuantity": {"value": 3}}
    notes = noted(hook_request(prefetch=prefetch(observations=bundle(staged))), knowledge)
    assert "valueQuantity" in {part.element for note in notes for part in note.parts}
