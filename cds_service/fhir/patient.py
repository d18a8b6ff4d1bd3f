"""Whose resource it is: every subject must be the patient of the context; knows no medicine."""

import re
from collections.abc import Mapping

from cds_service.errors import ForeignPatient, MalformedRequest, Problem
from cds_service.fhir.resources import Element, Resource

_ID = re.compile(r"[A-Za-z0-9\-._~]{1,256}")
_REFERENCE = re.compile(r"(?:(?P<base>.*)/)?Patient/(?P<id>[^/?#]+)(?:/_history/[^/?#]+)?")


def patient_id_of(patient_id: str | None) -> str:
    """Return `context.patientId` without a `Patient/` prefix; raise where it is not an id."""
    if not patient_id:
        raise MalformedRequest(Problem("required", "`context.patientId` is missing."))
    bare = patient_id.removeprefix("Patient/")
    if not _ID.fullmatch(bare):
        raise MalformedRequest(Problem("value", "`context.patientId` is not a FHIR id."))
    return bare


def is_of_patient(resource: Resource, patient_id: str, full_urls: Mapping[str, str]) -> bool | None:
    """Tell whether a resource is the patient's; None where its subject cannot be told."""
    if resource.resource_type == "Patient":
        return None if resource.id is None else resource.id == patient_id
    subject = resource.subject or resource.patient
    reference = _reference(subject)
    if reference is None:
        return None
    reference = full_urls.get(reference, reference)
    if reference.startswith(("urn:", "#")):
        return None
    if reference == patient_id:
        return True
    match = _REFERENCE.fullmatch(reference)
    return match is not None and match["id"] == patient_id


def refuse_foreign(answer: bool | None) -> None:
    """Raise where a resource is surely another patient's; no identifier goes into the error."""
    if answer is False:
        raise ForeignPatient(
            Problem("conflict", "A resource belongs to another patient than `context.patientId`.")
        )


def _reference(subject: Element | None) -> str | None:
    return subject.reference if subject and isinstance(subject.reference, str) else None
