"""Proves every line of a rule by its cases: without the line, some case would come out otherwise.

The same holds of each answer that a line lists, of each `ifUnknown: show`, of the lines that keep a
suggestion back, and of each variant and suggestion; a limit has a case exactly on it.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain

from cds_service.content.files.words import raise_all, wrong
from cds_service.core.decide import Truths, decide, is_offered
from cds_service.core.hip.chart import Facts
from cds_service.core.knowledge import CardDefinition, Group, Line, OfferedOrder
from cds_service.core.values import Absence
from cds_service.errors import KnowledgeError
from cds_service.workbench.proof.cases import Problems
from cds_service.workbench.proof.run import Cases, Content, Rule
from cds_service.workbench.proof.sentences import read_front_matter

Unproved = Iterator[tuple[int, str]]
"""The line of a file, and what is missing for its proof."""


def prove_rules(content: Content) -> Counter[str]:
    """Run the cases of every population and card, and prove its rule by them."""
    rules = content.rules
    raise_all(chain.from_iterable(_unproved(rule, cases, content) for rule, cases in rules))
    return Counter(cases=sum(len(cases) for _, cases in rules))


def _unproved(rule: Rule, cases: Cases, content: Content) -> Problems:
    """Yield what is wrong with the cases, or else what they leave unproved."""
    failed = [error for case in cases for error in case.problems()]
    failed += [] if content.site else _missing_languages(rule, cases)
    yield from failed or (KnowledgeError(rule.file, *part) for part in _parts(rule, cases))
    yield from () if failed or rule.population else _idle_data_notes(rule, cases, content)


def _idle_data_notes(rule: Rule, cases: Cases, content: Content) -> Problems:
    """Yield the facts that a card lists for their notes, where no note needs the entry."""
    asked = {line.fact for line in rule.card.when.lines}
    said = [(*(one.expected.findings or ()), *(one.expected.notes or ())) for one in cases]
    noted = {name.split()[0] for names in said for name in names}
    for name in read_front_matter(rule.card.id, content.root).data_notes:
        if name in asked:
            yield wrong(name, f"`{name}` is in `when`, so its notes are shown already")
        elif name not in noted:
            yield wrong(name, f"no case has a finding or note on `{name}`")


def _missing_languages(rule: Rule, cases: Cases) -> Problems:
    """A case that gives the summary gives it in every language of ours."""
    languages = sorted(rule.card.texts)
    summaries = [one.expected.summary for one in cases if one.expected.summary]
    missing = ((s, language) for s in summaries for language in languages if language not in s)
    yield from (wrong(summary, f"`{language}` is missing") for summary, language in missing)


def _parts(rule: Rule, cases: Cases) -> Unproved:
    """Yield what no case proves, with its line in the file of the rule."""
    card, shown = rule.card, [one for one in cases if one.is_shown]
    for outcome in ("shown", "silent") if card.own_lines else ("shown",):
        if not any(case.expected.outcome == outcome for case in cases):
            yield 1, f"no case in which {rule.name} is {outcome}"
    for variant in sorted(card.indicators.keys() - {"", *(one.decision.variant for one in shown)}):
        yield 1, f"no case shows the variant `{variant}`"
    for order in card.orders:
        if not any(order in one.decision.orders for one in shown):
            yield 1, f"no case offers the suggestion `{order.id}`"
    yield from _unproved_lines(card, cases)
    for order in card.orders:
        yield from _unproved_unless(order, [Truths(one.facts) for one in shown])


def _unproved_lines(card: CardDefinition, cases: Cases) -> Unproved:
    """Yield what no case needs of the lines of a `when`, and each limit without a case on it."""
    for line in card.own_lines:
        for what, smaller in _poorer(line):
            when = _with(card.when, line, smaller)
            if not _changes_a_case(replace(card, when=when), cases):
                yield line.line_number, f"no case needs {what} `{line.label}`"
        if line.operator != "is" and not any(_is_at(line, case.facts) for case in cases):
            yield line.line_number, f"no case lies exactly at `{line.label}`"


def _unproved_unless(order: OfferedOrder, shown: Sequence[Truths]) -> Unproved:
    """Yield what no case that shows the card needs of the lines that keep a suggestion back."""
    for line in order.unless:
        for what, smaller in _poorer(line):
            others = [smaller if other is line else other for other in order.unless]
            unless = tuple(filter(None, others))
            if not any(is_offered(unless, t) and not is_offered(order.unless, t) for t in shown):
                yield line.line_number, f"no case needs {what} `{line.label}`"


def _poorer(line: Line) -> Iterator[tuple[str, Line | None]]:
    """Yield a line without each of its parts, with the part's name; first no line at all."""
    yield "the line", None
    if line.shows_when_unknown:
        yield "`ifUnknown: show` of", replace(line, shows_when_unknown=False)
    for answer in line.operands if len(line.operands) > 1 else ():
        rest = tuple(other for other in line.operands if other is not answer)
        name = answer.value if isinstance(answer, Absence) else str(answer)
        yield f"the answer `{name}` of", replace(line, operands=rest)


def _changes_a_case(changed: CardDefinition, cases: Cases) -> bool:
    decisions = (decide(changed, Truths(case.facts)) for case in cases)
    return any(
        found.outcome.value != case.expected.outcome
        for found, case in zip(decisions, cases, strict=True)
    )


def _is_at(line: Line, facts: Facts) -> bool:
    return line.fact in facts and facts[line.fact].value == line.operands[0]


def _with(group: Group, line: Line, other: Line | None) -> Group:
    """Return the group with another line in the place of one, or without it."""
    members: list[Line | Group] = []
    for member in group.members:
        if isinstance(member, Group):
            smaller = _with(member, line, other)
            members += [smaller] if smaller.members else []
        elif member is not line:
            members.append(member)
        elif other:
            members.append(other)
    return replace(group, members=tuple(members))
