"""Templates, numbers and rules as the content files write them."""

from cds_service.core.knowledge import Group, Line, ParameterValue, Template
from cds_service.core.values import Quantity


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


def as_expression(member: Group | Line) -> str:
    """Return a `when` as one line: `all(fact is a or b, none(fact below limit))`."""
    if isinstance(member, Line):
        return f"{member.label} [ifUnknown: show]" if member.shows_when_unknown else member.label
    return f"{member.joined_by}({', '.join(as_expression(inner) for inner in member.members)})"


def _placeholder(name: str, otherwise: str | None) -> str:
    return (
        f"{{{{ {name} }}}}" if otherwise is None else f'{{{{ {name} | otherwise("{otherwise}") }}}}'
    )
