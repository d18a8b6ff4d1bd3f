"""What the codes of an entry say is worked out once for many calls, a story never is."""

from dataclasses import replace

import pytest

from cds_service.core.knowledge import Knowledge
from cds_service.fhir.reader import Reader
from tests.conftest import TODAY
from tests.fhir.builders import (
    FEMORAL_HEAD,
    FILM,
    HIP,
    HIP_FILMS,
    PHYSIOTHERAPY,
    RIGHT,
    RIGHT_FEMUR,
    Json,
    bundle,
    concept,
    condition,
    decoded,
    gathered,
    hook_request,
    order,
    order_request,
    prefetch,
    study,
    without,
)


@pytest.fixture
def fresh(knowledge: Knowledge) -> Knowledge:
    """Return the content with nothing kept."""
    return replace(knowledge)


def kept_of(code: Json, fresh: Knowledge) -> int:
    """Return how much is kept after a code was read twice by calls that say the same of it."""
    first, again = (
        Reader(fresh, TODAY).understood(decoded(condition(code=code)), "code") for _ in range(2)
    )
    assert first == again
    return len(fresh.kept)


def test_a_reference_is_never_kept(fresh: Knowledge) -> None:
    code = {"concept": concept(FEMORAL_HEAD), "reference": {"reference": "Observation/zz-1"}}
    assert kept_of(code, fresh) == 0


def test_a_code_is_kept(fresh: Knowledge) -> None:
    assert kept_of(concept(FEMORAL_HEAD) | {"text": "Osteonecrosis of femoral head"}, fresh) == 1


@pytest.mark.parametrize(
    "code",
    [
        {"text": "Left hip pain since a fall from a ladder, then a film, " + "then rest, " * 9},
        {"text": 'she said "it hurts", ' * 9},
        concept(*({"system": f"urn:oid:1.2.{i}", "code": "Q"} for i in range(60))),
    ],
    ids=["a story", "a story with quotes", "many codes"],
)
def test_what_is_longer_than_a_name_is_not_kept(code: Json, fresh: Knowledge) -> None:
    assert kept_of(code, fresh) == 0


def test_other_content_keeps_apart_what_it_says(fresh: Knowledge) -> None:
    kept_of(concept(FEMORAL_HEAD), fresh)
    assert not replace(fresh).kept


RUNNING = order(code={"text": "Running programme"})
NEARLY = (
    RUNNING,
    RUNNING | {"id": "order-2", "authoredOn": "2026-05-04"},
    RUNNING | {"note": [{"text": "no impact, left hip"}]},
    RUNNING | {"description": "left hip"},
    RUNNING | {"resourceType": "Task", "description": "left hip"},
    RUNNING | {"resourceType": "MedicationRequest"},
    RUNNING | {"bodySite": [{"text": "left hip"}]},
    RUNNING | {"code": concept(PHYSIOTHERAPY) | {"text": "Running programme"}},
    RUNNING | {"code": "Running programme"},
    without(RUNNING, "code") | {"title": "Running programme"},
    order(code=concept(HIP_FILMS)),
    without(order(), "code") | {"type": concept(HIP_FILMS)},
    without(order(), "code") | {"codeConcept": concept(HIP_FILMS)},
    without(order(), "code") | {"item": [{"code": concept(HIP_FILMS)}]},
    without(order(), "code") | {"item": [{"code": concept({"system": "urn:own", "code": "Q"})}]},
)


def test_an_order_is_read_as_itself_among_others_that_say_nearly_the_same(
    fresh: Knowledge,
) -> None:
    apart = [gathered(order_request(one), replace(fresh)).orders for one in NEARLY]
    assert [gathered(order_request(one), fresh).orders for one in NEARLY * 2] == apart * 2


def test_a_drug_is_that_of_its_own_medication(fresh: Knowledge) -> None:
    refers = without(order(), "code") | {"resourceType": "MedicationRequest"}
    refers["medicationReference"] = {"reference": "#drug"}
    drug = {"resourceType": "Medication", "id": "drug", "code": {"text": "Dexamethasone"}}
    drops = drug | {"form": {"text": "Ophthalmic solution"}}
    drafts = [refers | {"contained": [one]} for one in (drug, drops, drug)]
    first, other, again = (gathered(order_request(one), fresh).orders for one in drafts)
    assert first == again != other


FILM_OF_HIP = study()
STUDIES = (
    FILM_OF_HIP,
    FILM_OF_HIP | {"id": "study-2", "started": "2026-10-06"},
    FILM_OF_HIP | {"status": "registered"},
    FILM_OF_HIP | {"status": "registered", "numberOfInstances": 2},
    FILM_OF_HIP | {"description": "XR left hip"},
    FILM_OF_HIP | {"series": [{"modality": FILM, "bodySite": HIP, "description": "left hip"}]},
    FILM_OF_HIP | {"series": [{"modality": FILM, "bodySite": HIP, "laterality": RIGHT}]},
    FILM_OF_HIP | {"series": [{"modality": FILM}]},
    without(FILM_OF_HIP, "series") | {"modality": [FILM]},
    without(FILM_OF_HIP, "series") | {"procedureCode": [concept(HIP_FILMS)]},
    {"resourceType": "DiagnosticReport", "status": "final", "code": concept(HIP_FILMS)},
    {"resourceType": "DiagnosticReport", "status": "cancelled", "code": concept(HIP_FILMS)},
    {"resourceType": "Procedure", "status": "completed", "code": concept(HIP_FILMS)},
    {"resourceType": "Procedure", "status": "not-done", "code": concept(HIP_FILMS)},
)
ENTRIES = (
    condition(),
    condition(id="condition-2", recordedDate="2026-05-04"),
    condition(note=[{"text": "ARCO stage II"}]),
    condition(note=[{"text": "osteoporosis"}]),
    condition(code=concept(RIGHT_FEMUR) | {"text": "collapse of the right femoral head"}),
    condition(code={"text": "hip pain, osteoporosis"}),
    condition(code={"text": "hip pain, osteoporosis"}, onsetDateTime="2025-01-01"),
)


@pytest.mark.parametrize(
    ("key", "sent"), [("imagingStudies", STUDIES), ("conditions", ENTRIES)], ids=["study", "entry"]
)
def test_a_resource_is_read_as_itself_among_others_that_say_nearly_the_same(
    key: str, sent: tuple[Json, ...], fresh: Knowledge
) -> None:
    requests = [
        hook_request(prefetch=prefetch(zz=condition(id="zz")) | {key: bundle(one)}) for one in sent
    ]
    apart = [gathered(one, replace(fresh)) for one in requests]
    assert [gathered(one, fresh) for one in requests * 2] == apart * 2
