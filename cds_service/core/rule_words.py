"""The rule of a card in words: as a tree for pages, as a nested list for documents and exports."""

import re
from collections.abc import Iterator

from msgspec import Struct

from cds_service.core.knowledge import Group, Line, Operator, Words
from cds_service.core.values import Absence, Period, Quantity, Value
from cds_service.core.wording import write_amount

_HEADS = {"all": "All of these", "any": "At least one of these", "none": "None of these"}
_OPERATORS: dict[Operator, str] = {"is": "", "atLeast": "at least ", "below": "below "}
_ABSENCES = {Absence.NEVER: "looked for and not found", Absence.UNKNOWN: "not known"}


class RuleLine(Struct, frozen=True, rename="camel"):
    """One criterion: the fact it asks for, as the content writes it, and in words."""

    fact: str
    line: str
    words: str
    shown_when_unknown: bool


class RuleGroup(Struct, frozen=True, rename="camel"):
    """Criteria that are joined by `all`, `any` or `none`."""

    joined_by: str
    words: str
    members: "tuple[RuleLine | RuleGroup, ...]"


def rule_groups(when: Group, words: Words) -> tuple[RuleGroup, ...]:
    """Return the groups that must all hold; a top `all` of groups only is left out as a level."""
    top = _group(when, words)
    groups = tuple(member for member in top.members if isinstance(member, RuleGroup))
    is_level = when.joined_by == "all" and len(groups) == len(top.members)
    return groups if is_level else (top,)


def rule_line(line: Line, words: Words) -> RuleLine:
    """Return one criterion for people."""
    *others, last = [_operand(value, words) for value in line.operands]
    listed = f"{', '.join(others)} or {last}" if others else last
    in_words = f"{spaced(line.fact).capitalize()}: {_OPERATORS[line.operator]}{listed}"
    return RuleLine(line.fact, line.label, in_words, line.shows_when_unknown)


def rule_list(when: Group, words: Words) -> list[str]:
    """Return a `when` as a nested list in Markdown."""
    return [line for group in rule_groups(when, words) for line in list_items(group)]


def list_items(member: RuleGroup | RuleLine, depth: int = 0) -> Iterator[str]:
    """Yield a criterion, or a group with its members below it, as items of a Markdown list."""
    indent = "  " * depth
    if isinstance(member, RuleLine):
        open_end = "; where this is not known, the card is shown and says so"
        yield f"{indent}- {member.words} (`{member.fact}`){open_end * member.shown_when_unknown}"
        return
    yield f"{indent}- {member.words}:"
    for inner in member.members:
        yield from list_items(inner, depth + 1)


def spaced(name: str) -> str:
    """Return a name of the content, such as `patientAge`, as words: `patient age`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).replace("-", " ").lower()


def _group(group: Group, words: Words) -> RuleGroup:
    members = tuple(
        rule_line(member, words) if isinstance(member, Line) else _group(member, words)
        for member in group.members
    )
    return RuleGroup(group.joined_by, _HEADS[group.joined_by], members)


def _operand(value: Value, words: Words) -> str:
    match value:
        case Absence():
            return _ABSENCES[value]
        case Quantity() | Period():
            return write_amount(value, words)
        case _:
            return spaced(str(value))
