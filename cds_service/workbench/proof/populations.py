"""Proves each population once, by cases of its own, for all cards that are about it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from cds_service.content.cards.populations import POPULATIONS
from cds_service.content.site.site import Site
from cds_service.core.decide import decide
from cds_service.core.knowledge import CardDefinition, Knowledge
from cds_service.errors import KnowledgeError
from cds_service.workbench.proof.cases import Case, ExamplePatient, with_site_cases
from cds_service.workbench.proof.lines import unproved_lines


def population_rules(knowledge: Knowledge) -> dict[str, CardDefinition]:
    """Return, by population, a card that is shown to all of it."""
    return {
        card.population.id: replace(card, when=card.population.when, variant_fact=None)
        for card in knowledge.cards.values()
        if card.population
    }


def population_cases(
    rule: CardDefinition, name: str, patient: ExamplePatient, root: Path, site: Site | None
) -> tuple[Case, ...]:
    """Return the cases of a population, a site's in the place of ours that no longer hold."""
    asked = frozenset(line.fact for line in rule.when.lines)
    ours = patient.read_cases([root / "cases" / f"{name}.yaml"], root, asked)
    theirs = []
    if site and (path := site.root / "cases" / f"{name}.yaml").exists():
        theirs = patient.read_cases([path], site.above, asked)
    return with_site_cases(
        ours, theirs, lambda case: case.expected.name, lambda case: _problems(rule, case)
    )


def unproved_population(
    rule: CardDefinition, name: str, cases: tuple[Case, ...]
) -> Iterator[KnowledgeError]:
    """Yield what is wrong with the cases of a population, then what they leave unproved."""
    failed = [error for case in cases for error in _problems(rule, case)]
    yield from failed
    for outcome in {"shown", "silent"} - {case.expected.outcome for case in cases}:
        yield KnowledgeError(POPULATIONS, 1, f"no case in which `{name}` is {outcome}")
    for line, words in () if failed else unproved_lines(rule, rule.when.lines, cases):
        yield KnowledgeError(POPULATIONS, line.line_number, words)


def _problems(rule: CardDefinition, case: Case) -> Iterator[KnowledgeError]:
    outcome = decide(rule, case.facts).outcome.value
    if outcome != case.expected.outcome:
        yield case.error(f"expects {case.expected.outcome}, it is {outcome}")
