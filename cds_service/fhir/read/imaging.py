"""ImagingStudy -> Study, in all FHIR versions."""

from cds_service.core.record import Concept, Series, Side, Study, ValueSetId
from cds_service.core.values import DateRange
from cds_service.fhir.reader import Reader
from cds_service.fhir.shapes.coding import codings_in, of_value_set, status_in, words_in
from cds_service.fhir.shapes.dates import parse_date
from cds_service.fhir.shapes.references import reference_to
from cds_service.fhir.shapes.resources import Resource, SeriesElement

_DID_NOT_HAPPEN = {"cancelled": True, "entered-in-error": True}
_ORDERED_ONLY = {"registered": True}


def read_study(resource: Resource, reader: Reader) -> Study | None:
    """Read an ImagingStudy that took place; None for one cancelled, mistaken or only ordered.

    Where a series has no coded side, that which the study's words give is its side.
    """
    procedures = _procedures(resource, reader)
    if not procedures and _is_elsewhere(resource, reader):
        return None
    if status_in(resource.status, _DID_NOT_HAPPEN):
        return None
    if status_in(resource.status, _ORDERED_ONLY) and not _has_images(resource):
        return None
    modality = reader.concepts(resource, "modality", resource.modality)
    overall = modality + reader.concepts(resource, "modalityList", resource.modality_list)
    series = tuple(
        part
        for element in resource.series or ()
        for part in _read_series(resource, element, reader, overall)
    )
    return Study(
        reference=reference_to(resource),
        started=_started(resource),
        series=series,
        procedures=procedures,
        names_procedure=bool(codings_in(resource.procedure_code) + codings_in(resource.procedure)),
        sides_said=_sides_said(resource, reader),
    )


def _procedures(resource: Resource, reader: Reader) -> tuple[Concept, ...]:
    coded = reader.concepts(resource, "procedureCode", resource.procedure_code)
    coded += reader.concepts(resource, "procedure", resource.procedure)
    return of_value_set(coded, ValueSetId.IMAGING_PROCEDURE)


def _sides_said(resource: Resource, reader: Reader) -> frozenset[Side]:
    words: dict[str, list[str | None]] = {
        "description": [resource.description],
        "series.description": [series.description for series in resource.series or ()],
        "procedureCode": [*words_in(resource.procedure_code)],
        "procedure": [*words_in(resource.procedure)],
    }
    return reader.side_in_words(resource, words)


def _is_elsewhere(resource: Resource, reader: Reader) -> bool:
    """Tell at once whether every series names a site that no value set knows: most studies do."""
    return bool(resource.series) and all(
        codings_in(series.body_site)
        and not reader.concepts(resource, "series.bodySite", series.body_site)
        for series in resource.series or ()
    )


def _read_series(
    resource: Resource, series: SeriesElement, reader: Reader, overall: tuple[Concept, ...]
) -> list[Series]:
    """Read a series; without a modality of its own it may have any of the study's."""
    own = reader.concepts(resource, "series.modality", series.modality)
    modalities = of_value_set(own, ValueSetId.IMAGING_MODALITY) or of_value_set(
        overall, ValueSetId.IMAGING_MODALITY
    )
    roles = dict.fromkeys(concept.role for concept in modalities) or {None: None}
    sites = reader.concepts(resource, "series.bodySite", series.body_site)
    laterality = reader.concepts(resource, "series.laterality", series.laterality)
    sides = of_value_set(laterality + sites, ValueSetId.LATERALITY)
    site_groups = frozenset(
        site.site_group for site in of_value_set(sites, ValueSetId.BODY_SITE) if site.site_group
    )
    named = frozenset(side for concept in (*sides, *sites) for side in concept.sides)
    names_site = bool(codings_in(series.body_site))
    return [Series(role, site_groups, named, names_site) for role in roles]


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
