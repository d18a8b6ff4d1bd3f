"""Codes that nearly matched, and those that matched and do not count."""

import pytest

from tests.workbench.doctor.bedside import ICD_10_CM, SNOMED, Examine, condition, request

LEFT, HEAD = "M87.052", "203476003"


@pytest.mark.parametrize(
    ("system", "code", "words"),
    [
        ("http://local.example/dx", LEFT, "known as ICD-10-CM, but was sent under http://local"),
        (None, LEFT, "`M87.052` is known as ICD-10-CM, but was sent without a system: not read"),
        ("http://loinc.org", HEAD, "`203476003` is known as SNOMED CT, but was sent as LOINC"),
        (SNOMED, "203476004", "`203476004` is no SNOMED CT code: its check digit is wrong"),
        (SNOMED, f"{HEAD} RT", "holds `203476003`, but is not that code alone"),
        (ICD_10_CM, "m87052", "`m87052` matched as `M87.052`, written otherwise"),
        (
            "http://hl7.org/fhir/sid/icd-10",
            "M87052",
            "sent as ICD-10 (WHO, with national site digits) matched as ICD-10-CM `M87.052`",
        ),
        (ICD_10_CM, "M87.7", "is of the family M87, but in no value set: not read"),
        (ICD_10_CM, "M87.00", "`M87.00` is possible only: it names no femoral head"),
        (ICD_10_CM, "M87.180", "`M87.180` is osteonecrosis of another site"),
        ("http://hl7.org/fhir/sid/icd-9-cm", "733.42", "neither the code nor bodySite says"),
    ],
)
def test_a_code_is_explained(system: str | None, code: str, words: str, examine: Examine) -> None:
    text, _ = examine(request(condition("c1", (system, code))))
    assert words in text
    assert "Condition/c1" in text


def test_a_plain_match_is_not_remarked_upon(examine: Examine) -> None:
    text, _ = examine(request(condition("c1", (ICD_10_CM, LEFT))))
    assert "1 codings looked at, 1 in our value sets\n\nANSWER" in text


def test_a_code_of_another_disease_is_not_remarked_upon(examine: Examine) -> None:
    text, _ = examine(request(condition("c1", (ICD_10_CM, "E11.9"), (SNOMED, "44054006"))))
    assert "2 codings looked at, 0 in our value sets\n\nANSWER" in text


def test_words_without_a_code_are_counted_and_not_shown(examine: Examine) -> None:
    text, _ = examine(request(condition("c1")))
    assert "2 further resources: about something else, as far as they were read" in text


ORDERED = {
    "resourceType": "ServiceRequest",
    "id": "o1",
    "subject": {"reference": "Patient/p1"},
    "code": {"text": "Treadmill running training"},
}


def test_words_that_win_a_card_are_said_to_be_read(examine: Examine) -> None:
    sent = request(condition("c1", (ICD_10_CM, LEFT)))
    drafts = {"resourceType": "Bundle", "entry": [{"resource": ORDERED}]}
    context = {**sent["context"], "draftOrders": drafts, "selections": ["ServiceRequest/o1"]}
    text, _ = examine({**sent, "hook": "order-select", "context": context})
    assert "they name impact-exercise" in text
    assert "reads no words" not in text


@pytest.mark.parametrize(
    ("key", "resource", "words"),
    [
        (
            "observations",
            {"resourceType": "Observation", "code": {"text": "ARCO stage"}, "valueString": "III"},
            "valueString: they state a stage",
        ),
        (
            "diagnosticReports",
            {"resourceType": "DiagnosticReport", "conclusion": "ARCO stage III."},
            "conclusion: they state a stage",
        ),
        (
            "diagnosticReports",
            {"resourceType": "DiagnosticReport", "code": {"coding": [{"code": "36022-2"}]}},
            "`36022-2` is known as LOINC, but was sent without a system: not read",
        ),
    ],
)
def test_observations_and_reports_are_looked_at_as_the_service_does(
    key: str, resource: dict[str, object], words: str, examine: Examine
) -> None:
    sent = {"id": "x1", "status": "final", "subject": {"reference": "Patient/p1"}, **resource}
    text, _ = examine(request(condition("c1", (ICD_10_CM, LEFT)), **{key: sent}))
    assert words in text
    assert f"{resource['resourceType']}/x1" in text


def test_the_right_system_is_named_as_the_change(examine: Examine) -> None:
    text, _ = examine(request(condition("c1", ("urn:x-local", LEFT))))
    assert f"Send the code system as {ICD_10_CM}." in text


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"clinicalStatus": "resolved"}, "clinicalStatus or abatement says that it is over"),
        ({"verificationStatus": "refuted"}, "verificationStatus is refuted or entered-in-error"),
    ],
)
def test_a_condition_that_does_not_count_says_why(
    members: dict[str, str], words: str, examine: Examine
) -> None:
    text, _ = examine(request(condition("c1", (ICD_10_CM, LEFT), **members)))
    assert f"`M87.052` does not count: {words}" in text


def test_sides_that_contradict_each_other_are_said_to(examine: Examine) -> None:
    right = [{"coding": [{"system": SNOMED, "code": "24028007"}]}]
    text, _ = examine(request(condition("c1", (ICD_10_CM, LEFT), bodySite=right)))
    assert "has no side: code and bodySite contradict each other" in text
