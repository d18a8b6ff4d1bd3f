"""Coded elements of any FHIR version -> concepts of the value sets; refuses to know their use."""

from collections.abc import Iterable, Iterator

from cds_service.core.record import Concept, Recognise
from cds_service.fhir.resources import Coded, Element


def elements_in(coded: Coded) -> Iterator[Element]:
    """Yield each element of a member that may be absent, single or a list."""
    if coded is None or isinstance(coded, str):
        return
    if isinstance(coded, Element):
        yield coded
        return
    for member in coded:
        if isinstance(member, Element):
            yield member


def codings_in(coded: Coded) -> Iterator[tuple[str | None, str]]:
    """Yield every (system, code): of Codings, CodeableConcepts and R5 CodeableReferences."""
    for element in elements_in(coded):
        if element.code is not None:
            yield element.system, str(element.code)
        if element.coding is not None:
            yield from codings_in(element.coding)
        if element.concept is not None:
            yield from codings_in(element.concept)


def concepts_in(coded: Coded, recognise: Recognise) -> tuple[Concept, ...]:
    """Return what the value sets know of every coding of a member."""
    if isinstance(coded, str):
        return recognise(None, coded)
    found: tuple[Concept, ...] = ()
    for system, code in codings_in(coded):
        found += recognise(system, code)
    return found


def status_of(coded: Coded) -> str | None:
    """Return a status whether it was sent as a code (DSTU2, STU3) or a CodeableConcept."""
    if isinstance(coded, str):
        return coded.strip().lower() or None
    return next((code.strip().lower() for _, code in codings_in(coded)), None)


def of_value_set(concepts: Iterable[Concept], value_set: str) -> tuple[Concept, ...]:
    """Return the concepts that belong to one value set."""
    return tuple(concept for concept in concepts if concept.value_set == value_set)
