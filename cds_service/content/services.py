"""services.yaml -> the services with their prefetch; refuses to know HTTP."""

import re
from collections.abc import Iterable, Mapping

from cds_service.content.files.schema import ServiceFile, ServicesFile
from cds_service.content.files.source import Document
from cds_service.core.knowledge import CardDefinition, FactDeclaration, Service

# CDS Hooks, "Prefetch query restrictions": a read by id, or a search by plain parameters.
_QUERY = re.compile(
    r"(?P<type>[A-Z][A-Za-z]+)"
    r"(?P<search>\?patient=\{\{context\.patientId\}\}"
    r"(?:&(?:_count|_maxresults|_sort|[a-z][a-z-]*(?::in)?)=[\w.,|:/-]+)*)?"
    r"(?P<read>/\{\{context\.patientId\}\})?"
)


QUERY_FORM = (
    "a query is Patient/{{context.patientId}}, or Type?patient={{context.patientId}} with plain "
    "parameters"
)


def load_services(
    document: Document,
    content: ServicesFile,
    cards: Mapping[str, CardDefinition],
    facts: Mapping[str, FactDeclaration],
) -> dict[str, Service]:
    """Return the services by id; what each prefetches follows from the facts of its cards."""
    if content.most_cards < 1:
        raise document.error("$.mostCards", "`mostCards` must be at least 1")
    _check_queries(document, content)
    _check_always_shown(document, content, cards)
    services: dict[str, Service] = {}
    for i, item in enumerate(content.services):
        place = f"$.services[{i}]"
        if item.id in services:
            raise document.error(f"{place}.id", f"service `{item.id}` stands here twice")
        _check_cards(document, place, item, cards)
        types = types_read(item.cards, cards, facts)
        for resource_type in types:
            if resource_type not in content.prefetch:
                raise document.error(place, f"`prefetch` has no query for {resource_type}")
        services[item.id] = _service(item, content, types)
    served = {card for item in content.services for card in item.cards}
    for card in sorted(cards.keys() - served):
        raise document.error("$.services", f"no service shows the card `{card}`")
    return services


def _check_always_shown(
    document: Document, content: ServicesFile, cards: Mapping[str, CardDefinition]
) -> None:
    for i, card in enumerate(content.always_shown):
        if card not in cards:
            raise document.error(f"$.alwaysShown[{i}]", f"there is no card `{card}`")
    if len(content.always_shown) > content.most_cards:
        raise document.error("$.alwaysShown", "these are more than `mostCards` leaves room for")


def is_query_for(resource_type: str, query: str) -> bool:
    """Tell whether a query reads the Patient, or searches a type with plain parameters."""
    match = _QUERY.fullmatch(query)
    if match is None or match["type"] != resource_type:
        return False
    is_read, is_search = match["read"] is not None, match["search"] is not None
    return is_read != is_search and is_read == (resource_type == "Patient")


def types_read(
    card_ids: Iterable[str],
    cards: Mapping[str, CardDefinition],
    facts: Mapping[str, FactDeclaration],
) -> set[str]:
    """Return the resource types that the facts of these cards are read from."""
    used = {name for card_id in card_ids for name in cards[card_id].facts}
    return {resource_type for name in used for resource_type in facts[name].read_from}


def _check_cards(
    document: Document, place: str, item: ServiceFile, cards: Mapping[str, CardDefinition]
) -> None:
    for j, card in enumerate(item.cards):
        if card in item.cards[:j]:
            raise document.error(f"{place}.cards[{j}]", f"`{card}` stands here twice")
        if card not in cards:
            raise document.error(f"{place}.cards[{j}]", f"there is no card `{card}`")


def _service(item: ServiceFile, content: ServicesFile, types: set[str]) -> Service:
    return Service(
        id=item.id,
        hook=item.hook,
        hook_version=item.hook_version,
        title=item.title,
        description=item.description,
        usage_requirements=item.usage_requirements,
        cards=tuple(item.cards),
        prefetch={
            prefetch.key: prefetch.query
            for resource_type, prefetch in content.prefetch.items()
            if resource_type in types
        },
    )


def _check_queries(document: Document, content: ServicesFile) -> None:
    for resource_type, query in content.imaging_stand_ins.items():
        place = f"$.imagingStandIns.{resource_type}"
        if not is_query_for(resource_type, query):
            raise document.error(place, QUERY_FORM)
        asked = content.prefetch.get(resource_type)
        if asked and asked.query != query:
            raise document.error(place, f"`prefetch` asks for {resource_type} by another query")
    keys: set[str] = set()
    for resource_type, prefetch in content.prefetch.items():
        if prefetch.key in keys:
            raise document.error(
                f"$.prefetch.{resource_type}", f"the key `{prefetch.key}` stands here twice"
            )
        keys.add(prefetch.key)
        if not is_query_for(resource_type, prefetch.query):
            raise document.error(
                f"$.prefetch.{resource_type}",
                QUERY_FORM,
            )
