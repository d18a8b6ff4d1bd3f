"""What stands in for ImagingStudy where a site cannot search it; refuses to judge what is a review.

A final imaging report, a procedure that was done and a completed order say that imaging took place
and when; the code says what was imaged. Each is labelled for what it is.
"""

from cds_service.core.knowledge import Knowledge
from cds_service.core.record import IMAGING_PROCEDURE, Listing, Side, Study
from cds_service.core.text.stages import sides_named
from cds_service.core.values import DateRange
from cds_service.fhir.pool.pool import Pool
from cds_service.fhir.read.conditions import reference_to, sides_of
from cds_service.fhir.shapes.coding import concepts_in, of_value_set, status_in, words_in
from cds_service.fhir.shapes.dates import parse_date
from cds_service.fhir.shapes.resources import Resource

# FHIR diagnostic-report-status, event-status and request-status: what has taken place.
_TOOK_PLACE = {
    "DiagnosticReport": dict.fromkeys(
        ("partial", "preliminary", "final", "amended", "corrected", "appended"), True
    ),
    "Procedure": {"completed": True},
    "ServiceRequest": {"completed": True},
}
_EVIDENCE = {"DiagnosticReport": "report", "Procedure": "procedure", "ServiceRequest": "order"}


def stand_in_studies(pool: Pool, gap: str, knowledge: Knowledge) -> Listing[Study]:
    """Return what the pool holds of imaging evidence, in place of studies that were not read.

    The list counts as whole only where it holds something and every kind of evidence was read
    whole; otherwise `gap` stays.
    """
    found = tuple(
        study
        for resource_type in _EVIDENCE
        for resource in pool.of(resource_type)
        if (study := _read_evidence(resource, knowledge))
    )
    is_whole = bool(found) and not any(pool.gap(name) for name in _EVIDENCE)
    return Listing(found, None if is_whole else gap)


def _read_evidence(resource: Resource, knowledge: Knowledge) -> Study | None:
    resource_type = resource.resource_type or ""
    if not status_in(resource.status, _TOOK_PLACE[resource_type]):
        return None
    procedures = of_value_set(concepts_in(resource.code, knowledge.recognise), IMAGING_PROCEDURE)
    if not procedures:
        return None
    return Study(
        reference=reference_to(resource),
        started=date_of(resource),
        series=(),
        procedures=procedures,
        names_procedure=True,
        sides_said=_sides_said(resource, knowledge),
        evidence=_EVIDENCE[resource_type],
    )


def _sides_said(resource: Resource, knowledge: Knowledge) -> frozenset[Side]:
    """Return the side of the body site, else the one that the words give."""
    words = "; ".join([*words_in(resource.code), *words_in(resource.body_site)])
    sites = concepts_in(resource.body_site, knowledge.recognise)
    return sides_of((), sites) or sides_named(words, knowledge.staging)


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
