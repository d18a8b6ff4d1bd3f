"""What a deployment answers to a captured request, by card and hip, without calling a FHIR server.

What the prefetch lacks is missing for both deployments alike, so only the content can differ.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from msgspec.structs import replace as replace_fields

from cds_service.answer import Deployment, answer_hook
from cds_service.core.render import card_uuid
from cds_service.errors import RequestError, UnreadableRequest
from cds_service.fhir.server.fetch import Access, Ask, Fetched, Fetcher
from cds_service.fhir.shapes.decode import decode_request
from cds_service.hooks import Card

NOT_ASKED = "was not asked for: a comparison of content calls no FHIR server"
RESPONSES = ".response.json"


@dataclass(frozen=True, slots=True)
class Captured:
    """A request from a file."""

    name: str
    body: bytes
    hook: str
    hook_instance: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A status with the problems of a refusal, or the cards by card id and hips, uuids left out."""

    status: int
    problems: tuple[str, ...]
    cards: Mapping[str, Card]


class SilentFetcher(Fetcher):
    """Takes the place of the fetcher and asks nobody."""

    def fetch(self, asks: Mapping[str, Ask], access: Access) -> dict[str, Fetched]:
        """Answer that nothing was asked."""
        del access
        return {name: Fetched((), NOT_ASKED) for name in asks}


def read_requests(directory: Path) -> list[Captured]:
    """Read every `*.json` of a folder but the answers kept beside requests (`*.response.json`).

    Raises `UnreadableRequest` for a file that is no hook request, and for a folder without any.
    """
    paths = [p for p in sorted(directory.glob("*.json")) if not p.name.endswith(RESPONSES)]
    if not paths:
        raise UnreadableRequest(f"{directory}: there is no request (*.json) in this folder")
    return [_captured(path) for path in paths]


def silent(deployment: Deployment) -> Deployment:
    """Return the deployment with no way out to a FHIR server."""
    return replace(deployment, fetcher=SilentFetcher())


def services_for(captured: Captured, deployments: tuple[Deployment, Deployment]) -> list[str]:
    """Return the services of either deployment that answer the hook of a request."""
    services = [s for deployment in deployments for s in deployment.knowledge.services.values()]
    found = list(dict.fromkeys(s.id for s in services if s.hook == captured.hook))
    if not found:
        raise UnreadableRequest(f"{captured.name}: no service answers the `hook` of this request")
    return found


def answer(captured: Captured, service_id: str, deployment: Deployment, today: date) -> Answer:
    """Return what a deployment says; an error that nobody expected is the 500 that it would be."""
    try:
        advice = answer_hook(service_id, captured.body, deployment, today)
    except RequestError as error:
        problems = tuple(f"{problem.code}: {problem.words}" for problem in error.problems)
        return Answer(error.status, problems, {})
    except Exception as error:  # noqa: BLE001 (the service answers 500 to what nobody expected)
        return Answer(500, (f"exception: {type(error).__name__} inside the service",), {})
    names = _names(captured.hook_instance, deployment)
    return Answer(200, (), {names[card.uuid]: _without_uuids(card) for card in advice.cards})


def _captured(path: Path) -> Captured:
    try:
        body = path.read_bytes()
        request = decode_request(body)
    except (OSError, RequestError) as error:
        words = str(error) if isinstance(error, RequestError) else "this file cannot be read"
        raise UnreadableRequest(f"{path}: {words}") from error
    return Captured(str(path), body, request.hook or "", request.hook_instance or "")


def _names(hook_instance: str, deployment: Deployment) -> dict[str, str]:
    """Return `card-id (hips)` by the uuid that the card has in this call."""
    knowledge = deployment.knowledge
    return {
        card_uuid(hook_instance, card, hips): f"{card.id} ({hips})"
        for card in knowledge.cards.values()
        for hips in knowledge.words[deployment.language].hips
    }


def _without_uuids(card: Card) -> Card:
    suggestions = tuple(replace_fields(item, uuid="") for item in card.suggestions)
    return replace_fields(card, uuid="", suggestions=suggestions)
