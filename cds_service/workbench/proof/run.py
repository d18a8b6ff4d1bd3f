"""Runs the cases of cards and populations, and compares what comes out with what they expect."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from cds_service.content.cards.populations import POPULATIONS
from cds_service.content.files.strict_yaml import read_yaml
from cds_service.content.files.words import each, part, wrong
from cds_service.core.decide import Decision, Outcome, Truths, decide
from cds_service.core.hip.chart import Facts
from cds_service.core.knowledge import CardDefinition, Knowledge, Population
from cds_service.core.record import Side
from cds_service.core.render import HookCall, Shown, Written, render_cards
from cds_service.core.wording import fill
from cds_service.errors import KnowledgeError
from cds_service.hooks import Card
from cds_service.workbench.proof.cases import (
    PATIENT,
    Given,
    Problems,
    facts_of,
    read_cases,
    read_facts,
)
from cds_service.workbench.proof.schema import CaseFile, CasesFile, PatientFile

EXAMPLE_HIP = Side.RIGHT
EXAMPLE_BASE = "https://cds.example.org"


@dataclass(frozen=True, slots=True)
class Rule:
    """What cases prove: a card, or a population as a card without words that is shown to all of it.

    `name` is how errors call it, `file` where it stands, `cases` a pattern of its case files.
    """

    card: CardDefinition
    name: str
    file: str
    cases: str
    population: Population | None = None


@dataclass(frozen=True)
class Case:
    """A case with its facts, and what comes of it; `given` is what its whole file has otherwise."""

    rule: Rule
    knowledge: Knowledge
    given: Given
    expected: CaseFile
    facts: Facts

    @property
    def name(self) -> str:
        """Its name, as its file has it."""
        return self.expected.name

    @property
    def card(self) -> CardDefinition:
        """The card, or the population as one."""
        return self.rule.card

    @cached_property
    def decision(self) -> Decision:
        """What is decided."""
        return decide(self.card, Truths(self.facts))

    @property
    def is_shown(self) -> bool:
        """Whether the card is shown."""
        return self.decision.outcome is Outcome.SHOWN

    @cached_property
    def cards(self) -> Mapping[str, Card]:
        """The card by language; empty unless it is shown."""
        if not self.is_shown:
            return {}
        shown = Shown(self.card, EXAMPLE_HIP, self.facts, self.decision)
        calls = [HookCall("example", "example", name, EXAMPLE_BASE) for name in self.card.texts]
        return {call.language: render_cards([shown], self.knowledge, call)[0] for call in calls}

    def problems(self) -> Problems:
        """Yield what comes out otherwise than the case expects."""
        expected, decision = self.expected, self.decision
        if decision.outcome.value != expected.outcome:
            yield self._wrong(f"expects {expected.outcome}, {self.rule.name} is {self._outcome()}")
            return
        if expected.variant not in (None, decision.variant):
            yield self._wrong(f"expects variant {expected.variant}, it is {decision.variant}")
        offered = [order.id for order in decision.orders]
        if expected.offered not in (None, offered):
            yield self._wrong(f"offered are: {', '.join(offered) or 'none'}")
        if not self.is_shown and (expected.summary or expected.findings or expected.notes):
            yield self._wrong("a card that is not shown has no summary, findings or notes")
            return
        for language in expected.summary or ():
            if language not in self.cards:
                yield self._wrong(f"there is no language `{language}`")
        for language, card in self.cards.items():
            yield from self._problems_of_words(language, card)

    def _problems_of_words(self, language: str, card: Card) -> Problems:
        """Yield what the card says otherwise in a language; notes are named `fact answer`."""
        expected, text = self.expected, self.card.texts[language]
        words = self.knowledge.words[language]
        if card.summary != (expected.summary or {}).get(language, card.summary):
            yield self._wrong(f"the summary reads: {card.summary}")
        written = Written(self.facts, frozenset({EXAMPLE_HIP}), words)
        lines = {line.removeprefix("- ") for line in (card.detail or "").splitlines()}
        variant = self.decision.variant
        for what, names, sentences in (
            ("findings", expected.findings, text.findings[variant]),
            ("notes", expected.notes, text.notes[variant]),
        ):
            if names is not None:
                filled = {" ".join(key): fill(one, written) for key, one in sentences.items()}
                said = [name for name, sentence in filled.items() if sentence in lines]
                if {*names} != {*said}:
                    listed = ", ".join(said) or "none"
                    yield self._wrong(f"the {what} in `{language}` are: {listed}")

    def _outcome(self) -> str:
        """Say what was decided; of a card that is withheld, which facts leave it open."""
        outcome, unknown = self.decision.outcome, ", ".join(self.decision.unsettled)
        return f"withheld (unknown: {unknown})" if outcome is Outcome.WITHHELD else outcome.value

    def _wrong(self, words: str) -> KnowledgeError:
        return wrong(self.expected, f"`{self.name}`: {words}")


Cases = tuple[Case, ...]


@dataclass(frozen=True)
class Content:
    """The content as it was read from our folder and a hospital's own, with its cases."""

    knowledge: Knowledge
    root: Path
    site: Path | None = None

    @part
    def patient(self) -> Given:
        """The facts of the example patient, with whom every case begins."""
        given = read_yaml(self.root / PATIENT, self.root, PatientFile).facts
        read_facts(given, self.knowledge.facts)
        return given

    @part
    def rules(self) -> list[tuple[Rule, Cases]]:
        """Every population, then every card, with its cases."""
        rules = (*population_rules(self.knowledge), *map(card_rule, self.knowledge.cards.values()))
        return each(lambda rule: (rule, self.cases_of(rule)), rules)

    @property
    def cards(self) -> dict[str, Cases]:
        """The cases of every card, by its id."""
        return {rule.card.id: cases for rule, cases in self.rules if not rule.population}

    def cases_of(self, rule: Rule) -> Cases:
        """Return all cases of a rule, a site's in the place of ours that no longer hold."""

        def read(path: Path, above: Path) -> list[Case]:
            content = read_yaml(path, above, CasesFile)
            given, declared, asked = content.given, self.knowledge.facts, rule.card.facts

            def case(item: CaseFile) -> Case:
                facts = facts_of(item, {**self.patient, **given}, declared, asked)
                return Case(rule, self.knowledge, given, item, facts)

            return each(case, content.cases)

        return read_cases((self.root, self.site), rule.cases, read)


def card_rule(card: CardDefinition) -> Rule:
    """Return a card as what its cases prove."""
    return Rule(card, "the card", f"{card.id}/card.md", f"{card.id}/cases/*.yaml")


def population_rules(knowledge: Knowledge) -> list[Rule]:
    """Return each population as a card that is shown to all of it."""
    cards = {card.population.id: card for card in knowledge.cards.values() if card.population}
    return [_population_rule(card, card.population) for card in cards.values() if card.population]


def _population_rule(card: CardDefinition, population: Population) -> Rule:
    bare = replace(
        card,
        when=population.when,
        variant_fact=None,
        indicators={"": "info"},
        noted_facts=(),
        orders=(),
        texts={},
        population=None,
    )
    name = population.id
    return Rule(bare, f"`{name}`", POPULATIONS, f"cases/{name}.yaml", population)
