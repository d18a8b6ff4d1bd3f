"""ImagingStudy -> Study, in all FHIR versions, and what stands in for it where a site has none.

A final imaging report, a procedure that was done and a completed order say that imaging took place
and when; code and words say what was imaged. Each is labelled for what it is.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from cds_service.core.record import (
    NO_SIDE,
    Part,
    Series,
    Study,
    StudyKind,
    ValueSetId,
)
from cds_service.core.values import DateRange
from cds_service.core.words.sides.said import together
from cds_service.core.words.sides.whole import sides_in
from cds_service.core.words.studies import (
    FEMORAL_HEAD,
    HIP,
    OTHER,
    PELVIS,
    Imaged,
    imaged,
    imaged_together,
)
from cds_service.fhir.pool.pool import ORDER_TYPE
from cds_service.fhir.read.conditions import ASIDE
from cds_service.fhir.reader import NOTHING, Reader, Understood
from cds_service.fhir.shapes.coding import codings_in, has_status, of_value_set, spelled_in
from cds_service.fhir.shapes.dates import date_of, parse_date
from cds_service.fhir.shapes.references import reference_to
from cds_service.fhir.shapes.resources import Resource, SeriesElement

_ELSEWHERE = frozenset({OTHER})
_HIPS = frozenset({FEMORAL_HEAD, HIP, PELVIS})
_DID_NOT_HAPPEN = ("cancelled", "entered-in-error")
_ORDERED_ONLY = ("registered",)
# FHIR imagingstudy-status, diagnostic-report-status, event-status and request-status.
_TOOK_PLACE = {
    "ImagingStudy": ("available", "inactive", *_ORDERED_ONLY),
    "DiagnosticReport": ("partial", "preliminary", "final", "amended", "corrected", "appended"),
    "Procedure": ("completed",),
    "ServiceRequest": ("completed",),
}
_DID_NOT = {
    "ImagingStudy": _DID_NOT_HAPPEN,
    "DiagnosticReport": (*_DID_NOT_HAPPEN, "registered"),
    "Procedure": (
        *("preparation", "in-progress", "not-done", "on-hold", "stopped", "aborted", "suspended"),
        *_DID_NOT_HAPPEN,
    ),
    "ServiceRequest": ("draft", "active", "on-hold", "revoked", *_DID_NOT_HAPPEN),
}
# FHIR diagnostic-service-sections, and LOINC's class of radiology.
_IMAGING_CATEGORIES = frozenset({"RAD", "IMG", "RX", "CT", "NMR", "LP29684-5"})
STAND_INS: dict[str, StudyKind] = {
    "DiagnosticReport": "report",
    "Procedure": "procedure",
    ORDER_TYPE: "order",
}
"""What may stand in for an ImagingStudy, and what it is then called."""


@dataclass(frozen=True, slots=True)
class _Kinds:
    """How images were made: by codes, or else by words; not understood where neither tells."""

    roles: tuple[str, ...] = ()
    is_said: bool = False
    is_unread: bool = False


def read_study(resource: Resource, reader: Reader) -> Iterator[Study]:
    """Read an ImagingStudy that took place: not cancelled, mistaken, only ordered or elsewhere."""
    sent = (
        resource.status,
        (resource.procedure_code, resource.procedure, resource.description),
        (resource.modality, resource.modality_list, _has_images(resource)),
        [(s.modality, s.body_site, s.laterality, s.description) for s in resource.series or ()],
    )
    for study in reader.once(read_study, sent, lambda: tuple(_read_study(resource, reader))):
        yield replace(study, reference=reference_to(resource), started=_started(resource))


def _read_study(resource: Resource, reader: Reader) -> Iterator[Study]:
    if has_status(resource.status, _DID_NOT["ImagingStudy"]):
        return
    if has_status(resource.status, _ORDERED_ONLY) and not _has_images(resource):
        return
    coded = reader.understood(resource, "procedureCode", "procedure")
    overall = _kinds(reader.understood(resource, "modality", "modalityList"), reader)
    elements = resource.series or ([SeriesElement()] if overall != _Kinds() else [])
    series = tuple(part for one in elements for part in _series(resource, one, reader, overall))
    names = [*coded.words, *([resource.description] if resource.description else [])]
    parts = [one.description for one in elements if one.description]
    study = _study(resource, coded, _said(reader, names, parts), series)
    if study.procedures or not series or any(p.site_groups != _ELSEWHERE for p in series):
        yield study


def read_stand_in(resource: Resource, reader: Reader) -> Iterator[Study]:
    """Read a report, procedure or order that says that imaging took place."""
    kind, category = resource.resource_type, resource.category
    sent = (kind, resource.status, resource.code, resource.body_site, category)
    for study in reader.once(read_stand_in, sent, lambda: tuple(_read_stand_in(resource, reader))):
        yield replace(study, reference=reference_to(resource), started=date_of(resource))


def _read_stand_in(resource: Resource, reader: Reader) -> Iterator[Study]:
    resource_type = resource.resource_type or ""
    if not spelled_in(resource.status) or has_status(resource.status, _DID_NOT[resource_type]):
        return
    coded = reader.understood(resource, "code")
    site = reader.understood(resource, "bodySite")
    said = _said(reader, [*coded.words, *site.words], [])
    series = (_place(site, NOTHING, reader),) if site != NOTHING else ()
    study = _study(resource, coded, said, series)
    is_report = resource_type == "DiagnosticReport" and is_of_imaging(resource)
    is_unclear = said.region not in (None, OTHER) or "code" in study.unread
    if any(concept.role for concept in study.procedures) or (is_report and is_unclear):
        yield study


def _said(reader: Reader, names: Iterable[str], parts: Iterable[str]) -> Imaged:
    read = [[imaged(reader.read(text)) for text in texts] for texts in (names, parts)]
    return imaged_together(*read)


def _study(
    resource: Resource, coded: Understood, said: Imaged, series: tuple[Series, ...]
) -> Study:
    """Return what code, words and series say, whichever study it is and whenever it took place.

    Words alone make a concept that says so.
    """
    resource_type = resource.resource_type or ""
    procedures = of_value_set(coded.concepts, ValueSetId.IMAGING_PROCEDURE)
    in_words = said.concepts
    is_code_sent = coded.is_unread or coded.is_unlisted
    is_known = has_status(resource.status, _TOOK_PLACE[resource_type])
    unread: dict[Part, bool] = {
        "code": is_code_sent and not procedures and not in_words,
        "side": said.said.is_open,
        "status": bool(spelled_in(resource.status)) and not is_known,
    }
    return Study(
        reference=None,
        started=None,
        series=series,
        procedures=(*procedures, *in_words),
        sides_said=said.said.sides,
        unread=_those(unread),
        kind=STAND_INS.get(resource_type, "study"),
    )


def _those(parts: dict[Part, bool]) -> frozenset[Part]:
    return frozenset(part for part, is_one in parts.items() if is_one)


def _series(
    resource: Resource, element: SeriesElement, reader: Reader, overall: _Kinds
) -> tuple[Series, ...]:
    sent = (element.body_site, element.laterality, element.modality)
    study = (resource.modality, resource.modality_list)
    read = partial(_read_series, resource, element, reader, overall)
    return reader.once(Series, (sent, study), lambda: tuple(read()))


def _read_series(
    resource: Resource, element: SeriesElement, reader: Reader, overall: _Kinds
) -> Iterator[Series]:
    """Read a series; without a modality that is understood it may have any of the study's."""
    site = reader.understood_in(resource, {"series.bodySite": element.body_site})
    laterality = reader.understood_in(resource, {"series.laterality": element.laterality})
    place = _place(site, laterality, reader)
    own = _kinds(reader.understood_in(resource, {"series.modality": element.modality}), reader)
    kinds = own if own.roles else overall
    is_unread = not kinds.roles and (own.is_unread or overall.is_unread)
    unread = place.unread | _those({"modality": is_unread})
    for role in kinds.roles or (None,):
        is_said = place.is_said or kinds.is_said
        yield replace(place, modality=role, unread=unread, is_said=is_said)


def _kinds(sent: Understood, reader: Reader) -> _Kinds:
    listed = of_value_set(sent.concepts, ValueSetId.IMAGING_MODALITY)
    roles = dict.fromkeys(concept.role for concept in listed if concept.role)
    if roles:
        return _Kinds(tuple(roles))
    said = dict.fromkeys(imaged(reader.read(text)).kind for text in sent.words)
    kinds = tuple(kind for kind in said if kind)
    return _Kinds(kinds, bool(kinds), not kinds and (sent.is_unread or sent.is_unlisted))


def _place(site: Understood, laterality: Understood, reader: Reader) -> Series:
    """Read where something is, and on which side: codes, or else the words beside them."""
    listed = of_value_set(site.concepts, ValueSetId.BODY_SITE)
    groups = frozenset(concept.site_group for concept in listed if concept.site_group)
    region = _said(reader, site.words, []).region
    said = frozenset({region} if region else ())
    coded = (*site.concepts, *laterality.concepts)
    by_code = NO_SIDE.union(*(c.sides for c in coded if c.value_set in ASIDE))
    words = together(sides_in(reader.read(text)).said for text in (*site.words, *laterality.words))
    is_side_sent = laterality != NOTHING or "side" in site.unread_beside or words.is_open
    is_apart = bool(by_code and words.sides and not by_code & words.sides)
    is_unsure = _contradict(groups, said) or _contradict(said, groups)
    sides = NO_SIDE if is_apart else by_code or words.sides
    is_site_sent = site.is_unread or site.is_unlisted
    found = frozenset[str]() if is_unsure else groups or said
    unread: dict[Part, bool] = {
        "site": is_unsure or (is_site_sent and not found),
        "side": is_apart or (is_side_sent and not sides),
    }
    return Series(None, found, sides, _those(unread), is_said=not groups and bool(said))


def _contradict(one: frozenset[str], other: frozenset[str]) -> bool:
    """Tell whether one witness says a hip and the other a place that is surely none."""
    return one == _ELSEWHERE and bool(other & _HIPS)


def is_of_imaging(resource: Resource) -> bool:
    return any(code in _IMAGING_CATEGORIES for _, code in codings_in(resource.category))


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
