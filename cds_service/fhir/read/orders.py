"""Draft orders of the hook context -> Order, in all FHIR versions; refuses to judge them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from cds_service.core.knowledge import Knowledge
from cds_service.core.record import BODY_SITE, Listing, Order, Side
from cds_service.core.text.stages import sides_named
from cds_service.core.values import NEVER, UNKNOWN, Absence, DateRange
from cds_service.fhir.pool.pool import NOT_READABLE
from cds_service.fhir.read.conditions import ASIDE, reference_to, sides_of
from cds_service.fhir.read.drafts import Draft, drafts_in
from cds_service.fhir.read.medications import medications_of
from cds_service.fhir.read.order_topics import topics_of
from cds_service.fhir.read.order_words import (
    NAMES,
    PLACES,
    REASONS,
    Json,
    codings_under,
    references_under,
    short_reference,
    words_in,
)
from cds_service.fhir.shapes.coding import concepts_in, elements_in, of_value_set, status_in
from cds_service.fhir.shapes.dates import parse_date
from cds_service.fhir.shapes.patient import is_of_patient, refuse_foreign
from cds_service.fhir.shapes.resources import Coded, Resource, Sent, Unreadable
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
_PERIODS = ("occurrencePeriod", "scheduledPeriod")
_DATES = ("occurrenceDateTime", "scheduledDateTime")
_TIMINGS = ("occurrenceTiming", "scheduledTiming")
_ORDERS_NOTHING = dict.fromkeys(
    ("revoked", "entered-in-error", "cancelled", "stopped", "completed", "rejected"), True
)


def read_orders(
    context: Context[Sent], hook: str | None, patient_id: str, knowledge: Knowledge
) -> tuple[Listing[Order] | Absence, bool]:
    """Return the draft orders, and whether one of them has a type from before FHIR R4.

    Without `draftOrders` the orders of an order hook are unknown, not none; another hook has none
    to give, and NEVER is returned. Where `selections` is missing, every
    draft counts as selected.
    """
    drafts = drafts_in(context.draft_orders)
    if drafts is None:
        return (UNKNOWN if hook in ORDER_HOOKS else NEVER), False
    selected = _selections(context.selections)
    wanted = [
        (draft, _contents(draft, drafts))
        for draft in drafts
        if _is_order_of(draft.resource, patient_id)
    ]
    orders = tuple(
        _with_words(_read_order(draft, selected, knowledge), draft, contents, knowledge)
        for draft, contents in wanted
    )
    orders = _without_shared_references(orders, drafts)
    has_gap = any(isinstance(draft.resource, Unreadable) for draft in drafts)
    has_gap = has_gap or any(_names_no_drug(draft.resource, found) for draft, found in wanted)
    is_older = any(draft.resource.resource_type in OLDER_ORDER_TYPES for draft in drafts)
    return Listing(orders, NOT_READABLE if has_gap else None), is_older


def _is_order_of(resource: Resource, patient_id: str) -> bool:
    """Tell whether a draft orders something for the patient; one of another patient refuses."""
    answer = is_of_patient(resource, patient_id, {})
    refuse_foreign(answer)
    names_nobody = resource.subject is None and resource.patient is None
    return (
        resource.resource_type in ORDER_TYPES
        and not status_in(resource.status, _ORDERS_NOTHING)
        and not resource.do_not_perform
        and not resource.modifier_extension
        and (answer is True or names_nobody)
    )


def _contents(draft: Draft, drafts: list[Draft]) -> tuple[Json, ...]:
    """Return the draft as plain JSON, then the Medications that it refers to."""
    content = draft.content()
    return (content, *medications_of(content, drafts))


def _read_order(draft: Draft, selected: set[str] | None, knowledge: Knowledge) -> Order:
    resource = draft.resource
    members: tuple[Coded, ...] = (
        resource.code,
        resource.code_codeable_concept,
        resource.medication,
        resource.medication_codeable_concept,
        resource.service_requested,
        resource.type,
        *(item.code for item in resource.item or ()),
    )
    coded = tuple(
        concept
        for member in members
        for element in elements_in(member)
        for concept in concepts_in(element, knowledge.recognise)
    )
    places = (resource.body_site, *(item.body_site for item in resource.item or ()))
    sites = coded + tuple(c for place in places for c in concepts_in(place, knowledge.recognise))
    codes = tuple(concept for concept in coded if concept.value_set not in ASIDE)
    return Order(
        reference=reference_to(resource),
        codes=codes,
        sites=of_value_set(sites, BODY_SITE),
        sides=sides_of(codes, sites),
        is_selected=_is_selected(draft, selected),
    )


def _with_words(
    order: Order, draft: Draft, contents: tuple[Json, ...], knowledge: Knowledge
) -> Order:
    """Add what stands beside the codes: words, reasons, the day, and the draft as it was sent."""
    own, *medications = contents
    codes = tuple(
        concept
        for medication in medications
        for system, code in codings_under(medication, ("code",))
        for concept in knowledge.recognise(system, code)
    )
    reasons = (knowledge.recognise(*coding) for coding in codings_under(own, REASONS))
    kind = _KINDS.get(draft.resource.resource_type or "", "other")
    topics, noted, ruled_out = topics_of(kind, contents, knowledge)
    return replace(
        order,
        sides=order.sides or _sides_said(own, knowledge),
        codes=(*order.codes, *codes),
        reasons=tuple(concept for found in reasons for concept in found),
        reason_references=references_under(own, REASONS),
        topics=topics,
        noted=noted,
        ruled_out=ruled_out,
        occurs=_occurs(own),
        sent=draft.members(),
    )


def _sides_said(content: Json, knowledge: Knowledge) -> frozenset[Side]:
    """Return the sides that the words give: many a code, or no code, says `MRI of the left hip`."""
    return sides_named("; ".join(words_in(content, PLACES)), knowledge.staging)


def _without_shared_references(orders: tuple[Order, ...], drafts: list[Draft]) -> tuple[Order, ...]:
    """Take away a reference that several drafts share: a change could hit the wrong one."""
    counts = Counter(reference_to(draft.resource) for draft in drafts)
    return tuple(
        replace(order, reference=None) if counts[order.reference] > 1 else order for order in orders
    )


def _names_no_drug(resource: Resource, contents: tuple[Json, ...]) -> bool:
    """Tell a drug order that only refers to a Medication which is not at hand."""
    is_drug = _KINDS.get(resource.resource_type or "") == "medication"
    return is_drug and not any(
        words_in(content, NAMES) or any(codings_under(content, NAMES)) for content in contents
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
