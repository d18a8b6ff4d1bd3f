"""Tells which entries of a long chart need not be decoded: most are coded, and with something else.

All of this measure of speed is here: whoever calls gets a type, or decodes the resource and reads
it as any other. An outline has the shape of FHIR R4, which nearly all clients send; what has
another shape is decoded.
"""

from collections.abc import Callable, Container, Mapping, Sequence
from typing import TypeVar

import msgspec
from msgspec import Raw, Struct

from cds_service.core.vocabulary.vocabulary import NOT_UNDERSTOOD
from cds_service.core.words.studies import OTHER, imaged
from cds_service.fhir.reader import ELSEWHERE, Reader
from cds_service.fhir.shapes.decode import NOT_DECODED
from cds_service.fhir.shapes.resources import NULL, Entry, HoldsNoOther

KeyT = TypeVar("KeyT")


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


class Outline(HoldsNoOther, frozen=True, gc=False, rename="camel"):
    """What tells whether a resource is the patient's, and whether anything of it will be read.

    What names anybody beside its subject is not of this shape. Its codes stay bytes: a chart
    repeats itself, and most visits code the same few diseases.
    """

    subject: OutlineReference = OutlineReference()
    patient: None = None
    beneficiary: None = msgspec.field(name="for", default=None)
    code: Raw = NULL
    procedure_code: tuple[Raw, ...] = ()
    procedure: Raw = NULL
    series: tuple[OutlineSeries, ...] = ()
    description: str | None = None


_OUTLINE = msgspec.json.Decoder(Outline)
_CONCEPT = msgspec.json.Decoder(OutlineConcept)


class _Asked(dict[KeyT, bool]):
    """The answers to a question, each asked for once."""

    def __init__(self, ask: Callable[[KeyT], bool]) -> None:
        self._ask = ask

    def __missing__(self, key: KeyT) -> bool:
        self[key] = answer = self._ask(key)
        return answer


class Sift:
    """Sifts the entries of one Bundle; `ours` holds the references to the patient."""

    def __init__(self, reader: Reader, ours: Container[str | None]) -> None:
        self._reader = reader
        self._ours = ours
        self._is_other = _Asked(self._says_something_else)
        self._is_other_study = _Asked(self._names_something_else)
        self._says_nothing: Mapping[str | None, Callable[[Outline], bool]] = {
            "Condition": self._is_another_disease,
            "Procedure": self._is_another_disease,
            "ImagingStudy": self._shows_elsewhere,
        }

    def types_left(self, entries: Sequence[Entry | None]) -> list[str | None]:
        """Return the type of each resource that is plainly the patient's and about something else.

        None: it has to be looked at.
        """
        decode, ours, says_nothing = _OUTLINE.decode, self._ours, self._says_nothing
        found: list[str | None] = [None] * len(entries)
        for i, entry in enumerate(entries):
            try:
                outline = decode(entry.resource if entry else NULL)
            except NOT_DECODED:
                continue
            name = outline.resource_type
            if outline.subject.reference in ours and name in says_nothing:
                found[i] = name if says_nothing[name](outline) else None
        return found

    def _is_another_disease(self, outline: Outline) -> bool:
        return self._is_other[bytes(outline.code)]

    def _shows_elsewhere(self, outline: Outline) -> bool:
        """Tell whether every series has a site that is elsewhere, and nothing else may say more."""
        if outline.procedure is not NULL or not outline.series:
            return False
        if outline.description and not self._names_no_hip(outline.description):
            return False
        for series in outline.series:
            site, text = series.body_site, series.description
            if site is None or not self._is_elsewhere(site):
                return False
            if text and not self._names_no_hip(text):
                return False
        return all(self._is_other_study[bytes(concept)] for concept in outline.procedure_code)

    def _says_something_else(self, sent: bytes) -> bool:
        """Tell whether no value set knows a code, and the words, or else the codes, say why not."""
        return self._reader.once(OutlineConcept, Raw(sent), lambda: self._is_said_else(sent))

    def _is_said_else(self, sent: bytes) -> bool:
        concept = _concept(sent)
        may_name = self._reader.knowledge.lexicon.anchors.may_stand_in
        understand = self._reader.knowledge.vocabulary.understand
        words, codes = _words(concept), [(c.system, c.code) for c in concept.coding]
        meanings = [NOT_UNDERSTOOD if code is None else understand(s, code) for s, code in codes]
        if any(meaning.concepts for meaning in meanings) or any(map(may_name, words)):
            return False
        return bool(words) or (bool(codes) and all(m.is_understood for m in meanings))

    def _names_something_else(self, sent: bytes) -> bool:
        words = _words(_concept(sent))
        return self._is_other[sent] and all(map(self._names_no_hip, words))

    def _is_elsewhere(self, site: OutlineCoding) -> bool:
        """Tell whether a site is elsewhere, by its code or, where that is not listed, its words."""
        system, code = site.system, site.code
        found = self._reader.knowledge.recognise(system, code) if code is not None else ()
        if found:
            return all(concept.site_group == ELSEWHERE for concept in found)
        return self._reader.is_elsewhere(site.display)

    def _names_no_hip(self, text: str) -> bool:
        """Tell whether the name of a study or of a series speaks of no hip."""
        return imaged(self._reader.read(text)).region in (None, OTHER)


def _concept(sent: bytes) -> OutlineConcept:
    """Return an outline of a concept; one of another shape says nothing."""
    try:
        return _CONCEPT.decode(sent)
    except NOT_DECODED:
        return OutlineConcept()


def _words(concept: OutlineConcept) -> dict[str, None]:
    """Return the different texts of a concept."""
    words = (concept.text, *(coding.display for coding in concept.coding))
    return dict.fromkeys(text for text in words if text)
