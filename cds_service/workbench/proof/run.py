"""Runs every case: its decision, its suggestions, its card in every language."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cds_service.core.decide import Decision, Outcome, decide, is_offered
from cds_service.core.hip.chart import Facts
from cds_service.core.knowledge import CardDefinition, Knowledge, Template
from cds_service.core.record import Side
from cds_service.core.render import HookCall, Shown, render_cards
from cds_service.core.wording import fill, write_fact, write_hips
from cds_service.hooks import Card
from cds_service.workbench.proof.cases import Case, ExamplePatient, read_patient

EXAMPLE_HIP = Side.RIGHT
EXAMPLE_BASE = "https://cds.example.org"


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A case and what comes of it; what goes by language is empty unless the card is shown.

    Findings and notes are named `fact answer`, as in the card file.
    """

    case: Case
    decision: Decision
    offered: tuple[str, ...]
    cards: Mapping[str, Card]
    findings: Mapping[str, tuple[str, ...]]
    notes: Mapping[str, tuple[str, ...]]

    @property
    def is_shown(self) -> bool:
        """Whether the card is shown for the facts of the case."""
        return self.decision.outcome is Outcome.SHOWN


Exhibits = Mapping[str, tuple[Exhibit, ...]]
"""Card id -> its cases, run."""


def exhibit_cases(
    card: CardDefinition, knowledge: Knowledge, patient: ExamplePatient, root: Path, above: Path
) -> list[Exhibit]:
    """Run every case of a card under `root`; file names in errors are relative to `above`."""
    paths = sorted((root / card.id / "cases").glob("*.yaml"))
    cases = patient.read_cases(paths, above, card.facts)
    return [_exhibit(card, case, knowledge) for case in cases]


def exhibit_all(knowledge: Knowledge, root: Path) -> Exhibits:
    """Run every case of every card under `root`."""
    patient = read_patient(root, knowledge.facts)
    return {
        card.id: tuple(exhibit_cases(card, knowledge, patient, root, root))
        for card in knowledge.cards.values()
    }


def _exhibit(card: CardDefinition, case: Case, knowledge: Knowledge) -> Exhibit:
    decision = decide(card, case.facts)
    shown = Shown(card, decision.variant, EXAMPLE_HIP, case.facts, decision.unsettled)
    languages = knowledge.words if decision.outcome is Outcome.SHOWN else ()
    cards = {language: _rendered(shown, knowledge, language) for language in languages}
    written = {language: _written(case.facts, knowledge, language) for language in languages}
    findings, notes = {}, {}
    for language in languages:
        text, shared = card.texts[language], knowledge.words[language].notes
        own = {key: note for key, note in shared.items() if key[0] in card.noted_facts}
        lines = (cards[language].detail or "").splitlines()
        findings[language] = _said(text.findings, written[language], lines)
        notes[language] = _said({**own, **text.notes}, written[language], lines)
    offered = tuple(order.id for order in card.orders if is_offered(order.unless, case.facts))
    return Exhibit(case, decision, offered, cards, findings, notes)


def _rendered(shown: Shown, knowledge: Knowledge, language: str) -> Card:
    call = HookCall("example", "example", language, EXAMPLE_BASE)
    return render_cards([shown], knowledge, call)[0]


def _said(
    sentences: Mapping[tuple[str, str], Template],
    written: Mapping[str, str | None],
    lines: list[str],
) -> tuple[str, ...]:
    """Return the names of the sentences that stand on the card as it came out."""
    return tuple(
        f"{fact} {answer}"
        for (fact, answer), sentence in sentences.items()
        if f"- {fill(sentence, written)}" in lines
    )


def _written(facts: Facts, knowledge: Knowledge, language: str) -> dict[str, str | None]:
    words = knowledge.words[language]
    written = {name: write_fact(name, fact.value, words) for name, fact in facts.items()}
    return {**written, "hip": write_hips(frozenset({EXAMPLE_HIP}), words)}
