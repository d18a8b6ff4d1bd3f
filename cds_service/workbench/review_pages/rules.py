"""The rule of a card as a list in Markdown; refuses to know its texts."""

from collections.abc import Iterator

from cds_service.core.knowledge import CardDefinition, Knowledge, Words
from cds_service.core.rule_words import RuleGroup, RuleLine, rule_groups, rule_line
from cds_service.core.wording import write_amount
from cds_service.workbench.review_pages.markdown import table


def rule_list(card: CardDefinition, words: Words) -> list[str]:
    """Return the `when` as a nested list, then each suggestion with what keeps it back."""
    lines = ["Shown for a hip where this holds:", ""]
    lines += [line for group in rule_groups(card.when, words) for line in _member(group, 0)]
    for order in card.orders:
        lines += ["", f"Offers `{order.id}`{', unless:' if order.unless else '.'}", ""]
        lines += [line for unless in order.unless for line in _member(rule_line(unless, words), 0)]
    return [*lines, ""]


def numbers_of(card: CardDefinition, knowledge: Knowledge, words: Words) -> list[str]:
    """Return the parameters that the rule or the texts of a card use, each with its origin."""
    rows = [
        (f"`{name}`", write_amount(number.value, words), number.meaning, f"`{number.evidence}`")
        for name, number in knowledge.parameters.items()
        if name in card.numbers
    ]
    return ["Numbers:", "", *table(("name", "value", "meaning", "origin"), rows)] if rows else []


def facts_asked(cards: tuple[CardDefinition, ...]) -> set[str]:
    """Return the facts that the rules of cards ask for."""
    return {line.fact for card in cards for line in card.lines}


def _member(member: RuleGroup | RuleLine, depth: int) -> Iterator[str]:
    indent = "  " * depth
    if isinstance(member, RuleGroup):
        yield f"{indent}- {member.words}:"
        for inner in member.members:
            yield from _member(inner, depth + 1)
    else:
        open_end = "; where this is not known, the card is shown and says so"
        yield f"{indent}- {member.words} (`{member.fact}`){open_end * member.shown_when_unknown}"
