"""Invented requests for the doctor, and the doctor as a function of one."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from cds_service.app import make_deployment
from cds_service.core.knowledge import Knowledge
from cds_service.settings import Settings
from cds_service.workbench.doctor.report import examine_request
from tests.conftest import ROOT, TODAY

GOLDEN = ROOT / "tests" / "golden"
ICD_10_CM = "http://hl7.org/fhir/sid/icd-10-cm"
SNOMED = "http://snomed.info/sct"
NAME, CITY, BORN = "Zzyzxmann", "Qwertyville", "1961-02-03"
Examine = Callable[..., tuple[str, bool]]


@pytest.fixture(scope="session")
def examine(knowledge: Knowledge) -> Examine:
    """The doctor with development defaults: takes a request as bytes or as JSON to be."""

    def run(request: object, **settings: Any) -> tuple[str, bool]:
        chosen = Settings(**settings)
        body = request if isinstance(request, bytes) else json.dumps(request).encode()
        report = examine_request(body, make_deployment(chosen, knowledge), chosen, TODAY)
        return str(report), report.is_answered

    return run


def patient() -> dict[str, Any]:
    """A patient whose name, address and birth date must never be printed."""
    return {
        "resourceType": "Patient",
        "id": "p1",
        "name": [{"family": NAME}],
        "address": [{"city": CITY}],
        "birthDate": BORN,
    }


def condition(own_id: str, *codings: tuple[str | None, str], **members: Any) -> dict[str, Any]:
    """A Condition of the patient."""
    sent = [{"system": s, "code": c, "display": NAME} for s, c in codings]
    return {
        "resourceType": "Condition",
        "id": own_id,
        "subject": {"reference": "Patient/p1", "display": NAME},
        "code": {"coding": [{n: v for n, v in c.items() if v} for c in sent], "text": NAME},
        **members,
    }


def bundle(*resources: dict[str, Any], **members: Any) -> dict[str, Any]:
    """A searchset."""
    entries = [{"resource": resource} for resource in resources]
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries, **members}


def request(*conditions: dict[str, Any], **prefetch: Any) -> dict[str, Any]:
    """A patient-view with these Conditions; `prefetch` adds to it or takes its place."""
    own = {
        "patient": patient(),
        "conditions": bundle(*conditions),
        "imagingStudies": None,
        "procedures": None,
        "observations": None,
        "diagnosticReports": None,
    }
    return {
        "hook": "patient-view",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"patientId": "p1"},
        "prefetch": {**own, **prefetch},
    }


def without(sent: dict[str, Any], *keys: str) -> dict[str, Any]:
    """The request without some prefetch keys."""
    kept = {key: value for key, value in sent["prefetch"].items() if key not in keys}
    return {**sent, "prefetch": kept}
