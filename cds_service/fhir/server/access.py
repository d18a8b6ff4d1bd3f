"""Which FHIR server a request may have asked; refuses every address that is not registered."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from cds_service.fhir.server.guarded_http import LOOPBACK, Network
from cds_service.fhir.server.urls import Base, parse_base
from cds_service.hooks import FhirAuthorization, Prefetch

_TOKEN = re.compile(r"[!-~]{1,8192}")
PATIENT_TOKEN = "{{context.patientId}}"  # noqa: S105 (a prefetch token, not a secret)
NO_TOKEN = "and the request's access token is not one"  # noqa: S105 (words, not a secret)
NO_SERVER = "and the request names no FHIR server"
NOT_REGISTERED = "and the request's FHIR server is not registered here"


@dataclass(frozen=True, slots=True)
class FhirServer:
    """A FHIR server that may be called: its base, the networks it lies in, and its queries."""

    base: Base
    networks: tuple[Network, ...]
    queries: Mapping[str, str]

    def query_url(self, resource_type: str, patient_id: str) -> str:
        """Return the URL of the query for a type; the patient id is a checked FHIR id."""
        query = self.queries[resource_type].replace(PATIENT_TOKEN, patient_id)
        return f"{self.base.text}/{query}"


@dataclass(frozen=True, slots=True)
class FhirServers:
    """The servers of a deployment; in development any server on this machine may be called.

    `prefetch` is what the client is asked to send, where the rest can be asked for.
    """

    registered: Mapping[Base, FhirServer]
    queries: Mapping[str, str]
    allows_loopback: bool
    prefetch: Prefetch = "full"

    @property
    def is_lean(self) -> bool:
        """Whether the client sends what decides, and the rest is asked for."""
        return self.prefetch == "lean" and bool(self.registered or self.allows_loopback)


@dataclass(frozen=True, slots=True)
class Access:
    """Leave to call one server for one hook: the token, and the moment by which to answer."""

    server: FhirServer
    token: str | None
    deadline: float


def find_access(
    fhir_server: str | None,
    authorization: FhirAuthorization | None,
    servers: FhirServers,
    deadline: float,
) -> Access | str:
    """Return leave to call the request's FHIR server, or the reason in words why there is none.

    What the request says is parsed and compared; the registered base is what will be called.
    """
    if not fhir_server:
        return NO_SERVER
    base = parse_base(fhir_server)
    server = servers.registered.get(base) if base else None
    if server is None and base and base.is_loopback and servers.allows_loopback:
        server = FhirServer(base, LOOPBACK, servers.queries)
    if server is None:
        return NOT_REGISTERED
    token = authorization.access_token if authorization else None
    if token and not _TOKEN.fullmatch(token):
        return NO_TOKEN
    return Access(server, token or None, deadline)
