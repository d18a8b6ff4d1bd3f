"""What was recognised, what was missing, and what would mend it."""

from typing import Any

import pytest

from tests.workbench.doctor.bedside import Examine, bundle, condition, request, without

ONFH = ("http://hl7.org/fhir/sid/icd-10-cm", "M87.052")
OUTCOME = {
    "resourceType": "OperationOutcome",
    "issue": [{"severity": "error", "code": "forbidden"}],
}


def test_each_key_is_said_to_be_ours_guessed_or_unknown(examine: Examine) -> None:
    sent = without(request(problems=bundle(condition("c1", ONFH))), "conditions", "imagingStudies")
    sent["prefetch"]["imaging-studies"] = None
    text, _ = examine(sent)
    assert "patient (our key): Patient -> Patient 1" in text
    assert "problems (unknown key, read by what it holds): Bundle of 1 entry -> Cond" in text
    assert "imaging-studies (not our key, guessed by its name as ImagingStudy): null" in text


def test_a_type_that_was_not_sent_is_asked_for_by_our_key(examine: Examine) -> None:
    text, is_answered = examine(without(request(), "conditions"))
    assert not is_answered
    assert "Condition: 0 read, but the list was not among the data sent" in text
    assert "Send prefetch `conditions`: Condition?patient={{context.patientId}}" in text
    assert "HTTP status 412" in text


def test_a_failed_search_is_named_with_its_code_and_place(examine: Examine) -> None:
    text, is_answered = examine(request(condition("c1", ONFH), imagingStudies=OUTCOME))
    assert is_answered
    place = "prefetch.imagingStudies (OperationOutcome without a plain id)"
    assert f"is an OperationOutcome in place of data (error forbidden)\n    {place}\n" in text
    assert "`queries` in CDS_CLIENTS" in text


def test_a_resource_that_cannot_be_read_is_named_with_path_and_reason(examine: Examine) -> None:
    text, _ = examine(request(condition("c1", ONFH), condition("c2", ONFH, onsetDateTime=[1])))
    assert "not read, since it has a shape that cannot be read" in text
    assert "`$.onsetDateTime`\n    prefetch.conditions.entry[1].resource (Condition/c2)\n" in text


def test_a_resource_of_another_patient_refuses_the_call_and_is_found(examine: Examine) -> None:
    foreign = condition("c2", subject={"reference": "Patient/p2"})
    text, is_answered = examine(request(foreign))
    assert not is_answered
    assert "holds a resource of another patient, which refuses the whole call" in text
    assert "\n    prefetch.conditions.entry[0].resource (Condition/c2)\n" in text
    assert "Limit every prefetch query to context.patientId" in text


def test_a_prefetch_that_is_one_bundle_is_read(examine: Examine) -> None:
    sent = request()
    sent["prefetch"] = bundle(sent["prefetch"]["patient"], condition("c1", ONFH))
    text, is_answered = examine(sent)
    assert is_answered
    assert "(the prefetch is one Bundle) (read by what it holds)" in text
    assert "Condition 1, Patient 1" in text


def test_a_template_left_unfilled_is_recognised(examine: Examine) -> None:
    text, _ = examine(request(conditions="Condition?patient={{context.patientId}}"))
    assert "a prefetch template that was not filled in" in text


def test_a_fhir_server_that_is_not_registered_is_to_be_registered(examine: Examine) -> None:
    sent = {**without(request(), "conditions"), "fhirServer": "https://fhir.example.org/r4"}
    text, _ = examine(sent)
    assert "cannot be asked for: the request's FHIR server is not registered here" in text
    assert "CDS_CLIENTS names: `base: https://fhir.example.org/r4`" in text


def test_a_fhir_server_that_may_be_called_is_named_and_not_called(examine: Examine) -> None:
    sent = {**without(request(), "conditions"), "fhirServer": "http://127.0.0.1:9/r4"}
    text, is_answered = examine(sent)
    assert not is_answered
    assert "Condition: GET http://127.0.0.1:9/r4/Condition?patient=p1" in text
    assert "the doctor calls no FHIR server" in text


def test_a_body_above_the_limit_names_the_setting(examine: Examine) -> None:
    text, is_answered = examine(request(condition("c1", ONFH)), max_body_bytes=100)
    assert not is_answered
    assert "Set CDS_MAX_BODY_BYTES to at least" in text
    assert "HTTP status 413" in text


@pytest.mark.parametrize("name", ["hook", "hookInstance", "context"])
def test_a_missing_member_of_the_envelope_is_named(name: str, examine: Examine) -> None:
    sent: dict[str, Any] = request(condition("c1", ONFH))
    del sent[name]
    text, is_answered = examine(sent)
    assert not is_answered
    assert f"Send `{name}` (CDS Hooks 2.0 requires it)." in text
    assert "conditions (our key): Bundle of 1 entry -> Condition 1" in text


def test_an_envelope_that_is_refused_still_has_its_prefetch_explained(examine: Examine) -> None:
    text, is_answered = examine({**request(condition("c1", ONFH)), "hookInstance": 5})
    assert not is_answered
    assert "The envelope is refused: Expected `str | null`, got `int` - at `$.hookInstance`" in text
    assert "-> Condition 1" in text


def test_a_change_stands_with_its_finding_and_once(examine: Examine) -> None:
    odd = [condition(f"c{n}", onsetDateTime=[n], bodySite=n) for n in (1, 2, 3)]
    text, _ = examine(request(*odd, observations={**odd[0], "id": "o"}))
    (before,) = text.split("    Change: Mend the element that is named")[:-1]
    assert before.rstrip().endswith("(Condition/o)")
