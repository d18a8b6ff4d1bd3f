"""ImagingStudy -> Study, in all FHIR versions; refuses to judge what counts as a review."""

from cds_service.core.record import (
    BODY_SITE,
    IMAGING_MODALITY,
    IMAGING_PROCEDURE,
    LATERALITY,
    Concept,
    Recognise,
    Series,
    Study,
)
from cds_service.core.values import DateRange
from cds_service.fhir.coding import concepts_in, of_value_set, status_of
from cds_service.fhir.conditions import reference_to
from cds_service.fhir.dates import parse_date
from cds_service.fhir.resources import Coded, Resource, SeriesElement

_DID_NOT_HAPPEN = {"cancelled", "entered-in-error"}
_ORDERED_ONLY = "registered"


def read_study(resource: Resource, recognise: Recognise) -> Study | None:
    """Read an ImagingStudy that took place; None for one cancelled, mistaken or only ordered."""
    status = status_of(resource.status)
    if status in _DID_NOT_HAPPEN or (status == _ORDERED_ONLY and not _has_images(resource)):
        return None
    overall = _modalities(resource.modality, recognise) + _modalities(
        resource.modality_list, recognise
    )
    series = tuple(_read_series(element, recognise, overall) for element in resource.series or ())
    procedures = concepts_in(resource.procedure_code, recognise) + concepts_in(
        resource.procedure, recognise
    )
    return Study(
        reference=reference_to(resource),
        started=_started(resource),
        series=series,
        procedures=of_value_set(procedures, IMAGING_PROCEDURE),
    )


def _read_series(
    element: SeriesElement, recognise: Recognise, overall: tuple[Concept, ...]
) -> Series:
    modalities = _modalities(element.modality, recognise) or overall
    sites = concepts_in(element.body_site, recognise)
    sides = of_value_set(concepts_in(element.laterality, recognise) + sites, LATERALITY)
    return Series(
        modality=modalities[0].role if modalities else None,
        site_groups=frozenset(
            site.site_group for site in of_value_set(sites, BODY_SITE) if site.site_group
        ),
        sides=frozenset(side for concept in (*sides, *sites) for side in concept.sides),
    )


def _modalities(coded: Coded, recognise: Recognise) -> tuple[Concept, ...]:
    return of_value_set(concepts_in(coded, recognise), IMAGING_MODALITY)


def _started(resource: Resource) -> DateRange | None:
    started = parse_date(resource.started)
    if started:
        return started
    dates = [date for s in resource.series or () if (date := parse_date(s.started))]
    return max(dates, key=lambda found: found.latest, default=None)


def _has_images(resource: Resource) -> bool:
    series = resource.series or ()
    return bool(
        resource.number_of_instances
        or any(element.instance or element.number_of_instances for element in series)
    )
