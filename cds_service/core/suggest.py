"""Fills the draft orders that a card suggests; refuses to know which card it is."""

from collections.abc import Mapping
from uuid import UUID, uuid5

from cds_service.core.hip import Facts
from cds_service.core.knowledge import OfferedOrder, SuggestionText
from cds_service.core.values import DateRange
from cds_service.core.wording import fill
from cds_service.hooks import Action, Suggestion

MOST_REASONS = 5
Scalars = Mapping[str, str]
Lists = Mapping[str, tuple[Mapping[str, str], ...]]


def order_values(
    patient_id: str, facts: Facts, conditions: tuple[str, ...]
) -> tuple[Scalars, Lists]:
    """Return what fills a resource: the patient, the dates of the facts, the conditions."""
    dates = {
        name: fact.value.earliest.isoformat()
        for name, fact in facts.items()
        if isinstance(fact.value, DateRange)
    }
    references = tuple({"reference": condition} for condition in conditions[:MOST_REASONS])
    return {"patientId": patient_id, **dates}, {"conditions": references}


def suggest(
    order: OfferedOrder,
    text: SuggestionText,
    written: Mapping[str, str | None],
    values: tuple[Scalars, Lists],
    card_uuid: UUID,
) -> Suggestion:
    """Return the suggestion with one `create` action; `action.description` says all of it."""
    label = fill(text.label, written)
    scalars, lists = values
    resource = fill_resource(order.resource, {**scalars, "label": label}, lists)
    action = Action("create", fill(text.description, written), resource)
    return Suggestion(label, str(uuid5(card_uuid, order.id)), (action,))


def fill_resource(
    template: Mapping[str, object], scalars: Scalars, lists: Lists
) -> dict[str, object]:
    """Fill a resource template; a member that comes out empty is left out, as FHIR wants it."""
    filled = {name: _fill_node(node, scalars, lists) for name, node in template.items()}
    return {name: node for name, node in filled.items() if node not in ("", (), [], {})}


def _fill_node(node: object, scalars: Scalars, lists: Lists) -> object:
    match node:
        case str():
            return _fill_text(node, scalars, lists) if "{{" in node else node
        case Mapping():
            return fill_resource(node, scalars, lists)
        case list():
            return [_fill_node(member, scalars, lists) for member in node]
        case _:
            return node


def _fill_text(text: str, scalars: Scalars, lists: Lists) -> object:
    name = text.removeprefix("{{ ").removesuffix(" }}")
    if name in lists:
        return lists[name]
    for scalar, value in scalars.items():
        text = text.replace(f"{{{{ {scalar} }}}}", value)
    return text
