"""The rule of a card as a list in Markdown."""

from cds_service.core.knowledge import CardDefinition, Knowledge, Words
from cds_service.core.rule_words import list_items, rule_line, rule_list
from cds_service.core.wording import write_amount
from cds_service.workbench.review_pages.markdown import table


def rules_of(card: CardDefinition, words: Words) -> list[str]:
    """Return the `when` as a nested list, then each suggestion with what keeps it back."""
    lines = ["Shown for a hip where this holds:", ""]
    lines += rule_list(card.when, words)
    for order in card.orders:
        lines += ["", f"Offers `{order.id}`{', unless:' if order.unless else '.'}", ""]
        lines += [item for line in order.unless for item in list_items(rule_line(line, words))]
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
