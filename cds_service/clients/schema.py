"""The shape of the clients file; refuses to know whether the content makes sense."""

from typing import Literal

from msgspec import field

from cds_service.content.files.schema import File


class FhirServerFile(File, frozen=True):
    """A FHIR server of a client, and the networks that its name may resolve into."""

    base: str
    networks: tuple[str, ...]


class ClientFile(File, frozen=True):
    """A client: an EHR installation that calls this service."""

    name: str
    fhir_servers: tuple[FhirServerFile, ...] = ()
    queries: dict[str, str] = field(default_factory=dict)
    iss: str | None = None
    jku: str | None = None
    keys: tuple[dict[str, str | bool | list[str]], ...] = ()
    tenants: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    algorithms: tuple[
        Literal["ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
        ...,
    ] = ("ES384", "RS384")
    replay: Literal["once", "until-expiry"] = "once"
    ehr: Literal["epic", "oracle", "generic"] = "generic"
    language: str | None = None


class ClientsFile(File, frozen=True):
    """The clients file."""

    clients: tuple[ClientFile, ...]
