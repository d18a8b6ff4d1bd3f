"""How a client of the clients file proves who it is -> an Issuer; knows no token."""

from collections.abc import Iterable
from itertools import pairwise

from cds_service.clients.schema import ClientFile
from cds_service.content.files.source import Document
from cds_service.fhir.server.urls import parse_base
from cds_service.trust.clients import Issuer
from cds_service.trust.key_set import SANDBOX_THUMBPRINT, Key, KeySet, make_key_set

SANDBOX_ISS = "https://sandbox.cds-hooks.org"
SANDBOX = "anybody can sign as the public sandbox: its private key is published"
PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "k"})


def read_issuer(
    document: Document, place: str, client: ClientFile, *, is_production: bool
) -> Issuer | None:
    """Return who signs the client's tokens, or None; raise with the line of what is wrong."""
    if client.iss is None:
        for name in ("jku", "keys", "tenants"):
            if getattr(client, name):
                raise document.error(f"{place}.{name}", f"`{name}` belongs to an `iss`")
        return None
    if not client.jku and not client.keys:
        raise document.error(f"{place}.iss", "say with `jku` or `keys` which keys sign for it")
    if is_production and client.iss.rstrip("/") == SANDBOX_ISS:
        raise document.error(f"{place}.iss", SANDBOX)
    _check_jku(document, f"{place}.jku", client.jku, is_production=is_production)
    keys = _keys(document, f"{place}.keys", client, is_production=is_production)
    return Issuer(client.iss, client.jku, keys)


def check_shared_issuers(document: Document, clients: Iterable[ClientFile]) -> None:
    """Raise where two clients have one `iss` and their tokens could not be told apart."""
    listed = [(client.iss, i, client) for i, client in enumerate(clients) if client.iss]
    for (iss, _, one), (following, i, other) in pairwise(sorted(listed, key=lambda x: x[:2])):
        if iss != following:
            continue
        place = f"$.clients[{i}]"
        if not one.tenants or not other.tenants:
            raise document.error(f"{place}.iss", "two clients with this `iss` need `tenants` each")
        if (one.jku, one.keys) != (other.jku, other.keys):
            raise document.error(f"{place}.iss", "one `iss` has one `jku`, and the same `keys`")
    _check_tenants(document, clients)


def _check_tenants(document: Document, clients: Iterable[ClientFile]) -> None:
    taken: set[tuple[str | None, str]] = set()
    for i, client in enumerate(clients):
        for j, tenant in enumerate(client.tenants):
            if (client.iss, tenant) in taken:
                place = f"$.clients[{i}].tenants[{j}]"
                raise document.error(place, "this tenant of the same `iss` stands here twice")
            taken.add((client.iss, tenant))


def _check_jku(document: Document, place: str, jku: str | None, *, is_production: bool) -> None:
    if jku is None:
        return
    base = parse_base(jku)
    if base is None:
        raise document.error(place, "this is not a plain http(s) address")
    if is_production and base.scheme != "https":
        raise document.error(place, "in production keys are read by https only")


def _keys(
    document: Document, place: str, client: ClientFile, *, is_production: bool
) -> KeySet | None:
    found: dict[str, tuple[Key, ...]] = {}
    for i, jwk in enumerate(client.keys):
        at = f"{place}[{i}]"
        if PRIVATE & jwk.keys():
            raise document.error(at, "this key is secret: only its public part belongs here")
        one = make_key_set([{**jwk}])
        if not one:
            raise document.error(at, "no signature can be checked with this key: EC or RSA, `kid`")
        if one.keys() & found.keys():
            raise document.error(f"{at}.kid", "this `kid` stands here twice")
        if is_production and any(key.thumbprint == SANDBOX_THUMBPRINT for (key,) in one.values()):
            raise document.error(at, SANDBOX)
        found |= one
    return found or None
