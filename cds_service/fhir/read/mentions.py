"""Conditions without a known code -> those that name osteonecrosis of the femoral head in words.

The text is read only where no coding is of a code system that the value sets know: a coded entry
means what its code says. A mention decides nothing; it is only told.
"""

from collections.abc import Iterable

from cds_service.core.record import Clinical, Mention, Verification
from cds_service.fhir.read.conditions import clinical_status, verification_status
from cds_service.fhir.reader import Reader
from cds_service.fhir.shapes.coding import elements_in
from cds_service.fhir.shapes.references import reference_to
from cds_service.fhir.shapes.resources import Element, Resource

_SURE = (Verification.CONFIRMED, Verification.UNRECORDED)


def read_mentions(conditions: Iterable[Resource], reader: Reader) -> tuple[Mention, ...]:
    """Return the current, unquestioned entries that name it; what is doubtful names nothing."""
    return tuple(
        Mention(reference_to(resource))
        for resource in conditions
        if _names(resource, reader)
        and verification_status(resource) in _SURE
        and clinical_status(resource, reader.today) is not Clinical.INACTIVE
    )


def _names(resource: Resource, reader: Reader) -> bool:
    """Tell whether the words of a Condition's code name it, unless a known code has the say."""
    code, knowledge = resource.code, reader.knowledge
    if not isinstance(code, Element) or not code.text:
        return False
    for coding in elements_in(code.coding):
        if coding.code is not None and (
            knowledge.knows_system(coding.system)
            or knowledge.recognise(coding.system, str(coding.code))
        ):
            return False
    is_named = reader.names_femoral_head(code.text)
    if reader.notes is not None:
        found = f"they {'name' if is_named else 'do not name'} osteonecrosis of the femoral head"
        reader.notes.words(resource, ("code",), found, is_understood=is_named)
    return is_named
