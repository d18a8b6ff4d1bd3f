"""Draft orders of the hook context, and orders of the chart -> Order, in all FHIR versions."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from cds_service.core.record import (
    ALL_READ,
    NAMES_OSTEONECROSIS,
    NO_SIDE,
    Listing,
    Order,
    Purpose,
)
from cds_service.core.values import NEVER, UNKNOWN, Absence, DateRange
from cds_service.core.words.diagnoses.reading import told_of
from cds_service.core.words.text import ELSEWHERE
from cds_service.fhir.pool.identity import Identity
from cds_service.fhir.pool.pool import NOT_READABLE
from cds_service.fhir.read.drafts import (
    DRAFT_ORDERS,
    Draft,
    Json,
    codings_under,
    draft_of,
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
from cds_service.fhir.read.ordered import (
    READ,
    OrderContent,
    content_of,
    kind_of,
    names_no_drug,
    ordered_by,
    unread_in,
)
from cds_service.fhir.reader import Reader
from cds_service.fhir.shapes.coding import has_status
from cds_service.fhir.shapes.dates import parse_date
from cds_service.fhir.shapes.references import reference_to, short_reference
from cds_service.fhir.shapes.resources import Resource, Sent
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
_ORDERING = ORDER_TYPES | {ACTIVITY}
ORDER_HOOKS = frozenset({"order-select", "order-sign"})
_REASONS = ("reason", "reasonCode", "reasonCodeableConcept", "reasonReference")
_URGENT = frozenset({"urgent", "asap", "stat"})
_NOT_THERE = frozenset({None, "excluded", "family"})
_PERIODS = ("occurrencePeriod", "scheduledPeriod")
_DATES = ("occurrenceDateTime", "scheduledDateTime")
_TIMINGS = ("occurrenceTiming", "scheduledTiming")
# How a group, a plan or a task refers to the orders that it is made of.
_GROUPED = ("action", "activity", "focus")
_WHEN = (*_PERIODS, *_DATES, *_TIMINGS)
_READ = (*READ, *_REASONS, "priority", "intent", *_WHEN, "authoredOn")
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
    own_names = [own_references(draft) for draft in drafts]
    selected = _selected(drafts, own_names, context.selections)
    medications = medications_in(drafts, _READ)
    orders, has_gap = list[Order](), False
    for outer, names in zip(drafts, own_names, strict=True):
        is_selected = selected is None or not selected.isdisjoint(names)
        has_gap = has_gap or outer.is_doubtful
        for draft in (outer, *inner_drafts(outer)) if _is_order(outer, reader) else ():
            has_gap = has_gap or draft.is_doubtful
            if draft is outer or _is_order(draft, reader):
                own = plain(draft.members, _READ)
                content = content_of(draft.resource, own, medications_of(own, outer, medications))
                has_gap = has_gap or names_no_drug(draft.resource, content)
                orders.append(_read_order(draft.resource, content, reader, is_selected=is_selected))
    is_older = any(draft.resource.resource_type in OLDER_ORDER_TYPES for draft in drafts)
    gap = NOT_READABLE if has_gap else None
    return Listing(tuple(orders), gap), is_older


def read_active_order(resource: Resource, reader: Reader) -> Iterator[Order]:
    """Read an order of the chart that is in force; one with rules that we do not know is open."""
    if has_status(resource.status, (*_ORDERS_NOTHING, *_NOT_IN_FORCE)) or resource.do_not_perform:
        return
    draft = draft_of(resource, members_of(resource.sent), is_ours=True)
    own = plain(draft.members, _READ)
    if own.get("intent") not in _ONLY_MEANT:
        is_known = has_status(resource.status, _IN_FORCE) and not draft.is_modified
        order = _read_order(resource, content_of(resource, own, ()), reader, is_selected=False)
        yield order if is_known else replace(order, unread=order.unread | {"status"})


def _is_order(draft: Draft, reader: Reader) -> bool:
    """Tell whether a draft orders something for the patient; one of another patient refuses."""
    resource = draft.resource
    reader.saw(resource, draft.path, is_ours=draft.is_ours)
    reader.used(resource)
    return (
        resource.resource_type in _ORDERING
        and not is_prohibited(draft)
        and not has_status(resource.status, _ORDERS_NOTHING)
        and not resource.do_not_perform
        and not draft.is_modified
        and draft.is_ours is True
    )


def _read_order(
    resource: Resource, content: OrderContent, reader: Reader, *, is_selected: bool
) -> Order:
    """Read an order: its codes in their elements, its words wherever FHIR puts them."""
    own, meant = content.own, ordered_by(resource, content, reader)
    return Order(
        reference=reference_to(resource),
        kind=kind_of(resource),
        codes=meant.codes,
        sites=meant.sites,
        sides=meant.sides,
        unread=unread_in(content, reader) | ({"side"} if meant.is_open else ALL_READ),
        is_selected=is_selected,
        purpose=_purpose(resource, own, reader),
        reason_references=references_under(own, *_REASONS),
        is_urgent=own.get("priority") in _URGENT,
        topics=meant.topics.named,
        noted=meant.topics.noted,
        ruled_out=meant.topics.ruled_out,
        plan=meant.topics.plan,
        occurs=_occurs(own),
        authored=parse_date(written) if isinstance(written := own.get("authoredOn"), str) else None,
    )


def _purpose(resource: Resource, own: Json, reader: Reader) -> Purpose | None:
    """Return what the codes and words of its reason say that an order is for."""
    if own.keys().isdisjoint(_REASONS):
        return None
    codings, words = codings_under(own, *_REASONS), words_under(own, *_REASONS)
    coded = reader.known(resource, "reason", codings)
    told = told_of(reader.entry_words(resource, {"reason": words}), NO_SIDE)
    is_said = told.state not in _NOT_THERE and ELSEWHERE not in told.sites
    if is_said or any(concept.value_set in NAMES_OSTEONECROSIS for concept in coded):
        return "osteonecrosis"
    return "other" if codings or words else None


def _occurs(content: Json) -> DateRange | Absence:
    if content.keys().isdisjoint(_WHEN):
        return NEVER
    periods = (content.get(name) for name in _PERIODS)
    sent = [content.get(name) for name in _DATES]
    sent += [period.get("start") for period in periods if isinstance(period, dict)]
    days = [found for text in sent if isinstance(text, str) and (found := parse_date(text))]
    return days[0] if days else UNKNOWN


def _selected(
    drafts: Sequence[Draft], names: Sequence[set[str]], sent: list[str | None] | str | None
) -> set[str] | None:
    """Return how the selected drafts may be referred to; with a group, what it refers to."""
    if sent is None:
        return None
    given = [sent] if isinstance(sent, str) else sent
    waiting = [short_reference(selection) for selection in given if selection]
    found = set[str]()
    by_reference = {name: draft for draft, own in zip(drafts, names, strict=True) for name in own}
    while waiting:
        selected = waiting.pop()
        if selected not in found:
            found.add(selected)
            draft = by_reference.get(selected)
            if draft and not draft.members.keys().isdisjoint(_GROUPED):
                waiting += references_under(plain(draft.members, _GROUPED), *_GROUPED)
    return found
