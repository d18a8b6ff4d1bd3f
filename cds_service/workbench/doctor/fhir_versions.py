"""The shape of a resource -> the FHIR version that it looks like."""

from collections import Counter
from collections.abc import Iterable, Mapping

DSTU2, STU3, R4, R5 = "DSTU2", "STU3", "R4B", "R5"
# By type, the elements that only some versions have, or have as this kind of JSON.
_MARKS: Mapping[str, tuple[tuple[str, type, tuple[str, ...]], ...]] = {
    "Condition": (
        ("patient", object, (DSTU2,)),
        ("dateRecorded", object, (DSTU2,)),
        ("category", dict, (DSTU2,)),
        ("assertedDate", object, (STU3,)),
        ("clinicalStatus", str, (DSTU2, STU3)),
        ("verificationStatus", str, (DSTU2, STU3)),
        ("participant", object, (R5,)),
    ),
    "ImagingStudy": (
        ("patient", object, (DSTU2, STU3)),
        ("uid", object, (DSTU2, STU3)),
        ("modalityList", object, (DSTU2, STU3)),
        ("procedure.reference", str, (DSTU2,)),
        ("procedure.concept", object, (R5,)),
        ("series.modality.coding", object, (R5,)),
        ("series.bodySite.concept", object, (R5,)),
    ),
    "Procedure": (
        ("notPerformed", object, (DSTU2,)),
        ("notDone", object, (STU3,)),
        ("occurrenceDateTime", object, (R5,)),
        ("occurrencePeriod", object, (R5,)),
    ),
    "Patient": (("name.family", list, (DSTU2,)), ("animal", object, (DSTU2, STU3))),
    "ServiceRequest": (("code.concept", object, (R5,)),),
    "MedicationRequest": (("medication", object, (R5,)),),
    "MedicationOrder": (("resourceType", object, (DSTU2,)),),
    "DiagnosticOrder": (("resourceType", object, (DSTU2,)),),
    "DeviceUseRequest": (("resourceType", object, (DSTU2,)),),
    "ProcedureRequest": (("resourceType", object, (DSTU2, STU3)),),
    "ReferralRequest": (("resourceType", object, (DSTU2, STU3)),),
}


def looks_like(content: Mapping[str, object]) -> Counter[str]:
    """Count the marks of each version in a resource; no marks means R4, or nothing telling."""
    return Counter(
        version
        for path, kind, versions in _MARKS.get(str(content.get("resourceType")), ())
        if any(isinstance(value, kind) for value in _at(content, path.split(".")))
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
    return sum(map(looks_like, contents), Counter[str]())


def _at(node: object, path: list[str]) -> list[object]:
    """Return what stands at a path, in each member of the lists on the way."""
    nodes = [node]
    for name in path:
        members = [m for n in nodes for m in (n if isinstance(n, list) else [n])]
        nodes = [m[name] for m in members if isinstance(m, dict) and name in m]
    return nodes
