"""services.yaml -> the services with their prefetch."""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Annotated

from msgspec import Meta, field
from msgspec.structs import replace

from cds_service.content.files.schema import File
from cds_service.content.files.words import raise_all, twice, unknown, wrong
from cds_service.core.knowledge import CardDefinition, FactDeclaration, LeanPrefetch, Service
from cds_service.errors import KnowledgeError

# CDS Hooks, "Prefetch query restrictions": a read by id, or a search by plain parameters.
_QUERY = re.compile(
    r"(?P<type>[A-Z][A-Za-z]+)"
    r"(?P<search>\?patient=\{\{context\.patientId\}\}"
    r"(?:&(?:_count|_maxresults|_sort|[a-z][a-z-]*(?::in)?)=[\w.,|:/-]+)*)?"
    r"(?P<read>/\{\{context\.patientId\}\})?"
)
# CDS Hooks, "Card Attributes": a summary has fewer than 140 characters.
MOST_CHARACTERS = 139
QUERY_FORM = (
    "a query is Patient/{{context.patientId}}, or Type?patient={{context.patientId}} with plain "
    "parameters"
)


class PrefetchFile(File, frozen=True):
    """The key and the query of one resource type, and how long a page of ours may be."""

    key: str
    query: str
    page_size: Annotated[int, Meta(ge=1)] | None = None


class ServicesFile(File, frozen=True):
    """services.yaml; a language that `most_words` does not name has no limit."""

    topic_system: str
    most_cards: Annotated[int, Meta(ge=1)]
    prefetch: dict[str, PrefetchFile]
    lean_prefetch: LeanPrefetch
    imaging_stand_ins: dict[str, str]
    services: Annotated[tuple[Service, ...], Meta(min_length=1)]
    most_characters: Annotated[int, Meta(ge=1, le=MOST_CHARACTERS)] = MOST_CHARACTERS
    most_words: dict[str, int] = field(default_factory=dict)


def load_services(
    content: ServicesFile,
    cards: Mapping[str, CardDefinition],
    facts: Mapping[str, FactDeclaration],
) -> dict[str, Service]:
    """Return the services by id; every card is shown by one."""
    raise_all(chain(_wrong_cards(content, cards), _wrong_queries(content)))
    services = {}
    for item in content.services:
        types = types_read(item.cards, cards, facts)
        for name in sorted(types - content.prefetch.keys()):
            raise wrong(item.id, f"`prefetch` has no query for {name}")
        asked = (prefetch for name, prefetch in content.prefetch.items() if name in types)
        prefetch = {prefetch.key: prefetch.query for prefetch in asked}
        services[item.id] = replace(item, prefetch=prefetch)
    return services


def is_query_for(resource_type: str, query: str) -> bool:
    """Tell whether a query reads the Patient, or searches a type with plain parameters."""
    match = _QUERY.fullmatch(query)
    if match is None or match["type"] != resource_type:
        return False
    is_read, is_search = match["read"] is not None, match["search"] is not None
    return is_read != is_search and is_read == (resource_type == "Patient")


def type_asked(query: str) -> str:
    """Return the resource type that a query asks for."""
    return re.split(r"[?/]", query, maxsplit=1)[0]


def types_read(
    card_ids: Iterable[str],
    cards: Mapping[str, CardDefinition],
    facts: Mapping[str, FactDeclaration],
) -> set[str]:
    """Return the resource types that the facts of these cards are read from."""
    used = {name for card_id in card_ids for name in cards[card_id].facts}
    return {resource_type for name in used for resource_type in facts[name].read_from}


def _wrong_cards(
    content: ServicesFile, cards: Mapping[str, CardDefinition]
) -> Iterator[KnowledgeError]:
    served = {card for item in content.services for card in item.cards}
    for card in sorted(cards.keys() - served):
        yield wrong(content.services, f"no service shows the card `{card}`")
    yield from twice((item.id for item in content.services), "service ")
    for item in content.services:
        yield from twice(item.cards)
        if item.prefetch:
            yield wrong(item.prefetch, "what a service prefetches follows from its cards")
        yield from unknown(item.cards, cards, "there is no card `{}`")


def _wrong_queries(content: ServicesFile) -> Iterator[KnowledgeError]:
    yield from twice((prefetch.key for prefetch in content.prefetch.values()), "the key ")
    queries = [(name, prefetch.query) for name, prefetch in content.prefetch.items()]
    stand_ins = content.imaging_stand_ins.items()
    yield from unknown(content.lean_prefetch.types, content.prefetch, "no query asks for {}")
    for name, query in (*queries, *stand_ins):
        # A type, or the name of another list of one.
        resource_type = name if name[:1].isupper() else type_asked(query)
        if not is_query_for(resource_type, query):
            yield wrong(query, QUERY_FORM)
    for name, query in stand_ins:
        if query != dict(queries).get(name, query):
            yield wrong(query, f"`prefetch` asks for {name} by another query")
