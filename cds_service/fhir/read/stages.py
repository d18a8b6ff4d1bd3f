"""Condition, Observation and DiagnosticReport -> what their words say of the stage of a hip.

There is no code for a stage in any code system, so words are what charts hold (of a coding, its
display). The words of a code and of a value are put together: `ARCO stage` and `II` are one text.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta

from cds_service.core.record import (
    ALL_READ,
    NAMES_OSTEONECROSIS,
    NO_SIDE,
    Part,
    PlanOnFile,
    Remark,
    Side,
    StageText,
    ValueSetId,
)
from cds_service.core.words.changes import CHANGES
from cds_service.core.words.load_plan import LOAD_PLAN
from cds_service.core.words.sides.whole import sides_in
from cds_service.core.words.stages.staging import COLLAPSE, STAGING
from cds_service.core.words.stages.today import Said
from cds_service.core.words.text import SIDE, SITE
from cds_service.fhir.read.conditions import is_present, read_diagnosis, sides_of
from cds_service.fhir.read.imaging import is_of_imaging
from cds_service.fhir.read.remarks import (
    TextSource,
    plan_in,
    remarks_in,
    remarks_of_entry,
    t_score,
    texts_of_entry,
)
from cds_service.fhir.reader import ELSEWHERE, Reader, WordsByElement
from cds_service.fhir.shapes.coding import has_status, words_in, words_of
from cds_service.fhir.shapes.dates import date_of
from cds_service.fhir.shapes.references import reference_to
from cds_service.fhir.shapes.resources import Component, Resource, StageElement

HIP_GROUPS = frozenset({"hip", "pelvis", "femoral-head"})
# Of observation-status and diagnostic-report-status.
_VOID = ("entered-in-error", "cancelled")
_ONE_DAY = timedelta(days=1)
_SIDE: frozenset[Part] = frozenset({"side"})
_STATUS: frozenset[Part] = frozenset({"status"})


def read_stage_texts(
    resource: Resource, reader: Reader
) -> Iterator[StageText | Remark | PlanOnFile]:
    """Yield what the texts of a resource say of stages, and of bone beside them.

    What is void, or surely about another part of the body, is left out.
    """
    return _READ_FROM[resource.resource_type or ""](resource, reader)


def _of_condition(resource: Resource, reader: Reader) -> Iterator[StageText | Remark | PlanOnFile]:
    """Read the stages, the words and the notes of a Condition; its dates are not theirs."""
    if not is_present(resource, reader):
        return
    diagnosis = next(read_diagnosis(resource, reader), None)
    if diagnosis and {code.value_set for code in diagnosis.codes} & NAMES_OSTEONECROSIS:
        source = TextSource(
            resource,
            sides=diagnosis.sides,
            is_about=True,
            diagnosis=diagnosis,
            unread=diagnosis.unread & _SIDE,
        )
        stages = resource.stage if isinstance(resource.stage, list) else [resource.stage]
        for text in (text for stage in stages for text in _stage_words(stage)):
            yield from _of_stage(source, text, reader)
    else:
        source = TextSource(resource)
    for found in _stages_of_entry(source, reader):
        yield from _stage_texts(source, found, reader)
    yield from remarks_of_entry(resource, diagnosis, reader)


def _stages_of_entry(source: TextSource, reader: Reader) -> tuple[tuple[Said, ...], ...]:
    """Return what each text of an entry says, read by itself."""
    entry, is_about = source.resource, source.is_about
    return reader.once(
        _stages_of_entry,
        (entry.code, entry.note, is_about),
        lambda: tuple(
            reader.stages(entry, words, source.beside, is_about=is_about)
            for words in texts_of_entry(entry)
        ),
    )


def _stage_words(stage: object) -> list[str]:
    if isinstance(stage, StageElement):
        return _joined(words_in(stage.type), words_in(stage.summary))
    return [f"{stage:g}" if isinstance(stage, float) else str(stage)] if stage else []


def _of_stage(source: TextSource, text: str, reader: Reader) -> Iterator[StageText]:
    """Read a Condition.stage: whatever stands there speaks of a stage, but for a mere type."""
    found = list(_read(source, {"stage": [text]}, reader))
    yield from found
    if not found and all(span.label != "typed" for span in reader.read(text).of(STAGING)):
        said = Said("unread", sides_in(reader.read(text)).said)
        yield _stage_text(source, said, NO_SIDE, reader)


def _of_observation(
    resource: Resource, reader: Reader
) -> Iterator[StageText | Remark | PlanOnFile]:
    if has_status(resource.status, _VOID):
        return
    source = TextSource(resource, on=date_of(resource))
    parts: list[Resource | Component] = [resource, *filter(None, resource.component or ())]
    for part in parts:
        yield from t_score(source, part, reader)
    site = reader.understood(resource, "bodySite")
    beside = "; ".join(site.words)
    groups = {one.site_group for one in site.concepts if one.value_set == ValueSetId.BODY_SITE}
    if ELSEWHERE in groups or reader.is_elsewhere(beside):
        return
    unread: set[Part] = set(_SIDE if "side" in site.unread_beside else ())
    if (site.is_unread or site.is_unlisted) and not reader.read(beside).of(SITE):
        unread.add("site")
    source = replace(
        source, beside=beside, sides=sides_of((), site.concepts), unread=frozenset(unread)
    )
    names = words_in(resource.code)
    yield from _of_value(source, names, resource, reader)
    for note in words_in(resource.note):
        yield from _read(source, {"note": [note]}, reader)
        yield from remarks_in(source, {"note": [note]}, reader)
    for component in resource.component or ():
        if component:
            yield from _of_value(source, [*names, *words_in(component.code)], component, reader)


def _of_value(
    source: TextSource, names: list[str], found: Resource | Component, reader: Reader
) -> Iterator[StageText | Remark | PlanOnFile]:
    """Read a name with each of its values; a name that has no answer affirms nothing."""
    named = [f"{', '.join(names)}:"] if names else []
    for element, value in list(_values(found)) or [("code", "")]:
        answer = reader.read(value)
        spans = [span for family in (STAGING, COLLAPSE, SIDE) for span in answer.of(family)]
        is_answered = bool(spans) and all(span.label != "unsure" for span in spans)
        words = {"code": named, element: [value]} if value else {"code": names}
        for said in _read(source, words, reader):
            is_told = is_answered or said.says in _STAGES
            yield said if is_told else replace(said, says="unread")
        if answer.of(CHANGES):
            yield from remarks_in(source, words, reader)
        if answer.of(LOAD_PLAN):
            yield from plan_in(source, words, reader)


def _values(found: Resource | Component) -> Iterator[tuple[str, str]]:
    for text in words_in(found.value_codeable_concept):
        yield "valueCodeableConcept", text
    for text in words_in(found.value_string):
        yield "valueString", text
    if found.value_boolean is not None:
        yield "valueBoolean", "yes" if found.value_boolean else "no"
    amount = found.value_quantity.value if found.value_quantity else found.value_integer
    if amount is not None:
        yield "valueQuantity" if found.value_quantity else "valueInteger", f"{amount:g}"


def _of_report(resource: Resource, reader: Reader) -> Iterator[StageText | Remark | PlanOnFile]:
    """Read what a report concludes; one of a hip without words of a conclusion was not read."""
    if has_status(resource.status, _VOID):
        return
    codes = reader.concepts(resource, "code")
    imaged = [code for code in codes if code.value_set == ValueSetId.IMAGING_PROCEDURE]
    beside = "; ".join(words_in(resource.code))
    sites = {span.label for span in reader.read(beside).of(SITE)}
    sites |= {code.site_group for code in imaged if code.site_group}
    source = TextSource(
        resource,
        beside,
        sides=frozenset(side for code in imaged for side in code.sides),
        on=date_of(resource),
        is_about=bool(sites & HIP_GROUPS),
    )
    words = words_of(resource, "conclusionCode", "codedDiagnosis", "conclusion")
    for element, texts in words.items():
        for text in texts:
            yield from _of_conclusion(source, {element: [text]}, reader, is_placed=bool(sites))
            if sites != {ELSEWHERE}:
                yield from remarks_in(source, {element: [text]}, reader)
    is_image = bool(sites) or is_of_imaging(resource)
    if not any(words.values()) and is_image and sites != {ELSEWHERE}:
        yield StageText(reference_to(resource), "report", source.sides, source.on)


def _of_conclusion(
    source: TextSource, words: WordsByElement, reader: Reader, *, is_placed: bool
) -> Iterator[StageText]:
    """Read a conclusion; what is said of no place in a report of no place is a doubt."""
    found = list(_read(source, words, reader))
    if not found and not is_placed:
        anywhere = _read(replace(source, is_about=True), words, reader)
        found = [
            replace(one, says="unread", stage=None) for one in anywhere if one.says != "intact"
        ]
    yield from found


_STAGES = frozenset({"stage", "unnamed", "unread"})
_READ_FROM = {
    "Condition": _of_condition,
    "Observation": _of_observation,
    "DiagnosticReport": _of_report,
}
STAGED_TYPES = tuple(_READ_FROM)


def _read(source: TextSource, words: WordsByElement, reader: Reader) -> Iterator[StageText]:
    """Yield what the words of an element say, as far as its resource allows."""
    found = reader.stages(source.resource, words, source.beside, is_about=source.is_about)
    return _stage_texts(source, found, reader)


def _stage_texts(source: TextSource, found: Iterable[Said], reader: Reader) -> Iterator[StageText]:
    named = NO_SIDE.union(*(said.hips.sides for said in found))
    for said in found:
        yield _stage_text(source, said, named, reader)


def _stage_text(
    source: TextSource, said: Said, named: frozenset[Side], reader: Reader
) -> StageText:
    """Return what is said of which hips, where the text names so many of them."""
    sides = _sides(said, source.sides, named)
    # What the words of a problem say of its side is in its diagnosis already.
    is_said = bool(sides) and not source.diagnosis
    is_told = sides is not None and (is_said or "side" not in source.unread)
    is_future = source.on is not None and source.on.earliest > reader.today + _ONE_DAY
    unread: set[Part] = set(source.unread - _SIDE) | (set() if is_told else _SIDE)
    return StageText(
        reference=reference_to(source.resource),
        says=said.says,
        sides=sides if sides and is_told else NO_SIDE,
        on=source.on,
        stage=said.stage,
        number=said.number,
        diagnosis=source.diagnosis,
        unread=frozenset(unread | source.unread_status | (_STATUS if is_future else ALL_READ)),
    )


def _sides(said: Said, coded: frozenset[Side], named: frozenset[Side]) -> frozenset[Side] | None:
    """Return the hips that words and codes agree on; None where they contradict each other.

    A text that tells of both hips may say of the other one what its code does not.
    """
    if said.hips.is_open:
        return None
    own = said.hips.sides
    if own and coded and not own & coded:
        return own if named & coded else None
    return (own & coded) or own or coded


def _joined(names: list[str], values: list[str]) -> list[str]:
    """Put the words of a code before those of its value; without a value they stand alone."""
    name = ", ".join(names)
    return [": ".join(text for text in (name, value) if text) for value in values or [""]]
