"""Templates, lines and groups as text for a reviewer; refuses to evaluate or to fill them."""

from collections.abc import Iterator

from cds_service.core.knowledge import Group, Line, ParameterValue, Template, Words
from cds_service.core.values import Absence, Period, Quantity, Value
from cds_service.core.wording import write_amount

_JOINED = {"all": "all of these", "any": "any of these", "none": "none of these"}
_COMPARED = {"is": "is", "atLeast": "is at least", "below": "is below"}


def write_template(template: Template) -> str:
    """Return a text as its file has it: placeholders stay, parameters are written in."""
    return "".join(
        part if isinstance(part, str) else _placeholder(part.name, part.otherwise)
        for part in template
    ).strip()


def write_value(value: ParameterValue) -> str:
    """Write a number as the files do: P3M, or `18 a` with a UCUM unit."""
    if isinstance(value, Quantity):
        return f"{value.low} {value.unit}"
    return f"P{value.months}M" if value.months else f"P{value.days}D"


def in_words(group: Group, words: Words) -> str:
    """Return a `when` as a nested list."""
    is_split = group.joined_by == "all" and all(isinstance(m, Group) for m in group.members)
    parts = group.members if is_split else (group,)
    return "\n".join(line for part in parts for line in _listed(part, words, depth=0))


def as_expression(member: Group | Line) -> str:
    """Return a `when` as one line: `all(fact is a or b, none(fact below limit))`."""
    if isinstance(member, Line):
        return f"{member.label} [ifUnknown: show]" if member.shows_when_unknown else member.label
    return f"{member.joined_by}({', '.join(as_expression(inner) for inner in member.members)})"


def line_in_words(line: Line, words: Words) -> str:
    """Return a line with the value of its number."""
    operands = [_operand(value, words) for value in line.operands]
    parameter = f" (`{line.parameter}`)" if line.parameter else ""
    tolerated = "; shown, and says so, when unknown" if line.shows_when_unknown else ""
    asked = f"`{line.fact}` {_COMPARED[line.operator]} {' or '.join(operands)}"
    return f"{asked}{parameter}{tolerated}"


def _listed(member: Group | Line, words: Words, depth: int) -> Iterator[str]:
    indent = "  " * depth
    if isinstance(member, Line):
        yield f"{indent}- {line_in_words(member, words)}"
        return
    yield f"{indent}- {_JOINED[member.joined_by]}:"
    for inner in member.members:
        yield from _listed(inner, words, depth + 1)


def _operand(value: Value, words: Words) -> str:
    match value:
        case Absence():
            return value.value
        case Period() | Quantity():
            return write_amount(value, words)
        case _:
            return str(value)


def _placeholder(name: str, otherwise: str | None) -> str:
    return (
        f"{{{{ {name} }}}}" if otherwise is None else f'{{{{ {name} | otherwise("{otherwise}") }}}}'
    )
