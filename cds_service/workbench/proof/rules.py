"""Proves the rule of a card or of a population: a case needs each of its parts."""

from collections import Counter
from collections.abc import Iterator
from itertools import chain

from cds_service.content.files.words import raise_all, wrong
from cds_service.core.decide import is_offered
from cds_service.errors import KnowledgeError
from cds_service.workbench.proof.cases import Problems
from cds_service.workbench.proof.lines import unproved_lines, unproved_unless
from cds_service.workbench.proof.run import Cases, Content, Rule
from cds_service.workbench.proof.sentences import read_front_matter


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


def _parts(rule: Rule, cases: Cases) -> Iterator[tuple[int, str]]:
    """Yield what no case proves, with its line in the file of the rule."""
    card, shown = rule.card, [one for one in cases if one.is_shown]
    for outcome in ("shown", "silent") if card.own_lines else ("shown",):
        if not any(case.expected.outcome == outcome for case in cases):
            yield 1, f"no case in which {rule.name} is {outcome}"
    for variant in sorted(card.indicators.keys() - {"", *(one.decision.variant for one in shown)}):
        yield 1, f"no case shows the variant `{variant}`"
    for order in card.orders:
        if not any(is_offered(order.unless, one.facts) for one in shown):
            yield 1, f"no case offers the suggestion `{order.id}`"
    unproved = [*unproved_lines(card, card.own_lines, cases)]
    for order in card.orders:
        unproved += unproved_unless(order, [one.facts for one in shown])
    yield from ((line.line_number, words) for line, words in unproved)
