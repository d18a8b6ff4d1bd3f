"""What may be wrong in the clients file, all of it told at once with its lines."""

import ipaddress
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cds_service.clients.schema import ClientFile, FhirServerFile, Jwk
from cds_service.content.files.words import twice, unknown, wrong
from cds_service.content.services import is_query_for, type_asked
from cds_service.core.knowledge import Knowledge
from cds_service.errors import KnowledgeError
from cds_service.fhir.server.urls import parse_base
from cds_service.trust.key_set import SANDBOX_THUMBPRINT, make_key_set

SANDBOX_ISS = "https://sandbox.cds-hooks.org"
SANDBOX = "anybody can sign as the public sandbox: its private key is published"
PRIVATE = ("d", "p", "q", "dp", "dq", "qi", "k")
Errors = Iterator[KnowledgeError]


@dataclass(frozen=True, slots=True)
class Strictness:
    """What a deployment asks of the file: https alone, and of every client how it signs."""

    is_production: bool
    needs_issuers: bool = False


def errors_of_clients(
    entries: tuple[ClientFile, ...],
    knowledge: Knowledge,
    queries: Mapping[str, str],
    strictness: Strictness,
) -> Errors:
    """Yield what is wrong; `queries` are ours, by resource type."""
    for entry in entries:
        yield from _errors_of_agreement(entry, knowledge)
        yield from _errors_of_queries(entry, queries)
        for server in entry.fhir_servers:
            yield from _errors_of_server(server, strictness)
        found = _errors_of_issuer if entry.iss else _errors_without_issuer
        yield from found(entry, strictness)
    yield from twice((entry.name for entry in entries), "client ")
    bases = (server.base for entry in entries for server in entry.fhir_servers)
    yield from twice(bases, "FHIR server ", lambda base: str(parse_base(base)))
    yield from _errors_of_shared_issuers(entries)


def _errors_of_agreement(entry: ClientFile, knowledge: Knowledge) -> Errors:
    known = f"there is no such service; there are {', '.join(knowledge.services)}"
    yield from unknown(entry.services, knowledge.services, known)
    if entry.language and entry.language not in knowledge.words:
        yield wrong(entry.language, f"the content has {', '.join(sorted(knowledge.words))}")
    if not entry.algorithms:
        yield wrong(entry.name, "`algorithms`: name at least one")
    if entry.prefetch == "lean" and not entry.fhir_servers:
        yield wrong(entry.name, "with `lean` the rest is read from `fhirServers`: name one")


def _errors_of_queries(entry: ClientFile, queries: Mapping[str, str]) -> Errors:
    for name, query in entry.queries.items():
        if name not in queries:
            yield wrong(query, f"no service asks for {name}")
        elif not is_query_for(type_asked(queries[name]), query):
            yield wrong(query, f"the query begins with {queries[name].partition('&')[0]}")


def _errors_of_server(server: FhirServerFile, strictness: Strictness) -> Errors:
    yield from _errors_of_address(server.base, "a FHIR server is called", strictness)
    if not server.networks:
        yield wrong(server.base, "name at least one network that the server lies in")
    for network in server.networks:
        try:
            ipaddress.ip_network(network)
        except ValueError:
            yield wrong(network, "a network is written as 10.20.0.0/16")


def _errors_of_address(text: str, what: str, strictness: Strictness) -> Errors:
    base = parse_base(text)
    if base is None:
        yield wrong(text, "this is not a plain http(s) address")
    elif strictness.is_production and base.scheme != "https":
        yield wrong(text, f"in production {what} by https only")


def _errors_without_issuer(entry: ClientFile, strictness: Strictness) -> Errors:
    for name in ("jku", "keys", "tenants"):
        if found := getattr(entry, name):
            yield wrong((found, entry.name), f"`{name}` belongs to an `iss`")
    if strictness.needs_issuers:
        words = "`iss` is missing: with CDS_CLIENT_AUTHENTICATION=jwt every client has one"
        yield wrong(entry.name, words)


def _errors_of_issuer(entry: ClientFile, strictness: Strictness) -> Errors:
    if not entry.jku and not entry.keys:
        yield wrong(entry.iss, "say with `jku` or `keys` which keys sign for it")
    if strictness.is_production and str(entry.iss).rstrip("/") == SANDBOX_ISS:
        yield wrong(entry.iss, SANDBOX)
    if entry.jku:
        yield from _errors_of_address(entry.jku, "keys are read", strictness)
    for jwk in entry.keys:
        yield from _errors_of_key(jwk, entry.name, strictness)
    yield from twice((k for jwk in entry.keys if isinstance(k := jwk.get("kid"), str)), "key ")


def _errors_of_key(jwk: Jwk, name: str, strictness: Strictness) -> Errors:
    where = (jwk, name)
    found = make_key_set([{**jwk}])
    thumbprints = {key.thumbprint for (key,) in found.values()}
    if any(member in jwk for member in PRIVATE):
        yield wrong(where, "this key is secret: only its public part belongs here")
    elif not found:
        yield wrong(where, "no signature can be checked with this key: EC or RSA, `kid`")
    elif strictness.is_production and SANDBOX_THUMBPRINT in thumbprints:
        yield wrong(where, SANDBOX)


def _errors_of_shared_issuers(entries: tuple[ClientFile, ...]) -> Errors:
    """Yield where clients have one `iss` and their tokens could not be told apart."""
    by_issuer = defaultdict(list)
    for entry in entries:
        by_issuer[entry.iss].append(entry)
    for first, *others in (sharing for iss, sharing in by_issuer.items() if iss):
        for entry in others:
            if not first.tenants or not entry.tenants:
                yield wrong(entry.iss, "two clients with this `iss` need `tenants` each")
            if (first.jku, first.keys) != (entry.jku, entry.keys):
                yield wrong(entry.iss, "one `iss` has one `jku`, and the same `keys`")
        tenants = (tenant for entry in (first, *others) for tenant in entry.tenants)
        yield from twice(tenants, "for one `iss`, the tenant ")
