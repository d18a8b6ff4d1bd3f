"""What the words around a finding say of it, by the method of ConText.

Harkema 2009, 10.1016/j.jbi.2009.05.002: a trigger reaches forward or backward, until its scope ends
or a word ends it; phrases that hold a trigger and trigger nothing are listed as such. Each sweep
passes the tokens once, so the cost grows with the text alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

Context = Literal["negated", "doubted", "past", "family", "planned", "otherSide"]
CONTEXTS: tuple[Context, ...] = get_args(Context)
Says = Literal[Context, "ends", "nothing"]
Reach = Literal["forward", "backward", "both"]


@dataclass(frozen=True, slots=True)
class Trigger:
    """What a listed phrase says of the findings that it reaches, `within` so many tokens."""

    says: Says
    reaches: Reach = "forward"
    within: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a finding or a trigger stands: its first token, the one behind it, scope, sentence."""

    start: int
    end: int
    scope: int
    sentence: int


@dataclass(frozen=True, slots=True)
class _Reached:
    """How far a trigger reaches: before this token, and in its scope or in its whole sentence."""

    limit: float
    is_wide: bool


def contexts_of(
    findings: Sequence[Place], triggers: Sequence[tuple[Place, Trigger, bool]]
) -> list[frozenset[Context]]:
    """Return by finding, in the order of the text, what the triggers say of it.

    A trigger with a colon behind it (the third of each) reaches to the end of its sentence: what
    follows is a list.
    """
    if not triggers:
        return [frozenset()] * len(findings)
    forward = _sweep(findings, triggers, "forward")
    backward = _sweep(
        [_turned(place) for place in reversed(findings)],
        [(_turned(place), trigger, False) for place, trigger, _ in reversed(triggers)],
        "backward",
    )
    return [one | other for one, other in zip(forward, reversed(backward), strict=True)]


def _turned(place: Place) -> Place:
    """Return a place as it stands in the text read from its end."""
    return Place(-place.end, -place.start, place.scope, place.sentence)


def _sweep(
    findings: Sequence[Place], triggers: Sequence[tuple[Place, Trigger, bool]], reach: Reach
) -> list[frozenset[Context]]:
    found: list[frozenset[Context]] = []
    reached: dict[Context, _Reached] = {}
    scope, sentence, waiting = -1, -1, 0

    def enter(place: Place) -> None:
        nonlocal scope, sentence, reached
        if place.scope != scope:
            is_same = place.sentence == sentence
            reached = {c: one for c, one in reached.items() if is_same and one.is_wide}
            scope, sentence = place.scope, place.sentence

    for finding in findings:
        while waiting < len(triggers) and triggers[waiting][0].start < finding.start:
            place, trigger, is_wide = triggers[waiting]
            waiting += 1
            enter(place)
            if trigger.says == "ends":
                reached.clear()
            elif trigger.says != "nothing" and trigger.reaches in (reach, "both"):
                within = trigger.within
                limit = float("inf") if within is None else place.end + within
                reached[trigger.says] = _Reached(limit, is_wide)
        enter(finding)
        found.append(frozenset(c for c, one in reached.items() if finding.start < one.limit))
    return found
