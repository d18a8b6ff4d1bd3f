"""ImagingStudy -> Study, in all FHIR versions, and what stands in for it where a site has none.

A final imaging report, a procedure that was done and a completed order say that imaging took place
and when; the code says what was imaged. Each is labelled for what it is.
"""

from collections.abc import Iterator

from cds_service.core.record import Concept, Series, Side, Study, StudyKind, ValueSetId
from cds_service.core.values import DateRange
from cds_service.fhir.read.conditions import sides_of
from cds_service.fhir.reader import Reader
from cds_service.fhir.shapes.coding import codings_in, has_status, of_value_set, words_of
from cds_service.fhir.shapes.dates import date_of, parse_date
from cds_service.fhir.shapes.references import reference_to
from cds_service.fhir.shapes.resources import Resource, SeriesElement

_DID_NOT_HAPPEN = ("cancelled", "entered-in-error")
_ORDERED_ONLY = ("registered",)
# FHIR diagnostic-report-status, event-status and request-status: what has taken place.
_TOOK_PLACE = {
    "DiagnosticReport": ("partial", "preliminary", "final", "amended", "corrected", "appended"),
    "Procedure": ("completed",),
    "ServiceRequest": ("completed",),
}
STAND_INS: dict[str, StudyKind] = {
    "DiagnosticReport": "report",
    "Procedure": "procedure",
    "ServiceRequest": "order",
}
"""What may stand in for an ImagingStudy, and what it is then called."""


def read_study(resource: Resource, reader: Reader) -> Iterator[Study]:
    """Read an ImagingStudy that took place: not cancelled, mistaken, only ordered or elsewhere.

    Where a series has no coded side, that which the study's words give is its side.
    """
    coded = reader.concepts(resource, "procedureCode", "procedure")
    procedures = of_value_set(coded, ValueSetId.IMAGING_PROCEDURE)
    if not procedures and _is_elsewhere(resource, reader):
        return
    if has_status(resource.status, _DID_NOT_HAPPEN):
        return
    if has_status(resource.status, _ORDERED_ONLY) and not _has_images(resource):
        return
    overall = reader.concepts(resource, "modality", "modalityList")
    yield Study(
        reference=reference_to(resource),
        started=_started(resource),
        series=tuple(
            part
            for element in resource.series or ()
            for part in _read_series(resource, element, reader, overall)
        ),
        procedures=procedures,
        names_procedure=bool(codings_in(resource.procedure_code) + codings_in(resource.procedure)),
        sides_said=_sides_said(resource, reader),
    )


def read_stand_in(resource: Resource, reader: Reader) -> Iterator[Study]:
    """Read a report, procedure or order that says that imaging took place."""
    resource_type = resource.resource_type or ""
    if not has_status(resource.status, _TOOK_PLACE[resource_type]):
        return
    procedures = of_value_set(reader.concepts(resource, "code"), ValueSetId.IMAGING_PROCEDURE)
    if not procedures:
        return
    sides = sides_of((), reader.concepts(resource, "bodySite"))
    yield Study(
        reference=reference_to(resource),
        started=date_of(resource),
        series=(),
        procedures=procedures,
        names_procedure=True,
        sides_said=sides or reader.sides_said(resource, words_of(resource, "code", "bodySite")),
        kind=STAND_INS[resource_type],
    )


def _sides_said(resource: Resource, reader: Reader) -> frozenset[Side]:
    words = words_of(resource, "description")
    words["series.description"] = [s.description for s in resource.series or () if s.description]
    words |= words_of(resource, "procedureCode", "procedure")
    return reader.sides_said(resource, words)


def _is_elsewhere(resource: Resource, reader: Reader) -> bool:
    """Tell at once whether every series names a site that no value set knows: most studies do."""
    return bool(resource.series) and all(
        codings_in(series.body_site)
        and not reader.concepts_in(resource, "series.bodySite", series.body_site)
        for series in resource.series or ()
    )


def _read_series(
    resource: Resource, series: SeriesElement, reader: Reader, overall: tuple[Concept, ...]
) -> list[Series]:
    """Read a series; without a modality of its own it may have any of the study's."""
    own = reader.concepts_in(resource, "series.modality", series.modality)
    modalities = of_value_set(own, ValueSetId.IMAGING_MODALITY) or of_value_set(
        overall, ValueSetId.IMAGING_MODALITY
    )
    roles = dict.fromkeys(concept.role for concept in modalities) or {None: None}
    sites = reader.concepts_in(resource, "series.bodySite", series.body_site)
    laterality = reader.concepts_in(resource, "series.laterality", series.laterality)
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
