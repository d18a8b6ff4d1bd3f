"""Decides a card on the facts of a hip, by three-valued logic: unknown is not no."""

from dataclasses import dataclass
from enum import Enum

from cds_service.core.hip.chart import Fact, Facts
from cds_service.core.knowledge import CardDefinition, Group, Line
from cds_service.core.values import (
    UNKNOWN,
    Absence,
    Quantity,
    Truth,
    Value,
    negate,
)

_NOT_READ = Fact(UNKNOWN)
# The answer of a member after which, by Kleene's logic, no further member matters.
_SETTLES = {"all": Truth.FALSE, "none": Truth.FALSE, "any": Truth.TRUE}


class Outcome(Enum):
    """What becomes of a card for one hip."""

    SHOWN = "shown"
    SILENT = "silent"
    WITHHELD = "withheld"


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome for one card; `truth` is the strict answer, before a gap was tolerated.

    `unsettled` names the facts that leave the strict answer open; the card, if shown, says so.
    """

    outcome: Outcome
    truth: Truth
    variant: str
    unsettled: tuple[str, ...]


def decide(card: CardDefinition, facts: Facts) -> Decision:
    """Decide one card for one hip.

    A `when` that is unknown only because of lines marked `ifUnknown: show` shows the card, which
    then names the gap; any other unknown withholds it, and the answer to the client is not
    an empty list.
    """
    truth = truth_of(card.when, facts)
    outcome = _outcome(truth, card.when, facts)
    unsettled = unknown_facts(card.when, facts) if truth is Truth.UNKNOWN else ()
    return Decision(outcome, truth, _variant(card.variant_fact, facts), unsettled)


def truth_of(when: Group, facts: Facts, *, tolerant: bool = False) -> Truth:
    """Evaluate a `when`; `tolerant` takes a line marked `ifUnknown: show` as fulfilled."""
    settles = _SETTLES[when.joined_by]
    truth = negate(settles)
    for member in when.members:
        if isinstance(member, Line):
            found = truth_of_line(member, facts)
        else:
            found = truth_of(member, facts, tolerant=tolerant)
        if when.joined_by == "none":
            found = negate(found)
        if tolerant and found is Truth.UNKNOWN and _is_tolerated(member):
            found = Truth.TRUE
        if found is settles:
            return found
        if found is Truth.UNKNOWN:
            truth = found
    return truth


def truth_of_line(line: Line, facts: Facts) -> Truth:
    """Evaluate one line, strictly; a fact that is not there at all is unknown."""
    try:
        value = facts[line.fact].value
    except KeyError:
        return Truth.UNKNOWN
    if value is UNKNOWN:
        return Truth.UNKNOWN
    if line.operator == "is":
        return Truth.TRUE if value in line.operands else Truth.FALSE
    return _compare(line, value)


def unknown_facts(when: Group, facts: Facts) -> tuple[str, ...]:
    """Return the names of the facts that leave the answer open, in the order of the lines."""
    if truth_of(when, facts) is not Truth.UNKNOWN:
        return ()
    names: dict[str, None] = {}
    for member in when.members:
        if isinstance(member, Group):
            names |= dict.fromkeys(unknown_facts(member, facts))
        elif truth_of_line(member, facts) is Truth.UNKNOWN:
            names[member.fact] = None
    return tuple(names)


def is_offered(unless: tuple[Line, ...], facts: Facts) -> bool:
    """A suggestion is offered unless one of its lines is surely true."""
    return all(truth_of_line(line, facts) is not Truth.TRUE for line in unless)


def _outcome(truth: Truth, when: Group, facts: Facts) -> Outcome:
    if truth is Truth.FALSE:
        return Outcome.SILENT
    if truth is Truth.TRUE or truth_of(when, facts, tolerant=True) is Truth.TRUE:
        return Outcome.SHOWN
    return Outcome.WITHHELD


def _is_tolerated(member: Line | Group) -> bool:
    return isinstance(member, Line) and member.shows_when_unknown


def _compare(line: Line, value: Value) -> Truth:
    """Compare a quantity with a limit; a range that straddles the limit is unknown."""
    limit = line.operands[0]
    if not isinstance(value, Quantity) or not isinstance(limit, Quantity):
        return Truth.FALSE
    is_at_least = Truth.UNKNOWN
    if value.low >= limit.low:
        is_at_least = Truth.TRUE
    elif value.high < limit.low:
        is_at_least = Truth.FALSE
    return is_at_least if line.operator == "atLeast" else negate(is_at_least)


def _variant(fact: str | None, facts: Facts) -> str:
    if fact is None:
        return ""
    value = facts.get(fact, _NOT_READ).value
    return value.value if isinstance(value, Absence) else str(value)
