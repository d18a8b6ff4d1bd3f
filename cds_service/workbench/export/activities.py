"""A draft order -> ActivityDefinition; refuses to fill its placeholders."""

from collections.abc import Iterator, Mapping

from cds_service.core.knowledge import CardDefinition, Knowledge, OfferedOrder
from cds_service.workbench.export.criteria import write_template
from cds_service.workbench.export.elements import Json, expression, focus, header, translated

_FILLED = "What the service writes here when it offers the order."


def activity_definitions(knowledge: Knowledge) -> Iterator[Json]:
    """Yield the draft orders by id; one is active once every card that offers it is."""
    offers: dict[str, list[tuple[CardDefinition, OfferedOrder]]] = {}
    for card in knowledge.cards.values():
        for order in card.orders:
            offers.setdefault(order.id, []).append((card, order))
    for order_id in sorted(offers):
        yield _activity(offers[order_id], knowledge)


def _activity(offers: list[tuple[CardDefinition, OfferedOrder]], knowledge: Knowledge) -> Json:
    card, order = offers[0]
    is_signed = all(offering.status == "active" for offering, _ in offers)
    status = "active" if is_signed else "draft"
    texts = {name: text.suggestions[order.id] for name, text in card.texts.items()}
    resource = order.resource
    open_leaves = [
        {"path": path, "expression": expression(text, _FILLED)}
        for path, text in _leaves(resource, "")
        if "{{" in text
    ]
    code = resource.get("code")
    return {
        **header("ActivityDefinition", order.id, card.version, status, is_signed=is_signed),
        **translated("title", {n: write_template(t.label) for n, t in texts.items()}),
        **translated("description", {n: write_template(t.description) for n, t in texts.items()}),
        **({"usage": _change(order)} if order.type != "create" else {}),
        "useContext": focus(knowledge),
        **({"kind": resource["resourceType"]} if "resourceType" in resource else {}),
        **({"intent": resource["intent"]} if "intent" in resource else {}),
        **({"code": code} if isinstance(code, Mapping) else {}),
        **({"dynamicValue": open_leaves} if open_leaves else {}),
    }


def _change(order: OfferedOrder) -> str:
    """Say what becomes of which drafts; FHIR has no element for a change to one."""
    spared = f", unless one has: {', '.join(order.not_with)}" if order.not_with else ""
    return f"{order.type} the draft orders of {order.of}{spared}"


def _leaves(node: object, path: str) -> Iterator[tuple[str, str]]:
    """Yield each text of a resource with its FHIRPath."""
    match node:
        case str():
            yield path, node
        case Mapping():
            for name, member in node.items():
                yield from _leaves(member, f"{path}.{name}".removeprefix("."))
        case list():
            for i, member in enumerate(node):
                yield from _leaves(member, f"{path}[{i}]")
