"""Proves the content by its cases; refuses to correct anything.

Each card has a case that shows it and one that keeps it silent; every variant, limit, suggestion
and mark is needed by a case; dropping any single line of a `when` changes some case.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from cds_service.core.decide import Decision, Outcome, decide, is_offered, lines_of
from cds_service.core.knowledge import CardDefinition, Group, Knowledge, Line
from cds_service.core.record import Side
from cds_service.core.render import Call, Shown, render_cards
from cds_service.core.review import next_review
from cds_service.core.values import DateRange, add_period, subtract_period
from cds_service.errors import KnowledgeError
from cds_service.loading.cases import Case, load_cases, load_schedule_cases, read_range

EXAMPLE_HIP = Side.RIGHT
EXAMPLE_CALL = Call("example", "example", "en", "https://cds.example.org")
SCHEDULE_CASES = "schedules/cases"
SCHEDULE_FILE = "schedules/femoral-head-review.yaml"


def prove_knowledge(knowledge: Knowledge, root: Path) -> str:
    """Run every case and every proof; return what was proved, raise at the first that fails."""
    number = 0
    for card in knowledge.cards.values():
        cases = load_cases(root / card.id / "cases", root, knowledge.facts)
        for case in cases:
            _prove_case(card, case, knowledge)
        _prove_outcomes(card, cases)
        _prove_lines(card, cases)
        _prove_limits(card, cases)
        _prove_variants(card, cases)
        _prove_suggestions(card, cases)
        number += len(cases)
    number += _prove_schedule(knowledge, root)
    codes = sum(len(concepts) for concepts in knowledge.value_sets.values())
    return (
        f"{len(knowledge.cards)} cards in {len(knowledge.words)} language(s), {number} cases, "
        f"{len(knowledge.value_sets)} value sets with {codes} codes"
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


def _prove_schedule(knowledge: Knowledge, root: Path) -> int:
    schedule, seen = knowledge.schedule, set[tuple[str, int]]()
    cases = load_schedule_cases(root / SCHEDULE_CASES, root)
    for document, place, case in cases:
        baseline, last, today, due = (
            read_range(document, f"{place}.{name}", getattr(case, name))
            for name in ("baseline", "last", "today", "due")
        )
        review = next_review(last, baseline, schedule, today.earliest)
        written = _written(review.due)
        if (review.status, review.due) != (case.status, due):
            raise document.error(place, f"`{case.name}`: it is {review.status}, due {written}")
        seen |= {
            (phase.name, (last.earliest - add_period(baseline.earliest, phase.until)).days)
            for phase in schedule.phases
            if phase.until
        }
        seen |= {
            ("late", (today.earliest - add_period(due.latest, schedule.window)).days),
            ("early", (today.earliest - subtract_period(due.earliest, schedule.window)).days),
        }
    for wanted, words in _schedule_limits(knowledge):
        if wanted not in seen:
            raise KnowledgeError(SCHEDULE_FILE, 1, f"no case {words}")
    return len(cases)


def _written(due: DateRange) -> str:
    return str(due.earliest) if due.earliest == due.latest else f"{due.earliest}/{due.latest}"


def _schedule_limits(knowledge: Knowledge) -> Iterable[tuple[tuple[str, int], str]]:
    for phase in knowledge.schedule.phases:
        if phase.until:
            yield (phase.name, 0), f"lies exactly at the end of the phase `{phase.name}`"
            yield (phase.name, -1), f"lies one day before the end of the phase `{phase.name}`"
    yield ("late", 0), "lies on the last day of the window"
    yield ("late", 1), "lies one day after the window"
    yield ("early", 0), "lies on the first day of the window"
    yield ("early", -1), "lies one day before the window"
