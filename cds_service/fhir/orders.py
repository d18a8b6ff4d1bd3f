"""Draft orders of the hook context -> Order, in all FHIR versions; refuses to judge them."""

from cds_service.core.record import BODY_SITE, Listing, Order, Recognise
from cds_service.core.values import UNKNOWN, Absence
from cds_service.fhir.coding import concepts_in, elements_in, of_value_set, status_in
from cds_service.fhir.conditions import ASIDE, reference_to, sides_of
from cds_service.fhir.decode import resource_of
from cds_service.fhir.patient import is_of_patient, refuse_foreign
from cds_service.fhir.pool import NOT_READABLE
from cds_service.fhir.resources import NULL, Coded, Entry, Resource, Sent, Unreadable
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
_ORDERS_NOTHING = dict.fromkeys(
    ("revoked", "entered-in-error", "cancelled", "stopped", "completed", "rejected"), True
)


def read_orders(
    context: Context[Sent], patient_id: str, recognise: Recognise
) -> tuple[Listing[Order] | Absence, bool]:
    """Return the draft orders, and whether one of them has a type from before FHIR R4.

    Without `draftOrders` the orders are unknown, not none. Where `selections` is missing, every
    draft counts as selected.
    """
    resources = _drafts(context.draft_orders)
    if resources is None:
        return UNKNOWN, False
    selected = _selected_ids(context.selections)
    orders = tuple(
        _read_order(resource, selected, recognise)
        for resource in resources
        if _is_order_of(resource, patient_id)
    )
    has_gap = any(isinstance(resource, Unreadable) for resource in resources)
    is_older = any(resource.resource_type in OLDER_ORDER_TYPES for resource in resources)
    return Listing(orders, NOT_READABLE if has_gap else None), is_older


def _drafts(sent: Sent) -> list[Resource] | None:
    match sent:
        case Unreadable(entry=list(entries)):
            return [sent, *_resources(entries)]
        case Unreadable():
            return [sent]
        case Resource(entry=list(entries)):
            return _resources(entries)
        case Resource(resource_type="Bundle"):
            return []
        case list():
            return [resource for resource in sent if resource]
        case _:
            return None


def _resources(entries: list[Entry | None]) -> list[Resource]:
    return [resource_of(entry.resource) for entry in entries if entry and entry.resource != NULL]


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


def _read_order(resource: Resource, selected: set[str] | None, recognise: Recognise) -> Order:
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
        for concept in concepts_in(element, recognise)
    )
    sites = coded + concepts_in(resource.body_site, recognise)
    codes = tuple(concept for concept in coded if concept.value_set not in ASIDE)
    return Order(
        reference=reference_to(resource),
        codes=codes,
        sites=of_value_set(sites, BODY_SITE),
        sides=sides_of(codes, sites),
        is_selected=selected is None or resource.id in selected,
    )


def _selected_ids(selections: list[str | None] | str | None) -> set[str] | None:
    if selections is None:
        return None
    given = [selections] if isinstance(selections, str) else selections
    return {selection.rstrip("/").rsplit("/", 1)[-1] for selection in given if selection}
