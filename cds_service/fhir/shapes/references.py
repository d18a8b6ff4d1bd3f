"""References and ids of resources, in the spellings that EHRs send."""

import re

from cds_service.fhir.shapes.resources import Resource

_ID = re.compile(r"(?!\.+$)[A-Za-z0-9\-._~]{1,256}")


def is_id(text: str) -> bool:
    """Tell a FHIR id, with the underscores and lengths that EHRs send, from anything else."""
    return _ID.fullmatch(text) is not None


def reference_to(resource: Resource) -> str | None:
    """Return `Type/id`, or None for a resource without an id that FHIR or a known EHR allows."""
    if resource.id is None or not is_id(resource.id):
        return None
    return f"{resource.resource_type}/{resource.id}"


def short_reference(reference: str) -> str:
    """Return the `Type/id` of an absolute or versioned reference; others as they are."""
    if reference.count("/") < 2:
        return reference.rstrip("/")
    parts = reference.split("/_history/", maxsplit=1)[0].rstrip("/").split("/")
    return "/".join(parts[-2:])
