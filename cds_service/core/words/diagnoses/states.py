"""The state of a diagnosis or an operation: there, perhaps, once, denied, to come."""

from bisect import bisect_left
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from typing import Literal

from cds_service.core.words.context import Context
from cds_service.core.words.diagnoses.bound import COMPLAINT, OTHER_FINDING
from cds_service.core.words.diagnoses.near import JOINED_WITHIN
from cds_service.core.words.text import BESIDE_SIDES, CONTEXT, SIDE, Span, Text, by_start, distance

State = Literal["present", "planned", "past", "doubted", "excluded", "family"]
# A plan for an operation, a day, which is one without its year, and what says that it was done.
LATER, DAY, DONE, HEADING = "later", "day", "done", "heading"
_COMMAS = frozenset(",、;/")
# What is said of a disease that was suspected before, near the start of its sentence, and by what.
CONFIRMED = "confirmed"
_CONFIRMED_WITHIN = 4
_BY_WHAT = frozenset({"by", "on", "in", "with", "via", "per", "at", "mri", "durch", "im"})
# The least number that is no month of a day: "THA 8/23" was done in a year.
_NO_MONTH, _DAY_DIGITS = 13, 2
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
    found, listed = list(necroses), _lists(text)
    sided = {side.clause for side in text.of(SIDE)}
    said = {s: _of_disease(s, listed, sided) for s in found}
    said |= {s: said[s] - {"doubted"} for s in _confirmed(text, found) if s in said}
    return {s: _state(said[s], _OF_A_DISEASE) for s in found}


def _confirmed(text: Text, necroses: Sequence[Span]) -> Iterator[Span]:
    """Yield the last disease before what confirms it: "suspected AVN. Confirmed by MRI".

    It may stand in the sentence before, where nothing else is told between them.
    """
    others = text.labelled(BESIDE_SIDES, OTHER_FINDING, COMPLAINT)
    starts = sorted((*necroses, *others), key=by_start)
    for word in text.labelled(BESIDE_SIDES, CONFIRMED):
        at = bisect_left(starts, word.start, key=by_start)
        begins = bisect_left(text.tokens.sentences, word.sentence)
        is_next = 0 <= word.start - begins <= _CONFIRMED_WITHIN
        first = word.sentence - is_next
        if _is_confirming(text, word):
            yield from (s for s in starts[max(at - 1, 0) : at] if s.sentence >= first)


def _is_confirming(text: Text, word: Span) -> bool:
    """Tell whether a word confirms what stands before it: it ends its clause, or says by what."""
    is_last = word.clause not in text.tokens.clauses[word.end : word.end + 1]
    goes_on = text.tokens.folded[word.end - 1 : word.end + 1]
    is_told = is_last or not goes_on[-1].isalnum() or not _BY_WHAT.isdisjoint(goes_on)
    return is_told and word.context <= {"doubted", "past", "current"}


def operations_in(text: Text, operations: Collection[Span]) -> dict[Span, State]:
    """Return the state of each operation."""
    planned = _to_come(text, operations)
    return {s: _state(s.context | planned.get(s, set()), _OF_AN_OPERATION) for s in operations}


def _to_come(text: Text, hips: Iterable[Span]) -> dict[Span, set[Context]]:
    """Return the operations nearest to which a plan or a day to come stands: "THA in 2 weeks"."""
    done = {span.clause for span in text.labelled(BESIDE_SIDES, DONE)}
    plans = text.labelled(BESIDE_SIDES, LATER)
    plans += [d for d in text.labelled(BESIDE_SIDES, DAY) if _is_day(text, d)]
    planned: dict[Span, set[Context]] = {}
    for plan in plans:
        near = [hip for hip in hips if hip.clause == plan.clause and "past" not in hip.context]
        least = min((distance(plan, hip) for hip in near), default=0) + JOINED_WITHIN
        if plan.clause not in done:
            planned |= {hip: {"planned"} for hip in near if distance(plan, hip) <= least}
    also = {h for h in hips for p in planned if distance(h, p) <= JOINED_WITHIN}
    return planned | {hip: {"planned"} for hip in also if "past" not in hip.context}


def _is_day(text: Text, day: Span) -> bool:
    """Tell whether a date is one without its year: "8/12", but "8/23" is a month."""
    first, last = text.tokens.raw[day.start], text.tokens.raw[day.end - 1]
    is_month = first == "/" and last.isdecimal() and int(last) >= _NO_MONTH
    return not is_month and len(last) <= _DAY_DIGITS


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
