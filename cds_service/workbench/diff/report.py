"""Two answers -> lines that say what differs; refuses to print a drafted order.

A drafted order names the patient and the conditions; of a suggestion only its words are shown.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from difflib import unified_diff

from cds_service.answer import Deployment
from cds_service.hooks import Card
from cds_service.workbench.diff.answers import Answer, Captured, answer, services_for, silent


def compare_deployments(
    requests: Sequence[Captured], old_and_new: tuple[Deployment, Deployment], today: date
) -> tuple[str, bool]:
    """Return the report on all requests, and whether any is answered differently."""
    deployments = silent(old_and_new[0]), silent(old_and_new[1])
    sections = []
    for captured in requests:
        for service_id in services_for(captured, deployments):
            before, after = (answer(captured, service_id, e, today) for e in deployments)
            lines = [f"  {line}" for line in differences(before, after)]
            if lines:
                sections.append("\n".join([f"{captured.name}, {service_id}", *lines]))
    counted = f"{len(requests)} requests, {len(sections)} answers differ."
    return "\n\n".join([*sections, counted]), bool(sections)


def differences(before: Answer, after: Answer) -> Iterator[str]:
    """Yield what differs: status and problems, cards gone, cards new, cards that read otherwise."""
    if before.status != after.status:
        yield f"status: {before.status} -> {after.status}"
    yield from _changed("problems", before.problems, after.problems)
    yield from _only_in("disappears", before, after)
    yield from _only_in("appears", after, before)
    both = [name for name in before.cards if name in after.cards]
    if both != [name for name in after.cards if name in before.cards]:
        yield f"in another order: {', '.join(after.cards)}"
    for name in both:
        lines = list(_card_differences(before.cards[name], after.cards[name]))
        if lines:
            yield f"reads differently: {name}"
            yield from (f"  {line}" for line in lines)


def _only_in(word: str, here: Answer, there: Answer) -> Iterator[str]:
    for name, card in here.cards.items():
        if name not in there.cards:
            yield f"{word}: {name}, {card.indicator}: {card.summary}"


def _card_differences(before: Card, after: Card) -> Iterator[str]:
    if before == after:
        return
    if before.indicator != after.indicator:
        yield f"indicator: {before.indicator} -> {after.indicator}"
    yield from _changed("summary", [before.summary], [after.summary])
    yield from _changed("detail", _lines(before.detail), _lines(after.detail))
    old, new = _other_words(before), _other_words(after)
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


def _lines(text: str | None) -> list[str]:
    return (text or "").splitlines()


def _other_words(card: Card) -> Mapping[str, Sequence[str]]:
    source, topic = card.source, card.source.topic
    actions = [action for item in card.suggestions for action in item.actions]
    return {
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
