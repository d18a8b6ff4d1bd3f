"""The clients file (`CDS_CLIENTS`) -> who may call, and whom we may call."""

import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cds_service.clients.issuers import (
    address_errors,
    issuer_errors,
    make_issuer,
    shared_errors,
    twice,
)
from cds_service.clients.schema import ClientFile, ClientsFile, FhirServerFile
from cds_service.content.files.strict_yaml import read_yaml
from cds_service.content.files.words import plain, raise_all, wrong
from cds_service.content.services import is_query_for
from cds_service.core.knowledge import Knowledge
from cds_service.errors import KnowledgeError
from cds_service.fhir.server.access import FhirServer, FhirServers
from cds_service.fhir.server.guarded_http import Network
from cds_service.fhir.server.urls import Base, parse_base
from cds_service.trust.clients import Client, Clients

Errors = Iterator[KnowledgeError]


@dataclass(frozen=True, slots=True)
class Strictness:
    """What a deployment asks of the file: https alone, and of every client how it signs."""

    is_production: bool
    needs_issuers: bool = False


def no_clients(knowledge: Knowledge, *, is_production: bool) -> Clients:
    """Return what holds without a file: in development any FHIR server on this machine."""
    return Clients(FhirServers({}, own_queries(knowledge), not is_production), {})


def load_clients(path: Path, knowledge: Knowledge, strictness: Strictness) -> Clients:
    """Read the registered clients; raise `KnowledgeError` with the line of what is wrong."""
    entries = read_yaml(path, path.parent, ClientsFile).clients
    raise_all(_errors(entries, knowledge, strictness))
    own = own_queries(knowledge)
    servers = {entry.name: _servers(entry, own) for entry in plain(entries)}
    registered = {base: server for own in servers.values() for base, server in own.items()}
    loopback = not strictness.is_production
    clients = {
        entry.name: _client(entry, FhirServers(servers[entry.name], own, loopback))
        for entry in plain(entries)
    }
    return Clients(FhirServers(registered, own, loopback), clients)


def own_queries(knowledge: Knowledge) -> dict[str, str]:
    """Return the query of each resource type as discovery lists it."""
    listed = {
        knowledge.prefetch_types[key]: query
        for service in knowledge.services.values()
        for key, query in service.prefetch.items()
    }
    return listed | dict(knowledge.imaging_stand_ins)


def _client(entry: ClientFile, servers: FhirServers) -> Client:
    return Client(
        name=entry.name,
        servers=servers,
        issuer=make_issuer(entry),
        tenants=frozenset(entry.tenants),
        services=entry.services,
        algorithms=entry.algorithms,
        may_repeat=entry.replay == "until-expiry",
        ehr=entry.ehr,
        language=entry.language,
    )


def _servers(entry: ClientFile, own: Mapping[str, str]) -> dict[Base, FhirServer]:
    bases = {parse_base(server.base): server for server in entry.fhir_servers}
    return {
        base: FhirServer(base, _networks(server), {**own, **entry.queries})
        for base, server in bases.items()
        if base
    }


def _networks(server: FhirServerFile) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(network) for network in server.networks)


def _errors(
    entries: tuple[ClientFile, ...], knowledge: Knowledge, strictness: Strictness
) -> Errors:
    for entry in entries:
        yield from _name_errors(entry, knowledge)
        yield from _query_errors(entry, own_queries(knowledge))
        for server in entry.fhir_servers:
            yield from _server_errors(server, is_production=strictness.is_production)
        yield from issuer_errors(entry, is_production=strictness.is_production)
        if entry.iss is None and strictness.needs_issuers:
            words = "`iss` is missing: with CDS_CLIENT_AUTHENTICATION=jwt every client has one"
            yield wrong(entry.name, words)
    yield from twice((entry.name for entry in entries), "two clients have this name")
    servers = [server for entry in entries for server in entry.fhir_servers]
    bases = ((server.base, parse_base(server.base)) for server in servers)
    yield from twice(bases, "this FHIR server stands here twice")
    yield from shared_errors(entries)


def _name_errors(entry: ClientFile, knowledge: Knowledge) -> Errors:
    for service in entry.services - knowledge.services.keys():
        known = ", ".join(knowledge.services)
        yield wrong(service, f"there is no such service; there are {known}")
    if entry.language and entry.language not in knowledge.words:
        yield wrong(entry.language, f"the content has {', '.join(sorted(knowledge.words))}")
    if not entry.algorithms:
        yield wrong(entry.name, "`algorithms`: name at least one")


def _query_errors(entry: ClientFile, own: Mapping[str, str]) -> Errors:
    for resource_type, query in entry.queries.items():
        if resource_type not in own:
            yield wrong(query, f"no service asks for {resource_type}")
        elif not is_query_for(resource_type, query):
            yield wrong(query, f"the query begins with {own[resource_type]}")


def _server_errors(server: FhirServerFile, *, is_production: bool) -> Errors:
    yield from address_errors(server.base, "a FHIR server is called", is_production=is_production)
    if not server.networks:
        yield wrong(server.base, "name at least one network that the server lies in")
    try:
        _networks(server)
    except ValueError:
        yield wrong(server.networks[0], "a network is written as 10.20.0.0/16")
