"""Raw JSON of a request -> each resource with its place in the file; refuses to judge it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec

from cds_service.fhir.shapes.patient import PATIENT_TYPES, is_of_patient
from cds_service.fhir.shapes.resources import Resource
from cds_service.workbench.doctor.words import kind_of, name_of

FOREIGN = "is of another patient than context.patientId, which refuses the whole call"
WHOLE_PREFETCH = "(the prefetch is one Bundle)"
DRAFTS = "context.draftOrders"


@dataclass(frozen=True, slots=True)
class Located:
    """A resource as sent; `path` is where it stands in the file, `key` its prefetch key.

    Where something else than an object stands, `content` is empty.
    """

    key: str
    path: str
    content: Mapping[str, object]


def resources_in(root: object) -> tuple[Located, ...]:
    """Return every resource of the prefetch and of the draft orders."""
    found: list[Located] = []
    for key, value in prefetch_of(root).items():
        path = "prefetch" if key == WHOLE_PREFETCH else f"prefetch.{name_of(key)}"
        found += _resources(key, path, value)
    drafts = member(member(root, "context"), "draftOrders")
    return (*found, *_resources(DRAFTS, DRAFTS, drafts))


def prefetch_of(root: object) -> Mapping[str, object]:
    """Return the prefetch by key; a prefetch that is itself a Bundle counts as one key."""
    prefetch = member(root, "prefetch")
    if not isinstance(prefetch, dict):
        return {}
    return {WHOLE_PREFETCH: prefetch} if prefetch.get("resourceType") == "Bundle" else prefetch


def member(node: object, name: str) -> object:
    """Return a member of an object, or None."""
    return node.get(name) if isinstance(node, dict) else None


def why_not_read(found: Located, patient_id: str, full_urls: Mapping[str, str]) -> str | None:
    """Return why the service does not read a resource, or None where it does."""
    resource_type = found.content.get("resourceType")
    if not found.content:
        return "holds no resource"
    if resource_type == "OperationOutcome":
        return f"is an OperationOutcome in place of data ({_issues(found.content)})"
    if not isinstance(resource_type, str):
        return f"has no resourceType ({kind_of(resource_type)})"
    try:
        resource = msgspec.convert(found.content, Resource)
    except (msgspec.ValidationError, RecursionError) as error:
        return f"has a shape that cannot be read: {_without_values(error)}"
    return _why_not_used(resource, is_of_patient(resource, patient_id, full_urls))


def _why_not_used(resource: Resource, answer: bool | None) -> str | None:
    if answer is False:
        return FOREIGN
    if resource.implicit_rules or resource.modifier_extension:
        return "has implicitRules or a modifierExtension, which the service does not know"
    if answer is None and resource.resource_type in PATIENT_TYPES:
        name = "id" if resource.resource_type == "Patient" else "subject.reference to the patient"
        return f"has no {name} that can be told"
    return None


def _resources(key: str, path: str, value: object) -> Iterator[Located]:
    waiting = [(path, value)]
    while waiting:
        place, node = waiting.pop()
        match node:
            case list():
                children = [(f"{place}[{i}]", child) for i, child in enumerate(node)]
            case {"entry": list(entries)}:
                children = [
                    (f"{place}.entry[{i}].resource", member(entry, "resource"))
                    for i, entry in enumerate(entries)
                ]
            case {"resourceType": "Bundle"}:
                children = []
            case {"resource": dict(inner), **rest} if "resourceType" not in rest:
                children = [(f"{place}.resource", inner)]
            case dict():
                yield Located(key, place, node)
                children = []
            case None if place == path:
                children = []
            case _:
                yield Located(key, place, {})
                children = []
        waiting += reversed(children)


def _issues(outcome: Mapping[str, object]) -> str:
    """Name severity and code of each issue; its words may hold patient data."""
    issues = outcome.get("issue")
    found = [
        f"{name_of(str(member(issue, 'severity')))} {name_of(str(member(issue, 'code')))}"
        for issue in (issues if isinstance(issues, list) else [])
    ]
    return ", ".join(found[:3]) or "without an issue"


def _without_values(error: Exception) -> str:
    """Return the decoder's words, which name types and paths and no values."""
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)
