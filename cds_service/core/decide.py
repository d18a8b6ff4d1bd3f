"""Decides a card on the facts of a hip, by three-valued logic: unknown is not no."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from cds_service.core.hip.chart import Facts
from cds_service.core.knowledge import CardDefinition, Group, Joint, Line, OfferedOrder
from cds_service.core.values import UNKNOWN, Absence, Member, Quantity, Truth, Value, negate

# The answer of a member after which, by Kleene's logic, no further member matters; what then comes
# of the group, and what otherwise.
_SETTLES: Mapping[Joint, tuple[Truth, Truth, Truth]] = {
    "all": (Truth.FALSE, Truth.FALSE, Truth.TRUE),
    "none": (Truth.TRUE, Truth.FALSE, Truth.TRUE),
    "any": (Truth.TRUE, Truth.TRUE, Truth.FALSE),
}


class Outcome(Member):
    """What becomes of a card for one hip."""

    SHOWN = "shown"
    SILENT = "silent"
    WITHHELD = "withheld"


class Decision(Struct, frozen=True):
    """The outcome for one card; `truth` is the strict answer, before a gap was tolerated.

    `unsettled` names the facts that leave the strict answer open; the card, if shown, says so.
    `orders` are those that it then offers. A card that is silent has no variant.
    """

    outcome: Outcome
    truth: Truth
    variant: str
    unsettled: tuple[str, ...]
    orders: tuple[OfferedOrder, ...] = ()


_SILENT = Decision(Outcome.SILENT, Truth.FALSE, "", ())


class Truths(dict[Line | Group, Truth]):
    """What lines and groups come to for one hip, strictly, asked on demand.

    Each is asked once, however many cards share it.
    """

    def __init__(self, facts: Facts) -> None:
        super().__init__()
        self.facts = facts

    def __missing__(self, asked: Line | Group) -> Truth:
        if isinstance(asked, Line):
            truth = truth_of_line(asked, self.facts)
        else:
            truth = _join(asked.joined_by, map(self.__getitem__, asked.members))
        self[asked] = truth
        return truth


def decide(card: CardDefinition, truths: Truths) -> Decision:
    """Decide one card for one hip.

    A `when` that is unknown only because of lines marked `ifUnknown: show` shows the card, which
    then names the gap; any other unknown withholds it, and the answer to the client is not
    an empty list.
    """
    gaps: list[tuple[Line | Group, Truth]] = []
    for asked, veto in card.when.vetoes:
        truth = truths[asked]
        if truth is veto:
            return _SILENT
        if truth is Truth.UNKNOWN:
            gaps.append((asked, negate(veto)))
    variant = _variant(card.variant_fact, truths.facts)
    truth = Truth.UNKNOWN if gaps else Truth.TRUE
    unsettled = _unknown_of([asked for asked, _ in gaps], truths) if gaps else ()
    if any(_with_gaps(asked, wanted, truths) is not wanted for asked, wanted in gaps):
        return Decision(Outcome.WITHHELD, truth, variant, unsettled)
    orders = tuple([order for order in card.orders if is_offered(order.unless, truths)])
    return Decision(Outcome.SHOWN, truth, variant, unsettled, orders)


def truth_of_line(line: Line, facts: Facts) -> Truth:
    """Evaluate one line, strictly; a fact that is not there at all is unknown."""
    value = _value(line.fact, facts)
    if value is UNKNOWN:
        return Truth.UNKNOWN
    if line.operator == "is":
        return Truth.TRUE if value in line.operands else Truth.FALSE
    return _compare(line, value)


def unknown_facts(asked: Line | Group, truths: Truths) -> tuple[str, ...]:
    """Return the names of the facts that leave the answer open, in the order of the lines."""
    if truths[asked] is not Truth.UNKNOWN:
        return ()
    return (asked.fact,) if isinstance(asked, Line) else _unknown_of(asked.members, truths)


def _unknown_of(members: Iterable[Line | Group], truths: Truths) -> tuple[str, ...]:
    return tuple(dict.fromkeys([name for one in members for name in unknown_facts(one, truths)]))


def is_offered(unless: tuple[Line, ...], truths: Truths) -> bool:
    """A suggestion is offered unless one of its lines is surely true."""
    return Truth.TRUE not in map(truths.__getitem__, unless)


def _join(joint: Joint, answers: Iterable[Truth]) -> Truth:
    """Join the answers of members; those behind one that settles it are not asked."""
    settles, settled, truth = _SETTLES[joint]
    for answer in answers:
        if answer is settles:
            return settled
        if answer is Truth.UNKNOWN:
            truth = answer
    return truth


def _with_gaps(asked: Line | Group, fulfilled: Truth, truths: Truths) -> Truth:
    """Evaluate what is asked, taking a line marked `ifUnknown: show` as fulfilled."""
    truth = truths[asked]
    if truth is not Truth.UNKNOWN:
        return truth
    if isinstance(asked, Line):
        return fulfilled if asked.shows_when_unknown else truth
    inner = Truth.FALSE if asked.joined_by == "none" else Truth.TRUE
    return _join(asked.joined_by, [_with_gaps(one, inner, truths) for one in asked.members])


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
    value = _value(fact, facts)
    return value.value if isinstance(value, Absence) else str(value)


def _value(fact: str, facts: Facts) -> Value:
    """Return the value of a fact; one that is not there at all is unknown."""
    try:
        return facts[fact].value
    except KeyError:
        return UNKNOWN
