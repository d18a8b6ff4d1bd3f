"""Proves the content by its cases; refuses to correct anything.

Each card has a case that shows it and one that keeps it silent; every variant, limit, suggestion
and mark is needed by a case; dropping any single line of a `when` changes some case.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from cds_service.core.decide import Decision, Outcome, decide, is_offered, lines_of
from cds_service.core.knowledge import CardDefinition, Group, Knowledge, Line
from cds_service.core.record import Side
from cds_service.core.render import Call, Shown, render_cards
from cds_service.errors import KnowledgeError
from cds_service.loading.cases import (
    Case,
    load_cases,
)
from cds_service.loading.schedule_proof import prove_schedule
from cds_service.loading.site import Site
from cds_service.loading.site_cases import with_site_cases

EXAMPLE_HIP = Side.RIGHT
EXAMPLE_CALL = Call("example", "example", "en", "https://cds.example.org")


def prove_knowledge(knowledge: Knowledge, root: Path, site: Site | None = None) -> str:
    """Run every case and every proof; return what was proved, raise at the first that fails."""
    number = 0
    for card in knowledge.cards.values():
        cases = _cases(card, knowledge, root, site)
        for case in cases:
            _prove_case(card, case, knowledge)
        _prove_outcomes(card, cases)
        _prove_lines(card, cases)
        _prove_limits(card, cases)
        _prove_variants(card, cases)
        _prove_suggestions(card, cases)
        number += len(cases)
    number += prove_schedule(knowledge, root, site)
    codes = sum(len(concepts) for concepts in knowledge.value_sets.values())
    return (
        f"{len(knowledge.cards)} cards in {len(knowledge.words)} language(s), {number} cases, "
        f"{len(knowledge.value_sets)} value sets with {codes} codes"
    )


def _cases(card: CardDefinition, knowledge: Knowledge, root: Path, site: Site | None) -> list[Case]:
    """Return our cases; a site's case of the same name stands in for one that no longer holds."""
    ours = load_cases(root / card.id / "cases", root, knowledge.facts)
    if site is None:
        return ours
    theirs = load_cases(site.root / card.id / "cases", site.above, knowledge.facts)
    return with_site_cases(
        [(case.expected.name, case) for case in ours],
        [(case.document, case.place, case.expected.name, case) for case in theirs],
        lambda case: _prove_case(card, case, knowledge),
    )


def _prove_case(card: CardDefinition, case: Case, knowledge: Knowledge) -> None:
    expected = case.expected
    decision = decide(card, case.facts)
    if decision.outcome.value != expected.outcome:
        raise case.document.error(
            case.place,
            f"`{expected.name}` expects {expected.outcome}, the card is {decision.outcome.value}",
        )
    if expected.variant is not None and decision.variant != expected.variant:
        raise case.document.error(
            case.place,
            f"`{expected.name}` expects variant {expected.variant}, it is {decision.variant}",
        )
    for language, summary in (expected.summary or {}).items():
        if language not in knowledge.words:
            raise case.document.error(case.place, f"there is no language `{language}`")
        written = _summary(card, decision, case, knowledge, language)
        if written != summary:
            raise case.document.error(case.place, f"the summary reads: {written}")
    offered = [order.id for order in card.orders if is_offered(order.unless, case.facts)]
    if expected.offered is not None and offered != expected.offered:
        raise case.document.error(case.place, f"offered are: {', '.join(offered) or 'none'}")


def _summary(
    card: CardDefinition, decision: Decision, case: Case, knowledge: Knowledge, language: str
) -> str:
    shown = Shown(card, decision.variant, EXAMPLE_HIP, case.facts)
    call = replace(EXAMPLE_CALL, language=language)
    return render_cards([shown], knowledge, call)[0].summary


def _prove_outcomes(card: CardDefinition, cases: list[Case]) -> None:
    for outcome in (Outcome.SHOWN, Outcome.SILENT):
        if not any(case.expected.outcome == outcome.value for case in cases):
            raise _card_error(card, 1, f"no case in which the card is {outcome.value}")


def _prove_lines(card: CardDefinition, cases: list[Case]) -> None:
    for line in lines_of(card.when):
        if not _changes_a_case(card, _without(card.when, line), cases):
            raise _card_error(card, line.line_number, f"no case needs the line `{line.label}`")
        if line.shows_when_unknown:
            strict = _mapped(card.when, line, lambda one: replace(one, shows_when_unknown=False))
            if not _changes_a_case(card, strict, cases):
                raise _card_error(
                    card, line.line_number, f"no case needs `ifUnknown: show` of `{line.label}`"
                )


def _changes_a_case(card: CardDefinition, when: Group, cases: list[Case]) -> bool:
    changed = replace(card, when=when)
    return any(decide(changed, case.facts).outcome.value != case.expected.outcome for case in cases)


def _without(group: Group, dropped: Line) -> Group:
    members: list[Line | Group] = []
    for member in group.members:
        if isinstance(member, Group):
            smaller = _without(member, dropped)
            members += [smaller] if smaller.members else []
        elif member is not dropped:
            members.append(member)
    return replace(group, members=tuple(members))


def _mapped(group: Group, target: Line, change: Callable[[Line], Line]) -> Group:
    members = (
        _mapped(member, target, change)
        if isinstance(member, Group)
        else change(member)
        if member is target
        else member
        for member in group.members
    )
    return replace(group, members=tuple(members))


def _prove_limits(card: CardDefinition, cases: list[Case]) -> None:
    for line in lines_of(card.when):
        if line.operator != "is" and not any(
            case.facts[line.fact].value == line.operands[0] for case in cases
        ):
            raise _card_error(card, line.line_number, f"no case lies exactly at `{line.label}`")


def _prove_variants(card: CardDefinition, cases: list[Case]) -> None:
    reached = {
        decide(card, case.facts).variant for case in cases if case.expected.outcome == "shown"
    }
    for variant in sorted(card.indicators.keys() - reached):
        raise _card_error(card, 1, f"no case shows the variant `{variant}`")


def _prove_suggestions(card: CardDefinition, cases: list[Case]) -> None:
    shown = [case.facts for case in cases if case.expected.outcome == "shown"]
    for order in card.orders:
        if not any(is_offered(order.unless, facts) for facts in shown):
            raise _card_error(card, 1, f"no case offers the suggestion `{order.id}`")
        for line in order.unless:
            others = tuple(other for other in order.unless if other is not line)
            if not any(
                is_offered(others, facts) and not is_offered(order.unless, facts) for facts in shown
            ):
                raise _card_error(card, line.line_number, f"no case needs the line `{line.label}`")


def _card_error(card: CardDefinition, line: int, words: str) -> KnowledgeError:
    return KnowledgeError(f"{card.id}/card.md", line, words)
