"""Proves the content by its cases; refuses to correct anything.

Each card has a case that shows it and one that keeps it silent; every line of its rule, variant,
suggestion and note is needed by a case; every sentence has its origin.
"""

from collections.abc import Mapping
from pathlib import Path

from cds_service.content.cards.card_schema import CardFile
from cds_service.content.files.markdown import read_card_file
from cds_service.content.site.site import Site
from cds_service.core.decide import Outcome, decide, is_offered
from cds_service.core.knowledge import CardDefinition, Knowledge
from cds_service.errors import KnowledgeError
from cds_service.workbench.proof.cases import Case
from cds_service.workbench.proof.lines import prove_limits, prove_lines, prove_unless
from cds_service.workbench.proof.run import Exhibit, exhibit_cases
from cds_service.workbench.proof.schedule import prove_schedule
from cds_service.workbench.proof.site_cases import with_site_cases
from cds_service.workbench.proof.topics import prove_text_patterns
from cds_service.workbench.proof.tracing import trace_content


def prove_knowledge(knowledge: Knowledge, root: Path, site: Site | None = None) -> str:
    """Run every case and every proof; return what was proved, raise at the first that fails."""
    exhibits = {
        card.id: _exhibits(card, knowledge, root, site) for card in knowledge.cards.values()
    }
    for card in knowledge.cards.values():
        cases = [exhibit.case for exhibit in exhibits[card.id]]
        for exhibit in exhibits[card.id]:
            _prove_case(exhibit)
            if site is None:
                _prove_languages(exhibit.case, knowledge)
        _prove_outcomes(card, cases)
        prove_lines(card, cases)
        prove_limits(card, cases)
        _prove_variants(card, cases)
        _prove_suggestions(card, cases)
        _prove_data_notes(card, cases, root)
    traced = trace_content(knowledge, root, exhibits)
    number = prove_schedule(knowledge, root, site) + sum(map(len, exhibits.values()))
    number += prove_text_patterns(knowledge.free_text.patterns, root)
    codes = sum(len(concepts) for concepts in knowledge.value_sets.values())
    return (
        f"{len(knowledge.cards)} cards in {len(knowledge.words)} language(s), {number} cases, "
        f"{len(traced.statements)} statements and {len(traced.sentences)} sentences traced, "
        f"{len(knowledge.value_sets)} value sets with {codes} codes, "
        f"{len(knowledge.free_text.patterns)} text patterns"
    )


def _exhibits(
    card: CardDefinition, knowledge: Knowledge, root: Path, site: Site | None
) -> tuple[Exhibit, ...]:
    """Run our cases; a site's case of the same name stands in for one that no longer holds."""
    ours = exhibit_cases(card, knowledge, root / card.id / "cases", root)
    if site is None:
        return ours
    theirs = exhibit_cases(card, knowledge, site.root / card.id / "cases", site.above)
    return tuple(
        with_site_cases(
            [(one.case.expected.name, one) for one in ours],
            [(one.case.document, one.case.place, one.case.expected.name, one) for one in theirs],
            _prove_case,
        )
    )


def _prove_case(exhibit: Exhibit) -> None:
    case, decision = exhibit.case, exhibit.decision
    expected = case.expected
    if decision.outcome.value != expected.outcome:
        raise case.error(f"expects {expected.outcome}, the card is {decision.outcome.value}")
    if expected.variant is not None and decision.variant != expected.variant:
        raise case.error(f"expects variant {expected.variant}, it is {decision.variant}")
    if expected.offered is not None and list(exhibit.offered) != expected.offered:
        raise case.error(f"offered are: {', '.join(exhibit.offered) or 'none'}")
    if not exhibit.is_shown and (expected.summary or expected.findings or expected.notes):
        raise case.error("a card that is not shown has no summary, findings or notes")
    _prove_words(exhibit)


def _prove_words(exhibit: Exhibit) -> None:
    case = exhibit.case
    for language, summary in (case.expected.summary or {}).items():
        if language not in exhibit.cards:
            raise case.error(f"there is no language `{language}`")
        written = exhibit.cards[language].summary
        if written != summary:
            raise case.error(f"the summary reads: {written}")
    _prove_said(case, "findings", case.expected.findings, exhibit.findings)
    _prove_said(case, "notes", case.expected.notes, exhibit.notes)


def _prove_languages(case: Case, knowledge: Knowledge) -> None:
    """A case that gives the summary gives it in every language of ours."""
    given = case.expected.summary or knowledge.words
    for language in sorted(knowledge.words.keys() - given.keys()):
        raise case.document.error(f"{case.place}.summary", f"`{language}` is missing")


def _prove_said(
    case: Case, what: str, expected: list[str] | None, said: Mapping[str, tuple[str, ...]]
) -> None:
    for language, names in said.items():
        if expected is not None and set(names) != set(expected):
            raise case.error(f"the {what} in `{language}` are: {', '.join(names) or 'none'}")


def _prove_outcomes(card: CardDefinition, cases: list[Case]) -> None:
    for outcome in (Outcome.SHOWN, Outcome.SILENT):
        if not any(case.expected.outcome == outcome.value for case in cases):
            raise _card_error(card, f"no case in which the card is {outcome.value}")


def _prove_variants(card: CardDefinition, cases: list[Case]) -> None:
    reached = {
        decide(card, case.facts).variant for case in cases if case.expected.outcome == "shown"
    }
    for variant in sorted(card.indicators.keys() - reached):
        raise _card_error(card, f"no case shows the variant `{variant}`")


def _prove_suggestions(card: CardDefinition, cases: list[Case]) -> None:
    shown = [case.facts for case in cases if case.expected.outcome == "shown"]
    for order in card.orders:
        if not any(is_offered(order.unless, facts) for facts in shown):
            raise _card_error(card, f"no case offers the suggestion `{order.id}`")
        prove_unless(card, order, shown)


def _prove_data_notes(card: CardDefinition, cases: list[Case], root: Path) -> None:
    document, _ = read_card_file(root / card.id / "card.md", root)
    asked = {line.fact for line in card.when.lines}
    said = [(*(one.expected.findings or ()), *(one.expected.notes or ())) for one in cases]
    noted = {name.split()[0] for names in said for name in names}
    for i, name in enumerate(document.read_as(CardFile).data_notes):
        if name in asked:
            raise document.error(
                f"$.dataNotes[{i}]", f"`{name}` is in `when`, so its notes are shown already"
            )
        if name not in noted:
            raise document.error(f"$.dataNotes[{i}]", f"no case has a finding or note on `{name}`")


def _card_error(card: CardDefinition, words: str) -> KnowledgeError:
    return KnowledgeError(f"{card.id}/card.md", 1, words)
