"""The shape of a resource -> the FHIR versions it looks like; refuses to validate it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

DSTU2, STU3, R4, R5 = "DSTU2", "STU3", "R4B", "R5"
_OLD = (DSTU2, STU3)
# (type, element, kind of value or "any") -> the versions that have it so.
_MARKS = (
    ("Condition", "patient", "any", (DSTU2,)),
    ("Condition", "dateRecorded", "any", (DSTU2,)),
    ("Condition", "category", "object", (DSTU2,)),
    ("Condition", "assertedDate", "any", (STU3,)),
    ("Condition", "clinicalStatus", "text", _OLD),
    ("Condition", "verificationStatus", "text", _OLD),
    ("Condition", "participant", "any", (R5,)),
    ("ImagingStudy", "patient", "any", _OLD),
    ("ImagingStudy", "uid", "any", _OLD),
    ("ImagingStudy", "modalityList", "any", _OLD),
    ("ImagingStudy", "procedure.reference", "text", (DSTU2,)),
    ("ImagingStudy", "procedure.concept", "any", (R5,)),
    ("ImagingStudy", "series.modality.coding", "any", (R5,)),
    ("ImagingStudy", "series.bodySite.concept", "any", (R5,)),
    ("Procedure", "notPerformed", "any", (DSTU2,)),
    ("Procedure", "notDone", "any", (STU3,)),
    ("Procedure", "occurrenceDateTime", "any", (R5,)),
    ("Procedure", "occurrencePeriod", "any", (R5,)),
    ("Patient", "name.family", "list", (DSTU2,)),
    ("Patient", "animal", "any", _OLD),
    ("ServiceRequest", "code.concept", "any", (R5,)),
    ("MedicationRequest", "medication", "any", (R5,)),
    ("MedicationOrder", "resourceType", "any", (DSTU2,)),
    ("DiagnosticOrder", "resourceType", "any", (DSTU2,)),
    ("DeviceUseRequest", "resourceType", "any", (DSTU2,)),
    ("ProcedureRequest", "resourceType", "any", _OLD),
    ("ReferralRequest", "resourceType", "any", _OLD),
)
_KINDS = {"str": "text", "dict": "object", "list": "list"}


def looks_like(content: Mapping[str, object]) -> Counter[str]:
    """Count the marks of each version in a resource; no marks means R4, or nothing telling."""
    return Counter(
        version
        for resource_type, path, kind, versions in _MARKS
        if content.get("resourceType") == resource_type
        and any(
            kind in ("any", _KINDS.get(type(v).__name__)) for v in _at(content, path.split("."))
        )
        for version in versions
    )


def version_of(content: Mapping[str, object], everywhere: Counter[str]) -> str | None:
    """Return the version other than R4 that a resource looks like, or None.

    Where its own marks leave two versions open, the other resources of the request decide.
    """
    marks = looks_like(content)
    return max(marks, key=lambda v: (marks[v], everywhere[v], v), default=None)


def marks_of_all(contents: Iterable[Mapping[str, object]]) -> Counter[str]:
    """Add up the marks of all resources."""
    total: Counter[str] = Counter()
    for content in contents:
        total += looks_like(content)
    return total


def _at(node: object, path: list[str]) -> Iterator[object]:
    """Yield what stands at a path, in each member of the lists on the way."""
    nodes: list[object] = [node]
    for name in path:
        members = [m for n in nodes for m in (n if isinstance(n, list) else [n])]
        nodes = [m[name] for m in members if isinstance(m, dict) and name in m]
    yield from nodes
