"""Builds FHIR resources and hook requests of an invented patient, as plain JSON values."""

import json
from typing import Any

from cds_service.core.knowledge import Knowledge
from cds_service.core.record import Record
from cds_service.fhir.gather import gather_record
from cds_service.fhir.shapes.decode import decode_request
from cds_service.fhir.shapes.resources import Resource
from tests.conftest import TODAY

Json = dict[str, Any]

PATIENT_ID = "zz-test-1"
SUBJECT = {"reference": f"Patient/{PATIENT_ID}"}

ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
SNOMED = "http://snomed.info/sct"
DCM = "http://dicom.nema.org/resources/ontology/DCM"
LOINC = "http://loinc.org"
CPT = "http://www.ama-assn.org/go/cpt"
CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"

BASE = "https://ehr.example.org/fhir/r4"
URN = "urn:uuid:7192a60c-6a4a-4833-96ae-460197317907"

ASTHMA = {"system": SNOMED, "code": "195967001"}
RIGHT_FEMUR = {"system": ICD10CM, "code": "M87.051"}
PERTHES_RIGHT = {"system": ICD10CM, "code": "M91.11"}
FEMORAL_HEAD = {"system": SNOMED, "code": "203476003"}
RIGHT = {"system": SNOMED, "code": "24028007"}
LEFT = {"system": SNOMED, "code": "7771000"}
HIP = {"system": SNOMED, "code": "24136001"}
FILM = {"system": DCM, "code": "DX"}
MRI = {"system": DCM, "code": "MR"}
HIP_FILMS = {"system": LOINC, "code": "24762-7"}
PHYSIOTHERAPY = {"system": SNOMED, "code": "91251008"}
HIP_REPLACEMENT = {"system": CPT, "code": "27130"}


def concept(*codings: Json) -> Json:
    """Return a CodeableConcept."""
    return {"coding": list(codings)}


def patient(**members: Any) -> Json:
    """Return an adult Patient."""
    return {"resourceType": "Patient", "id": PATIENT_ID, "birthDate": "1970-01-01"} | members


def condition(**members: Any) -> Json:
    """Return an active, confirmed Condition: osteonecrosis of the right femur, FHIR R4."""
    return {
        "resourceType": "Condition",
        "id": "condition-1",
        "clinicalStatus": concept({"system": CLINICAL, "code": "active"}),
        "verificationStatus": concept({"system": VERIFICATION, "code": "confirmed"}),
        "code": concept(RIGHT_FEMUR),
        "subject": SUBJECT,
        "onsetDateTime": "2026-06-01",
    } | members


def study(**members: Any) -> Json:
    """Return a film of a hip made seven weeks before the fixed day, FHIR R4."""
    return {
        "resourceType": "ImagingStudy",
        "id": "study-1",
        "status": "available",
        "subject": SUBJECT,
        "started": "2026-10-05",
        "series": [{"modality": FILM, "bodySite": HIP}],
    } | members


def observation(**members: Any) -> Json:
    """Return a final observation of a stage of the left hip, FHIR R4."""
    return {
        "resourceType": "Observation",
        "id": "observation-1",
        "status": "final",
        "subject": SUBJECT,
        "code": {"text": "ARCO stage"},
        "bodySite": concept(LEFT),
        "effectiveDateTime": "2026-10-05",
        "valueString": "II",
    } | members


def procedure(**members: Any) -> Json:
    """Return a completed replacement of the right hip, FHIR R4."""
    return {
        "resourceType": "Procedure",
        "id": "procedure-1",
        "status": "completed",
        "subject": SUBJECT,
        "code": concept(HIP_REPLACEMENT),
        "bodySite": [concept(RIGHT)],
    } | members


def order(**members: Any) -> Json:
    """Return a drafted order for physiotherapy, FHIR R4."""
    return {
        "resourceType": "ServiceRequest",
        "id": "order-1",
        "status": "draft",
        "intent": "order",
        "subject": SUBJECT,
        "code": concept(PHYSIOTHERAPY),
    } | members


def bundle(*resources: Any, **members: Any) -> Json:
    """Return a searchset Bundle."""
    entries = [{"resource": resource} for resource in resources]
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries} | members


def outcome(severity: str = "error") -> Json:
    """Return an OperationOutcome."""
    return {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": severity, "code": "processing"}],
    }


def prefetch(**members: Any) -> Json:
    """Return a whole prefetch under our own keys: one diagnosis, one film, no operation."""
    return {
        "patient": patient(),
        "conditions": bundle(condition()),
        "imagingStudies": bundle(study()),
        "procedures": None,
        "observations": None,
        "diagnosticReports": None,
        "activeOrders": None,
    } | members


def without(members: Json, *names: str) -> Json:
    """Return an object without some of its members."""
    return {name: value for name, value in members.items() if name not in names}


def hook_request(hook: str = "patient-view", **members: Any) -> Json:
    """Return a hook request that gets two cards; `members` replaces its top-level members."""
    return {
        "hook": hook,
        "hookInstance": "0f3c1a52-7d4e-4b87-9d57-3c1f0a5b2e61",
        "context": {"userId": "Practitioner/zz-test", "patientId": PATIENT_ID},
        "prefetch": prefetch(),
    } | members


def order_request(*drafts: Any, hook: str = "order-select", **context: Any) -> Json:
    """Return an order hook's request with draft orders and further members of the context."""
    plain = {"userId": "Practitioner/zz-test", "patientId": PATIENT_ID}
    drafted = {"draftOrders": bundle(*drafts, type="collection")}
    return hook_request(hook, context=plain | drafted | context)


def gathered(request: Json, knowledge: Knowledge) -> Record:
    """Return what the service reads of a request."""
    call = decode_request(json.dumps(request).encode())
    return gather_record(call, knowledge, TODAY)


def decoded(resource: Json) -> Resource:
    """Return a resource as the service's decoder reads it."""
    body = json.dumps({"prefetch": {"key": resource}}).encode()
    found = (decode_request(body).prefetch or {})["key"]
    assert isinstance(found, Resource)
    return found
