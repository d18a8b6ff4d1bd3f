"""The clients file (`CDS_CLIENTS`) -> who may call, and whom we may call."""

import ipaddress
from dataclasses import replace
from pathlib import Path

from cds_service.clients.checks import Strictness, errors_of_clients
from cds_service.clients.schema import ClientFile, ClientsFile
from cds_service.content.files.strict_yaml import read_yaml
from cds_service.content.files.words import plain, raise_all
from cds_service.content.services import type_asked
from cds_service.core.knowledge import Knowledge
from cds_service.fhir.server.access import FhirServer, FhirServers
from cds_service.fhir.server.urls import parse_base
from cds_service.hooks import Prefetch
from cds_service.trust.clients import Client, Clients, Issuer
from cds_service.trust.key_set import make_key_set


def no_clients(
    knowledge: Knowledge, *, is_production: bool, prefetch: Prefetch = "full"
) -> Clients:
    """Return what holds without a file: in development any FHIR server on this machine."""
    return Clients(FhirServers({}, own_queries(knowledge), not is_production, prefetch), {})


def load_clients(
    path: Path, knowledge: Knowledge, strictness: Strictness, prefetch: Prefetch = "full"
) -> Clients:
    """Read the registered clients; raise `KnowledgeError` with the line of what is wrong.

    A call whose client is not known may be of any of them: it is lean where all of them are.
    """
    entries = read_yaml(path, path.parent, ClientsFile).clients
    is_production = strictness.is_production
    nobody = no_clients(knowledge, is_production=is_production, prefetch=prefetch).servers
    raise_all(errors_of_clients(entries, knowledge, nobody.queries, strictness))
    clients = {entry.name: _client(entry, nobody) for entry in plain(entries)}
    own = [client.servers.registered for client in clients.values()]
    registered = {base: server for servers in own for base, server in servers.items()}
    are_lean = all(client.servers.is_lean for client in clients.values())
    anybody = replace(nobody, registered=registered, prefetch=prefetch if are_lean else "full")
    return Clients(anybody, clients)


def own_queries(knowledge: Knowledge) -> dict[str, str]:
    """Return the query of each resource type and of what stands in, with the size of its pages.

    Discovery lists the queries without it: a client that sends its first page alone would cut the
    list, and a page of ours is followed by the next.
    """
    listed = {
        knowledge.prefetch_types[key]: query
        for service in knowledge.services.values()
        for key, query in service.prefetch.items()
    }
    return {
        name: f"{query}&_count={size}" if size else query
        for name, query in (listed | dict(knowledge.imaging_stand_ins)).items()
        for size in [knowledge.page_sizes.get(type_asked(query))]
    }


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
        servers=replace(nobody, registered=servers, prefetch=entry.prefetch or nobody.prefetch),
        issuer=Issuer(entry.iss, entry.jku, keys) if entry.iss else None,
        tenants=frozenset(entry.tenants),
        services=entry.services,
        algorithms=entry.algorithms,
        may_repeat=entry.replay == "until-expiry",
        ehr=entry.ehr,
        language=entry.language,
    )
