"""Proves every line of a rule by its cases: without the line, some case would come out otherwise.

The same holds of each answer that a line lists, of each `ifUnknown: show`, and of the lines that
keep a suggestion back; a limit has a case exactly on it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from cds_service.core.decide import decide, is_offered
from cds_service.core.hip.chart import Facts
from cds_service.core.knowledge import CardDefinition, Group, Line, OfferedOrder
from cds_service.core.values import Absence
from cds_service.workbench.proof.run import Case

Unproved = Iterator[tuple[Line, str]]
"""A line, and what is missing for its proof."""


def unproved_lines(card: CardDefinition, own: Iterable[Line], cases: Sequence[Case]) -> Unproved:
    """Yield what no case needs of the lines of a `when`, and each limit without a case on it."""
    for line in own:
        for what, smaller in _poorer(line):
            when = _with(card.when, line, smaller)
            if not _changes_a_case(replace(card, when=when), cases):
                yield line, f"no case needs {what} `{line.label}`"
        if line.operator != "is" and not any(_is_at(line, case.facts) for case in cases):
            yield line, f"no case lies exactly at `{line.label}`"


def unproved_unless(order: OfferedOrder, shown: Sequence[Facts]) -> Unproved:
    """Yield what no case that shows the card needs of the lines that keep a suggestion back."""
    for line in order.unless:
        for what, smaller in _poorer(line):
            others = [smaller if other is line else other for other in order.unless]
            unless = tuple(filter(None, others))
            if not any(is_offered(unless, f) and not is_offered(order.unless, f) for f in shown):
                yield line, f"no case needs {what} `{line.label}`"


def _poorer(line: Line) -> Iterator[tuple[str, Line | None]]:
    """Yield a line without each of its parts, with the part's name; first no line at all."""
    yield "the line", None
    if line.shows_when_unknown:
        yield "`ifUnknown: show` of", replace(line, shows_when_unknown=False)
    for answer in line.operands if len(line.operands) > 1 else ():
        rest = tuple(other for other in line.operands if other is not answer)
        name = answer.value if isinstance(answer, Absence) else str(answer)
        yield f"the answer `{name}` of", replace(line, operands=rest)


def _changes_a_case(changed: CardDefinition, cases: Sequence[Case]) -> bool:
    return any(decide(changed, case.facts).outcome.value != case.expected.outcome for case in cases)


def _is_at(line: Line, facts: Facts) -> bool:
    return line.fact in facts and facts[line.fact].value == line.operands[0]


def _with(group: Group, line: Line, other: Line | None) -> Group:
    """Return the group with another line in the place of one, or without it."""
    members: list[Line | Group] = []
    for member in group.members:
        if isinstance(member, Group):
            smaller = _with(member, line, other)
            members += [smaller] if smaller.members else []
        elif member is not line:
            members.append(member)
        elif other:
            members.append(other)
    return replace(group, members=tuple(members))
