"""Condition.stage, Observation and DiagnosticReport -> texts that may state a stage.

There is no code for a stage in any code system, so words are what charts hold (of a coding, its
display). The words of a code and of a value are put together: `ARCO stage` and `II` are one text.
"""

from collections.abc import Iterator
from dataclasses import replace

from cds_service.core.record import NO_SIDE, Concept, Side, StageText, ValueSetId
from cds_service.fhir.read.conditions import read_diagnosis, sides_of
from cds_service.fhir.reader import Reader, WordsByElement
from cds_service.fhir.shapes.coding import codings_in, has_status, words_in, words_of
from cds_service.fhir.shapes.dates import date_of
from cds_service.fhir.shapes.references import reference_to
from cds_service.fhir.shapes.resources import Resource, StageElement

HIP_GROUPS = frozenset({"hip", "pelvis", "femoral-head"})
# FHIR observation-status and diagnostic-report-status.
_FINAL = ("final", "amended", "corrected", "appended")
_VOID = ("entered-in-error", "cancelled")

_Found = Iterator[tuple[StageText, WordsByElement]]


def read_stage_texts(resource: Resource, reader: Reader) -> Iterator[StageText]:
    """Yield every text of a resource in which a stage may stand.

    What is void, or surely about another part of the body, is left out.
    """
    for found, words in _READ_FROM[resource.resource_type or ""](resource, reader):
        reader.note_stages(resource, found, words)
        yield found


def _of_condition(resource: Resource, reader: Reader) -> _Found:
    """Yield the stages of a Condition; its dates are not theirs, so they have none."""
    stages = resource.stage if isinstance(resource.stage, list) else [resource.stage]
    for diagnosis in read_diagnosis(resource, reader) if resource.stage else ():
        for text in (text for stage in stages for text in _stage_words(stage)):
            found = StageText(diagnosis.reference, text, sides=diagnosis.sides, diagnosis=diagnosis)
            yield found, {"stage": [text]}


def _stage_words(stage: object) -> list[str]:
    if isinstance(stage, StageElement):
        return _joined(words_in(stage.type), words_in(stage.summary))
    return [str(stage)] if stage else []


def _of_observation(resource: Resource, reader: Reader) -> _Found:
    sites = reader.concepts(resource, "bodySite")
    if has_status(resource.status, _VOID) or _is_elsewhere(resource, sites):
        return
    names = words_in(resource.code)
    values = words_of(resource, "valueCodeableConcept", "valueString")
    about = " ".join(words_in(resource.body_site))
    for text in _joined(names, [word for words in values.values() for word in words]):
        found = _stage_text(resource, text, about, sides_of((), sites))
        yield found, {"code": names, **values}


def _of_report(resource: Resource, reader: Reader) -> _Found:
    if has_status(resource.status, _VOID):
        return
    codes = reader.concepts(resource, "code")
    imaged = [code for code in codes if code.value_set == ValueSetId.IMAGING_PROCEDURE]
    is_of_hip = any(code.site_group in HIP_GROUPS for code in imaged)
    about = " ".join(words_in(resource.code))
    sides = frozenset(side for code in imaged for side in code.sides)
    words = words_of(resource, "conclusionCode", "codedDiagnosis", "conclusion")
    for element, texts in words.items():
        for text in texts:
            found = _stage_text(resource, text, about, sides)
            yield replace(found, is_of_hip=is_of_hip), {element: [text]}


_READ_FROM = {
    "Condition": _of_condition,
    "Observation": _of_observation,
    "DiagnosticReport": _of_report,
}
STAGED_TYPES = tuple(_READ_FROM)


def _stage_text(resource: Resource, text: str, about: str, sides: frozenset[Side]) -> StageText:
    return StageText(
        reference=reference_to(resource),
        text=text,
        about=about,
        sides=sides or NO_SIDE,
        on=date_of(resource),
        is_final=has_status(resource.status, _FINAL),
    )


def _joined(names: list[str], values: list[str]) -> list[str]:
    """Put the words of a code before those of its value; without a value they stand alone."""
    name = ", ".join(names)
    return [f"{name}: {value}" if name else value for value in values] or names[:1]


def _is_elsewhere(resource: Resource, sites: tuple[Concept, ...]) -> bool:
    """Tell whether a coded body site is surely not the hip."""
    groups = {site.site_group for site in sites if site.value_set == ValueSetId.BODY_SITE}
    return "other" in groups or (bool(codings_in(resource.body_site)) and not sites)
