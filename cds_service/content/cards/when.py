"""The rule of a card or a population -> lines, checked against the facts and numbers there are."""

from collections.abc import Iterator
from functools import partial

from cds_service.content.cards.card_schema import InnerNode, LineNode, WhenNode
from cds_service.content.files.templates import Names
from cds_service.content.files.words import each, wrong
from cds_service.core.knowledge import FactDeclaration, FactKind, Group, Joint, Line
from cds_service.core.values import NEVER, Quantity, Value

JOINTS: tuple[Joint, ...] = ("all", "any", "none")


def read_when(node: WhenNode, names: Names) -> Group:
    """Return a whole rule: a group of lines, of groups, or of both."""
    groups = each(partial(_group, names), list(_joined(node)))
    return groups[0] if len(groups) == 1 else Group("all", tuple(groups))


def read_unless(node: LineNode, names: Names) -> Line:
    """Return a line that keeps a suggestion back; it does so only when it is surely true."""
    if node.if_unknown:
        raise wrong(node, "`ifUnknown` means nothing here")
    return read_line(node, names)


def read_line(node: LineNode, names: Names) -> Line:
    """Return one line: a fact, one operator, and operands that suit the fact."""
    fact = names.facts.get(node.fact)
    if fact is None:
        raise wrong(node.fact, f"`{node.fact}` is not in facts.yaml")
    if node.if_unknown and "unknown" not in fact.may_be:
        raise wrong(node, f"`{fact.name}` is never unknown: drop `ifUnknown`")
    ((operator, written),) = node.operands.items()
    answers = (written,) if isinstance(written, str) else written
    return Line(
        fact=fact.name,
        operator=operator,
        operands=tuple(
            _answer(fact, word) if operator == "is" else _amount(fact, word, names)
            for word in answers
        ),
        shows_when_unknown=node.if_unknown is not None,
        line_number=wrong(node, "").line,
        parameter=None if operator == "is" else answers[0],
    )


def _joined(node: WhenNode | InnerNode) -> Iterator[tuple[Joint, tuple[LineNode, ...]]]:
    for joint in JOINTS:
        if members := getattr(node, joint):
            yield joint, members


def _group(names: Names, joined: tuple[Joint, tuple[LineNode, ...]]) -> Group:
    joint, nodes = joined
    return Group(joint, tuple(each(partial(_member, names, joint), nodes)))


def _member(names: Names, above: Joint, node: LineNode) -> Line | Group:
    if not isinstance(node, InnerNode) or node.fact:
        return read_line(node, names)
    (inner,) = _joined(node)
    for line in inner[1]:
        if line.if_unknown and above == "none":
            words = "`ifUnknown` has no meaning in a group under `none`"
            raise wrong(line, words)
    return _group(names, inner)


def _answer(fact: FactDeclaration, word: str) -> Value:
    if word in fact.choices:
        return word
    if word == "never" and "never" in fact.may_be:
        return NEVER
    answers = ", ".join([*fact.choices, *sorted(fact.may_be - {"unknown"})])
    words = f"`{word}` is not an answer of `{fact.name}`; its answers are: {answers}"
    raise wrong(word, words)


def _amount(fact: FactDeclaration, word: str, names: Names) -> Value:
    parameter = names.parameters.get(word)
    if parameter is None:
        raise wrong(word, f"`{word}` is not a parameter")
    value = parameter.value
    if isinstance(value, Quantity) and value.unit == fact.unit and fact.kind is FactKind.QUANTITY:
        return value
    raise wrong(word, f"`{fact.name}` and `{word}` cannot be compared")
