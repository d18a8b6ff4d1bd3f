"""Whose resource it is: every subject must be the patient of the context."""

import re
from collections.abc import Mapping

from cds_service.errors import ForeignPatient, MalformedRequest, Problem
from cds_service.fhir.shapes.references import is_id
from cds_service.fhir.shapes.resources import Reference, Resource

# What is about the patient; of other types (a Practitioner, a Location) the subject is not asked.
PATIENT_TYPES = frozenset(
    {
        "Patient",
        "Condition",
        "ImagingStudy",
        "Procedure",
        "DiagnosticReport",
        "Observation",
        "ServiceRequest",
    }
)
_REFERENCE = re.compile(r"(?:(?P<base>.*)/)?Patient/(?P<id>[^/?#]+)(?:/_history/[^/?#]+)?")


def patient_id_of(patient_id: str | None) -> str:
    """Return `context.patientId` without a `Patient/` prefix; raise where it is not an id."""
    if not patient_id:
        raise MalformedRequest(Problem("required", "`context.patientId` is missing."))
    bare = patient_id.removeprefix("Patient/")
    if not is_id(bare):
        raise MalformedRequest(Problem("value", "`context.patientId` is not a FHIR id."))
    return bare


def is_of_patient(resource: Resource, patient_id: str, full_urls: Mapping[str, str]) -> bool | None:
    """Tell whether a resource is the patient's; None where its subject cannot be told."""
    if resource.resource_type == "Patient":
        return None if resource.id is None else resource.id == patient_id
    answers = {
        _is_patient(subject, patient_id, full_urls)
        for subject in (resource.subject, resource.patient)
        if subject is not None
    }
    if False in answers:
        return False
    return True if answers == {True} else None


def _is_patient(subject: Reference, patient_id: str, full_urls: Mapping[str, str]) -> bool | None:
    reference = subject.reference
    if reference is None:
        return None
    if reference in (f"Patient/{patient_id}", patient_id):
        return True
    match = _REFERENCE.fullmatch(full_urls.get(reference, reference))
    return None if match is None else match["id"] == patient_id


def refuse_foreign(answer: bool | None) -> None:
    """Raise where a resource is surely another patient's; no identifier goes into the error."""
    if answer is False:
        raise ForeignPatient(
            Problem("conflict", "A resource belongs to another patient than `context.patientId`.")
        )
