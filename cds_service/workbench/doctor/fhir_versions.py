"""The shape of a resource -> the FHIR version that it looks like."""

from collections import Counter
from collections.abc import Mapping

DSTU2, STU3, R4, R5 = "DSTU2", "STU3", "R4B", "R5"
_OLD = (DSTU2, STU3)
# Elements that only some versions have, or have as this kind of JSON.
_MARKS: tuple[tuple[str, type, tuple[str, ...]], ...] = (
    ("Condition.patient", object, (DSTU2,)),
    ("Condition.dateRecorded", object, (DSTU2,)),
    ("Condition.category", dict, (DSTU2,)),
    ("Condition.assertedDate", object, (STU3,)),
    ("Condition.clinicalStatus", str, _OLD),
    ("Condition.verificationStatus", str, _OLD),
    ("Condition.participant", object, (R5,)),
    ("ImagingStudy.patient", object, _OLD),
    ("ImagingStudy.uid", object, _OLD),
    ("ImagingStudy.modalityList", object, _OLD),
    ("ImagingStudy.procedure.reference", str, (DSTU2,)),
    ("ImagingStudy.procedure.concept", object, (R5,)),
    ("ImagingStudy.series.modality.coding", object, (R5,)),
    ("ImagingStudy.series.bodySite.concept", object, (R5,)),
    ("Procedure.notPerformed", object, (DSTU2,)),
    ("Procedure.notDone", object, (STU3,)),
    ("Procedure.occurrenceDateTime", object, (R5,)),
    ("Procedure.occurrencePeriod", object, (R5,)),
    ("Patient.name.family", list, (DSTU2,)),
    ("Patient.animal", object, _OLD),
    ("ServiceRequest.code.concept", object, (R5,)),
    ("MedicationRequest.medication", object, (R5,)),
    ("MedicationOrder", object, (DSTU2,)),
    ("DiagnosticOrder", object, (DSTU2,)),
    ("DeviceUseRequest", object, (DSTU2,)),
    ("ProcedureRequest", object, _OLD),
    ("ReferralRequest", object, _OLD),
)


def looks_like(content: Mapping[str, object]) -> Counter[str]:
    """Count the marks of each version in a resource; no marks means R4, or nothing telling."""
    own = {str(content.get("resourceType")): content}
    return Counter(
        version
        for path, kind, versions in _MARKS
        if any(isinstance(value, kind) for value in _at(own, path.split(".")))
        for version in versions
    )


def version_of(content: Mapping[str, object], everywhere: Counter[str]) -> str | None:
    """Return the version other than R4 that a resource looks like, or None.

    Where its own marks leave two versions open, those of all resources of the request decide.
    """
    marks = looks_like(content)
    return max(marks, key=lambda v: (marks[v], everywhere[v], v), default=None)


def _at(node: object, path: list[str]) -> list[object]:
    """Return what stands at a path, in each member of the lists on the way."""
    nodes = [node]
    for name in path:
        members = [m for n in nodes for m in (n if isinstance(n, list) else [n])]
        nodes = [m[name] for m in members if isinstance(m, dict) and name in m]
    return nodes
