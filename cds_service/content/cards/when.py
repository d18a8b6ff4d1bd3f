"""The `when` of a card -> a checked tree of lines; refuses to evaluate anything."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from cds_service.content.cards.card_schema import WhenNode
from cds_service.content.files.source import Document
from cds_service.core.knowledge import FactDeclaration, FactKind, Group, Line, Operator, Parameter
from cds_service.core.values import NEVER, Quantity, Value

MOST_LEVELS = 2
JOINS: tuple[Literal["all", "any", "none"], ...] = ("all", "any", "none")


@dataclass(frozen=True, slots=True)
class WhenReader:
    """Reads the lines of one file against the declared facts and parameters."""

    document: Document
    facts: Mapping[str, FactDeclaration]
    parameters: Mapping[str, Parameter]

    def read_when(self, node: WhenNode, place: str) -> Group:
        """Read a whole `when`; its top is a group, its groups hold lines or one more level."""
        if node.fact is not None:
            raise self.document.error(place, "`when` begins with `all`, `any` or `none`")
        return self._read_group(node, place, level=1)

    def read_unless(self, node: WhenNode, place: str) -> Line:
        """Read a line that keeps a suggestion back; it does so only when it is surely true."""
        line = self.read_line(node, place)
        if line.shows_when_unknown:
            raise self.document.error(place, "`ifUnknown` means nothing here")
        return line

    def read_line(self, node: WhenNode, place: str) -> Line:
        """Read one line: a fact, one operator, and operands that suit the fact."""
        if node.fact is None:
            raise self.document.error(place, "a line begins with `fact`")
        if any(getattr(node, joint) is not None for joint in JOINS):
            raise self.document.error(place, "a line has no `all`, `any` or `none`")
        fact = self.facts.get(node.fact)
        if fact is None:
            raise self.document.error(place, f"`{node.fact}` is not in facts.yaml")
        operators: dict[Operator, str | list[str] | None] = {
            "is": node.is_,
            "atLeast": node.at_least,
            "below": node.below,
        }
        given = [(name, operand) for name, operand in operators.items() if operand is not None]
        if len(given) != 1:
            raise self.document.error(place, "a line has exactly one of `is`, `atLeast`, `below`")
        operator, operand = given[0]
        if node.if_unknown and "unknown" not in fact.may_be:
            raise self.document.error(place, f"`{fact.name}` is never unknown: drop `ifUnknown`")
        operands = self._operands(fact, operator, operand, place)
        return Line(
            fact=fact.name,
            operator=operator,
            operands=operands,
            shows_when_unknown=node.if_unknown is not None,
            line_number=self.document.lines[place],
            parameter=None if operator == "is" else str(operand),
        )

    def _read_group(self, node: WhenNode, place: str, level: int) -> Group:
        if level > MOST_LEVELS:
            raise self.document.error(place, "groups may be two levels deep, not more")
        if node.if_unknown or any((node.is_, node.at_least, node.below)):
            raise self.document.error(place, "a group has no operator and no `ifUnknown`")
        groups = [
            Group(joint, self._members(members, f"{place}.{joint}", level))
            for joint in JOINS
            if (members := getattr(node, joint)) is not None
        ]
        if not groups:
            raise self.document.error(place, "`all`, `any` or `none` is missing")
        if len(groups) == 1:
            return groups[0]
        if level > 1:
            raise self.document.error(place, "an inner group has one of `all`, `any`, `none`")
        return Group("all", tuple(groups))

    def _members(self, nodes: list[WhenNode], place: str, level: int) -> tuple[Line | Group, ...]:
        if not nodes:
            raise self.document.error(place, "this group is empty")
        return tuple(
            self.read_line(node, f"{place}[{i}]")
            if node.fact is not None
            else self._read_inner(node, f"{place}[{i}]", level + 1)
            for i, node in enumerate(nodes)
        )

    def _read_inner(self, node: WhenNode, place: str, level: int) -> Group:
        group = self._read_group(node, place, level)
        is_negated = ".none[" in place
        if is_negated and any(line.shows_when_unknown for line in group.lines):
            raise self.document.error(place, "`ifUnknown` has no meaning in a group under `none`")
        return group

    def _operands(
        self,
        fact: FactDeclaration,
        operator: Operator,
        operand: str | list[str] | None,
        place: str,
    ) -> tuple[Value, ...]:
        words = operand if isinstance(operand, list) else [str(operand)]
        if not words:
            raise self.document.error(place, "the list of answers is empty")
        if operator == "is":
            return tuple(self._choice(fact, word, place) for word in words)
        parameter = self.parameters.get(words[0])
        if parameter is None:
            raise self.document.error(place, f"`{words[0]}` is not a parameter")
        is_amount = isinstance(parameter.value, Quantity) and parameter.value.unit == fact.unit
        if fact.kind is not FactKind.QUANTITY or not is_amount:
            raise self.document.error(
                place, f"`{fact.name}` and `{parameter.name}` cannot be compared"
            )
        return (parameter.value,)

    def _choice(self, fact: FactDeclaration, word: str, place: str) -> Value:
        if word in fact.choices:
            return word
        if word == "never" and "never" in fact.may_be:
            return NEVER
        answers = ", ".join([*fact.choices, *sorted(fact.may_be - {"unknown"})])
        raise self.document.error(
            place, f"`{word}` is not an answer of `{fact.name}`; its answers are: {answers}"
        )
