"""The clients file (`CDS_CLIENTS`) -> who may call, and whom we may call; knows no HTTP."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cds_service.clients.issuers import check_shared_issuers, read_issuer
from cds_service.clients.schema import ClientFile, ClientsFile, FhirServerFile
from cds_service.content.files.source import Document, read_document
from cds_service.content.services import is_query_for
from cds_service.core.knowledge import Knowledge
from cds_service.fhir.server.access import FhirServers
from cds_service.fhir.server.fetch import FhirServer
from cds_service.fhir.server.guarded_http import Network
from cds_service.fhir.server.urls import Base, parse_base
from cds_service.trust.clients import Client, Clients


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
    document = read_document(path, path.parent)
    listed = document.read_as(ClientsFile).clients
    clients: dict[str, Client] = {}
    registered: dict[Base, FhirServer] = {}
    for i, client in enumerate(listed):
        if client.name in clients:
            raise document.error(f"$.clients[{i}].name", "two clients have this name")
        reader = _Reader(document, f"$.clients[{i}]", knowledge, strictness)
        clients[client.name] = reader.client(client, registered)
        registered |= clients[client.name].servers.registered
    check_shared_issuers(document, listed)
    loopback = not strictness.is_production
    return Clients(FhirServers(registered, own_queries(knowledge), loopback), clients)


def own_queries(knowledge: Knowledge) -> dict[str, str]:
    """Return the query of each resource type as discovery lists it."""
    listed = {
        knowledge.prefetch_types[key]: query
        for service in knowledge.services.values()
        for key, query in service.prefetch.items()
    }
    return listed | dict(knowledge.imaging_stand_ins)


@dataclass(frozen=True, slots=True)
class _Reader:
    document: Document
    place: str
    knowledge: Knowledge
    strictness: Strictness

    def client(self, client: ClientFile, taken: Mapping[Base, FhirServer]) -> Client:
        self._check_names(client)
        issuer = read_issuer(
            self.document, self.place, client, is_production=self.strictness.is_production
        )
        if issuer is None and self.strictness.needs_issuers:
            words = "`iss` is missing: with CDS_CLIENT_AUTHENTICATION=jwt every client has one"
            raise self.document.error(self.place, words)
        return Client(
            name=client.name,
            servers=self._servers(client, taken),
            issuer=issuer,
            tenants=frozenset(client.tenants),
            services=frozenset(client.services),
            algorithms=frozenset(client.algorithms),
            may_repeat=client.replay == "until-expiry",
            ehr=client.ehr,
            language=client.language,
        )

    def _check_names(self, client: ClientFile) -> None:
        for i, service in enumerate(client.services):
            if service not in self.knowledge.services:
                known = ", ".join(self.knowledge.services)
                at = f"{self.place}.services[{i}]"
                raise self.document.error(at, f"there is no such service; there are {known}")
        if client.language and client.language not in self.knowledge.words:
            known = ", ".join(sorted(self.knowledge.words))
            raise self.document.error(f"{self.place}.language", f"the content has {known}")
        if not client.algorithms:
            raise self.document.error(f"{self.place}.algorithms", "name at least one")

    def _servers(self, client: ClientFile, taken: Mapping[Base, FhirServer]) -> FhirServers:
        queries = self._queries(client.queries)
        registered: dict[Base, FhirServer] = {}
        for i, server in enumerate(client.fhir_servers):
            place = f"{self.place}.fhirServers[{i}]"
            base = self._base(f"{place}.base", server.base)
            if base in registered or base in taken:
                raise self.document.error(f"{place}.base", "this FHIR server stands here twice")
            registered[base] = FhirServer(base, self._networks(place, server), queries)
        return FhirServers(
            registered, own_queries(self.knowledge), not self.strictness.is_production
        )

    def _queries(self, queries: Mapping[str, str]) -> dict[str, str]:
        own = own_queries(self.knowledge)
        for resource_type, query in queries.items():
            at = f"{self.place}.queries.{resource_type}"
            if resource_type not in own:
                raise self.document.error(at, f"no service asks for {resource_type}")
            if not is_query_for(resource_type, query):
                raise self.document.error(at, f"the query begins with {own[resource_type]}")
        return own | dict(queries)

    def _base(self, place: str, text: str) -> Base:
        base = parse_base(text)
        if base is None:
            raise self.document.error(place, "this is not a plain http(s) address")
        if self.strictness.is_production and base.scheme != "https":
            raise self.document.error(place, "in production a FHIR server is called by https only")
        return base

    def _networks(self, place: str, server: FhirServerFile) -> tuple[Network, ...]:
        if not server.networks:
            raise self.document.error(place, "name at least one network that the server lies in")
        try:
            return tuple(ipaddress.ip_network(network) for network in server.networks)
        except ValueError as error:
            words = "a network is written as 10.20.0.0/16"
            raise self.document.error(f"{place}.networks", words) from error
