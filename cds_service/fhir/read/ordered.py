"""What is ordered: what the codes and the words of an order say, whoever it is for.

Orders repeat themselves from patient to patient. So it is worked out once for all orders that say
it in the same codes and the same few words.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from cds_service.core.record import (
    ALL_READ,
    NO_SIDE,
    Concept,
    OrderKind,
    Part,
    Side,
    ValueSetId,
)
from cds_service.core.words.sides.said import SidesSaid
from cds_service.core.words.studies import Imaged, imaged, imaged_together
from cds_service.core.words.text import SITE
from cds_service.fhir.read.conditions import ASIDE, sides_of
from cds_service.fhir.read.drafts import Json, codings_under, words_under
from cds_service.fhir.read.inner_drafts import ACTIVITY
from cds_service.fhir.reader import Reader, Topics, Understood, WordsByElement
from cds_service.fhir.shapes.coding import of_value_set
from cds_service.fhir.shapes.resources import Resource, elements_of

_KINDS: Mapping[str | None, OrderKind] = {
    "MedicationRequest": "medication",
    "MedicationOrder": "medication",
    "NutritionOrder": "other",
    ACTIVITY: "any",
}
_REFERRED = "medicationReference"
# What is ordered, DSTU2 to R5: the elements that hold its code, then all that name it.
_CODES = (
    "code",
    "codeCodeableConcept",
    "medication",
    "medicationCodeableConcept",
    "serviceRequested",
    "type",
)
_coded = elements_of(*_CODES)
_NAMES = (
    *_CODES,
    "codeConcept",
    _REFERRED,
    "productCodeableConcept",
    "item",
    "title",
    "textEquivalent",
)
# A plan describes what it is about, a task or an activity what is to be done.
_DESCRIBED = frozenset({"Task", ACTIVITY})
_NOTES = (
    "note",
    "notes",
    "description",
    "orderDetail",
    "patientInstruction",
    "instructions",
    "additionalInstructions",
    "dosageInstruction",
    "form",
    "doseForm",
)
# Elements whose words name what is ordered, with its place; then those of notes.
_IN_OTHERS = (*_NAMES, "bodySite"), _NOTES
_IN_DESCRIBED = (
    (*_NAMES, "bodySite", "description"),
    tuple(name for name in _NOTES if name != "description"),
)
READ = (*_NAMES, "bodySite", *_NOTES)
"""The elements of an order that say what is ordered."""


class OrderContent(NamedTuple):
    """What is read of an order: its members, the Medications it refers to, its words by element.

    One that `is_named` by words of its own, as most are, needs no code that is understood.
    """

    own: Json
    drugs: Sequence[Json]
    names: WordsByElement
    notes: WordsByElement
    is_named: bool

    @property
    def parts(self) -> tuple[Json, ...]:
        """The members of the order, then those of each Medication."""
        return (self.own, *self.drugs)


class Ordered(NamedTuple):
    """What an order says; `is_open` where a side was sent that cannot be told."""

    codes: tuple[Concept, ...]
    sites: tuple[Concept, ...]
    sides: frozenset[Side]
    is_open: bool
    topics: Topics


def kind_of(resource: Resource) -> OrderKind:
    """Return what kind of thing orders of a type are for; what is not listed may be any service."""
    return _KINDS.get(resource.resource_type, "service")


def content_of(resource: Resource, own: Json, drugs: Sequence[Json]) -> OrderContent:
    """Return what is read of an order; `own` are its members, `drugs` those of its Medications."""
    naming, noting = _elements_of_words(resource)
    names = {element: words_under(own, element) for element in naming if element in own}
    notes = {element: words_under(own, element) for element in noting if element in own}
    is_named = any(texts and element != "bodySite" for element, texts in names.items())
    return OrderContent(own, drugs, names, notes, is_named)


def ordered_by(resource: Resource, content: OrderContent, reader: Reader) -> Ordered:
    """Return what the codes and the words of an order say."""
    coded = (_coded(resource), resource.body_site, resource.item)
    said = (kind_of(resource), coded, content.names, content.notes, content.drugs)
    return reader.once(Ordered, said, lambda: _worked_out(resource, content, reader))


def names_no_drug(resource: Resource, content: OrderContent) -> bool:
    """Tell a drug order that only refers to a Medication which is not at hand."""
    if content.is_named or kind_of(resource) != "medication":
        return False
    return not any(words_under(p, *_NAMES) or codings_under(p, *_NAMES) for p in content.parts)


def unread_in(content: OrderContent, reader: Reader) -> frozenset[Part]:
    """Return `code` where one was sent that is not understood, and no words stand beside it."""
    if content.is_named or any(words_under(p, *_NAMES, "description") for p in content.parts):
        return ALL_READ
    codings = [coding for part in content.parts for coding in codings_under(part, *_NAMES)]
    understand = reader.knowledge.vocabulary.understand
    is_told = any(understand(*coding).is_understood for coding in codings)
    return frozenset({"code"}) if codings and not is_told else ALL_READ


def _worked_out(resource: Resource, content: OrderContent, reader: Reader) -> Ordered:
    coded = _codes(resource, reader)
    place = reader.understood(resource, "bodySite")
    sites = (*coded, *place.concepts, *_item_places(resource, reader))
    codes = tuple(concept for concept in coded if concept.value_set not in ASIDE)
    codes += _codes_of_drugs(resource, content.drugs, reader)
    is_coded = any(not concept.is_vague for concept in codes)
    naming, noting = _elements_of_words(resource)
    names = _with_drugs(content.names, content.drugs, naming)
    notes = _with_drugs(content.notes, content.drugs, noting)
    topics = reader.topics(resource, kind_of(resource), names, notes, is_coded=is_coded)
    told = _imaged(resource, names, codes, reader)
    own = {name: texts for name, texts in content.names.items() if name != "description"}
    said = reader.side_in_words(resource, own)
    said = told.said if told.kind and told.region else said
    sides, is_open = _side((*codes, *sites), said, place, reader)
    site_codes = of_value_set(sites, ValueSetId.BODY_SITE)
    return Ordered(codes + told.concepts, site_codes, sides, is_open, topics)


def _codes(resource: Resource, reader: Reader) -> tuple[Concept, ...]:
    sent = [*zip(_CODES, _coded(resource), strict=True)]
    sent += [("item.code", item.code) for item in resource.item or ()]
    found: tuple[Concept, ...] = ()
    for name, coded in sent:
        if not isinstance(coded, str):  # of an order, a bare text is a name and no code
            found += reader.concepts_in(resource, name, coded)
    return found


def _codes_of_drugs(
    resource: Resource, drugs: Sequence[Json], reader: Reader
) -> tuple[Concept, ...]:
    codings = [coding for drug in drugs for coding in codings_under(drug, "code")]
    return reader.known(resource, _REFERRED, codings)


def _item_places(resource: Resource, reader: Reader) -> tuple[Concept, ...]:
    items = resource.item or ()
    read = (reader.concepts_in(resource, "item.bodySite", item.body_site) for item in items)
    return tuple(concept for concepts in read for concept in concepts)


def _side(
    concepts: Sequence[Concept], said: SidesSaid, place: Understood, reader: Reader
) -> tuple[frozenset[Side], bool]:
    """Return the side, and whether one was sent that cannot be told: a body site may hold one."""
    coded = sides_of(tuple(c for c in concepts if c.value_set not in ASIDE), tuple(concepts))
    is_contrary = bool(coded and said.sides and coded != said.sides)
    if is_contrary or (not coded and any(concept.sides for concept in concepts)):
        return NO_SIDE, True
    if coded or said.sides:
        return coded or said.sides, False
    names_site = any(reader.read(text).of(SITE) for text in place.words)
    is_unread = (place.is_unread or place.is_unlisted) and not names_site
    return NO_SIDE, said.is_open or is_unread or "side" in place.unread_beside


def _imaged(
    resource: Resource, names: WordsByElement, codes: Sequence[Concept], reader: Reader
) -> Imaged:
    """Return what the names say is to be imaged, unless a code says that nothing is."""
    is_other = any(concept.value_set != ValueSetId.IMAGING_PROCEDURE for concept in codes)
    if is_other or kind_of(resource) not in ("service", "any"):
        return Imaged()
    texts = [text for texts in names.values() for text in texts]
    return imaged_together([imaged(reader.read(text)) for text in texts], ())


def _elements_of_words(resource: Resource) -> tuple[Sequence[str], Sequence[str]]:
    """Return the elements that name what is ordered, with its place, and those of its notes."""
    return _IN_DESCRIBED if resource.resource_type in _DESCRIBED else _IN_OTHERS


def _with_drugs(
    words: WordsByElement, drugs: Sequence[Json], names: Iterable[str]
) -> WordsByElement:
    """Add the words of Medications: they are of the reference to them."""
    of_drugs = [text for drug in drugs for text in words_under(drug, *names)]
    return {**words, _REFERRED: [*words.get(_REFERRED, ()), *of_drugs]}
