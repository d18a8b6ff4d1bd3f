"""Which captured requests two contents answer differently, for `cds-service diff`.

No FHIR server is called: what the prefetch lacks is missing for both contents alike, so only the
content can differ. A drafted order is not printed, since it names the patient and the conditions;
of a suggestion only its words are shown.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import unified_diff
from pathlib import Path

from cds_service.answer import Deployment
from cds_service.core.render import card_uuid
from cds_service.errors import RequestError, UnreadableRequest
from cds_service.fhir.shapes.decode import decode_request
from cds_service.hooks import Card
from cds_service.workbench.replay import NoFetcher, Replay, replay, services_for

NO_CALLS = "a comparison of content calls no FHIR server"
RESPONSES = ".response.json"


@dataclass(frozen=True, slots=True)
class Captured:
    """A request from a file."""

    name: str
    body: bytes
    hook: str
    hook_instance: str


def read_requests(directory: Path) -> list[Captured]:
    """Read every `*.json` of a folder but the answers kept beside requests (`*.response.json`).

    Raises `UnreadableRequest` for a file that is no hook request, and for a folder without any.
    """
    paths = [p for p in sorted(directory.glob("*.json")) if not p.name.endswith(RESPONSES)]
    if not paths:
        raise UnreadableRequest(f"{directory}: there is no request (*.json) in this folder")
    return [_captured(path) for path in paths]


def compare_deployments(
    requests: Sequence[Captured], old_and_new: tuple[Deployment, Deployment], today: date
) -> tuple[str, bool]:
    """Return the report on all requests, and whether any is answered differently."""
    old, new = (replace(one, fetcher=NoFetcher(NO_CALLS)) for one in old_and_new)
    sections = []
    for captured in requests:
        services = services_for(captured.hook, old, new)
        if not services:
            words = "no service answers the `hook` of this request"
            raise UnreadableRequest(f"{captured.name}: {words}")
        for service_id in services:
            before = replay(service_id, captured.body, old, today)
            after = replay(service_id, captured.body, new, today)
            cards = _named_cards(before, captured, old), _named_cards(after, captured, new)
            lines = [*_status_differences(before, after), *_differences(*cards)]
            if lines:
                sections.append("\n  ".join([f"{captured.name}, {service_id}", *lines]))
    counted = f"{len(requests)} requests, {len(sections)} answers differ."
    return "\n\n".join([*sections, counted]), bool(sections)


def _captured(path: Path) -> Captured:
    try:
        body = path.read_bytes()
        request = decode_request(body)
    except (OSError, RequestError) as error:
        words = str(error) if isinstance(error, RequestError) else "this file cannot be read"
        raise UnreadableRequest(f"{path}: {words}") from error
    return Captured(str(path), body, request.hook or "", request.hook_instance or "")


def _named_cards(answer: Replay, captured: Captured, deployment: Deployment) -> dict[str, Card]:
    """Return the cards of an answer as `card-id (hips)`, told by the uuid that each has here."""
    if answer.advice is None:
        return {}
    knowledge = deployment.knowledge
    names = {
        card_uuid(captured.hook_instance, card, hips): f"{card.id} ({hips})"
        for card in knowledge.cards.values()
        for hips in knowledge.words[deployment.language].hips
    }
    return {names[card.uuid]: card for card in answer.advice.cards}


def _status_differences(before: Replay, after: Replay) -> Iterator[str]:
    if before.status != after.status:
        yield f"status: {before.status} -> {after.status}"
    yield from _changed("problems", before.problems, after.problems)


def _differences(before: Mapping[str, Card], after: Mapping[str, Card]) -> Iterator[str]:
    """Yield the cards that are gone, that are new, and that read otherwise."""
    yield from _only_in("disappears", before, after)
    yield from _only_in("appears", after, before)
    both = [name for name in before if name in after]
    if both != [name for name in after if name in before]:
        yield f"in another order: {', '.join(after)}"
    for name in both:
        lines = list(_card_differences(before[name], after[name]))
        if lines:
            yield f"reads differently: {name}"
            yield from (f"  {line}" for line in lines)


def _only_in(word: str, here: Mapping[str, Card], there: Mapping[str, Card]) -> Iterator[str]:
    for name, card in here.items():
        if name not in there:
            yield f"{word}: {name}, {card.indicator}: {card.summary}"


def _card_differences(before: Card, after: Card) -> Iterator[str]:
    if before.indicator != after.indicator:
        yield f"indicator: {before.indicator} -> {after.indicator}"
    old, new = _words(before), _words(after)
    for name in old:
        yield from _changed(name, old[name], new[name])
    if _resources(before) != _resources(after):
        yield "suggestions: what they draft differs"


def _changed(name: str, before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    """Yield a unified diff under a name, without its two file lines; nothing where both agree."""
    changes = list(unified_diff(before, after, lineterm=""))[2:]
    if changes:
        yield f"{name}:"
        yield from (f"  {line}" for line in changes)


def _words(card: Card) -> Mapping[str, Sequence[str]]:
    source, topic = card.source, card.source.topic
    actions = [action for item in card.suggestions for action in item.actions]
    return {
        "summary": [card.summary],
        "detail": (card.detail or "").splitlines(),
        "source": [source.label, source.url or "", (topic.display or "") if topic else ""],
        "links": [f"{link.label} {link.url}" for link in card.links],
        "overrideReasons": [f"{r.code} {r.display or ''}" for r in card.override_reasons],
        "suggestions": [
            *(item.label for item in card.suggestions),
            *(f"{action.type}: {action.description}" for action in actions),
        ],
    }


def _resources(card: Card) -> list[object]:
    return [action.resource for item in card.suggestions for action in item.actions]
