"""Proves the content by its cases, and tells all that is not proved at once.

Each card has a case that shows it and one that keeps it silent; every line of its rule, variant,
suggestion and note is needed by a case; every sentence has its origin, every number its source.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path

from cds_service.content.cards.card_schema import CardFile
from cds_service.content.files.markdown import read_card_file
from cds_service.content.files.words import raise_all, wrong
from cds_service.content.site.site import Site
from cds_service.core.decide import Outcome, is_offered
from cds_service.core.knowledge import CardDefinition, Knowledge
from cds_service.errors import KnowledgeError
from cds_service.workbench.proof.cases import Case, ExamplePatient, read_patient, with_site_cases
from cds_service.workbench.proof.lines import unproved_lines, unproved_unless
from cds_service.workbench.proof.populations import (
    population_cases,
    population_rules,
    unproved_population,
)
from cds_service.workbench.proof.run import Exhibit, exhibit_cases
from cds_service.workbench.proof.schedule import schedule_cases, unproved_schedule
from cds_service.workbench.proof.second_telling import codes_told_once
from cds_service.workbench.proof.sources import unsourced_numbers
from cds_service.workbench.proof.topics import prove_text_patterns
from cds_service.workbench.proof.tracing import trace_content


def prove_knowledge(knowledge: Knowledge, root: Path, site: Site | None = None) -> str:
    """Run every case and every proof; return what was proved, raise all that was not."""
    patient = read_patient(root, knowledge.facts)
    rules = population_rules(knowledge)
    populations = {
        name: population_cases(rule, name, patient, root, site) for name, rule in rules.items()
    }
    cards = knowledge.cards.values()
    exhibits = {card.id: _exhibits(card, knowledge, patient, root, site) for card in cards}
    dated = schedule_cases(knowledge, root, site)
    raise_all(
        chain(
            *(unproved_population(rules[name], name, of) for name, of in populations.items()),
            *(_unproved_card(c, exhibits[c.id], knowledge, root, site) for c in cards),
            unproved_schedule(knowledge, dated),
            unsourced_numbers(knowledge, root),
            () if site else codes_told_once(root),
        )
    )
    traced = trace_content(knowledge, root, exhibits)
    number = len(dated) + sum(map(len, [*populations.values(), *exhibits.values()]))
    number += prove_text_patterns(knowledge.free_text.patterns, root)
    codes = sum(len(concepts) for concepts in knowledge.value_sets.values())
    return (
        f"{len(knowledge.cards)} cards in {len(knowledge.words)} language(s), {number} cases, "
        f"{len(traced.statements)} statements and {len(traced.sentences)} sentences traced, "
        f"{len(knowledge.value_sets)} value sets with {codes} codes, "
        f"{len(knowledge.free_text.patterns)} text patterns"
    )


def _exhibits(
    card: CardDefinition,
    knowledge: Knowledge,
    patient: ExamplePatient,
    root: Path,
    site: Site | None,
) -> tuple[Exhibit, ...]:
    """Run our cases; a site's case of the same name stands in for one that no longer holds."""
    ours = exhibit_cases(card, knowledge, patient, root, root)
    theirs = exhibit_cases(card, knowledge, patient, site.root, site.above) if site else []
    return with_site_cases(ours, theirs, lambda one: one.case.expected.name, _problems)


def _unproved_card(
    card: CardDefinition,
    exhibits: Sequence[Exhibit],
    knowledge: Knowledge,
    root: Path,
    site: Site | None,
) -> Iterator[KnowledgeError]:
    """Yield what is wrong with the cases of a card, or else what they leave unproved."""
    cases = [one.case for one in exhibits]
    failed = [error for one in exhibits for error in _problems(one)]
    failed += () if site else _missing_languages(cases, knowledge)
    yield from failed or _unproved_rule(card, exhibits, root)


def _unproved_rule(
    card: CardDefinition, exhibits: Sequence[Exhibit], root: Path
) -> Iterator[KnowledgeError]:
    file = f"{card.id}/card.md"
    cases, shown = [one.case for one in exhibits], [one for one in exhibits if one.is_shown]
    wanted = (Outcome.SHOWN, Outcome.SILENT) if card.own_lines else (Outcome.SHOWN,)
    for outcome in wanted:
        if not any(case.expected.outcome == outcome.value for case in cases):
            yield KnowledgeError(file, 1, f"no case in which the card is {outcome.value}")
    for variant in sorted(card.indicators.keys() - {one.decision.variant for one in shown}):
        yield KnowledgeError(file, 1, f"no case shows the variant `{variant}`")
    facts = [one.case.facts for one in shown]
    unproved = [*unproved_lines(card, card.own_lines, cases)]
    for order in card.orders:
        if not any(is_offered(order.unless, each) for each in facts):
            yield KnowledgeError(file, 1, f"no case offers the suggestion `{order.id}`")
        unproved += unproved_unless(order, facts)
    yield from (KnowledgeError(file, line.line_number, words) for line, words in unproved)
    yield from _unproved_data_notes(card, cases, root)


def _problems(exhibit: Exhibit) -> Iterator[KnowledgeError]:
    """Yield what comes out otherwise than a case expects."""
    case, expected, decision = exhibit.case, exhibit.case.expected, exhibit.decision
    if decision.outcome.value != expected.outcome:
        yield case.error(f"expects {expected.outcome}, the card is {decision.outcome.value}")
        return
    if expected.variant is not None and decision.variant != expected.variant:
        yield case.error(f"expects variant {expected.variant}, it is {decision.variant}")
    if expected.offered is not None and list(exhibit.offered) != expected.offered:
        yield case.error(f"offered are: {', '.join(exhibit.offered) or 'none'}")
    if not exhibit.is_shown and (expected.summary or expected.findings or expected.notes):
        yield case.error("a card that is not shown has no summary, findings or notes")
        return
    for language, summary in (expected.summary or {}).items():
        card = exhibit.cards.get(language)
        if card is None:
            yield case.error(f"there is no language `{language}`")
        elif card.summary != summary:
            yield case.error(f"the summary reads: {card.summary}")
    yield from _otherwise(case, "findings", expected.findings, exhibit.findings)
    yield from _otherwise(case, "notes", expected.notes, exhibit.notes)


def _otherwise(
    case: Case, what: str, expected: list[str] | None, said: Mapping[str, tuple[str, ...]]
) -> Iterator[KnowledgeError]:
    for language, names in said.items():
        if expected is not None and set(names) != set(expected):
            yield case.error(f"the {what} in `{language}` are: {', '.join(names) or 'none'}")


def _missing_languages(cases: Sequence[Case], knowledge: Knowledge) -> Iterator[KnowledgeError]:
    """A case that gives the summary gives it in every language of ours."""
    for case in cases:
        summary = case.expected.summary
        for language in sorted(knowledge.words.keys() - (summary or knowledge.words).keys()):
            yield wrong(summary, f"`{language}` is missing")


def _unproved_data_notes(
    card: CardDefinition, cases: Sequence[Case], root: Path
) -> Iterator[KnowledgeError]:
    document, _ = read_card_file(root / card.id / "card.md", root)
    asked = {line.fact for line in card.when.lines}
    said = [(*(one.expected.findings or ()), *(one.expected.notes or ())) for one in cases]
    noted = {name.split()[0] for names in said for name in names}
    for i, name in enumerate(document.read_as(CardFile).data_notes):
        words = f"no case has a finding or note on `{name}`"
        if name in asked:
            words = f"`{name}` is in `when`, so its notes are shown already"
        if name in asked or name not in noted:
            yield document.error(f"$.dataNotes[{i}]", words)
