"""docs/cards.md: every card and every case as it would be shown, for a clinician to read."""

from collections.abc import Iterable, Mapping
from statistics import median

from cds_service.content.cards.lengths import lengths
from cds_service.content.files.templates import Names
from cds_service.content.languages import SOURCE_LANGUAGE
from cds_service.core.knowledge import CardDefinition, FactDeclaration, Knowledge
from cds_service.core.rule_words import list_items, rule_line, rule_list
from cds_service.core.wording import write_amount
from cds_service.hooks import Card
from cds_service.workbench.proof.run import Case, Cases, Content
from cds_service.workbench.proof.schedule import schedule_cases, written
from cds_service.workbench.review_pages.markdown import NOTICE, code, quotation, table

_INTRODUCTION = (
    "Each case changes a few facts of the example patient; the example hip is the right one. A "
    "population is proved by its own cases, which stand first. Cases that read the same stand "
    "together; a table below each card names the lines in which other cases differ from it."
)

_COUNTED = (
    "The words that a card can have for a patient without gaps, and the characters of its summary, "
    "whatever is filled in. In Chinese, where no spaces part the words, each character is one. "
    "What may void the card, and what could not be checked, comes on top. The limits stand in "
    "`services.yaml`."
)


def cards_page(content: Content) -> str:
    """Return the page, with the cards in their order of priority, in every language."""
    knowledge = content.knowledge
    cards = sorted(knowledge.cards.values(), key=lambda card: card.priority)
    asked = {line.fact for card in cards for line in card.lines}
    lines = ["# The cards and their cases", "", NOTICE, "", _INTRODUCTION, ""]
    lines += ["## The example patient", "", f"{_facts_given(content.patient)}.", ""]
    for rule, cases in content.rules:
        if rule.population:
            lines += [f"## Population {rule.population.id}", "", rule.population.meaning, ""]
            lines += [*_rule(rule.card, knowledge), *_table(cases)]
    lines += ["## How long they are", "", *_lengths(knowledge)]
    for card in cards:
        lines += card_section(card, knowledge, content.cards[card.id])
    lines += ["## The review schedule", "", *_schedule(content)]
    facts = (fact for fact in knowledge.facts.values() if fact.name in asked)
    return "\n".join([*lines, "## The facts", "", *facts_table(facts)])


def card_section(card: CardDefinition, knowledge: Knowledge, cases: Cases) -> list[str]:
    """Return a card as its reviewer reads it: rule, numbers, and each case as it would be shown."""
    titles = " / ".join(card.texts[language].title for language in _languages(knowledge))
    services = [service.id for service in knowledge.services.values() if card.id in service.cards]
    reviewers = ", ".join(card.approval.reviewers) or "nobody"
    but = f", but {_facts_given(cases[0].given)}" if cases[0].given else ""
    silent = [case for case in cases if not case.is_shown]
    return [
        *(f"## {card.id}: {titles}", ""),
        f"Version {card.version}, {card.status}; signed by {reviewers}. In {code(services)}.",
        "",
        *_rule(card, knowledge),
        *_numbers(card, knowledge),
        *(f"The patient of the cases: the example patient{but}.", ""),
        *(["### Not shown", "", *_table(silent)] if silent else []),
        *(line for variant in card.indicators for line in _variant(variant, cases, knowledge)),
    ]


def _lengths(knowledge: Knowledge) -> list[str]:
    """Return what each variant can reach in each language, with the medians and the most."""
    names = Names(knowledge.facts, knowledge.parameters)
    found = [
        one
        for card in knowledge.cards.values()
        for one in lengths(card.id, card.texts, names, knowledge.words)
    ]
    rows: list[tuple[str, ...]] = [
        (one.card, one.variant, one.language, str(one.words), str(one.characters)) for one in found
    ]
    for language in _languages(knowledge):
        of = [one for one in found if one.language == language]
        words, characters = [one.words for one in of], [one.characters for one in of]
        for name, measure in (("the median", median), ("the most", max)):
            reached = (f"{measure(numbers):g}" for numbers in (words, characters))
            rows.append((f"**{name}**", "", language, *reached))
    return [_COUNTED, "", *table(("card", "variant", "language", "words", "summary"), rows)]


def facts_table(facts: Iterable[FactDeclaration]) -> list[str]:
    """Return what facts mean, and what is taken where nothing is found."""
    rows = ((f"`{fact.name}`", fact.meaning, fact.absence) for fact in facts)
    return table(("fact", "meaning", "where nothing is found"), rows)


def _rule(card: CardDefinition, knowledge: Knowledge) -> list[str]:
    """Return the `when` as a nested list, then each suggestion with what keeps it back."""
    words = knowledge.words[SOURCE_LANGUAGE]
    lines = ["Shown for a hip where this holds:", "", *rule_list(card.when, words)]
    for order in card.orders:
        lines += ["", f"Offers `{order.id}`{', unless:' if order.unless else '.'}", ""]
        lines += [item for line in order.unless for item in list_items(rule_line(line, words))]
    return [*lines, ""]


def _numbers(card: CardDefinition, knowledge: Knowledge) -> list[str]:
    """Return the parameters that the rule or the texts of a card use, each with its origin."""
    words = knowledge.words[SOURCE_LANGUAGE]
    rows = [
        (f"`{name}`", write_amount(number.value, words), number.meaning, f"`{number.evidence}`")
        for name, number in knowledge.parameters.items()
        if name in card.numbers
    ]
    return ["Numbers:", "", *table(("name", "value", "meaning", "origin"), rows)] if rows else []


def _facts_given(given: Mapping[str, str]) -> str:
    return ", ".join(f"`{name}` {value}" for name, value in given.items())


def _table(cases: Iterable[Case]) -> list[str]:
    rows = [(case.expected.outcome, case.name, _differing(case)) for case in cases]
    return table(("outcome", "case", "facts that differ"), rows)


def _variant(variant: str, cases: Cases, knowledge: Knowledge) -> list[str]:
    """Return the card as the first case shows it, and what differs where it reads otherwise."""
    alike: dict[object, list[Case]] = {}
    for case in cases:
        if case.is_shown and case.decision.variant == variant:
            alike.setdefault(tuple(map(_read, case.cards.values())), []).append(case)
    first, *others = alike.values()
    lines = [f"### Shown{f': {variant}' if variant else ''}", ""]
    lines += [*(f"- {name}" for name in _named(first)), ""]
    for language in _languages(knowledge):
        label = [f"In `{language}`:", ""] if len(knowledge.words) > 1 else []
        lines += label + quotation(_read(first[0].cards[language]))
    rows = [_differences(group, first[0], knowledge) for group in others]
    return lines + (table(("the same, but where", "it says", "and not"), rows) if rows else [])


def _differences(group: list[Case], first: Case, knowledge: Knowledge) -> tuple[str, str, str]:
    more, less = [], []
    for language in _languages(knowledge):
        new, old = (_read(one.cards[language]).splitlines() for one in (group[0], first))
        more += [line.removeprefix("- ") for line in new if line not in old]
        less += [line.removeprefix("- ") for line in old if line not in new]
    return "; ".join(_named(group)), "<br>".join(more), "<br>".join(less)


def _read(card: Card) -> str:
    """Return what a user reads of a card, top to bottom."""
    offers = [
        f"*Suggestion:* {suggestion.label}. {action.description}"
        for suggestion in card.suggestions
        for action in suggestion.actions
    ]
    parts = [f"**{card.summary}** ({card.indicator})", card.detail or "", *offers]
    return "\n\n".join([*parts, f"*Source:* {card.source.label}"])


def _named(cases: Iterable[Case]) -> list[str]:
    return [f"{case.name} ({_differing(case)})" for case in cases]


def _differing(case: Case) -> str:
    return _facts_given(case.expected.facts) or "nothing differs"


def _languages(knowledge: Knowledge) -> list[str]:
    return [SOURCE_LANGUAGE, *sorted(knowledge.words.keys() - {SOURCE_LANGUAGE})]


def _schedule(content: Content) -> list[str]:
    rows = []
    for one in schedule_cases(content):
        baseline, last, today, due = map(written, (one.baseline, one.last, one.today, one.due))
        rows.append((one.name, baseline, last, today, one.expected.status, due))
    return table(("case", "baseline", "last study", "today", "status", "due"), rows)
