"""Draft orders of the hook context, and orders of the chart -> Order, in all FHIR versions."""

from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from cds_service.core.record import (
    ALL_READ,
    NAMES_OSTEONECROSIS,
    NO_SIDE,
    Concept,
    Listing,
    Order,
    OrderKind,
    Part,
    Purpose,
    Side,
    ValueSetId,
)
from cds_service.core.values import NEVER, UNKNOWN, Absence, DateRange
from cds_service.core.words.diagnoses.reading import told_of
from cds_service.core.words.sides.said import SidesSaid
from cds_service.core.words.studies import Imaged, imaged, imaged_together
from cds_service.core.words.text import ELSEWHERE, SITE
from cds_service.fhir.pool.identity import Identity
from cds_service.fhir.pool.pool import NOT_READABLE
from cds_service.fhir.read.conditions import ASIDE, sides_of
from cds_service.fhir.read.drafts import (
    DRAFT_ORDERS,
    Draft,
    Json,
    codings_under,
    contained_in,
    drafts_in,
    medications_in,
    medications_of,
    members_of,
    own_references,
    plain,
    references_under,
    words_under,
)
from cds_service.fhir.read.inner_drafts import ACTIVITY, inner_drafts, is_prohibited
from cds_service.fhir.reader import Reader, Topics, Understood, WordsByElement
from cds_service.fhir.shapes.coding import has_status, of_value_set
from cds_service.fhir.shapes.dates import parse_date
from cds_service.fhir.shapes.references import reference_to, short_reference
from cds_service.fhir.shapes.resources import Resource, Sent, element_of
from cds_service.hooks import Context

# Types that exist only before FHIR R4: a client that drafts one cannot take a ServiceRequest.
OLDER_ORDER_TYPES = {
    "DiagnosticOrder",
    "ProcedureRequest",
    "MedicationOrder",
    "DeviceUseRequest",
    "ReferralRequest",
}
ORDER_TYPES = OLDER_ORDER_TYPES | {
    "ServiceRequest",
    "MedicationRequest",
    "DeviceRequest",
    "CarePlan",
    "RequestGroup",
    "RequestOrchestration",
    "Task",
}
_KINDS: Mapping[str | None, OrderKind] = {
    "MedicationRequest": "medication",
    "MedicationOrder": "medication",
    "NutritionOrder": "other",
    ACTIVITY: "any",
}
ORDER_HOOKS = frozenset({"order-select", "order-sign"})
# What is ordered, DSTU2 to R5: the elements that hold its code, then all that name it.
_CODES = (
    "code",
    "codeCodeableConcept",
    "medication",
    "medicationCodeableConcept",
    "serviceRequested",
    "type",
)
_NAMES = (
    *_CODES,
    "codeConcept",
    "medicationReference",
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
_REASONS = ("reason", "reasonCode", "reasonCodeableConcept", "reasonReference")
_URGENT = frozenset({"urgent", "asap", "stat"})
_NOT_THERE = frozenset({None, "excluded", "family"})
_PERIODS = ("occurrencePeriod", "scheduledPeriod")
_DATES = ("occurrenceDateTime", "scheduledDateTime")
_TIMINGS = ("occurrenceTiming", "scheduledTiming")
# How a group, a plan or a task refers to the orders that it is made of.
_GROUPED = ("action", "activity", "focus")
_WHEN = (*_PERIODS, *_DATES, *_TIMINGS, "authoredOn")
_READ = (*_NAMES, "bodySite", *_NOTES, *_REASONS, "priority", "intent", *_WHEN)
# FHIR request-intent: what leaves it to somebody else to order.
_ONLY_MEANT = frozenset({"proposal", "plan", "option"})
_IN_FORCE = ("active",)
_NOT_IN_FORCE = ("draft", "on-hold")
_ORDERS_NOTHING = frozenset(
    {"revoked", "entered-in-error", "cancelled", "stopped", "completed", "rejected"}
)


def read_orders(
    context: Context[Sent], hook: str | None, identity: Identity, reader: Reader
) -> tuple[Listing[Order] | Absence, bool]:
    """Return the draft orders, and whether one of them has a type from before FHIR R4.

    Without `draftOrders` the orders of an order hook are unknown, not none; another hook has none
    to give, and NEVER is returned. Where `selections` is missing, every draft counts as selected.
    """
    drafts = drafts_in(context.draft_orders, identity)
    if drafts is None:
        if context.draft_orders is not None:
            reader.saw_no_resource(DRAFT_ORDERS, "is no Bundle of drafts")
        return (UNKNOWN if hook in ORDER_HOOKS else NEVER), False
    selected = _selected(drafts, context.selections)
    medications = dict(medications_in(drafts, _READ))
    has_gap = any(draft.is_doubtful for draft in drafts)
    orders: list[Order] = []
    for outer in drafts:
        is_selected = selected is None or not selected.isdisjoint(own_references(outer))
        at_hand = ChainMap(dict(contained_in(outer)), medications)
        for draft in (outer, *inner_drafts(outer)) if _is_order(outer, reader) else ():
            has_gap = has_gap or draft.is_doubtful
            if draft is outer or _is_order(draft, reader):
                own = plain(draft.members, _READ)
                contents = (own, *medications_of(own, at_hand))
                has_gap = has_gap or _names_no_drug(draft.resource, contents)
                orders.append(_read_order(draft, contents, reader, is_selected=is_selected))
    is_older = any(draft.resource.resource_type in OLDER_ORDER_TYPES for draft in drafts)
    gap = NOT_READABLE if has_gap else None
    return Listing(tuple(orders), gap), is_older


def read_active_order(resource: Resource, reader: Reader) -> Iterator[Order]:
    """Read an order of the chart that is in force; one with rules that we do not know is open."""
    if has_status(resource.status, (*_ORDERS_NOTHING, *_NOT_IN_FORCE)) or resource.do_not_perform:
        return
    draft = Draft(resource, (), is_ours=True, members=members_of(resource.sent))
    own = plain(draft.members, _READ)
    if own.get("intent") not in _ONLY_MEANT:
        is_known = has_status(resource.status, _IN_FORCE) and not draft.is_modified
        order = _read_order(draft, (own,), reader, is_selected=False)
        yield order if is_known else replace(order, unread=order.unread | {"status"})


def _is_order(draft: Draft, reader: Reader) -> bool:
    """Tell whether a draft orders something for the patient; one of another patient refuses."""
    resource = draft.resource
    reader.saw(resource, draft.path, is_ours=draft.is_ours)
    reader.used(resource)
    return (
        resource.resource_type in (*ORDER_TYPES, ACTIVITY)
        and not is_prohibited(draft)
        and not has_status(resource.status, _ORDERS_NOTHING)
        and not resource.do_not_perform
        and not draft.is_modified
        and draft.is_ours is True
    )


def _read_order(
    draft: Draft,
    contents: tuple[Json, ...],
    reader: Reader,
    *,
    is_selected: bool,
) -> Order:
    """Read a draft: its codes in their elements, its words wherever FHIR puts them."""
    resource, own = draft.resource, contents[0]
    coded = _codes(resource, reader)
    place = reader.understood(resource, "bodySite")
    sites = (*coded, *place.concepts, *_item_places(resource, reader))
    codes = tuple(concept for concept in coded if concept.value_set not in ASIDE)
    codes += _codes_of_drugs(resource, contents, reader)
    names = _words(contents, _naming(resource))
    topics = _topics(resource, names, contents, codes, reader)
    told = _imaged(resource, names, codes, reader)
    said = reader.side_in_words(resource, _words_by_element(own, (*_NAMES, "bodySite")))
    said = told.said if told.kind and told.region else said
    sides, is_open = _side((*codes, *sites), said, place, reader)
    return Order(
        reference=reference_to(resource),
        kind=_kind(resource),
        codes=codes + told.concepts,
        sites=of_value_set(sites, ValueSetId.BODY_SITE),
        sides=sides,
        unread=_unread(contents, reader) | ({"side"} if is_open else ALL_READ),
        is_selected=is_selected,
        purpose=_purpose(resource, own, reader),
        reason_references=references_under(own, *_REASONS),
        is_urgent=own.get("priority") in _URGENT,
        topics=topics.named,
        noted=topics.noted,
        ruled_out=topics.ruled_out,
        plan=topics.plan,
        occurs=_occurs(own),
        authored=parse_date(written) if isinstance(written := own.get("authoredOn"), str) else None,
    )


def _codes(resource: Resource, reader: Reader) -> tuple[Concept, ...]:
    sent = [(name, element_of(resource, name)) for name in _CODES]
    sent += [("item.code", item.code) for item in resource.item or ()]
    found: tuple[Concept, ...] = ()
    for name, coded in sent:
        if not isinstance(coded, str):  # of an order, a bare text is a name and no code
            found += reader.concepts_in(resource, name, coded)
    return found


def _codes_of_drugs(
    resource: Resource, contents: Sequence[Json], reader: Reader
) -> tuple[Concept, ...]:
    codings = [coding for drug in contents[1:] for coding in codings_under(drug, "code")]
    return reader.known(resource, "medicationReference", codings)


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


def _topics(
    resource: Resource,
    names: WordsByElement,
    contents: Sequence[Json],
    codes: Sequence[Concept],
    reader: Reader,
) -> Topics:
    is_coded = any(not concept.is_vague for concept in codes)
    named = _naming(resource)
    notes = _words(contents, [name for name in _NOTES if name not in named])
    return reader.topics(resource, _kind(resource), names, notes, is_coded=is_coded)


def _imaged(
    resource: Resource, names: WordsByElement, codes: Sequence[Concept], reader: Reader
) -> Imaged:
    """Return what the names say is to be imaged, unless a code says that nothing is."""
    is_other = any(concept.value_set != ValueSetId.IMAGING_PROCEDURE for concept in codes)
    if is_other or _kind(resource) not in ("service", "any"):
        return Imaged()
    texts = [text for texts in names.values() for text in texts]
    return imaged_together([imaged(reader.read(text)) for text in texts], ())


def _naming(resource: Resource) -> tuple[str, ...]:
    """Return the elements that name what is ordered, with its place."""
    described = ("description",) if resource.resource_type in _DESCRIBED else ()
    return (*_NAMES, "bodySite", *described)


def _purpose(resource: Resource, own: Json, reader: Reader) -> Purpose | None:
    """Return what the codes and words of its reason say that an order is for."""
    codings, words = codings_under(own, *_REASONS), words_under(own, *_REASONS)
    coded = reader.known(resource, "reason", codings)
    told = told_of(reader.entry_words(resource, {"reason": words}), NO_SIDE)
    is_said = told.state not in _NOT_THERE and ELSEWHERE not in told.sites
    if is_said or any(concept.value_set in NAMES_OSTEONECROSIS for concept in coded):
        return "osteonecrosis"
    return "other" if codings or words else None


def _kind(resource: Resource) -> OrderKind:
    return _KINDS.get(resource.resource_type, "service")


def _unread(contents: Sequence[Json], reader: Reader) -> frozenset[Part]:
    """Return `code` where one was sent that is not understood, and no words stand beside it."""
    if any(words_under(content, *_NAMES, "description") for content in contents):
        return ALL_READ
    codings = [coding for content in contents for coding in codings_under(content, *_NAMES)]
    understand = reader.knowledge.vocabulary.understand
    is_told = any(understand(*coding).is_understood for coding in codings)
    return frozenset({"code"}) if codings and not is_told else ALL_READ


def _words(contents: Sequence[Json], names: Iterable[str]) -> WordsByElement:
    """Return the words of an order by element; those of a Medication are of the reference to it."""
    own, *drugs = contents
    words = _words_by_element(own, names)
    of_drugs = [text for drug in drugs for text in words_under(drug, *names)]
    return words | {"medicationReference": words.get("medicationReference", []) + of_drugs}


def _words_by_element(content: Json, names: Iterable[str]) -> dict[str, list[str]]:
    return {name: words_under(content, name) for name in names if name in content}


def _names_no_drug(resource: Resource, contents: tuple[Json, ...]) -> bool:
    """Tell a drug order that only refers to a Medication which is not at hand."""
    is_drug = _KINDS.get(resource.resource_type or "") == "medication"
    return is_drug and not any(
        words_under(content, *_NAMES) or codings_under(content, *_NAMES) for content in contents
    )


def _occurs(content: Json) -> DateRange | Absence:
    periods = (content.get(name) for name in _PERIODS)
    sent = [content.get(name) for name in _DATES]
    sent += [period.get("start") for period in periods if isinstance(period, dict)]
    days = [found for text in sent if isinstance(text, str) and (found := parse_date(text))]
    if days:
        return days[0]
    return UNKNOWN if any(name in content for name in (*_DATES, *_PERIODS, *_TIMINGS)) else NEVER


def _selected(drafts: Sequence[Draft], sent: list[str | None] | str | None) -> set[str] | None:
    """Return how the selected drafts may be referred to; with a group, what it refers to."""
    if sent is None:
        return None
    given = [sent] if isinstance(sent, str) else sent
    waiting = [short_reference(selection) for selection in given if selection]
    found = set[str]()
    by_reference = {own: draft for draft in drafts for own in own_references(draft)}
    while waiting:
        selected = waiting.pop()
        if selected not in found:
            found.add(selected)
            members = by_reference[selected].members if selected in by_reference else {}
            waiting += references_under(plain(members, _GROUPED), *_GROUPED)
    return found
