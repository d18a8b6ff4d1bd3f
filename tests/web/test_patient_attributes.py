"""What the source attributes say of a patient's attributes is what the service does."""

import json
from typing import Any, get_args

import pytest

from cds_service.answer import answer_hook
from cds_service.app import make_deployment
from cds_service.core.advise import Advice
from cds_service.core.facts.table import FACTS
from cds_service.core.knowledge import Knowledge, PatientAttribute
from cds_service.settings import Settings
from tests.conftest import TODAY
from tests.fhir.builders import (
    ICD10CM,
    LOINC,
    SNOMED,
    SUBJECT,
    Json,
    bundle,
    concept,
    condition,
    hook_request,
    patient,
    prefetch,
)

CORE = "http://hl7.org/fhir/us/core/StructureDefinition"
HOMELESS = condition(id="sdoh-1", code=concept({"system": ICD10CM, "code": "Z59.00"}))
SMOKING = {
    "resourceType": "Observation",
    "id": "smoking-1",
    "status": "final",
    "code": concept({"system": LOINC, "code": "72166-2"}),
    "subject": SUBJECT,
    "valueCodeableConcept": concept({"system": SNOMED, "code": "77176002"}),
}


def extended(name: str) -> Json:
    """Return a patient with a US Core extension."""
    return patient(extension=[{"url": f"{CORE}/{name}", "valueString": "example"}])


# For each attribute, what of two prefetches differs, and nothing else does.
ATTRIBUTES: dict[str, tuple[Json, Json]] = {
    "race": ({}, {"patient": extended("us-core-race")}),
    "ethnicity": ({}, {"patient": extended("us-core-ethnicity")}),
    "language": (
        {},
        {"patient": patient(communication=[{"language": {"text": "zh"}, "preferred": True}])},
    ),
    "sexualOrientation": ({}, {"patient": extended("us-core-sexual-orientation")}),
    "genderIdentity": ({}, {"patient": extended("us-core-genderIdentity")}),
    "sex": ({"patient": patient(gender="female")}, {"patient": patient(gender="male")}),
    "dateOfBirth": (
        {"patient": patient(birthDate="1971-03-09")},
        {"patient": patient(birthDate="2015-03-09")},
    ),
    "socialDeterminants": ({}, {"conditions": bundle(condition(), HOMELESS)}),
    "healthStatusAssessments": ({}, {"observations": bundle(SMOKING)}),
}


def advised(knowledge: Knowledge, members: Json) -> Advice:
    """Return the advice for the usual chart with these members of its prefetch."""
    request = hook_request(prefetch=prefetch(**members))
    deployment = make_deployment(Settings(), knowledge)
    return answer_hook("onfh-patient-view", json.dumps(request).encode(), deployment, TODAY)


def values_of(advice: Advice) -> dict[str, dict[str, Any]]:
    """Return the value of every fact by hip."""
    return {
        hip.value: {name: facts[name].value for name in FACTS}
        for hip, facts in advice.facts.items()
    }


def test_every_attribute_of_the_regulation_is_tried() -> None:
    assert tuple(ATTRIBUTES) == get_args(PatientAttribute)


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_exactly_the_facts_that_declare_an_attribute_change_with_it(
    attribute: str, knowledge: Knowledge
) -> None:
    one, other = (values_of(advised(knowledge, members)) for members in ATTRIBUTES[attribute])
    changed = {name for hip in one for name in one[hip] if one[hip][name] != other[hip][name]}
    declared = {n for n, fact in knowledge.facts.items() if attribute in fact.patient_attributes}
    assert changed == declared
