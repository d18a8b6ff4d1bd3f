"""What stands in for ImagingStudy where a site cannot search it.

A final imaging report, a procedure that was done and a completed order say that imaging took place
and when; the code says what was imaged. Each is labelled for what it is.
"""

from cds_service.core.record import Listing, Side, Study, StudyKind, ValueSetId
from cds_service.core.values import DateRange
from cds_service.fhir.pool.pool import Pool
from cds_service.fhir.read.conditions import sides_of
from cds_service.fhir.reader import Reader
from cds_service.fhir.shapes.coding import of_value_set, status_in, words_in
from cds_service.fhir.shapes.dates import parse_date
from cds_service.fhir.shapes.references import reference_to
from cds_service.fhir.shapes.resources import Resource

# FHIR diagnostic-report-status, event-status and request-status: what has taken place.
_TOOK_PLACE = {
    "DiagnosticReport": dict.fromkeys(
        ("partial", "preliminary", "final", "amended", "corrected", "appended"), True
    ),
    "Procedure": {"completed": True},
    "ServiceRequest": {"completed": True},
}
_EVIDENCE: dict[str, StudyKind] = {
    "DiagnosticReport": "report",
    "Procedure": "procedure",
    "ServiceRequest": "order",
}


def stand_in_studies(pool: Pool, gap: str, reader: Reader) -> Listing[Study]:
    """Return what the pool holds of imaging evidence, in place of studies that were not read.

    The list counts as whole only where it holds something and every kind of evidence was read
    whole; otherwise `gap` stays.
    """
    found = tuple(
        study
        for resource_type in _EVIDENCE
        for resource in pool.of(resource_type)
        if (study := _read_evidence(resource, reader))
    )
    is_whole = bool(found) and not any(pool.gap(name) for name in _EVIDENCE)
    return Listing(found, None if is_whole else gap)


def _read_evidence(resource: Resource, reader: Reader) -> Study | None:
    resource_type = resource.resource_type or ""
    if not status_in(resource.status, _TOOK_PLACE[resource_type]):
        return None
    coded = reader.concepts(resource, "code", resource.code)
    procedures = of_value_set(coded, ValueSetId.IMAGING_PROCEDURE)
    if not procedures:
        return None
    return Study(
        reference=reference_to(resource),
        started=date_of(resource),
        series=(),
        procedures=procedures,
        names_procedure=True,
        sides_said=_sides_said(resource, reader),
        kind=_EVIDENCE[resource_type],
    )


def _sides_said(resource: Resource, reader: Reader) -> frozenset[Side]:
    """Return the side of the body site, else the one that the words give."""
    words = {"code": words_in(resource.code), "bodySite": words_in(resource.body_site)}
    sites = reader.concepts(resource, "bodySite", resource.body_site)
    return sides_of((), sites) or reader.side_in_words(resource, words)


def date_of(resource: Resource) -> DateRange | None:
    """Return when something took place, else when it was issued."""
    periods = (resource.effective_period, resource.performed_period, resource.occurrence_period)
    texts = [
        resource.effective_date_time,
        resource.performed_date_time,
        resource.occurrence_date_time,
        *(period.start for period in periods if period),
        resource.issued,
    ]
    return next((found for text in texts if (found := parse_date(text))), None)
