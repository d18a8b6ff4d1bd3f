"""The rule of a card in words; refuses to know its texts."""

from collections.abc import Iterator

from cds_service.core.decide import lines_of
from cds_service.core.knowledge import CardDefinition, Group, Knowledge, Line, Words
from cds_service.core.values import Absence, Period, Quantity, Value
from cds_service.core.wording import write_amount
from cds_service.documents.markdown import table

_JOINTS = {"all": "all of these:", "any": "at least one of these:", "none": "none of these:"}
_OPERATORS = {"is": "is", "atLeast": "is at least", "below": "is below"}


def rule_in_words(card: CardDefinition, words: Words) -> list[str]:
    """Return the `when` as a nested list, then each suggestion with what keeps it back."""
    lines = [f"Shown for a hip when there holds {_JOINTS[card.when.joined_by]}", ""]
    lines += [*_members(card.when, words, 0), ""]
    for order in card.orders:
        unless = "; ".join(_line(line, words) for line in order.unless)
        lines += [f"Offers `{order.id}`{f', unless {unless}' if unless else ''}.", ""]
    return lines


def numbers_of(card: CardDefinition, knowledge: Knowledge, words: Words) -> list[str]:
    """Return the parameters that the rule or the texts of a card use, each with its origin."""
    asked = {line.label.split()[-1] for line in lines_of(card.when)}
    written = {name for text in card.texts.values() for name in text.parameters}
    rows = [
        (f"`{name}`", write_amount(number.value, words), number.meaning, f"`{number.evidence}`")
        for name, number in knowledge.parameters.items()
        if name in asked | written
    ]
    return ["Numbers:", "", *table(("name", "value", "meaning", "origin"), rows)] if rows else []


def facts_asked(cards: tuple[CardDefinition, ...]) -> set[str]:
    """Return the facts that the rules of cards ask for."""
    return {line.fact for card in cards for line in lines_of(card.when)} | {
        line.fact for card in cards for order in card.orders for line in order.unless
    }


def _members(group: Group, words: Words, depth: int) -> Iterator[str]:
    indent = "  " * depth
    for member in group.members:
        if isinstance(member, Group):
            yield f"{indent}- {_JOINTS[member.joined_by]}"
            yield from _members(member, words, depth + 1)
        else:
            open_end = "; if not known, the card is shown and says so"
            yield f"{indent}- {_line(member, words)}{open_end * member.shows_when_unknown}"


def _line(line: Line, words: Words) -> str:
    answers = [_answer(value, words) for value in line.operands]
    listed = " or ".join(filter(None, [", ".join(answers[:-1]), answers[-1]]))
    number = "" if line.operator == "is" else f" (`{line.label.split()[-1]}`)"
    return f"`{line.fact}` {_OPERATORS[line.operator]} {listed}{number}"


def _answer(value: Value, words: Words) -> str:
    if isinstance(value, Quantity | Period):
        return write_amount(value, words)
    return value.value if isinstance(value, Absence) else str(value)
