"""The state of a diagnosis or an operation: there, perhaps, once, denied, to come."""

from collections.abc import Collection, Container, Iterable, Mapping
from typing import Literal

from cds_service.core.words.context import Context
from cds_service.core.words.diagnoses.near import (
    JOINED_WITHIN,
)
from cds_service.core.words.text import BESIDE_SIDES, CONTEXT, SIDE, Span, Text, distance

State = Literal["present", "planned", "past", "doubted", "excluded", "family"]
# A plan for an operation, a day, which is one without its year, and what says that it was done.
LATER, DAY, DONE, HEADING = "later", "day", "done", "heading"
_COMMAS = frozenset(",、;/")
# What the context makes of a finding, the strongest first; an operation in the past is present.
_OF_A_DISEASE: Mapping[Context, State] = {
    "family": "family",
    "retracted": "excluded",
    "negated": "excluded",
    "hypothetical": "planned",
    "doubted": "doubted",
    "past": "past",
}
_OF_AN_OPERATION: Mapping[Context, State] = {
    "family": "family",
    "retracted": "excluded",
    "negated": "excluded",
    "planned": "planned",
    "hypothetical": "planned",
    "doubted": "doubted",
}


def diseases_in(text: Text, necroses: Iterable[Span]) -> dict[Span, State]:
    """Return the state of each disease."""
    listed = _lists(text)
    sided = {side.clause for side in text.of(SIDE)}
    return {s: _state(_of_disease(s, listed, sided), _OF_A_DISEASE) for s in necroses}


def operations_in(text: Text, operations: Collection[Span]) -> dict[Span, State]:
    """Return the state of each operation."""
    planned = _to_come(text, operations)
    return {s: _state(s.context | planned.get(s, set()), _OF_AN_OPERATION) for s in operations}


def _to_come(text: Text, hips: Iterable[Span]) -> dict[Span, set[Context]]:
    """Return the operations nearest to which a plan or a day to come stands: "THA in 2 weeks"."""
    done = {span.clause for span in text.labelled(BESIDE_SIDES, DONE)}
    plans = text.labelled(BESIDE_SIDES, LATER)
    plans += [d for d in text.labelled(BESIDE_SIDES, DAY) if len(text.tokens.raw[d.end - 1]) < 3]
    planned: dict[Span, set[Context]] = {}
    for plan in plans:
        near = [hip for hip in hips if hip.clause == plan.clause and "past" not in hip.context]
        least = min((distance(plan, hip) for hip in near), default=0) + JOINED_WITHIN
        if plan.clause not in done:
            planned |= {hip: {"planned"} for hip in near if distance(plan, hip) <= least}
    also = {h for h in hips for p in planned if distance(h, p) <= JOINED_WITHIN}
    return planned | {hip: {"planned"} for hip in also if "past" not in hip.context}


def _state(contexts: Collection[Context], states: Mapping[Context, State]) -> State:
    return next((state for context, state in states.items() if context in contexts), "present")


def _lists(text: Text) -> set[int]:
    """Return the sentences that list what somebody has: "PMH: lupus, AVN of both hips"."""
    headings = text.labelled(BESIDE_SIDES, HEADING)
    if not headings:
        return set()
    own = {place for span in headings for place in range(span.start, span.end)}
    pasts = {s.sentence for s in text.labelled(CONTEXT, "past") if s.start not in own}
    commas = {
        s for raw, s in zip(text.tokens.raw, text.tokens.sentences, strict=True) if raw in _COMMAS
    }
    return {span.sentence for span in headings} & commas - pasts


def _of_disease(span: Span, lists: Container[int], sided: Container[int]) -> frozenset[Context]:
    """Return what the context says of a disease; what somebody has in a list is not past.

    What is told of patients in general, perhaps, is no more than doubted of a hip that is named.
    """
    is_current = "current" in span.context or span.sentence in lists
    is_named = "doubted" in span.context and span.clause in sided
    none: frozenset[Context] = frozenset()
    return (
        span.context - ({"past"} if is_current else none) - ({"hypothetical"} if is_named else none)
    )
