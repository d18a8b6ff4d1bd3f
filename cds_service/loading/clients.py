"""The clients file (`CDS_CLIENTS`) -> the FHIR servers that may be called; knows no HTTP."""

import ipaddress
from collections.abc import Mapping
from pathlib import Path

from msgspec import field

from cds_service.core.knowledge import Knowledge
from cds_service.fhir.access import FhirServers
from cds_service.fhir.fetch import FhirServer
from cds_service.fhir.urls import Base, parse_base
from cds_service.fhir.wire import Network
from cds_service.loading.schema import File
from cds_service.loading.services import is_query_for
from cds_service.loading.source import Document, read_document


class FhirServerFile(File, frozen=True):
    """A FHIR server of a client, and the networks that its name may resolve into."""

    base: str
    networks: tuple[str, ...]


class ClientFile(File, frozen=True):
    """A client: an EHR installation that calls this service."""

    name: str
    fhir_servers: tuple[FhirServerFile, ...]
    queries: dict[str, str] = field(default_factory=dict)


class ClientsFile(File, frozen=True):
    """The clients file."""

    clients: tuple[ClientFile, ...]


def no_clients(knowledge: Knowledge, *, is_production: bool) -> FhirServers:
    """Return what holds without a file: in development any FHIR server on this machine."""
    return FhirServers({}, own_queries(knowledge), allows_loopback=not is_production)


def load_clients(path: Path, knowledge: Knowledge, *, is_production: bool) -> FhirServers:
    """Read the registered servers; raise `KnowledgeError` with the line of what is wrong."""
    document = read_document(path, path.parent)
    registered: dict[Base, FhirServer] = {}
    for i, client in enumerate(document.read_as(ClientsFile).clients):
        queries = _queries(document, f"$.clients[{i}].queries", client.queries, knowledge)
        for j, server in enumerate(client.fhir_servers):
            place = f"$.clients[{i}].fhirServers[{j}]"
            base = _base(document, f"{place}.base", server.base, is_production=is_production)
            if base in registered:
                raise document.error(f"{place}.base", "this FHIR server stands here twice")
            registered[base] = FhirServer(base, _networks(document, place, server), queries)
    return FhirServers(registered, own_queries(knowledge), allows_loopback=not is_production)


def own_queries(knowledge: Knowledge) -> dict[str, str]:
    """Return the query of each resource type as discovery lists it."""
    listed = {
        knowledge.prefetch_types[key]: query
        for service in knowledge.services.values()
        for key, query in service.prefetch.items()
    }
    return listed | dict(knowledge.imaging_stand_ins)


def _queries(
    document: Document, place: str, queries: Mapping[str, str], knowledge: Knowledge
) -> dict[str, str]:
    own = own_queries(knowledge)
    for resource_type, query in queries.items():
        at = f"{place}.{resource_type}"
        if resource_type not in own:
            raise document.error(at, f"no service asks for {resource_type}")
        if not is_query_for(resource_type, query):
            raise document.error(at, f"the query begins with {own[resource_type]}")
    return own | dict(queries)


def _base(document: Document, place: str, text: str, *, is_production: bool) -> Base:
    base = parse_base(text)
    if base is None:
        raise document.error(place, "this is not a plain http(s) address")
    if is_production and base.scheme != "https":
        raise document.error(place, "in production a FHIR server is called by https only")
    return base


def _networks(document: Document, place: str, server: FhirServerFile) -> tuple[Network, ...]:
    if not server.networks:
        raise document.error(place, "name at least one network that the server lies in")
    try:
        return tuple(ipaddress.ip_network(network) for network in server.networks)
    except ValueError as error:
        raise document.error(f"{place}.networks", "a network is written as 10.20.0.0/16") from error
