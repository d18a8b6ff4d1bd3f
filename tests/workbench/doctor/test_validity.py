"""What fhir.resources says, put plainly."""

import pytest

from tests.workbench.doctor.bedside import GOLDEN, Examine, bundle, condition, request

ONFH = ("http://hl7.org/fhir/sid/icd-10-cm", "M87.052")


def test_a_valid_request_has_nothing_to_list(examine: Examine) -> None:
    text, _ = examine((GOLDEN / "synthea-01-unedited.request.json").read_bytes())
    assert "valid R4B" in text
    assert "not valid" not in text


def test_a_fault_has_path_and_reason_and_the_resource_is_read_nevertheless(
    examine: Examine,
) -> None:
    text, is_answered = examine(
        request(condition("c1", ONFH, onsetDateTime="3.5.2024", colour="red"))
    )
    assert is_answered
    assert "Condition/c1 at prefetch.conditions.entry[0].resource, by R4B" in text
    assert "onsetDateTime: is not a date as FHIR writes it" in text
    assert "colour: FHIR R4B has no such element here" in text
    assert "the service reads it nevertheless" in text
    assert "3.5.2024" not in text


def test_a_resource_that_is_not_read_says_so_beside_its_faults(examine: Examine) -> None:
    text, _ = examine(request(condition("c1", subject={}, colour="red")))
    assert "-> the service does not read it: it has no subject.reference" in text


def test_an_stu3_chart_is_judged_as_stu3(examine: Examine) -> None:
    text, _ = examine((GOLDEN / "library-stu3-order-select-onfh.request.json").read_bytes())
    assert "valid STU3" in text
    assert "clinicalStatus: must be an object" not in text
    assert "intent: is required and missing" not in text


def test_a_dstu2_chart_is_named_and_not_judged(examine: Examine) -> None:
    text, _ = examine((GOLDEN / "library-dstu2-order-select-onfh.request.json").read_bytes())
    assert "4 of the shape of DSTU2, for which fhir.resources has no judge" in text


def test_an_r5_procedure_is_judged_as_r5(examine: Examine) -> None:
    procedure = {
        "resourceType": "Procedure",
        "id": "x1",
        "status": "completed",
        "subject": {"reference": "Patient/p1"},
        "occurrenceDateTime": "2026-01-01",
    }
    text, _ = examine(request(procedures=procedure))
    assert "1 valid R5" in text


def test_a_resource_of_no_fhir_type_is_said_to_be_none(examine: Examine) -> None:
    text, _ = examine(request(extra={"resourceType": "Diagnosis", "id": "d1"}))
    assert "resourceType: FHIR R4B has no such resource" in text


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"category": [None]}, "category: holds a null"),
        ({"category": {}}, "category: must be a list, and an object was sent"),
        ({"clinicalStatus": 5}, "clinicalStatus: must be an object, and a number was sent"),
        ({"recordedDate": "Zzyzxmann"}, "recordedDate: is not a date as FHIR writes it"),
        ({"id": "Qwertyville!"}, "id: has characters that FHIR does not allow here"),
    ],
)
def test_a_fault_is_put_in_plain_words(
    members: dict[str, object], words: str, examine: Examine
) -> None:
    text, _ = examine(request(condition("c1", **members)))
    assert f"\n    {words}" in text
    assert "Zzyzxmann" not in text
    assert "Qwertyville" not in text


def test_an_order_of_an_older_chart_is_judged_by_the_version_of_the_chart(
    examine: Examine,
) -> None:
    order = {"resourceType": "NutritionOrder", "id": "n1", "status": "active"}
    order |= {"patient": {"reference": "Patient/p1"}, "dateTime": "2026-01-01"}
    drafts = {"context": {"patientId": "p1", "draftOrders": bundle(order)}}
    of_r4, _ = examine({**request(condition("c1")), **drafts, "hook": "order-sign"})
    assert "NutritionOrder/n1 at context.draftOrders.entry[0].resource, by R4B" in of_r4
    assert "intent: is required and missing" in of_r4
    older = condition("c1", ONFH, clinicalStatus="active", verificationStatus="confirmed")
    of_stu3, _ = examine({**request(older), **drafts, "hook": "order-sign"})
    assert "NutritionOrder/n1 at context.draftOrders.entry[0].resource, by" not in of_stu3
    assert "2 valid STU3" in of_stu3
