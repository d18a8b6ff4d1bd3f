"""Tells which entries of a long chart need not be decoded: most are coded, and with something else.

All of this measure of speed is here: whoever calls gets a type, or decodes the resource and reads
it as any other. An outline has the shape of FHIR R4, which nearly all clients send; what has
another shape is decoded.
"""

from collections.abc import Callable, Container, Mapping
from functools import cache

import msgspec
from msgspec import Raw, Struct

from cds_service.core.words.studies import OTHER, imaged
from cds_service.fhir.reader import ELSEWHERE, Reader
from cds_service.fhir.shapes.decode import NOT_DECODED
from cds_service.fhir.shapes.resources import NULL


class OutlineCoding(Struct, frozen=True, gc=False):
    system: str | None = None
    code: str | None = None
    display: str | None = None


class OutlineConcept(Struct, frozen=True, gc=False):
    coding: tuple[OutlineCoding, ...] = ()
    text: str | None = None


class OutlineSeries(Struct, frozen=True, gc=False, rename="camel"):
    body_site: OutlineCoding | None = None
    description: str | None = None


class OutlineReference(Struct, frozen=True, gc=False):
    reference: str | None = None


class Outline(Struct, frozen=True, gc=False, rename="camel"):
    """What tells whether a resource is the patient's, and whether anything of it will be read.

    What has a `patient`, or contains something, is not of this shape.
    """

    resource_type: str | None = None
    subject: OutlineReference | None = None
    patient: None = None
    contained: None = None
    code: OutlineConcept = OutlineConcept()
    procedure_code: tuple[OutlineConcept, ...] = ()
    procedure: Raw = NULL
    series: tuple[OutlineSeries, ...] = ()
    description: str | None = None


_OUTLINE = msgspec.json.Decoder(Outline)


class Sift:
    """Sifts the entries of one Bundle; `ours` holds the references to the patient."""

    def __init__(self, reader: Reader, ours: Container[str | None]) -> None:
        self._reader = reader
        self._ours = ours
        self._look = cache(self._look_up)
        self._is_elsewhere = cache(self._look_at_site)
        self._names_no_hip = cache(self._look_at_name)
        self._is_other_study = cache(self._names_something_else)
        # A chart repeats itself: most visits code the same few diseases.
        self._is_other = cache(self._says_something_else)
        self._may_name = reader.knowledge.lexicon.anchors.may_stand_in
        self._says_nothing: Mapping[str | None, Callable[[Outline], bool]] = {
            "Condition": self._is_another_disease,
            "Procedure": self._is_another_disease,
            "ImagingStudy": self._shows_elsewhere,
        }

    def type_left(self, raw: Raw) -> str | None:
        """Return the type of a resource that is plainly the patient's and about something else.

        None: it has to be looked at.
        """
        try:
            outline = _OUTLINE.decode(raw)
        except NOT_DECODED:
            return None
        says_nothing = self._says_nothing.get(outline.resource_type)
        if says_nothing is None or outline.subject is None:
            return None
        if outline.subject.reference not in self._ours:
            return None
        return outline.resource_type if says_nothing(outline) else None

    def _is_another_disease(self, outline: Outline) -> bool:
        return self._is_other(outline.code)

    def _shows_elsewhere(self, outline: Outline) -> bool:
        """Tell whether every series has a site that is elsewhere, and nothing else may say more."""
        if outline.procedure is not NULL or not outline.series:
            return False
        if outline.description and not self._names_no_hip(outline.description):
            return False
        for series in outline.series:
            site, text = series.body_site, series.description
            if site is None or not self._is_elsewhere(site.system, site.code, site.display):
                return False
            if text and not self._names_no_hip(text):
                return False
        return all(map(self._is_other_study, outline.procedure_code))

    def _says_something_else(self, concept: OutlineConcept) -> bool:
        """Tell whether no value set knows a code, and the words, or else the codes, say why not."""
        text, codings, has_words = concept.text, concept.coding, False
        if text:
            if self._may_name(text):
                return False
            has_words = True
        is_understood = bool(codings)
        for coding in codings:
            display = coding.display
            if display and display != text:
                if self._may_name(display):
                    return False
                has_words = True
            is_listed, is_known = self._look(coding.system, coding.code)
            if is_listed:
                return False
            is_understood = is_understood and is_known
        return has_words or is_understood

    def _names_something_else(self, concept: OutlineConcept) -> bool:
        words = (concept.text, *(coding.display for coding in concept.coding))
        return self._is_other(concept) and all(self._names_no_hip(text) for text in words if text)

    def _look_up(self, system: str | None, code: str | None) -> tuple[bool, bool]:
        """Tell whether a value set knows a code, and whether it is understood."""
        if code is None:
            return False, False
        meaning = self._reader.knowledge.vocabulary.understand(system, code)
        return bool(meaning.concepts), meaning.is_understood

    def _look_at_site(self, system: str | None, code: str | None, display: str | None) -> bool:
        """Tell whether a site is elsewhere, by its code or, where that is not listed, its words."""
        found = self._reader.knowledge.recognise(system, code) if code is not None else ()
        if found:
            return all(concept.site_group == ELSEWHERE for concept in found)
        return self._reader.is_elsewhere(display)

    def _look_at_name(self, text: str) -> bool:
        """Tell whether the name of a study or of a series speaks of no hip."""
        return imaged(self._reader.read(text)).region in (None, OTHER)
