"""The clients file (`CDS_CLIENTS`) -> who may call, and whom we may call."""

import ipaddress
from dataclasses import replace
from pathlib import Path

from cds_service.clients.checks import Strictness, errors_of_clients
from cds_service.clients.schema import ClientFile, ClientsFile
from cds_service.content.files.strict_yaml import read_yaml
from cds_service.content.files.words import plain, raise_all
from cds_service.core.knowledge import Knowledge
from cds_service.fhir.server.access import FhirServer, FhirServers
from cds_service.fhir.server.urls import parse_base
from cds_service.trust.clients import Client, Clients, Issuer
from cds_service.trust.key_set import make_key_set


def no_clients(knowledge: Knowledge, *, is_production: bool) -> Clients:
    """Return what holds without a file: in development any FHIR server on this machine."""
    return Clients(FhirServers({}, own_queries(knowledge), not is_production), {})


def load_clients(path: Path, knowledge: Knowledge, strictness: Strictness) -> Clients:
    """Read the registered clients; raise `KnowledgeError` with the line of what is wrong."""
    entries = read_yaml(path, path.parent, ClientsFile).clients
    nobody = no_clients(knowledge, is_production=strictness.is_production).servers
    raise_all(errors_of_clients(entries, knowledge, nobody.queries, strictness))
    clients = {entry.name: _client(entry, nobody) for entry in plain(entries)}
    own = [client.servers.registered for client in clients.values()]
    registered = {base: server for servers in own for base, server in servers.items()}
    return Clients(replace(nobody, registered=registered), clients)


def own_queries(knowledge: Knowledge) -> dict[str, str]:
    """Return the query of each resource type as discovery lists it, and those of what stands in."""
    listed = {
        knowledge.prefetch_types[key]: query
        for service in knowledge.services.values()
        for key, query in service.prefetch.items()
    }
    return listed | dict(knowledge.imaging_stand_ins)


def _client(entry: ClientFile, nobody: FhirServers) -> Client:
    """Return a client that may have its own servers asked, and nobody else's."""
    queries = {**nobody.queries, **entry.queries}
    servers = {
        base: FhirServer(base, tuple(map(ipaddress.ip_network, server.networks)), queries)
        for server in entry.fhir_servers
        if (base := parse_base(server.base))
    }
    keys = make_key_set([{**jwk} for jwk in entry.keys]) or None
    return Client(
        name=entry.name,
        servers=replace(nobody, registered=servers),
        issuer=Issuer(entry.iss, entry.jku, keys) if entry.iss else None,
        tenants=frozenset(entry.tenants),
        services=entry.services,
        algorithms=entry.algorithms,
        may_repeat=entry.replay == "until-expiry",
        ehr=entry.ehr,
        language=entry.language,
    )
