"""The CDS Hooks 2.0.1 words as types; refuses to know what any of them means to us.

Python names are snake_case, the wire is camelCase; members that are absent are left out of the
JSON, so that no response carries a null or an empty member (section "Use of JSON").
"""

from collections.abc import Mapping
from typing import Generic, TypeVar

from msgspec import Struct

ResourceT = TypeVar("ResourceT")


class Context(Struct, Generic[ResourceT], rename="camel"):
    """The hook context: patient-view 1.0, order-select 1.0, order-sign 1.1."""

    patient_id: str | None = None
    selections: list[str | None] | str | None = None
    draft_orders: ResourceT | None = None


class FhirAuthorization(Struct):
    """Leave to call the client's FHIR server (section "Passing the Access Token")."""

    access_token: str | None = None
    patient: str | None = None


class HookRequest(Struct, Generic[ResourceT], rename="camel"):
    """The body of a call to a CDS service, as far as this service reads it."""

    hook: str | None = None
    hook_instance: str | None = None
    context: Context[ResourceT] | None = None
    prefetch: dict[str, ResourceT] | None = None
    fhir_server: str | None = None
    fhir_authorization: FhirAuthorization | None = None


class Coding(Struct, frozen=True, omit_defaults=True):
    """A CDS Hooks Coding (section "Coding")."""

    code: str
    system: str | None = None
    display: str | None = None


class Source(Struct, frozen=True, omit_defaults=True):
    """Where the advice comes from; `topic.code` is the card id and never changes."""

    label: str
    url: str | None = None
    topic: Coding | None = None


class Link(Struct, frozen=True):
    """An absolute link to read more."""

    label: str
    url: str
    type: str = "absolute"


class Action(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """One change to the draft orders; `resource` is a FHIR resource as JSON.

    `resource_id` is the relative reference of what a `delete` takes out. Clients of CDS Hooks 1.0
    look for it in `resource`; that use is deprecated since 2.0.
    """

    type: str
    description: str
    resource: Mapping[str, object] | str | None = None
    resource_id: str | None = None


class Suggestion(Struct, frozen=True):
    """A set of actions that the user may take together."""

    label: str
    uuid: str
    actions: tuple[Action, ...]


class Card(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """A card (section "Card Attributes"): summary under 140 characters, detail in GFM."""

    uuid: str
    summary: str
    indicator: str
    source: Source
    detail: str | None = None
    suggestions: tuple[Suggestion, ...] = ()
    selection_behavior: str | None = None
    override_reasons: tuple[Coding, ...] = ()
    links: tuple[Link, ...] = ()


class CardsResponse(Struct, frozen=True):
    """The answer to a hook; an empty list means: checked, nothing to say."""

    cards: tuple[Card, ...] = ()


class ServiceDescription(Struct, frozen=True, rename="camel"):
    """One service as discovery lists it."""

    hook: str
    title: str
    description: str
    id: str
    prefetch: Mapping[str, str]
    usage_requirements: str
    version: str
    hook_version: str


class Discovery(Struct, frozen=True):
    """The answer of `GET /cds-services`."""

    services: tuple[ServiceDescription, ...]
