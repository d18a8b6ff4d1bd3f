"""What a text costs grows with its length alone, in every member and however it is filled."""

from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Any

import orjson
import pytest
from flask import Flask

from tests.performance.cost import collected_as_in_a_worker, cpu_seconds, least, service

KB = 1024
SIZES = (4, 8, 16, 32, 64)
MOST_AT_A_DOUBLING = 2.2
# The rest of a call; a text that costs less than this can double without being seen.
REST_OF_A_CALL_SECONDS = 0.0015
# Rounds of measuring; more where it looks slow, as what is quadratic stays so on a quiet machine.
ROUNDS, MOST_ROUNDS = 2, 20
FILLINGS = {
    "blanks": " ",
    "findings": "no left hip, right femoral head necrosis ",
    "stages": "ARCO stage III-",
    "Chinese": "未见右髋塌陷，",
    "brackets": "((",
    "boxes": "[x] [ ] a ",
    "fields": "a=1 ",
    "lines": "\n \n",
    "sentences": "No left hip, right femoral head necrosis. s/p right hip replacement. ARCO III. ",
    "studies": "MRI prostate, right hip for pain. ",
}

Json = dict[str, Any]
PATIENT = {"reference": "Patient/zz-test-1"}
CODED = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "M87.051"}]}
NAME = {"text": "Right hip"}


def resource(kind: str, **members: object) -> Json:
    """Return a resource of the invented patient."""
    return {"resourceType": kind, "id": kind.lower(), "subject": PATIENT, **members}


# Each member of a resource whose words are read.
MEMBERS: dict[str, Callable[[str], Json]] = {
    "Condition.code.text": lambda t: resource("Condition", code={**CODED, "text": t}),
    "Condition.code.display": lambda t: resource(
        "Condition", code={"coding": [{**CODED["coding"][0], "display": t}]}
    ),
    "Condition.bodySite.text": lambda t: resource("Condition", code=CODED, bodySite=[{"text": t}]),
    "Condition.stage.summary.text": lambda t: resource(
        "Condition", code=CODED, stage=[{"summary": {"text": t}}]
    ),
    "Condition.note.text": lambda t: resource("Condition", code=CODED, note=[{"text": t}]),
    "Procedure.code.text": lambda t: resource("Procedure", status="completed", code={"text": t}),
    "ImagingStudy.description": lambda t: resource(
        "ImagingStudy", status="available", started="2026-01-02", description=t
    ),
    "ImagingStudy.series.description": lambda t: resource(
        "ImagingStudy", status="available", started="2026-01-02", series=[{"description": t}]
    ),
    "ImagingStudy.procedureCode.text": lambda t: resource(
        "ImagingStudy", status="available", started="2026-01-02", procedureCode=[{"text": t}]
    ),
    "Observation.valueString": lambda t: resource(
        "Observation", status="final", code=NAME, valueString=t
    ),
    "Observation.component.valueString": lambda t: resource(
        "Observation", status="final", code=NAME, component=[{"code": NAME, "valueString": t}]
    ),
    "DiagnosticReport.conclusion": lambda t: resource(
        "DiagnosticReport", status="final", code=NAME, conclusion=t
    ),
    "ServiceRequest.code.text": lambda t: resource("ServiceRequest", code={"text": t}),
    "ServiceRequest.note.text": lambda t: resource("ServiceRequest", code=NAME, note=[{"text": t}]),
}
KEYS = {
    "Condition": "conditions",
    "Procedure": "procedures",
    "ImagingStudy": "imagingStudies",
    "Observation": "observations",
    "DiagnosticReport": "diagnosticReports",
}


def request_with(sent: Json) -> bytes:
    """Return a call about a patient with osteonecrosis of the right hip, and one resource more."""
    bundle = {"resourceType": "Bundle", "type": "searchset", "total": 0, "entry": list[Json]()}
    prefetch: dict[str, Any] = {key: {**bundle, "entry": []} for key in KEYS.values()}
    prefetch["patient"] = {
        "resourceType": "Patient",
        "id": "zz-test-1",
        "birthDate": "1970-01-01",
    }
    prefetch["conditions"]["entry"].append({"resource": resource("Condition", code=CODED)})
    drafts: Json = {"resourceType": "Bundle", "entry": []}
    key = KEYS.get(sent["resourceType"])
    entries = prefetch[key]["entry"] if key else drafts["entry"]
    entries.append({"resource": {**sent, "id": "text"}})
    context = {"userId": "Practitioner/zz", "patientId": "zz-test-1", "draftOrders": drafts}
    body = {
        "hook": "order-select",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {**context, "selections": ["ServiceRequest/text"]},
        "prefetch": prefetch,
    }
    return orjson.dumps(body)


@pytest.fixture(scope="module")
def ours() -> Iterator[Flask]:
    """The service, collected as in a worker."""
    app = service()
    with collected_as_in_a_worker():
        yield app


@pytest.mark.parametrize("filling", FILLINGS)
@pytest.mark.parametrize("member", MEMBERS)
def test_a_text_twice_as_long_costs_about_twice_as_much(
    member: str, filling: str, ours: Flask
) -> None:
    unit = FILLINGS[filling]
    bodies = {
        kb: request_with(MEMBERS[member]((unit * (kb * KB // len(unit) + 1))[: kb * KB]))
        for kb in SIZES
    }
    calls = {str(kb): lambda body=body: cpu_seconds(ours, body) for kb, body in bodies.items()}
    times = least(calls, ROUNDS)
    for _ in range(ROUNDS, MOST_ROUNDS):
        if not slower(times):
            break
        again = least(calls, 1)
        times = {size: min(times[size], again[size]) for size in times}
    assert slower(times) == []


def slower(times: Mapping[str, float]) -> list[str]:
    """Name the doublings that cost more than they may, with the seconds of both sizes."""
    return [
        f"{small} to {large} KB: {times[str(small)]} to {times[str(large)]}"
        for small, large in pairwise(SIZES)
        if times[str(large)] > MOST_AT_A_DOUBLING * max(times[str(small)], REST_OF_A_CALL_SECONDS)
    ]
