"""The CDS Hooks 2.0.1 words as types, with the bounds of what is sent.

Python names are snake_case, the wire is camelCase; members that are absent are left out of the
JSON, so that no response carries a null or an empty member (section "Use of JSON"). The bounds are
not checked when an answer is written: `/openapi.json` tells them, and tests hold answers to it.
"""

from collections.abc import Mapping
from typing import Annotated, Generic, Literal, TypeVar

from msgspec import Meta, Struct

SPECIFICATION_VERSION = "2.0.1"
ResourceT = TypeVar("ResourceT")
Prefetch = Literal["full", "lean"]
"""What a client is asked to send: all that may be read, or what decides whether it is."""
Hook = Literal["patient-view", "order-select", "order-sign"]
Text = Annotated[str, Meta(min_length=1)]
Summary = Annotated[str, Meta(min_length=1, max_length=139)]
Uuid = Annotated[str, Meta(extra_json_schema={"format": "uuid"})]
Indicator = Annotated[str, Meta(extra_json_schema={"enum": ["info", "warning", "critical"]})]
SelectionBehavior = Annotated[str, Meta(extra_json_schema={"enum": ["any", "at-most-one"]})]
SOME = Meta(min_length=1)


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

    code: Text
    system: str | None = None
    display: str | None = None


class Source(Struct, frozen=True, omit_defaults=True):
    """Where the advice comes from; `topic.code` is the card id and never changes."""

    label: Text
    url: str | None = None
    topic: Coding | None = None


class Link(Struct, frozen=True):
    """An absolute link to read more."""

    label: Text
    url: Text
    type: str = "absolute"


class Action(Struct, frozen=True):
    """A draft order to create; `resource` is a FHIR resource as JSON.

    `update` and `delete` are left out on purpose: no click on a card changes somebody's order.
    """

    type: Literal["create"]
    description: Text
    resource: Mapping[str, object]


class Suggestion(Struct, frozen=True):
    """A set of actions that the user may take together."""

    label: Text
    uuid: Uuid
    actions: Annotated[tuple[Action, ...], SOME]


class Card(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """A card (section "Card Attributes"): summary under 140 characters, detail in GFM."""

    uuid: Uuid
    summary: Summary
    indicator: Indicator
    source: Source
    detail: Text | None = None
    suggestions: Annotated[tuple[Suggestion, ...], SOME] = ()
    selection_behavior: SelectionBehavior | None = None
    override_reasons: Annotated[tuple[Coding, ...], SOME] = ()
    links: Annotated[tuple[Link, ...], SOME] = ()


class CardsResponse(Struct, frozen=True):
    """The answer to a hook; an empty list means: checked, nothing to say."""

    cards: tuple[Card, ...]


class ServiceDescription(Struct, frozen=True, kw_only=True, rename="camel"):
    """One service as discovery lists it."""

    hook: Text
    title: Text
    description: Text
    id: Text
    prefetch: Mapping[str, str]
    usage_requirements: str
    version: str = SPECIFICATION_VERSION
    hook_version: str


class Discovery(Struct, frozen=True):
    """The answer of `GET /cds-services`."""

    services: tuple[ServiceDescription, ...]
