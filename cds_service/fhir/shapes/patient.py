"""The patient of the context: every resource that is about a patient must be about this one."""

from cds_service.errors import ForeignPatient, MalformedRequest, Problem
from cds_service.fhir.shapes.references import is_id

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


def patient_id_of(patient_id: str | None) -> str:
    """Return `context.patientId` without a `Patient/` prefix; raise where it is not an id."""
    if not patient_id:
        raise MalformedRequest(Problem("required", "`context.patientId` is missing."))
    bare = patient_id.removeprefix("Patient/")
    if not is_id(bare):
        raise MalformedRequest(Problem("value", "`context.patientId` is not a FHIR id."))
    return bare


def refuse_foreign(answer: bool | None) -> None:
    """Raise where a resource is surely another patient's; no identifier goes into the error."""
    if answer is False:
        raise ForeignPatient(
            Problem("conflict", "A resource belongs to another patient than `context.patientId`.")
        )
