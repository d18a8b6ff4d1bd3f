"""ImagingStudy -> Study, in all FHIR versions; refuses to judge what counts as a review."""

from cds_service.core.record import (
    BODY_SITE,
    IMAGING_MODALITY,
    IMAGING_PROCEDURE,
    LATERALITY,
    NO_SIDE,
    Concept,
    Recognise,
    Series,
    Side,
    Study,
)
from cds_service.core.text.stages import sides_named
from cds_service.core.text.staging import Staging
from cds_service.core.values import DateRange
from cds_service.fhir.read.conditions import reference_to
from cds_service.fhir.shapes.coding import (
    codings_in,
    concepts_in,
    of_value_set,
    status_in,
    words_in,
)
from cds_service.fhir.shapes.dates import parse_date
from cds_service.fhir.shapes.resources import Coded, Resource, SeriesElement

_DID_NOT_HAPPEN = {"cancelled": True, "entered-in-error": True}
_ORDERED_ONLY = {"registered": True}


def read_study(resource: Resource, recognise: Recognise, staging: Staging) -> Study | None:
    """Read an ImagingStudy that took place; None for one cancelled, mistaken or only ordered.

    Where a series has no coded side, that which the study's words give is its side.
    """
    procedures = _procedures(resource, recognise)
    if not procedures and _is_elsewhere(resource, recognise):
        return None
    if status_in(resource.status, _DID_NOT_HAPPEN):
        return None
    if status_in(resource.status, _ORDERED_ONLY) and not _has_images(resource):
        return None
    overall = _modalities(resource.modality, recognise) + _modalities(
        resource.modality_list, recognise
    )
    series = tuple(
        part
        for element in resource.series or ()
        for part in _read_series(element, recognise, overall)
    )
    return Study(
        reference=reference_to(resource),
        started=_started(resource),
        series=series,
        procedures=procedures,
        names_procedure=bool(codings_in(resource.procedure_code) + codings_in(resource.procedure)),
        sides_said=_sides_said(resource, staging),
    )


def _procedures(resource: Resource, recognise: Recognise) -> tuple[Concept, ...]:
    coded = concepts_in(resource.procedure_code, recognise)
    return of_value_set(coded + concepts_in(resource.procedure, recognise), IMAGING_PROCEDURE)


def _sides_said(resource: Resource, staging: Staging) -> frozenset[Side]:
    words = [resource.description, *(series.description for series in resource.series or ())]
    words += words_in(resource.procedure_code) + words_in(resource.procedure)
    text = "; ".join(filter(None, words))
    return sides_named(text, staging) if text else NO_SIDE


def _is_elsewhere(resource: Resource, recognise: Recognise) -> bool:
    """Tell at once whether every series names a site that no value set knows: most studies do."""
    return bool(resource.series) and all(
        (sites := codings_in(series.body_site)) and not any(recognise(*site) for site in sites)
        for series in resource.series or ()
    )


def _read_series(
    element: SeriesElement, recognise: Recognise, overall: tuple[Concept, ...]
) -> list[Series]:
    """Read a series; without a modality of its own it may have any of the study's."""
    modalities = _modalities(element.modality, recognise) or overall
    roles = dict.fromkeys(concept.role for concept in modalities) or {None: None}
    sites = concepts_in(element.body_site, recognise)
    sides = of_value_set(concepts_in(element.laterality, recognise) + sites, LATERALITY)
    site_groups = frozenset(
        site.site_group for site in of_value_set(sites, BODY_SITE) if site.site_group
    )
    named = frozenset(side for concept in (*sides, *sites) for side in concept.sides)
    names_site = bool(codings_in(element.body_site))
    return [Series(role, site_groups, named, names_site) for role in roles]


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
