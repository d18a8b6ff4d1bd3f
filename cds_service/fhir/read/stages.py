"""Condition.stage, Observation and DiagnosticReport -> texts that may state a stage.

There is no code for a stage in any code system, so words are what charts hold (of a coding, its
display). The words of a code and of a value are put together: `ARCO stage` and `II` are one text.
"""

from collections.abc import Iterator, Mapping

from cds_service.core.record import NO_SIDE, Concept, Listing, Side, StageText, ValueSetId
from cds_service.core.text.stages import read_stages
from cds_service.fhir.pool.pool import Pool
from cds_service.fhir.read.conditions import read_diagnosis, sides_of
from cds_service.fhir.read.imaging_evidence import date_of
from cds_service.fhir.reader import Reader
from cds_service.fhir.shapes.coding import codings_in, status_in, words_in
from cds_service.fhir.shapes.references import reference_to
from cds_service.fhir.shapes.resources import Resource, StageElement

READ_FROM = ("Condition", "Observation", "DiagnosticReport")
HIP_GROUPS = frozenset({"hip", "pelvis", "femoral-head"})
# FHIR observation-status and diagnostic-report-status.
_FINAL = dict.fromkeys(("final", "amended", "corrected", "appended"), True)
_VOID = dict.fromkeys(("entered-in-error", "cancelled"), True)


def read_stage_texts(pool: Pool, reader: Reader) -> Listing[StageText]:
    """Return every text of a pool in which a stage may stand; the gap is that of any of its lists.

    What is void, or surely about another part of the body, is left out.
    """
    found = [
        *(t for r in pool.of("Condition") if r.stage for t in _of_condition(r, reader)),
        *(t for r in pool.of("Observation") for t in _of_observation(r, reader)),
        *(t for r in pool.of("DiagnosticReport") for t in _of_report(r, reader)),
    ]
    gaps = (pool.gap(name) for name in READ_FROM)
    return Listing(tuple(found), next((gap for gap in gaps if gap), None))


def _of_condition(resource: Resource, reader: Reader) -> Iterator[StageText]:
    """Yield the stages of a Condition; its dates are not theirs, so they have none."""
    diagnosis = read_diagnosis(resource, reader)
    if diagnosis is None:
        return
    stages = resource.stage if isinstance(resource.stage, list) else [resource.stage]
    for stage in stages:
        for text in _stage_words(stage):
            found = StageText(
                reference_to(resource), text, "", diagnosis.sides, diagnosis=diagnosis
            )
            yield _noted(found, resource, {"stage": [text]}, reader)


def _stage_words(stage: object) -> list[str]:
    if isinstance(stage, StageElement):
        return _joined(words_in(stage.type), words_in(stage.summary))
    return [str(stage)] if stage else []


def _of_observation(resource: Resource, reader: Reader) -> Iterator[StageText]:
    sites = reader.concepts(resource, "bodySite", resource.body_site)
    if status_in(resource.status, _VOID) or _is_elsewhere(resource, sites):
        return
    names = words_in(resource.code)
    values = {
        "valueCodeableConcept": words_in(resource.value_codeable_concept),
        "valueString": [resource.value_string] if resource.value_string else [],
    }
    about = " ".join(words_in(resource.body_site))
    for text in _joined(names, [word for words in values.values() for word in words]):
        found = _stage_text(resource, text, about, sides_of((), sites), is_of_hip=True)
        yield _noted(found, resource, {"code": names, **values}, reader)


def _of_report(resource: Resource, reader: Reader) -> Iterator[StageText]:
    if status_in(resource.status, _VOID):
        return
    codes = reader.concepts(resource, "code", resource.code)
    imaged = [code for code in codes if code.value_set == ValueSetId.IMAGING_PROCEDURE]
    is_of_hip = any(code.site_group in HIP_GROUPS for code in imaged)
    about = " ".join(words_in(resource.code))
    texts = {
        "conclusionCode": words_in(resource.conclusion_code),
        "codedDiagnosis": words_in(resource.coded_diagnosis),
        "conclusion": [resource.conclusion] if resource.conclusion else [],
    }
    sides = frozenset(side for code in imaged for side in code.sides)
    for element, words in texts.items():
        for text in words:
            found = _stage_text(resource, text, about, sides, is_of_hip=is_of_hip)
            yield _noted(found, resource, {element: [text]}, reader)


def _noted(
    found: StageText, resource: Resource, words: Mapping[str, list[str]], reader: Reader
) -> StageText:
    """Note what the words of some elements state; which stage counts is decided with the hip."""
    if reader.notes is not None:
        reading = read_stages(found.text, found.sides, reader.knowledge.staging)
        said = "they state a stage" if reading.stages else "they state no stage"
        said = "they speak of a stage, not clearly enough to count" if reading.is_unread else said
        is_understood = bool(reading.stages)
        elements = [element for element, texts in words.items() if texts]
        reader.notes.words(resource, elements, said, is_understood=is_understood)
    return found


def _stage_text(
    resource: Resource, text: str, about: str, sides: frozenset[Side], *, is_of_hip: bool
) -> StageText:
    return StageText(
        reference=reference_to(resource),
        text=text,
        about=about,
        sides=sides or NO_SIDE,
        on=date_of(resource),
        is_final=bool(status_in(resource.status, _FINAL)),
        is_of_hip=is_of_hip,
    )


def _joined(names: list[str], values: list[str]) -> list[str]:
    """Put the words of a code before those of its value; without a value they stand alone."""
    name = ", ".join(names)
    return [f"{name}: {value}" if name else value for value in values] or names[:1]


def _is_elsewhere(resource: Resource, sites: tuple[Concept, ...]) -> bool:
    """Tell whether a coded body site is surely not the hip."""
    groups = {site.site_group for site in sites if site.value_set == ValueSetId.BODY_SITE}
    return "other" in groups or (bool(codings_in(resource.body_site)) and not sites)
