"""docs/cards.md: every card and every case as it would be shown, for a clinician to read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from cds_service.content.cards.cards import SOURCE_LANGUAGE
from cds_service.core.knowledge import CardDefinition, Knowledge
from cds_service.hooks import Card
from cds_service.workbench.proof.cases import Case, read_patient
from cds_service.workbench.proof.populations import population_cases, population_rules
from cds_service.workbench.proof.run import Exhibit, Exhibits
from cds_service.workbench.proof.schedule import DatedCase, schedule_cases, written
from cds_service.workbench.review_pages.markdown import NOTICE, code, quotation, table
from cds_service.workbench.review_pages.rules import facts_asked, numbers_of, rules_of

_INTRODUCTION = (
    "Each case changes a few facts of the example patient; the example hip is the right one. A "
    "population is proved by its own cases, which stand first. Cases that read the same stand "
    "together; a table below each card names the lines in which other cases differ from it."
)


def cards_page(knowledge: Knowledge, root: Path, exhibits: Exhibits) -> str:
    """Return the page, with the cards in their order of priority, in every language."""
    cards = tuple(sorted(knowledge.cards.values(), key=lambda card: card.priority))
    lines = ["# The cards and their cases", "", NOTICE, "", _INTRODUCTION, ""]
    lines += ["## The example patient", "", *_populations(knowledge, root)]
    for card in cards:
        lines += card_section(card, knowledge, exhibits[card.id])
    lines += ["## The review schedule", "", *_schedule(knowledge, root)]
    lines += ["## The facts", "", *_facts(knowledge, facts_asked(cards))]
    return "\n".join(lines)


def card_section(
    card: CardDefinition, knowledge: Knowledge, exhibits: Sequence[Exhibit]
) -> list[str]:
    """Return a card as its reviewer reads it: rule, numbers, and each case as it would be shown."""
    words = knowledge.words[SOURCE_LANGUAGE]
    titles = " / ".join(card.texts[language].title for language in _languages(knowledge))
    services = [service.id for service in knowledge.services.values() if card.id in service.cards]
    reviewers = ", ".join(card.approval.reviewers) or "nobody"
    return [
        *(f"## {card.id}: {titles}", ""),
        f"Version {card.version}, {card.status}; signed by {reviewers}. In {code(services)}.",
        "",
        *rules_of(card, words),
        *numbers_of(card, knowledge, words),
        *_patient(exhibits[0]),
        *_not_shown(exhibits),
        *(line for variant in card.indicators for line in _variant(variant, exhibits, knowledge)),
    ]


def _populations(knowledge: Knowledge, root: Path) -> list[str]:
    patient = read_patient(root, knowledge.facts)
    lines = [f"{_facts_given(patient.given)}.", ""]
    for name, rule in population_rules(knowledge).items():
        meaning = rule.population.meaning if rule.population else ""
        lines += [f"## Population {name}", "", meaning, ""]
        lines += rules_of(replace(rule, orders=()), knowledge.words[SOURCE_LANGUAGE])
        lines += _table(population_cases(rule, name, patient, root, None))
    return lines


def _patient(exhibit: Exhibit) -> list[str]:
    given = exhibit.case.given
    but = f", but {_facts_given(given)}" if given else ""
    return [f"The patient of the cases: the example patient{but}.", ""]


def _facts_given(given: Mapping[str, str]) -> str:
    return ", ".join(f"`{name}` {value}" for name, value in given.items())


def _not_shown(exhibits: Sequence[Exhibit]) -> list[str]:
    cases = [exhibit.case for exhibit in exhibits if not exhibit.is_shown]
    return ["### Not shown", "", *_table(cases)] if cases else []


def _table(cases: Iterable[Case]) -> list[str]:
    rows = [(one.expected.outcome, one.expected.name, _differing(one)) for one in cases]
    return table(("outcome", "case", "facts that differ"), rows)


def _variant(variant: str, exhibits: Sequence[Exhibit], knowledge: Knowledge) -> list[str]:
    first, *others = _alike(variant, exhibits)
    lines = [f"### Shown{f': {variant}' if variant else ''}", ""]
    lines += [*(f"- {one.case.expected.name} ({_differing(one.case)})" for one in first), ""]
    for language in _languages(knowledge):
        label = [f"In `{language}`:", ""] if len(knowledge.words) > 1 else []
        lines += label + quotation(_read(first[0].cards[language]))
    rows = [_differences(group, first[0], knowledge) for group in others]
    return lines + (table(("the same, but where", "it says", "and not"), rows) if rows else [])


def _alike(variant: str, exhibits: Sequence[Exhibit]) -> list[list[Exhibit]]:
    """Return the cases that show a variant; those whose cards read the same stand together."""
    groups: dict[object, list[Exhibit]] = {}
    for exhibit in exhibits:
        if exhibit.is_shown and exhibit.decision.variant == variant:
            key = tuple(_read(card) for card in exhibit.cards.values())
            groups.setdefault(key, []).append(exhibit)
    return list(groups.values())


def _differences(
    group: Sequence[Exhibit], first: Exhibit, knowledge: Knowledge
) -> tuple[str, str, str]:
    more, less = [], []
    for language in _languages(knowledge):
        new, old = (_read(one.cards[language]).splitlines() for one in (group[0], first))
        more += [line.removeprefix("- ") for line in new if line not in old]
        less += [line.removeprefix("- ") for line in old if line not in new]
    cases = [f"{one.case.expected.name} ({_differing(one.case)})" for one in group]
    return "; ".join(cases), "<br>".join(more), "<br>".join(less)


def _read(card: Card) -> str:
    """Return what a user reads of a card, top to bottom."""
    offers = [
        f"*Suggestion:* {suggestion.label}. {action.description}"
        for suggestion in card.suggestions
        for action in suggestion.actions
    ]
    parts = [f"**{card.summary}** ({card.indicator})", card.detail or "", *offers]
    return "\n\n".join([*parts, f"*Source:* {card.source.label}"])


def _differing(case: Case) -> str:
    return _facts_given(case.expected.facts) or "nothing differs"


def _languages(knowledge: Knowledge) -> list[str]:
    return [SOURCE_LANGUAGE, *sorted(knowledge.words.keys() - {SOURCE_LANGUAGE})]


def _schedule(knowledge: Knowledge, root: Path) -> list[str]:
    rows = [
        (one.expected.name, *map(written, (one.baseline, one.last, one.today)), *_expected(one))
        for one in schedule_cases(knowledge, root, None)
    ]
    return table(("case", "baseline", "last study", "today", "status", "due"), rows)


def _expected(case: DatedCase) -> tuple[str, str]:
    return case.expected.status, written(case.due)


def _facts(knowledge: Knowledge, asked: set[str]) -> list[str]:
    rows: list[tuple[str, str, str]] = [
        (f"`{fact.name}`", fact.meaning, fact.absence)
        for fact in knowledge.facts.values()
        if fact.name in asked
    ]
    return table(("fact", "meaning", "where nothing is found"), rows)
