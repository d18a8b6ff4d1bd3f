"""The registered clients, and who signs the tokens of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from cds_service.errors import ClientRefused
from cds_service.fhir.server.access import FhirServers
from cds_service.trust.key_set import KeySet

Algorithm = Literal["ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]
DEFAULT_ALGORITHMS: frozenset[Algorithm] = frozenset({"ES384", "RS384"})


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who signs tokens: `keys` where they were handed over, else they are read from `jku`."""

    iss: str
    jku: str | None
    keys: KeySet | None = None


@dataclass(frozen=True, slots=True)
class Client:
    """An EHR installation: how it proves who it is, what it may call, how it is answered.

    Empty `tenants` and `services` mean any. `may_repeat` lets a token be used until it expires.
    """

    name: str
    servers: FhirServers
    issuer: Issuer | None = None
    tenants: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    algorithms: frozenset[Algorithm] = DEFAULT_ALGORITHMS
    may_repeat: bool = False
    ehr: str = "generic"
    language: str | None = None

    def may_call(self, service_id: str | None) -> bool:
        """Tell whether a service, or discovery (None), is open to this client."""
        return service_id is None or not self.services or service_id in self.services


@dataclass(frozen=True, slots=True)
class Clients:
    """All clients; `servers` are those of all of them, for calls whose client is not known."""

    servers: FhirServers
    by_name: Mapping[str, Client]

    def named_by(self, claims: Mapping[str, object]) -> Client:
        """Return the client that claims name by `iss` and, where it is registered, `tenant`."""
        iss, tenant = claims.get("iss"), claims.get("tenant")
        signed = [one for one in self.by_name.values() if one.issuer and one.issuer.iss == iss]
        for client in signed:
            if not client.tenants or (isinstance(tenant, str) and tenant in client.tenants):
                return client
        raise ClientRefused("tenant" if signed else "issuer")
