"""What the codes of an entry say is worked out once for many calls, a story never is."""

from dataclasses import replace

import pytest

from cds_service.core.knowledge import Knowledge
from cds_service.fhir.reader import Reader
from tests.conftest import TODAY
from tests.fhir.builders import (
    FEMORAL_HEAD,
    HIP_FILMS,
    PHYSIOTHERAPY,
    Json,
    concept,
    condition,
    decoded,
    gathered,
    order,
    order_request,
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
