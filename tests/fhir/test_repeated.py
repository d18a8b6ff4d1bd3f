"""Who reads the first of two members sees another patient than who reads the last: refused."""

import json

import pytest

from cds_service.core.knowledge import Knowledge
from cds_service.errors import MalformedRequest
from cds_service.fhir.gather import gather_record
from cds_service.fhir.shapes.decode import decode_request
from tests.conftest import TODAY
from tests.fhir.builders import (
    ASTHMA,
    PATIENT_ID,
    Json,
    bundle,
    concept,
    condition,
    hook_request,
    order,
    order_request,
    patient,
    prefetch,
    procedure,
    study,
)

OTHER = "Patient/another"
OWN = f"Patient/{PATIENT_ID}"


def read(body: str, knowledge: Knowledge) -> object:
    """Read a body as the service does."""
    return gather_record(decode_request(body.encode()), knowledge, TODAY)


def text(request: Json, *, indent: int | None = None) -> str:
    """Return a request as JSON, with each `+name` in it written as a further `name`."""
    return json.dumps(request, indent=indent).replace('"+', '"')


def before(resource: Json, **members: object) -> Json:
    """Put further members of the same names before those of a resource."""
    return {f"+{name}": value for name, value in members.items()} | resource


FOREIGN = {"reference": OTHER}
TWICE = {"+reference": OTHER, "reference": OWN}
CONTEXT = {"patientId": PATIENT_ID}
REPEATED = {
    "context": {"+context": {"patientId": "another"}} | hook_request(),
    "patientId": hook_request(context=before(CONTEXT, patientId="another")),
    "patientId, apart": hook_request(
        context={"+patientId": "another", "userId": "x", "zz": [{"a": [1]}], **CONTEXT}
    ),
    "subject": hook_request(
        prefetch=prefetch(zz=bundle(before(condition(id="zz"), subject=FOREIGN)))
    ),
    "subject, after": hook_request(
        prefetch=prefetch(zz=bundle(condition(id="zz") | {"+subject": {"reference": OWN}}))
    ),
    "reference": hook_request(prefetch=prefetch(zz=bundle(condition(id="zz", subject=TWICE)))),
    "reference, apart": hook_request(
        prefetch=prefetch(
            zz=bundle(
                condition(
                    id="zz", subject={"+reference": OTHER, "identifier": {}, "reference": OWN}
                )
            )
        )
    ),
    "patient beside": hook_request(
        prefetch=prefetch(
            zz=bundle(
                condition(id="zz", patient={"reference": OWN}) | {"+patient": {"reference": OWN}}
            )
        )
    ),
    "id of the Patient": hook_request(prefetch=prefetch(patient=before(patient(), id="another"))),
    "id of the Patient in a Bundle": hook_request(
        prefetch=prefetch(patient=bundle(before(patient(), id="another")))
    ),
    "id": hook_request(prefetch=prefetch(zz=bundle(before(condition(id="zz"), id="x")))),
    "a study": hook_request(prefetch=prefetch(zz=bundle(before(study(id="zz"), subject=FOREIGN)))),
    "an operation": hook_request(prefetch=prefetch(zz=bundle(before(procedure(), id="x")))),
    "a resource alone": hook_request(
        prefetch=prefetch(zz=before(condition(id="zz"), subject=FOREIGN))
    ),
    "a resource in a list": hook_request(
        prefetch=prefetch(zz=[before(condition(id="zz"), subject=FOREIGN)])
    ),
    "between two Bundles": hook_request(
        prefetch={
            "a": bundle(condition()),
            "patient": before(patient(), id="another"),
            "b": bundle(study()),
        }
    ),
    "a Bundle in a Bundle": hook_request(
        prefetch=prefetch(zz=bundle(bundle(before(condition(id="zz"), subject=FOREIGN))))
    ),
    "a draft": order_request(before(order(), subject=FOREIGN)),
    "a draft alone in a list": order_request(draftOrders=[before(order(), subject=FOREIGN)]),
    "beside an odd shape": hook_request(
        prefetch=prefetch(zz=bundle(before(condition(id="zz"), subject=FOREIGN), condition(id=5)))
    ),
}


@pytest.mark.parametrize("indent", [None, 1], ids=["in one line", "indented"])
@pytest.mark.parametrize("request_body", REPEATED.values(), ids=REPEATED)
def test_a_call_that_says_twice_whose_it_is_is_refused(
    request_body: Json, indent: int | None, knowledge: Knowledge
) -> None:
    with pytest.raises(MalformedRequest, match="twice"):
        read(text(request_body, indent=indent), knowledge)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("subject", r"s\u0075bject"),
        ("patientId", r"patient\u0049d"),
        ("reference", r"r\u0065ference"),
    ],
)
def test_a_name_in_escapes_is_the_same_name(name: str, written: str, knowledge: Knowledge) -> None:
    request = {
        "subject": REPEATED["subject"],
        "patientId": REPEATED["patientId"],
        "reference": REPEATED["reference"],
    }[name]
    with pytest.raises(MalformedRequest, match="twice"):
        read(text(request).replace(f'"{name}"', f'"{written}"', 1), knowledge)


NOT_REPEATED = {
    "of two objects": hook_request(prefetch=prefetch(zz=bundle(condition(id="a"), study(id="b")))),
    "nested": hook_request(
        prefetch=prefetch(
            zz=bundle(
                condition(
                    extension=[{"id": "x", "url": "urn:x", "valueReference": {"reference": OTHER}}],
                    recorder={"identifier": {"value": "x"}, "reference": "Practitioner/1"},
                    asserter={"reference": "Practitioner/1"},
                )
            )
        )
    ),
    "in words": hook_request(
        prefetch=prefetch(
            zz=bundle(condition(note=[{"text": '"subject": "id" "reference" "reference" \u00e9'}]))
        )
    ),
    "a name that says nobody": hook_request(
        prefetch=prefetch(zz=bundle(condition() | {"+onsetDateTime": "2001"}))
    ),
    "two of a Bundle": order_request(order(), order(id="b")),
}


@pytest.mark.parametrize("indent", [None, 1], ids=["in one line", "indented"])
@pytest.mark.parametrize("request_body", NOT_REPEATED.values(), ids=NOT_REPEATED)
def test_a_name_that_comes_again_elsewhere_refuses_nothing(
    request_body: Json, indent: int | None, knowledge: Knowledge
) -> None:
    assert read(text(request_body, indent=indent), knowledge)


def test_of_what_is_about_something_else_it_is_not_asked(knowledge: Knowledge) -> None:
    left = before(condition(id="left", code=concept(ASTHMA)), subject={"reference": OWN})
    assert read(text(hook_request(prefetch=prefetch(zz=bundle(left)))), knowledge)
