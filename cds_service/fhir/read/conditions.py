"""Condition -> Diagnosis or Mention, and Procedure -> Operation, in all FHIR versions."""

from collections.abc import Iterator
from datetime import date

from cds_service.core.record import (
    NO_SIDE,
    Clinical,
    Concept,
    Diagnosis,
    Mention,
    Operation,
    Side,
    ValueSetId,
    Verification,
)
from cds_service.core.values import DateRange
from cds_service.fhir.reader import Reader
from cds_service.fhir.shapes.coding import elements_in, has_status, of_value_set, status_in
from cds_service.fhir.shapes.dates import parse_date
from cds_service.fhir.shapes.references import reference_to
from cds_service.fhir.shapes.resources import Element, Resource

ASIDE = (ValueSetId.BODY_SITE, ValueSetId.LATERALITY)

# FHIR condition-clinical and condition-ver-status, all versions.
_CLINICAL = {
    "active": Clinical.ACTIVE,
    "recurrence": Clinical.ACTIVE,
    "relapse": Clinical.ACTIVE,
    "inactive": Clinical.INACTIVE,
    "remission": Clinical.INACTIVE,
    "resolved": Clinical.INACTIVE,
}
_VERIFICATION = {
    "confirmed": Verification.CONFIRMED,
    "provisional": Verification.UNCONFIRMED,
    "differential": Verification.UNCONFIRMED,
    "unconfirmed": Verification.UNCONFIRMED,
    "refuted": Verification.RULED_OUT,
    "entered-in-error": Verification.RULED_OUT,
}
_SURE = (Verification.CONFIRMED, Verification.UNRECORDED)
# FHIR event-status.
_NOT_DONE = frozenset(
    {
        "entered-in-error",
        "not-done",
        "preparation",
        "aborted",
        "stopped",
        "suspended",
        "on-hold",
    }
)


def read_diagnosis(resource: Resource, reader: Reader) -> Iterator[Diagnosis]:
    """Read a Condition with a code that the value sets know."""
    codes, aside = _coded(resource, reader)
    if codes:
        yield Diagnosis(
            reference=reference_to(resource),
            codes=codes,
            sites=of_value_set(aside, ValueSetId.BODY_SITE),
            sides=sides_of(codes, aside),
            clinical=_clinical_status(resource, reader.today),
            verification=_verification_status(resource),
            dates=_dates(resource),
        )


def read_operation(resource: Resource, reader: Reader) -> Iterator[Operation]:
    """Read a Procedure that was done and has a code that the value sets know."""
    if has_status(resource.status, _NOT_DONE) or resource.not_performed or resource.not_done:
        return
    codes, aside = _coded(resource, reader)
    if codes:
        yield Operation(reference_to(resource), codes, sides_of(codes, aside))


def read_mention(resource: Resource, reader: Reader) -> Iterator[Mention]:
    """Read a Condition that names osteonecrosis of the femoral head in words, and is no doubt.

    The text is read only where no coding is of a code system that the value sets know: a coded
    entry means what its code says. A mention decides nothing; it is only told.
    """
    code = resource.code
    if (
        isinstance(code, Element)
        and code.text
        and not _has_known_code(code, reader)
        and reader.is_mention(resource, code.text)
        and _verification_status(resource) in _SURE
        and _clinical_status(resource, reader.today) is not Clinical.INACTIVE
    ):
        yield Mention(reference_to(resource))


def _has_known_code(code: Element, reader: Reader) -> bool:
    knowledge = reader.knowledge
    return any(
        knowledge.knows_system(coding.system)
        or knowledge.recognise(coding.system, str(coding.code))
        for coding in elements_in(code.coding)
        if coding.code is not None
    )


def _coded(resource: Resource, reader: Reader) -> tuple[tuple[Concept, ...], tuple[Concept, ...]]:
    """Return what a resource is about, and everything coded on it; without the first, neither."""
    coded = reader.concepts(resource, "code")
    codes = tuple(concept for concept in coded if concept.value_set not in ASIDE)
    if not codes:
        return (), ()
    return codes, coded + reader.concepts(resource, "bodySite")


def sides_of(codes: tuple[Concept, ...], aside: tuple[Concept, ...]) -> frozenset[Side]:
    """Return the sides that the code names, else those of body site and laterality.

    Where code and body site name different sides, the side counts as not recorded.
    """
    by_code: frozenset[Side] = frozenset(side for concept in codes for side in concept.sides)
    by_site = frozenset(
        side for concept in aside if concept.value_set in ASIDE for side in concept.sides
    )
    if by_code and by_site and not by_code & by_site:
        return NO_SIDE
    return by_code or by_site


def _verification_status(resource: Resource) -> Verification:
    return status_in(resource.verification_status, _VERIFICATION) or Verification.UNRECORDED


def _clinical_status(resource: Resource, today: date) -> Clinical:
    """Return whether a Condition is present; one that has ended is not."""
    status = status_in(resource.clinical_status, _CLINICAL)
    if status is None:
        return Clinical.INACTIVE if _has_ended(resource, today) else Clinical.UNRECORDED
    return status


def _has_ended(resource: Resource, today: date) -> bool:
    ended = parse_date(resource.abatement_date_time)
    ends = (
        resource.abatement_string,
        resource.abatement_age,
        resource.abatement_period,
        resource.abatement_range,
    )
    has_date = ended is not None and ended.earliest <= today
    return bool(resource.abatement_boolean) or has_date or any(end is not None for end in ends)


def _dates(resource: Resource) -> tuple[DateRange, ...]:
    """Return when it was recorded, else its onset, which a patient remembers."""
    recorded = (resource.recorded_date, resource.asserted_date, resource.date_recorded)
    begun = resource.onset_period.start if resource.onset_period else None
    dates = [found for found in map(parse_date, recorded) if found]
    dates = dates or [on for on in map(parse_date, (resource.onset_date_time, begun)) if on]
    return tuple(dates)
