"""Draft orders of the hook context -> Order, in all FHIR versions."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from cds_service.core.record import Concept, Listing, Order, Side, ValueSetId
from cds_service.core.text.topics import TextPattern, is_named, is_ruled_out
from cds_service.core.values import NEVER, UNKNOWN, Absence, DateRange
from cds_service.fhir.pool.pool import NOT_READABLE
from cds_service.fhir.read.conditions import ASIDE, sides_of
from cds_service.fhir.read.drafts import (
    DRAFT_ORDERS,
    Draft,
    Json,
    codings_under,
    drafts_in,
    medications_of,
    plain,
    references_under,
    words_under,
)
from cds_service.fhir.reader import Reader
from cds_service.fhir.shapes.coding import of_value_set, status_in
from cds_service.fhir.shapes.dates import parse_date
from cds_service.fhir.shapes.patient import is_of_patient, refuse_foreign
from cds_service.fhir.shapes.references import reference_to, short_reference
from cds_service.fhir.shapes.resources import Resource, Sent, Unreadable, element_of
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
    "NutritionOrder",
    "CarePlan",
}
_KINDS = {
    "ServiceRequest": "service",
    "ProcedureRequest": "service",
    "DiagnosticOrder": "service",
    "ReferralRequest": "service",
    "CarePlan": "service",
    "MedicationRequest": "medication",
    "MedicationOrder": "medication",
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
_NAMES = (*_CODES, "codeConcept", "medicationReference", "item", "title")
# The activities of a plan are notes of it: an activity may ask for what the whole plan does not.
_NOTES = (
    "activity",
    "note",
    "notes",
    "description",
    "orderDetail",
    "patientInstruction",
    "instructions",
    "additionalInstructions",
    "dosageInstruction",
    "bodySite",
    "form",
    "doseForm",
)
_REASONS = ("reason", "reasonCode", "reasonCodeableConcept", "reasonReference")
_PERIODS = ("occurrencePeriod", "scheduledPeriod")
_DATES = ("occurrenceDateTime", "scheduledDateTime")
_TIMINGS = ("occurrenceTiming", "scheduledTiming")
_READ = (*_NAMES, *_NOTES, *_REASONS, *_PERIODS, *_DATES, *_TIMINGS, "contained")
_ORDERS_NOTHING = dict.fromkeys(
    ("revoked", "entered-in-error", "cancelled", "stopped", "completed", "rejected"), True
)

Topics = frozenset[str]


def read_orders(
    context: Context[Sent], hook: str | None, patient_id: str, reader: Reader
) -> tuple[Listing[Order] | Absence, bool]:
    """Return the draft orders, and whether one of them has a type from before FHIR R4.

    Without `draftOrders` the orders of an order hook are unknown, not none; another hook has none
    to give, and NEVER is returned. Where `selections` is missing, every
    draft counts as selected.
    """
    drafts = drafts_in(context.draft_orders)
    if drafts is None:
        if reader.notes is not None and context.draft_orders is not None:
            reader.notes.not_read(DRAFT_ORDERS, "is no Bundle of drafts")
        return (UNKNOWN if hook in ORDER_HOOKS else NEVER), False
    selected = _selections(context.selections)
    has_gap = any(isinstance(draft.resource, Unreadable) for draft in drafts)
    orders: list[Order] = []
    for draft in drafts:
        if _is_order_of(draft, patient_id, reader):
            own = plain(draft.members, _READ)
            contents = (own, *medications_of(own, drafts, _READ))
            has_gap = has_gap or _names_no_drug(draft.resource, contents)
            orders.append(_read_order(draft, contents, selected, reader))
    is_older = any(draft.resource.resource_type in OLDER_ORDER_TYPES for draft in drafts)
    gap = NOT_READABLE if has_gap else None
    return Listing(_without_shared_references(orders, drafts), gap), is_older


def _is_order_of(draft: Draft, patient_id: str, reader: Reader) -> bool:
    """Tell whether a draft orders something for the patient; one of another patient refuses."""
    resource = draft.resource
    answer = is_of_patient(resource, patient_id, {})
    if reader.notes is None:
        refuse_foreign(answer)
    else:
        reader.notes.whole(resource, draft.path, is_ours=answer)
    names_nobody = resource.subject is None and resource.patient is None
    return (
        resource.resource_type in ORDER_TYPES
        and not status_in(resource.status, _ORDERS_NOTHING)
        and not resource.do_not_perform
        and not resource.modifier_extension
        and (answer is True or names_nobody)
    )


def _read_order(
    draft: Draft,
    contents: tuple[Json, ...],
    selected: set[str] | None,
    reader: Reader,
) -> Order:
    """Read a draft: its codes in their elements, its words wherever FHIR puts them."""
    resource, (own, *_) = draft.resource, contents
    coded = _codes(resource, reader)
    sites = coded + _places(resource, reader)
    codes = tuple(concept for concept in coded if concept.value_set not in ASIDE)
    topics, noted, ruled_out = _topics(resource, contents, reader)
    return Order(
        reference=reference_to(resource),
        codes=(*codes, *_medication_codes(resource, contents, reader)),
        sites=of_value_set(sites, ValueSetId.BODY_SITE),
        sides=sides_of(codes, sites) or _sides_said(resource, own, reader),
        is_selected=_is_selected(draft, selected),
        reasons=reader.known(resource, "reason", codings_under(own, _REASONS)),
        reason_references=references_under(own, _REASONS),
        topics=topics,
        noted=noted,
        ruled_out=ruled_out,
        occurs=_occurs(own),
        sent=draft.members,
    )


def _codes(resource: Resource, reader: Reader) -> tuple[Concept, ...]:
    sent = [(name, element_of(resource, name)) for name in _CODES]
    sent += [("item.code", item.code) for item in resource.item or ()]
    found: tuple[Concept, ...] = ()
    for name, coded in sent:
        if not isinstance(coded, str):  # of an order, a bare text is a name and no code
            found += reader.concepts(resource, name, coded)
    return found


def _places(resource: Resource, reader: Reader) -> tuple[Concept, ...]:
    found = reader.concepts(resource, "bodySite", resource.body_site)
    for item in resource.item or ():
        found += reader.concepts(resource, "item.bodySite", item.body_site)
    return found


def _medication_codes(
    resource: Resource, contents: tuple[Json, ...], reader: Reader
) -> tuple[Concept, ...]:
    codings = [coding for drug in contents[1:] for coding in codings_under(drug, ("code",))]
    return reader.known(resource, "medicationReference", codings)


def _topics(
    resource: Resource, contents: tuple[Json, ...], reader: Reader
) -> tuple[Topics, Topics, Topics]:
    """Return the topics of the name, those of the notes only, and those that are ruled out.

    Where a code system that the value sets know names the order, its words count only for the
    topics that no code can name.
    """
    knowledge, kind = reader.knowledge, _KINDS.get(resource.resource_type or "", "other")
    names = tuple(text for content in contents for text in words_under(content, _NAMES))
    notes = tuple(text for content in contents for text in words_under(content, _NOTES))
    is_coded = any(
        knowledge.knows_system(system)
        for content in contents
        for system, _ in codings_under(content, _NAMES)
    )
    patterns = [p for p in knowledge.free_text.patterns.values() if p.of == kind]
    ruled_out = {p.id for p in patterns if is_ruled_out(p, _whole(p, names, notes))}
    read = [p for p in patterns if p.id not in ruled_out and (p.reads_notes or not is_coded)]
    topics = frozenset(p.id for p in read if is_named(p, names))
    noted = frozenset(p.id for p in read if p.reads_notes and is_named(p, notes)) - topics
    _note_topics(resource, contents[0], (topics, noted, frozenset(ruled_out)), reader)
    return topics, noted, frozenset(ruled_out)


def _whole(pattern: TextPattern, names: Sequence[str], notes: Sequence[str]) -> tuple[str, ...]:
    """Return where exceptions count: a drug's notes tell its route, else where words are read."""
    return (*names, *notes) if pattern.reads_notes or pattern.of == "medication" else (*names,)


def _note_topics(
    resource: Resource, own: Json, found: tuple[Topics, Topics, Topics], reader: Reader
) -> None:
    if reader.notes is None:
        return
    topics, noted, ruled_out = (", ".join(sorted(ids)) for ids in found)
    said = {
        _NAMES: [f"they name {topics or 'nothing that a card is about'}"],
        _NOTES: [f"they tell of {noted or 'nothing more that a card is about'}"],
    }
    said[_NAMES] += [f"they rule out {ruled_out}"] if ruled_out else []
    for names, words in said.items():
        elements = [name for name in names if words_under(own, (name,))]
        is_understood = bool(noted if names is _NOTES else topics)
        reader.notes.words(resource, elements, ", ".join(words), is_understood=is_understood)


def _sides_said(resource: Resource, own: Json, reader: Reader) -> frozenset[Side]:
    """Return the sides that the words give: many a code, or no code, says `MRI of the left hip`."""
    words = {name: words_under(own, (name,)) for name in (*_NAMES, "bodySite")}
    return reader.side_in_words(resource, words)


def _without_shared_references(orders: list[Order], drafts: list[Draft]) -> tuple[Order, ...]:
    """Take away a reference that several drafts share: a change could hit the wrong one."""
    counts = Counter(reference_to(draft.resource) for draft in drafts)
    return tuple(
        replace(order, reference=None) if counts[order.reference] > 1 else order for order in orders
    )


def _names_no_drug(resource: Resource, contents: tuple[Json, ...]) -> bool:
    """Tell a drug order that only refers to a Medication which is not at hand."""
    is_drug = _KINDS.get(resource.resource_type or "") == "medication"
    return is_drug and not any(
        words_under(content, _NAMES) or any(codings_under(content, _NAMES)) for content in contents
    )


def _occurs(content: Mapping[str, object]) -> DateRange | Absence:
    periods = (content.get(name) for name in _PERIODS)
    sent = [content.get(name) for name in _DATES]
    sent += [period.get("start") for period in periods if isinstance(period, dict)]
    days = [found for text in sent if isinstance(text, str) and (found := parse_date(text))]
    if days:
        return days[0]
    return UNKNOWN if any(name in content for name in (*_DATES, *_PERIODS, *_TIMINGS)) else NEVER


def _selections(sent: list[str | None] | str | None) -> set[str] | None:
    if sent is None:
        return None
    given = [sent] if isinstance(sent, str) else sent
    return {short_reference(selection) for selection in given if selection}


def _is_selected(draft: Draft, selected: set[str] | None) -> bool:
    """Tell whether a draft is selected; ids of different types may be the same."""
    resource = draft.resource
    own = {resource.id, f"{resource.resource_type}/{resource.id}"}
    own.add(short_reference(draft.full_url or ""))
    return selected is None or not own.isdisjoint(selected)
