"""How a client of the clients file proves who it is -> an Issuer."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from cds_service.clients.schema import ClientFile, Jwk
from cds_service.content.files.words import wrong
from cds_service.errors import KnowledgeError
from cds_service.fhir.server.urls import parse_base
from cds_service.trust.clients import Issuer
from cds_service.trust.key_set import SANDBOX_THUMBPRINT, make_key_set

SANDBOX_ISS = "https://sandbox.cds-hooks.org"
SANDBOX = "anybody can sign as the public sandbox: its private key is published"
PRIVATE = ("d", "p", "q", "dp", "dq", "qi", "k")
Errors = Iterator[KnowledgeError]


def make_issuer(entry: ClientFile) -> Issuer | None:
    """Return who signs a client's tokens, or None for one that sends none."""
    if entry.iss is None:
        return None
    return Issuer(entry.iss, entry.jku, make_key_set([{**jwk} for jwk in entry.keys]) or None)


def issuer_errors(entry: ClientFile, *, is_production: bool) -> Errors:
    """Yield what is wrong with the `iss` of a client and what belongs to it."""
    if entry.iss is None:
        for name in ("jku", "keys", "tenants"):
            if found := getattr(entry, name):
                yield wrong((found, entry.name), f"`{name}` belongs to an `iss`")
        return
    if not entry.jku and not entry.keys:
        yield wrong(entry.iss, "say with `jku` or `keys` which keys sign for it")
    if is_production and entry.iss.rstrip("/") == SANDBOX_ISS:
        yield wrong(entry.iss, SANDBOX)
    if entry.jku:
        yield from address_errors(entry.jku, "keys are read", is_production=is_production)
    for jwk in entry.keys:
        yield from _key_errors(jwk, entry.name, is_production=is_production)
    kids = (kid for jwk in entry.keys if isinstance(kid := jwk.get("kid"), str))
    yield from twice(kids, "this `kid` stands here twice")


def shared_errors(entries: Iterable[ClientFile]) -> Errors:
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
        yield from twice(tenants, "this tenant of the same `iss` stands here twice")


def address_errors(text: str, what: str, *, is_production: bool) -> Errors:
    """Yield why a FHIR base or an address of keys may not be called."""
    base = parse_base(text)
    if base is None:
        yield wrong(text, "this is not a plain http(s) address")
    elif is_production and base.scheme != "https":
        yield wrong(text, f"in production {what} by https only")


def twice(words: Iterable[object], sentence: str) -> Errors:
    """Yield an error at each word that was there before; of a pair the second counts."""
    seen = set()
    for item in words:
        word, value = item if isinstance(item, tuple) else (item, item)
        if value in seen:
            yield wrong(word, sentence)
        seen.add(value)


def _key_errors(jwk: Jwk, name: str, *, is_production: bool) -> Errors:
    where = (jwk, name)
    found = make_key_set([{**jwk}])
    if any(member in jwk for member in PRIVATE):
        yield wrong(where, "this key is secret: only its public part belongs here")
    elif not found:
        yield wrong(where, "no signature can be checked with this key: EC or RSA, `kid`")
    elif is_production and any(k.thumbprint == SANDBOX_THUMBPRINT for (k,) in found.values()):
        yield wrong(where, SANDBOX)
