"""What CDS Hooks 2.0 and FHIR R4B allow in an answer, as strict types: no null, nothing empty."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from fhir.resources.R4B.operationoutcome import OperationOutcome
from fhir.resources.R4B.servicerequest import ServiceRequest
from flask.testing import FlaskClient
from msgspec import UNSET, Meta, Struct, UnsetType
from werkzeug.test import TestResponse

PATIENT_VIEW = "/cds-services/onfh-patient-view"

Text = Annotated[str, Meta(min_length=1, pattern=r"\S")]
Summary = Annotated[str, Meta(min_length=1, max_length=139)]
Uuid = Annotated[str, Meta(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
Https = Annotated[str, Meta(pattern=r"^https://[A-Za-z0-9.-]+(/\S*)?$")]
CardId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9-]{1,100}$")]
SomeOf = Annotated[list[Any], Meta(min_length=1)]


class Topic(Struct, forbid_unknown_fields=True):
    """Source.topic: its code is the id of a card."""

    code: CardId
    system: Text | UnsetType = UNSET
    display: Text | UnsetType = UNSET


class Reason(Struct, forbid_unknown_fields=True):
    """An override reason."""

    code: Text
    system: Text
    display: Text


class Source(Struct, forbid_unknown_fields=True):
    """Where the advice comes from."""

    label: Text
    topic: Topic
    url: Https | UnsetType = UNSET


class Link(Struct, forbid_unknown_fields=True):
    """A link to read more."""

    label: Text
    url: Https
    type: Literal["absolute"]


class Action(Struct, forbid_unknown_fields=True, rename="camel"):
    """A draft order to create: no card changes one."""

    type: Literal["create"]
    description: Text
    resource: dict[str, Any]


class Suggestion(Struct, forbid_unknown_fields=True):
    """One suggestion with one action, as Epic wants it."""

    label: Text
    uuid: Uuid
    actions: Annotated[list[Action], Meta(min_length=1, max_length=1)]


class Card(Struct, forbid_unknown_fields=True, rename="camel"):
    """A card."""

    uuid: Uuid
    summary: Summary
    indicator: Literal["info", "warning", "critical"]
    source: Source
    detail: Text
    override_reasons: Annotated[list[Reason], Meta(min_length=1)]
    suggestions: Annotated[list[Suggestion], Meta(min_length=1)] | UnsetType = UNSET
    selection_behavior: Literal["any", "at-most-one"] | UnsetType = UNSET
    links: Annotated[list[Link], Meta(min_length=1)] | UnsetType = UNSET


class Answer(Struct, forbid_unknown_fields=True):
    """The answer to a hook."""

    cards: Annotated[list[Card], Meta(max_length=4)]


def post(client: FlaskClient, body: Any, path: str = PATIENT_VIEW, **more: Any) -> TestResponse:
    """Post a body, as it is or as JSON, to a service."""
    sent = body if isinstance(body, bytes | str) else json.dumps(body)
    return client.post(path, data=sent, content_type="application/json", **more)


def cards_in(response: TestResponse) -> list[Card]:
    """Return the cards of a successful answer, every member checked."""
    assert response.status_code == 200, response.text
    assert response.mimetype == "application/json"
    cards = msgspec.json.decode(response.data, type=Answer).cards
    for card in cards:
        _check_card(card)
    return cards


def _check_card(card: Card) -> None:
    suggestions = [] if card.suggestions is UNSET else card.suggestions
    assert (card.selection_behavior is UNSET) == (not suggestions)
    for suggestion in suggestions:
        action = suggestion.actions[0]
        assert empty_members(action.resource) == []
        ServiceRequest.model_validate(action.resource)


def summaries(response: TestResponse) -> list[str]:
    """Return the summaries of a successful answer."""
    return [card.summary for card in cards_in(response)]


def issues_in(response: TestResponse) -> list[dict[str, Any]]:
    """Return the issues of an error's OperationOutcome, which R4B must accept."""
    assert 400 <= response.status_code < 500, response.text
    return outcome_in(response)


def outcome_in(response: TestResponse) -> list[dict[str, Any]]:
    """Return the issues of an OperationOutcome, whatever the status; R4B must accept it."""
    assert response.mimetype == "application/fhir+json"
    outcome = json.loads(response.data)
    OperationOutcome.model_validate(outcome)
    assert empty_members(outcome) == []
    found: list[dict[str, Any]] = outcome["issue"]
    return found


def words_in(response: TestResponse) -> str:
    """Return all words of an error's OperationOutcome."""
    return " ".join(issue["details"]["text"] for issue in issues_in(response))


def check_contract(response: TestResponse) -> None:
    """Check that an answer is either cards or a client error with an OperationOutcome."""
    (cards_in if response.status_code == 200 else issues_in)(response)


def empty_members(node: Any, place: str = "$") -> list[str]:
    """Return the places of every null and of every empty text, list or object."""
    if isinstance(node, Mapping):
        inside = [(f"{place}.{name}", member) for name, member in node.items()]
    else:
        inside = list(enumerate_places(node, place)) if isinstance(node, list) else []
    here = [place] if node is None or node in ("", [], {}) else []
    return here + [found for at, member in inside for found in empty_members(member, at)]


def enumerate_places(nodes: list[Any], place: str) -> list[tuple[str, Any]]:
    """Return each member of a list with its place."""
    return [(f"{place}[{index}]", node) for index, node in enumerate(nodes)]
