"""Coded elements of any FHIR version -> their codings, their status, their words."""

from collections.abc import Container, Iterable, Mapping
from typing import TypeVar

from cds_service.core.record import Concept
from cds_service.fhir.shapes.resources import Coded, Element, Resource, element_of

# CodeableReference, its concept, its codings: nothing real is deeper.
DEEPEST = 3
HL7 = "hl7.org"
StatusT = TypeVar("StatusT")


def elements_in(coded: Coded) -> list[Element]:
    """Return each element of a member that may be absent, single or a list."""
    if isinstance(coded, Element):
        return [coded]
    if isinstance(coded, list):
        return [member for member in coded if isinstance(member, Element)]
    return []


def all_elements_in(coded: Coded, depth: int = DEEPEST) -> list[Element]:
    """Return each element of a member, and the elements of its codings and of its concept."""
    found: list[Element] = []
    for element in elements_in(coded):
        found.append(element)
        if depth and element.coding is not None:
            found += all_elements_in(element.coding, depth - 1)
        if depth and element.concept is not None:
            found += all_elements_in(element.concept, depth - 1)
    return found


def codings_in(coded: Coded) -> list[tuple[str | None, str]]:
    """Return every (system, code): of Codings, CodeableConcepts and R5 CodeableReferences."""
    return spelled_within(None, all_elements_in(coded))


def spelled_in(coded: Coded) -> list[tuple[str | None, str]]:
    """Return every (system, code), with that of a bare code, such as a status of DSTU2."""
    return spelled_within(coded, all_elements_in(coded))


def spelled_within(coded: Coded, within: list[Element]) -> list[tuple[str | None, str]]:
    """Return the same of a member whose elements are known."""
    if isinstance(coded, str):
        return [(None, coded)]
    return [(element.system, str(element.code)) for element in within if element.code is not None]


def status_in(coded: Coded, known: Mapping[str, StatusT]) -> StatusT | None:
    """Return what a status means, sent as a code (DSTU2, STU3) or in any coding of a concept.

    Of several codings the first known one counts, those of HL7's own code systems before others: a
    local code beside them hides nothing.
    """
    codings = sorted(spelled_in(coded), key=lambda coding: HL7 not in (coding[0] or ""))
    codes = [code.strip().lower() for _, code in codings]
    return next((known[code] for code in codes if code in known), None)


def has_status(coded: Coded, codes: Container[str]) -> bool:
    """Tell whether a status, sent in any of these ways, is one of some codes."""
    if isinstance(coded, str):
        return coded.strip().lower() in codes
    return any(code.strip().lower() in codes for _, code in spelled_in(coded))


def of_value_set(concepts: Iterable[Concept], value_set: str) -> tuple[Concept, ...]:
    """Return the concepts that belong to one value set."""
    return tuple(concept for concept in concepts if concept.value_set == value_set)


def words_in(coded: Coded) -> list[str]:
    """Return the different texts of a coded member: its text, and the displays of its codings."""
    return list(words_within(coded, all_elements_in(coded)))


def words_within(coded: Coded, within: list[Element]) -> dict[str, None]:
    """Return the same of a member whose elements are known, as keys in their order."""
    found: dict[str, None] = {coded: None} if isinstance(coded, str) and coded else {}
    for element in within:
        if element.text:
            found[element.text] = None
        if element.display:
            found[element.display] = None
    return found


def members_of(coded: Coded) -> list[Element | str]:
    """Return each member on its own, where one or a list of them may be sent."""
    members = coded if isinstance(coded, list) else [coded]
    return [member for member in members if member is not None]


def has_reference(within: list[Element]) -> bool:
    """Tell whether a CodeableReference of R5 names another resource; a plain Reference does not."""
    return any(isinstance(element.reference, dict) for element in within)


def words_of(resource: Resource, *elements: str) -> dict[str, list[str]]:
    """Return the different texts of some elements of a resource, by their FHIR names."""
    return {element: words_in(element_of(resource, element)) for element in elements}
