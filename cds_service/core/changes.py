"""Suggests changes to drafts that the client sent; refuses to lose anything of them.

An update is the whole draft as it was sent with only the named members set; a delete names it. One
suggestion has one action, so there is one for each draft.
"""

from collections.abc import Iterator, Mapping

from cds_service.core.knowledge import OfferedOrder, SuggestionText
from cds_service.core.stable_uuid import stable_uuid
from cds_service.core.suggest import OrderValues, fill_resource
from cds_service.core.wording import fill
from cds_service.hooks import Action, Suggestion

Sent = Mapping[str, object]


def suggest_changes(
    order: OfferedOrder,
    text: SuggestionText,
    written: Mapping[str, str | None],
    values: OrderValues,
    card_uuid: str,
) -> Iterator[Suggestion]:
    """Yield a suggestion for each draft that can be changed; without an id of its own none can."""
    label, description = fill(text.label, written), fill(text.description, written)
    for reference, sent in values.targets(order.of).items():
        action = _action(order, description, reference, sent, values)
        if action:
            uuid = stable_uuid(card_uuid, f"{order.id}|{reference}")
            yield Suggestion(label, uuid, (action,))


def _action(
    order: OfferedOrder, description: str, reference: str, sent: Sent, values: OrderValues
) -> Action | None:
    if order.type == "delete":
        resource = reference if values.is_for_older_client else None
        return Action("delete", description, resource, reference)
    changed = fill_resource(order.resource, values)
    is_of_type = reference.startswith(f"{changed['resourceType']}/")
    if not is_of_type or not sent or any(name in sent for name in order.not_with):
        return None
    return Action("update", description, {**sent, **changed})
