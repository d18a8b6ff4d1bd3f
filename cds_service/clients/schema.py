"""The shape of the clients file."""

from collections.abc import Mapping
from typing import Literal

from msgspec import field

from cds_service.content.files.schema import File
from cds_service.hooks import Prefetch
from cds_service.trust.clients import DEFAULT_ALGORITHMS, Algorithm

Ehr = Literal["epic", "oracle", "generic"]
Jwk = Mapping[str, str | bool | list[str]]


class FhirServerFile(File, frozen=True):
    """A FHIR server of a client, and the networks that its name may resolve into."""

    base: str
    networks: tuple[str, ...]


class ClientFile(File, frozen=True):
    """A client: an EHR installation that calls this service."""

    name: str
    fhir_servers: tuple[FhirServerFile, ...] = ()
    queries: dict[str, str] = field(default_factory=dict)
    prefetch: Prefetch | None = None
    iss: str | None = None
    jku: str | None = None
    keys: tuple[Jwk, ...] = ()
    tenants: tuple[str, ...] = ()
    services: frozenset[str] = frozenset()
    algorithms: frozenset[Algorithm] = DEFAULT_ALGORITHMS
    replay: Literal["once", "until-expiry"] = "once"
    ehr: Ehr = "generic"
    language: str | None = None


class ClientsFile(File, frozen=True):
    """The clients file."""

    clients: tuple[ClientFile, ...]
