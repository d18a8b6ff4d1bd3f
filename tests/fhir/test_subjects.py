"""Whose a resource is: the patient's, another's, or not to be told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_service.core.knowledge import Knowledge
from cds_service.errors import ForeignPatient, MalformedRequest
from cds_service.fhir.shapes.patient import PATIENT_TYPES, is_of_patient, patient_id_of
from tests.fhir.builders import (
    PATIENT_ID,
    Json,
    bundle,
    condition,
    decoded,
    gathered,
    hook_request,
    order,
    order_request,
    patient,
    prefetch,
    procedure,
    study,
    without,
)

URN = "urn:uuid:7192a60c-6a4a-4833-96ae-460197317907"


OURS = [
    f"Patient/{PATIENT_ID}",
    f"https://ehr.example.org/fhir/r4/Patient/{PATIENT_ID}",
    f"Patient/{PATIENT_ID}/_history/3",
    f"https://ehr.example.org/fhir/Patient/{PATIENT_ID}/_history/3",
    PATIENT_ID,
]
FOREIGN = [
    "Patient/2",
    f"Patient/{PATIENT_ID}0",
    f"Patient/{PATIENT_ID.upper()}",
    "https://ehr.example.org/fhir/Patient/2/_history/1",
    f"Patient/2/_history/{PATIENT_ID}",
]
NOT_THE_PATIENT = [
    f"Patient/2?x=Patient/{PATIENT_ID}",
    f"Patient/2#Patient/{PATIENT_ID}",
    f"Patient/{PATIENT_ID}/_history/1/Patient/2",
    f"Group/{PATIENT_ID}",
    f"RelatedPatient/{PATIENT_ID}",
    f"patient/{PATIENT_ID}",
    f"x\nPatient/{PATIENT_ID}",
    "",
]
UNCLEAR = [
    None,
    {},
    {"display": "Patient, Test"},
    {"identifier": {"value": PATIENT_ID}},
    {"reference": None},
    {"reference": "#p1"},
    {"reference": URN},
    {"reference": f"urn:oid:{PATIENT_ID}"},
    {"reference": {"reference": "Patient/2"}},
]


@pytest.mark.parametrize("reference", OURS)
@pytest.mark.parametrize("member", ["subject", "patient"])
def test_every_form_of_the_patients_reference_is_the_patients(member: str, reference: str) -> None:
    resource = decoded(without(condition(), "subject") | {member: {"reference": reference}})
    assert is_of_patient(resource, PATIENT_ID, {}) is True


@pytest.mark.parametrize("reference", FOREIGN)
def test_any_other_reference_is_another_patients(reference: str) -> None:
    resource = decoded(condition(subject={"reference": reference}))
    assert is_of_patient(resource, PATIENT_ID, {}) is False


@pytest.mark.parametrize("reference", NOT_THE_PATIENT)
def test_a_reference_that_only_looks_alike_is_never_the_patients(reference: str) -> None:
    resource = decoded(condition(subject={"reference": reference}))
    assert not is_of_patient(resource, PATIENT_ID, {})


@pytest.mark.parametrize("subject", UNCLEAR, ids=str)
def test_a_subject_without_a_usable_reference_is_not_told(subject: object) -> None:
    assert is_of_patient(decoded(condition(subject=subject)), PATIENT_ID, {}) is None


@pytest.mark.parametrize("name", ["condition", "study", "procedure"])
def test_a_resource_whose_subject_is_unclear_leaves_a_gap(name: str, knowledge: Knowledge) -> None:
    unclear = {"condition": condition, "study": study, "procedure": procedure}[name](subject=None)
    record = gathered(hook_request(prefetch=prefetch(zz=unclear | {"id": "zz"})), knowledge)
    assert record.gaps == {unclear["resourceType"]: "holds an entry that does not say whose it is"}


@pytest.mark.parametrize(("owner", "is_ours"), [(PATIENT_ID, True), ("2", False)])
def test_a_urn_is_resolved_by_the_full_url_of_the_patient(
    owner: str, is_ours: bool, knowledge: Knowledge
) -> None:
    resource = decoded(condition(subject={"reference": URN}))
    assert is_of_patient(resource, PATIENT_ID, {URN: f"Patient/{owner}"}) is is_ours


def test_a_urn_subject_counts_as_the_patients_in_a_whole_request(knowledge: Knowledge) -> None:
    entries = [
        {"fullUrl": URN, "resource": patient()},
        {"resource": condition(subject={"reference": URN})},
    ]
    request = hook_request(prefetch=prefetch(conditions=bundle(entry=entries)))
    assert len(gathered(request, knowledge).diagnoses.items) == 1


FOREIGN_SUBJECT = {"reference": "Patient/another"}
MIXED_UP = {
    "Condition": hook_request(prefetch=prefetch(zz=condition(subject=FOREIGN_SUBJECT, id="zz"))),
    "ImagingStudy": hook_request(prefetch=prefetch(zz=study(subject=FOREIGN_SUBJECT, id="zz"))),
    "Procedure": hook_request(prefetch=prefetch(zz=procedure(subject=FOREIGN_SUBJECT))),
    "Patient": hook_request(prefetch=prefetch(patient=patient(id="another"))),
    "second Patient": hook_request(prefetch=prefetch(zz=patient(id="another"))),
    "draft order": order_request(order(subject=FOREIGN_SUBJECT)),
    "second draft order": order_request(order(), order(id="zz", subject=FOREIGN_SUBJECT)),
    "DSTU2 draft order": order_request(
        {"resourceType": "MedicationOrder", "patient": FOREIGN_SUBJECT}
    ),
    "draft Patient": order_request(order(), patient(id="another")),
}


@pytest.mark.parametrize("request_body", MIXED_UP.values(), ids=MIXED_UP)
def test_a_resource_of_another_patient_refuses_the_call(
    request_body: Json, knowledge: Knowledge
) -> None:
    with pytest.raises(ForeignPatient):
        gathered(request_body, knowledge)


UNSEEN = {
    "same id as one of the patient's": condition(subject=FOREIGN_SUBJECT),
    "modifierExtension": condition(
        id="zz", subject=FOREIGN_SUBJECT, modifierExtension=[{"url": "urn:x"}]
    ),
    "unreadable elsewhere": condition(id="zz", subject=FOREIGN_SUBJECT, onsetDateTime=5),
    "patient beside subject": condition(id="zz", patient=FOREIGN_SUBJECT),
    "Bundle in a Bundle": bundle(bundle(condition(id="zz", subject=FOREIGN_SUBJECT))),
    **{
        name: {"resourceType": name, "id": "zz", "subject": FOREIGN_SUBJECT}
        for name in sorted(PATIENT_TYPES - {"Patient"})
    },
}


@pytest.mark.parametrize("resource", UNSEEN.values(), ids=UNSEEN)
def test_another_patients_resource_is_seen_where_it_is_not_used(
    resource: Json, knowledge: Knowledge
) -> None:
    request = hook_request(prefetch=prefetch(zz=resource))
    with pytest.raises(ForeignPatient):
        gathered(request, knowledge)


@pytest.mark.parametrize("spoofed", ["Patient/2", "https://ehr.example.org/fhir/Patient/2"])
def test_a_full_url_never_makes_another_patients_reference_ours(
    spoofed: str, knowledge: Knowledge
) -> None:
    entries = [
        {"fullUrl": spoofed, "resource": patient()},
        {"resource": condition(subject={"reference": spoofed})},
    ]
    with pytest.raises(ForeignPatient):
        gathered(hook_request(prefetch=prefetch(zz=bundle(entry=entries))), knowledge)


def test_an_empty_reference_is_unclear_not_foreign() -> None:
    assert is_of_patient(decoded(condition(subject={"reference": ""})), PATIENT_ID, {}) is None


@given(st.from_regex(r"[A-Za-z0-9\-.]{1,64}", fullmatch=True))
def test_every_other_id_is_another_patients(other: str) -> None:
    resource = decoded(condition(subject={"reference": f"Patient/{other}"}))
    assert is_of_patient(resource, PATIENT_ID, {}) is (other == PATIENT_ID)


@pytest.mark.parametrize(
    ("given_id", "bare"),
    [("1", "1"), ("Patient/1", "1"), ("a_b-C.9", "a_b-C.9"), ("e" * 200, "e" * 200)],
)
def test_a_patient_id_is_read_with_and_without_its_type(given_id: str, bare: str) -> None:
    assert patient_id_of(given_id) == bare


NOT_IDS = [None, "", "Patient/", "1/../../Patient?", "1 2", "1\n", "1\0", "<b>", "é", "x" * 257]
NOT_IDS += ["https://ehr.example.org/Patient/1", "Patient/Patient/1", "{{ label }}"]


@pytest.mark.parametrize("given_id", NOT_IDS)
def test_what_is_not_an_id_is_refused(given_id: str | None) -> None:
    with pytest.raises(MalformedRequest):
        patient_id_of(given_id)
