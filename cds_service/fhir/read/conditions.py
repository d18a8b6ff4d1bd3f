"""Condition -> Diagnosis and Procedure -> Operation, in all FHIR versions."""

from datetime import date

from cds_service.core.record import (
    NO_SIDE,
    Clinical,
    Concept,
    Diagnosis,
    Operation,
    Side,
    ValueSetId,
    Verification,
)
from cds_service.core.values import DateRange
from cds_service.fhir.reader import Reader
from cds_service.fhir.shapes.coding import of_value_set, status_in
from cds_service.fhir.shapes.dates import parse_date
from cds_service.fhir.shapes.references import reference_to
from cds_service.fhir.shapes.resources import Resource

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
_NOT_DONE = dict.fromkeys(
    (
        "entered-in-error",
        "not-done",
        "preparation",
        "aborted",
        "stopped",
        "suspended",
        "on-hold",
    ),
    True,
)


def read_diagnosis(resource: Resource, reader: Reader) -> Diagnosis | None:
    """Read a Condition; None where the value sets know none of its codes."""
    codes, aside = _coded(resource, reader)
    if not codes:
        return None
    return Diagnosis(
        reference=reference_to(resource),
        codes=codes,
        sites=of_value_set(aside, ValueSetId.BODY_SITE),
        sides=sides_of(codes, aside),
        clinical=clinical_status(resource, reader.today),
        verification=verification_status(resource),
        dates=_dates(resource),
    )


def read_operation(resource: Resource, reader: Reader) -> Operation | None:
    """Read a Procedure that was done; None where it was not, or no value set knows its codes."""
    if status_in(resource.status, _NOT_DONE) or resource.not_performed or resource.not_done:
        return None
    codes, aside = _coded(resource, reader)
    return Operation(reference_to(resource), codes, sides_of(codes, aside)) if codes else None


def _coded(resource: Resource, reader: Reader) -> tuple[tuple[Concept, ...], tuple[Concept, ...]]:
    """Return what a resource is about, and everything coded on it; without the first, neither."""
    coded = reader.concepts(resource, "code", resource.code)
    codes = tuple(concept for concept in coded if concept.value_set not in ASIDE)
    if not codes:
        return (), ()
    return codes, coded + reader.concepts(resource, "bodySite", resource.body_site)


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


def verification_status(resource: Resource) -> Verification:
    """Return how sure a Condition is."""
    return status_in(resource.verification_status, _VERIFICATION) or Verification.UNRECORDED


def clinical_status(resource: Resource, today: date) -> Clinical:
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
    onset = resource.onset_period.start if resource.onset_period else None
    texts = (
        resource.onset_date_time,
        onset,
        resource.recorded_date,
        resource.asserted_date,
        resource.date_recorded,
    )
    return tuple(found for found in map(parse_date, texts) if found)
