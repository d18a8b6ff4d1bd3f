"""A thousand mixed-up patients get no card; as many clean ones are never refused.

How many it takes, by faults planted in the code, with five seeds each; the chart at which each was
noticed:

    one form of our own reference taken for foreign   1 to 5
    a version, or an address, not read                1 to 13
    a key of the prefetch not read                    1 to 17
    capitals not told apart                           1 to 25
    an id that begins or ends with ours taken for it  1 to 37
    `patient` of a Procedure not read                 1 to 51
    members of a list after the fourth not read       3 to 404

Not noticed: a subject not looked at where no code is known (`test_foreign.py` does).
"""

import json
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cds_service.answer import Deployment, answer_hook
from cds_service.app import make_deployment
from cds_service.core.knowledge import Knowledge
from cds_service.errors import ForeignPatient, PreconditionFailed
from cds_service.settings import Settings
from tests.conftest import TODAY
from tests.fhir.builders import (
    PATIENT_ID,
    Json,
    bundle,
    condition,
    hook_request,
    order,
    order_request,
    patient,
    procedure,
    study,
)
from tests.soak import long

BASE = "https://ehr.example.org/fhir"
OURS = (
    f"Patient/{PATIENT_ID}",
    f"Patient/{PATIENT_ID}/_history/2",
    f"{BASE}/Patient/{PATIENT_ID}",
    f"{BASE}/Patient/{PATIENT_ID}/_history/7",
)
FOREIGN = (
    "Patient/zz-other",
    f"Patient/{PATIENT_ID}x",
    f"Patient/x{PATIENT_ID}",
    f"Patient/{PATIENT_ID.upper()}",
    f"{BASE}/Patient/zz-other/_history/3",
    f"{BASE}/Patient/{PATIENT_ID}0",
)
# Slow by number; what they run through is covered elsewhere.
pytestmark = pytest.mark.no_cover
MAKERS = (condition, study, procedure)
BUNDLES = settings(
    max_examples=long(1_000, 100_000),
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@pytest.fixture(scope="module")
def deployment(knowledge: Knowledge) -> Deployment:
    """The service as a function, without HTTP."""
    return make_deployment(Settings(), knowledge)


def one(chance: random.Random, number: int, references: tuple[str, ...]) -> Json:
    """Return a resource of some type about somebody, by `subject` or by `patient`."""
    resource = chance.choice(MAKERS)(id=f"r{number}", subject=None)
    del resource["subject"]
    reference = {"reference": chance.choice(references)}
    return resource | {chance.choice(("subject", "subject", "patient")): reference}


def request_of(chance: random.Random, resources: list[Json]) -> Json:
    """Spread the resources over a few prefetch keys in the shapes that clients use."""
    chance.shuffle(resources)
    cut = chance.randint(0, len(resources))
    shapes: list[Any] = [
        bundle(*resources[:cut]),
        chance.choice([resources[cut:], bundle(*resources[cut:])]),
    ]
    keys = chance.sample(["conditions", "imagingStudies", "-user", "encounterDx", "zz"], 2)
    return hook_request(prefetch={"patient": patient()} | dict(zip(keys, shapes, strict=True)))


def resources_of(chance: random.Random) -> list[Json]:
    """Return some of the patient's own resources."""
    return [one(chance, number, OURS) for number in range(chance.randint(1, 6))]


@BUNDLES
@given(seed=st.integers(0, 2**48))
def test_a_foreign_subject_anywhere_refuses_the_call(seed: int, deployment: Deployment) -> None:
    chance = random.Random(seed)
    resources = resources_of(chance)
    foreign = [one(chance, 90 + n, FOREIGN) for n in range(chance.randint(1, 3))]
    body = json.dumps(request_of(chance, resources + foreign)).encode()
    with pytest.raises(ForeignPatient):
        answer_hook("onfh-patient-view", body, deployment, TODAY)


@BUNDLES
@given(seed=st.integers(0, 2**48))
def test_a_clean_chart_is_never_refused_as_another_patients(
    seed: int, deployment: Deployment
) -> None:
    chance = random.Random(seed)
    body = json.dumps(request_of(chance, resources_of(chance))).encode()
    assert refusal(body, deployment) is not ForeignPatient


def refusal(body: bytes, deployment: Deployment) -> type[Exception] | None:
    """Return the kind of refusal, or None where there was an answer."""
    try:
        answer_hook("onfh-patient-view", body, deployment, TODAY)
    except PreconditionFailed as error:
        return type(error)
    return None


@pytest.mark.parametrize("reference", FOREIGN)
def test_a_foreign_draft_order_refuses_the_call(reference: str, deployment: Deployment) -> None:
    body = json.dumps(order_request(order(subject={"reference": reference}))).encode()
    with pytest.raises(ForeignPatient):
        answer_hook("onfh-order-select", body, deployment, TODAY)
