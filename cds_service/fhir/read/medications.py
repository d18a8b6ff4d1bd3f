"""A drug order that only refers to its Medication -> that Medication; judges nothing."""

from collections.abc import Iterator

from cds_service.fhir.read.drafts import Draft
from cds_service.fhir.read.order_words import Json, references_under, short_reference

_DRUG = ("medication", "medicationReference")


def medications_of(content: Json, drafts: list[Draft]) -> Iterator[Json]:
    """Yield the Medications that a draft refers to, contained in it or among the drafts."""
    wanted = references_under(content, _DRUG)
    if not wanted:
        return
    contained = content.get("contained")
    for inner in contained if isinstance(contained, list) else ():
        if isinstance(inner, dict) and f"#{inner.get('id')}" in wanted:
            yield inner
    for draft in drafts:
        resource = draft.resource
        names = {f"Medication/{resource.id}", short_reference(draft.full_url or "")}
        if resource.resource_type == "Medication" and names & wanted:
            yield draft.content()
