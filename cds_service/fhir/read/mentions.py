"""Conditions without a known code -> those that name osteonecrosis of the femoral head in words.

The text is read only where no coding is of a code system that the value sets know: a coded entry
means what its code says. A mention decides nothing; it is only told.
"""

from collections.abc import Iterable
from datetime import date

from cds_service.core.knowledge import Knowledge
from cds_service.core.record import Clinical, Mention, Verification
from cds_service.core.text.topics import FEMORAL_HEAD_MENTION, is_named, is_ruled_out
from cds_service.fhir.read.conditions import clinical_status, reference_to, verification_status
from cds_service.fhir.shapes.coding import elements_in
from cds_service.fhir.shapes.resources import Element, Outline, Resource

_SURE = (Verification.CONFIRMED, Verification.UNRECORDED)


def read_mentions(
    conditions: Iterable[Resource], knowledge: Knowledge, today: date
) -> tuple[Mention, ...]:
    """Return the current, unquestioned entries that name it; what is doubtful names nothing."""
    return tuple(
        Mention(reference_to(resource))
        for resource in conditions
        if _names(_uncoded_text(resource, knowledge), knowledge)
        and verification_status(resource) in _SURE
        and clinical_status(resource, today) is not Clinical.INACTIVE
    )


def may_be_mention(outline: Outline, knowledge: Knowledge) -> bool:
    """Tell whether a Condition names it, its codes and its status aside."""
    is_condition = outline.resource_type == "Condition" and outline.code is not None
    return is_condition and _names(outline.code.text if outline.code else None, knowledge)


def _names(text: str | None, knowledge: Knowledge) -> bool:
    if not text:
        return False
    pattern = knowledge.free_text.patterns[FEMORAL_HEAD_MENTION]
    return is_named(pattern, [text]) and not is_ruled_out(pattern, [text])


def _uncoded_text(resource: Resource, knowledge: Knowledge) -> str | None:
    """Return the words of a Condition's code, or None where a known code has the say."""
    code = resource.code
    if not isinstance(code, Element) or code.text is None:
        return None
    for coding in elements_in(code.coding):
        if coding.code is not None and (
            knowledge.knows_system(coding.system)
            or knowledge.recognise(coding.system, str(coding.code))
        ):
            return None
    return code.text
