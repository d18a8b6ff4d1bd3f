"""Tells which entries of a long chart need not be decoded: most are coded, and with something else.

All of this measure of speed is here: whoever calls gets a type, or decodes the resource and reads
it as any other. An outline has the shape of FHIR R4, which nearly all clients send; what has
another shape is decoded.
"""

from collections.abc import Container, Sequence

import msgspec
from msgspec import Raw, Struct

from cds_service.fhir.reader import Reader
from cds_service.fhir.shapes.decode import NOT_DECODED
from cds_service.fhir.shapes.resources import NULL, Reference


class OutlineCoding(Struct, gc=False):
    system: str | None = None
    code: str | None = None


class OutlineConcept(Struct, gc=False):
    coding: tuple[OutlineCoding, ...] = ()
    text: str | None = None


class OutlineSeries(Struct, gc=False, rename="camel"):
    body_site: OutlineCoding | None = None


class Outline(Struct, gc=False, rename="camel"):
    """What tells whether a resource is the patient's, and whether anything of it will be read."""

    resource_type: str | None = None
    subject: Reference | None = None
    patient: Reference | None = None
    code: OutlineConcept | None = None
    procedure_code: tuple[OutlineConcept, ...] = ()
    procedure: Raw = NULL
    series: tuple[OutlineSeries, ...] = ()


_OUTLINE = msgspec.json.Decoder(Outline)
# Read by their codes alone: without one that a value set knows, the rest of them does not matter.
_CODED_TYPES = frozenset({"Condition", "Procedure", "ImagingStudy"})


def type_left(raw: Raw, ours: Container[str | None], reader: Reader) -> str | None:
    """Return the type of a resource that is plainly the patient's and about something else.

    `ours` holds the references to the patient. None: it has to be looked at.
    """
    try:
        outline = _OUTLINE.decode(raw)
    except NOT_DECODED:
        return None
    if outline.resource_type not in _CODED_TYPES or outline.patient is not None:
        return None
    if outline.subject is None or outline.subject.reference not in ours:
        return None
    return outline.resource_type if _says_nothing(outline, reader) else None


def _says_nothing(outline: Outline, reader: Reader) -> bool:
    """Tell whether there are codings, all unknown, and no words stand in for them."""
    codings, vocabulary, is_of_known_system = _codings(outline), reader.knowledge.vocabulary, False
    for coding in codings:
        if coding.code is None or vocabulary.recognise(coding.system, coding.code):
            return False
        is_of_known_system = is_of_known_system or vocabulary.knows_system(coding.system)
    if is_of_known_system or not codings:
        return is_of_known_system
    text = outline.code.text if outline.code and outline.resource_type == "Condition" else None
    return not reader.names_femoral_head(text)


def _codings(outline: Outline) -> Sequence[OutlineCoding]:
    """Return all that says what it is about: the code, or of a study its procedures and sites.

    None where something says it in another place, or a series does not say it.
    """
    if outline.resource_type != "ImagingStudy":
        return outline.code.coding if outline.code else ()
    sites = [series.body_site for series in outline.series if series.body_site is not None]
    if outline.procedure is not NULL or len(sites) < len(outline.series) or not sites:
        return ()
    return [*sites, *(coding for named in outline.procedure_code for coding in named.coding)]
