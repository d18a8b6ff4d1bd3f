"""Tells which entries of a long chart need not be decoded: most are coded, and with something else.

All of this measure of speed is here: whoever calls gets a type, or decodes the resource and reads
it as any other. An outline has the shape of FHIR R4, which nearly all clients send; what has
another shape is decoded.
"""

from collections.abc import Container, Sequence
from functools import cache

import msgspec
from msgspec import Raw, Struct

from cds_service.fhir.reader import Reader
from cds_service.fhir.shapes.decode import NOT_DECODED
from cds_service.fhir.shapes.resources import NULL, Reference


class OutlineCoding(Struct, frozen=True, gc=False):
    system: str | None = None
    code: str | None = None


class OutlineConcept(Struct, frozen=True, gc=False):
    coding: tuple[OutlineCoding, ...] = ()
    text: str | None = None


class OutlineSeries(Struct, frozen=True, gc=False, rename="camel"):
    body_site: OutlineCoding | None = None


class Outline(Struct, frozen=True, gc=False, rename="camel"):
    """What tells whether a resource is the patient's, and whether anything of it will be read."""

    resource_type: str | None = None
    subject: Reference | None = None
    patient: Reference | None = None
    code: OutlineConcept = OutlineConcept()
    procedure_code: tuple[OutlineConcept, ...] = ()
    procedure: Raw = NULL
    series: tuple[OutlineSeries, ...] = ()


_OUTLINE = msgspec.json.Decoder(Outline)
# Read by their codes alone: without one that a value set knows, the rest of them does not matter.
_CODED_TYPES = frozenset({"Condition", "Procedure", "ImagingStudy"})


class Sift:
    """Sifts the entries of one Bundle; `ours` holds the references to the patient."""

    def __init__(self, reader: Reader, ours: Container[str | None]) -> None:
        self._reader = reader
        self._ours = ours
        self._is_of_known_system = cache(self._look_up)

    def type_left(self, raw: Raw) -> str | None:
        """Return the type of a resource that is plainly the patient's and about something else.

        None: it has to be looked at.
        """
        try:
            outline = _OUTLINE.decode(raw)
        except NOT_DECODED:
            return None
        if outline.resource_type not in _CODED_TYPES or outline.patient is not None:
            return None
        if outline.subject is None or outline.subject.reference not in self._ours:
            return None
        return outline.resource_type if self._says_nothing(outline) else None

    def _says_nothing(self, outline: Outline) -> bool:
        """Tell whether there are codings, all unknown, and no words stand in for them."""
        kind, is_of_known_system = outline.resource_type, False
        codings = _codings_of_study(outline) if kind == "ImagingStudy" else outline.code.coding
        for coding in codings:
            is_known = self._is_of_known_system(coding.system, coding.code)
            if is_known is None:
                return False
            is_of_known_system = is_of_known_system or is_known
        if is_of_known_system or not codings:
            return is_of_known_system
        return kind != "Condition" or not self._reader.names_femoral_head(outline.code.text)

    def _look_up(self, system: str | None, code: str | None) -> bool | None:
        """Tell whether the value sets know the system of a code; None where they know the code."""
        knowledge = self._reader.knowledge
        is_meant = code is None or knowledge.recognise(system, code)
        return None if is_meant else knowledge.knows_system(system)


def _codings_of_study(outline: Outline) -> Sequence[OutlineCoding]:
    """Return the sites and the procedures; none where a series or R5's procedure might say more."""
    sites = [series.body_site for series in outline.series if series.body_site is not None]
    if outline.procedure is not NULL or len(sites) < len(outline.series) or not sites:
        return ()
    return [*sites, *(coding for named in outline.procedure_code for coding in named.coding)]
