"""Proves every line of a rule by its cases: without the line, some case would come out otherwise.

The same holds of each answer that a line lists, of each `ifUnknown: show`, and of the lines that
keep a suggestion back; a limit has a case exactly on it. Refuses to know texts.
"""

from collections.abc import Iterator
from dataclasses import replace

from cds_service.core.decide import decide, is_offered
from cds_service.core.hip.chart import Facts
from cds_service.core.knowledge import CardDefinition, Group, Line, OfferedOrder
from cds_service.core.values import Absence
from cds_service.errors import KnowledgeError
from cds_service.workbench.proof.cases import Case


def prove_lines(card: CardDefinition, cases: list[Case]) -> None:
    """Prove the `when` of a card."""
    for line in card.when.lines:
        if not _changes_a_case(card, _without(card.when, line), cases):
            raise _unneeded(card, line, "the line")
        if line.shows_when_unknown:
            strict = replace(line, shows_when_unknown=False)
            if not _changes_a_case(card, _with(card.when, line, strict), cases):
                raise _unneeded(card, line, "`ifUnknown: show` of")
        for answer, fewer in _with_one_answer_less(line):
            if not _changes_a_case(card, _with(card.when, line, fewer), cases):
                raise _unneeded(card, line, f"the answer `{answer}` of")


def prove_limits(card: CardDefinition, cases: list[Case]) -> None:
    """Prove that each limit of a `when` has a case exactly on it."""
    for line in card.when.lines:
        if line.operator != "is" and not any(
            case.facts[line.fact].value == line.operands[0] for case in cases
        ):
            words = f"no case lies exactly at `{line.label}`"
            raise KnowledgeError(f"{card.id}/card.md", line.line_number, words)


def prove_unless(card: CardDefinition, order: OfferedOrder, shown: list[Facts]) -> None:
    """Prove the lines that keep a suggestion back, by the cases that show the card."""
    for line in order.unless:
        others = tuple(other for other in order.unless if other is not line)
        if not _offers_more(others, order, shown):
            raise _unneeded(card, line, "the line")
        for answer, fewer in _with_one_answer_less(line):
            if not _offers_more((*others, fewer), order, shown):
                raise _unneeded(card, line, f"the answer `{answer}` of")


def _changes_a_case(card: CardDefinition, when: Group, cases: list[Case]) -> bool:
    changed = replace(card, when=when)
    return any(decide(changed, case.facts).outcome.value != case.expected.outcome for case in cases)


def _offers_more(unless: tuple[Line, ...], order: OfferedOrder, shown: list[Facts]) -> bool:
    return any(is_offered(unless, facts) and not is_offered(order.unless, facts) for facts in shown)


def _with_one_answer_less(line: Line) -> Iterator[tuple[str, Line]]:
    """Yield each answer of a line that lists several, with the line that is left without it."""
    for answer in line.operands if len(line.operands) > 1 else ():
        rest = tuple(other for other in line.operands if other is not answer)
        name = answer.value if isinstance(answer, Absence) else str(answer)
        yield name, replace(line, operands=rest)


def _without(group: Group, dropped: Line) -> Group:
    members: list[Line | Group] = []
    for member in group.members:
        if isinstance(member, Group):
            smaller = _without(member, dropped)
            members += [smaller] if smaller.members else []
        elif member is not dropped:
            members.append(member)
    return replace(group, members=tuple(members))


def _with(group: Group, line: Line, other: Line) -> Group:
    members: list[Line | Group] = []
    for member in group.members:
        if isinstance(member, Group):
            members.append(_with(member, line, other))
        else:
            members.append(other if member is line else member)
    return replace(group, members=tuple(members))


def _unneeded(card: CardDefinition, line: Line, what: str) -> KnowledgeError:
    return KnowledgeError(
        f"{card.id}/card.md", line.line_number, f"no case needs {what} `{line.label}`"
    )
