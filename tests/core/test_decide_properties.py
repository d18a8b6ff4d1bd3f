"""Learning one fact more never changes a settled answer, whatever the criteria are."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from cds_service.core.decide import Outcome, Truths, decide, unknown_facts
from cds_service.core.hip.chart import Fact, Facts
from cds_service.core.knowledge import Group, Knowledge
from cds_service.core.values import Truth, Value
from tests.core.decided import card_when
from tests.core.strategies import (
    ANSWERS,
    SETTLED_ANSWERS,
    UNHURRIED,
    criteria,
    learnt,
)

# Chance has no part in what is covered.
FACTS = st.fixed_dictionaries({name: found.map(Fact) for name, found in ANSWERS.items()})
AFTER = {
    Truth.TRUE: {Truth.TRUE},
    Truth.FALSE: {Truth.FALSE},
    Truth.UNKNOWN: set(Truth),
}
OUTCOME_AFTER = {
    Outcome.SILENT: {Outcome.SILENT},
    Outcome.SHOWN: set(Outcome),
    Outcome.WITHHELD: set(Outcome),
}


@UNHURRIED
@given(st.data(), criteria(), FACTS)
def test_learning_more_never_changes_a_settled_answer(
    data: st.DataObject, when: Group, facts: dict[str, Fact]
) -> None:
    more = data.draw(learnt(facts, SETTLED_ANSWERS))
    assert Truths(more)[when] in AFTER[Truths(facts)[when]]


@UNHURRIED
@given(st.data(), criteria(), FACTS)
def test_a_silent_card_stays_silent_when_more_is_learnt(
    data: st.DataObject, when: Group, facts: dict[str, Fact]
) -> None:
    card = card_when(when)
    before = decide(card, Truths(facts))
    after = decide(card, Truths(data.draw(learnt(facts, SETTLED_ANSWERS))))
    assert after.outcome in OUTCOME_AFTER[before.outcome]


@UNHURRIED
@given(criteria(), FACTS)
def test_a_card_is_silent_only_where_its_criteria_are_surely_not_met(
    when: Group, facts: dict[str, Fact]
) -> None:
    decision = decide(card_when(when), Truths(facts))
    assert (decision.outcome is Outcome.SILENT) is (decision.truth is Truth.FALSE)


@UNHURRIED
@given(criteria(), FACTS)
def test_a_decision_names_what_is_missing_exactly_while_it_is_open(
    when: Group, facts: dict[str, Fact]
) -> None:
    decision = decide(card_when(when), Truths(facts))
    assert bool(decision.unsettled) is (decision.truth is Truth.UNKNOWN)


@UNHURRIED
@given(criteria(), FACTS)
def test_an_answer_is_open_only_while_a_fact_is_unknown(
    when: Group, facts: dict[str, Fact]
) -> None:
    is_settled = not unknown_facts(when, Truths(facts))
    assert not (is_settled and Truths(facts)[when] is Truth.UNKNOWN)


@UNHURRIED
@given(criteria())
def test_with_nothing_known_every_line_is_unknown(when: Group) -> None:
    asked = dict.fromkeys(line.fact for line in when.lines)
    assert unknown_facts(when, Truths({})) == tuple(asked)


@UNHURRIED
@given(st.data())
def test_learning_more_never_changes_a_settled_shipped_card(
    knowledge: Knowledge,
    hip_facts: st.SearchStrategy[Facts],
    answers: Mapping[str, st.SearchStrategy[Value]],
    data: st.DataObject,
) -> None:
    facts = data.draw(hip_facts)
    more = data.draw(learnt(facts, answers))
    pairs = {
        (decide(c, Truths(facts)).truth, decide(c, Truths(more)).truth)
        for c in knowledge.cards.values()
    }
    assert pairs <= {(before, after) for before in Truth for after in AFTER[before]}


@UNHURRIED
@given(st.data())
def test_a_silent_shipped_card_stays_silent_and_a_shown_one_is_never_withheld(
    knowledge: Knowledge,
    hip_facts: st.SearchStrategy[Facts],
    answers: Mapping[str, st.SearchStrategy[Value]],
    data: st.DataObject,
) -> None:
    facts = data.draw(hip_facts)
    more = data.draw(learnt(facts, answers))
    pairs = {
        (decide(c, Truths(facts)).outcome, decide(c, Truths(more)).outcome)
        for c in knowledge.cards.values()
    }
    assert pairs.isdisjoint(
        {
            (Outcome.SILENT, Outcome.SHOWN),
            (Outcome.SILENT, Outcome.WITHHELD),
            (Outcome.SHOWN, Outcome.WITHHELD),
        }
    )
