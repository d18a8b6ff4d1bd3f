"""Three-valued decisions: lines, groups, tolerance of a gap, and what is named as missing."""

import pytest

from cds_service.core.decide import (
    Decision,
    Outcome,
    Truths,
    decide,
    is_offered,
    truth_of_line,
    unknown_facts,
)
from cds_service.core.knowledge import Group, Line
from cds_service.core.values import NEVER, UNKNOWN, Truth, Value
from tests.core.builders import on, years
from tests.core.decided import card_when, facts_of, line

YES, NO, OPEN = (line(name, "is", "x") for name in ("yes", "no", "open"))
FACTS = facts_of(yes="x", no="y", open=UNKNOWN)
SHOW = line("open", "is", "x", shows_when_unknown=True)


@pytest.mark.parametrize(
    ("value", "truth"),
    [
        ("a", Truth.TRUE),
        ("b", Truth.TRUE),
        ("c", Truth.FALSE),
        (NEVER, Truth.FALSE),
        (UNKNOWN, Truth.UNKNOWN),
    ],
)
def test_is_asks_for_one_of_its_answers(value: Value, truth: Truth) -> None:
    assert truth_of_line(line("fact", "is", "a", "b"), facts_of(fact=value)) is truth


def test_never_is_an_answer_that_a_line_may_ask_for() -> None:
    assert truth_of_line(line("fact", "is", NEVER), facts_of(fact=NEVER)) is Truth.TRUE


def test_a_fact_that_was_not_gathered_is_unknown() -> None:
    assert truth_of_line(line("fact", "is", "a"), {}) is Truth.UNKNOWN


@pytest.mark.parametrize(
    ("value", "is_at_least", "is_below"),
    [
        (years(17), Truth.FALSE, Truth.TRUE),
        (years(18), Truth.TRUE, Truth.FALSE),
        (years(16, 17), Truth.FALSE, Truth.TRUE),
        (years(18, 19), Truth.TRUE, Truth.FALSE),
        (years(17, 18), Truth.UNKNOWN, Truth.UNKNOWN),
        (UNKNOWN, Truth.UNKNOWN, Truth.UNKNOWN),
        (NEVER, Truth.FALSE, Truth.FALSE),
        (on(2026, 1, 1), Truth.FALSE, Truth.FALSE),
    ],
)
def test_a_range_that_straddles_the_limit_is_unknown(
    value: Value, is_at_least: Truth, is_below: Truth
) -> None:
    facts = facts_of(age=value)
    assert truth_of_line(line("age", "atLeast", years(18)), facts) is is_at_least
    assert truth_of_line(line("age", "below", years(18)), facts) is is_below


LINES = {"T": YES, "F": NO, "U": OPEN}
TRUTHS = {"T": Truth.TRUE, "F": Truth.FALSE, "U": Truth.UNKNOWN}


@pytest.mark.parametrize(
    "row", ["TT T", "TF F", "TU U", "FT F", "FF F", "FU F", "UT U", "UF F", "UU U"]
)
def test_all_follows_the_table_of_kleene(row: str) -> None:
    assert Truths(FACTS)[Group("all", (LINES[row[0]], LINES[row[1]]))] is TRUTHS[row[3]]


@pytest.mark.parametrize(
    "row", ["TT T", "TF T", "TU T", "FT T", "FF F", "FU U", "UT T", "UF U", "UU U"]
)
def test_any_follows_the_table_of_kleene(row: str) -> None:
    assert Truths(FACTS)[Group("any", (LINES[row[0]], LINES[row[1]]))] is TRUTHS[row[3]]


@pytest.mark.parametrize(
    ("joined_by", "members", "truth"),
    [
        ("all", (YES, YES), Truth.TRUE),
        ("all", (YES, OPEN), Truth.UNKNOWN),
        ("all", (OPEN, NO), Truth.FALSE),
        ("all", (), Truth.TRUE),
        ("any", (NO, YES), Truth.TRUE),
        ("any", (NO, OPEN), Truth.UNKNOWN),
        ("any", (NO, NO), Truth.FALSE),
        ("any", (), Truth.FALSE),
        ("none", (NO, NO), Truth.TRUE),
        ("none", (NO, OPEN), Truth.UNKNOWN),
        ("none", (OPEN, YES), Truth.FALSE),
        ("all", (YES, Group("any", (NO, OPEN))), Truth.UNKNOWN),
        ("all", (YES, Group("none", (NO,))), Truth.TRUE),
        ("any", (Group("all", (YES, YES)), OPEN), Truth.TRUE),
    ],
)
def test_groups_join_their_members(
    joined_by: str, members: tuple[Line | Group, ...], truth: Truth
) -> None:
    assert Truths(FACTS)[Group(joined_by, members)] is truth


@pytest.mark.parametrize(
    ("when", "truth", "outcome"),
    [
        (Group("all", (YES,)), Truth.TRUE, Outcome.SHOWN),
        (Group("all", (NO,)), Truth.FALSE, Outcome.SILENT),
        (Group("all", (OPEN,)), Truth.UNKNOWN, Outcome.WITHHELD),
        (Group("all", (SHOW,)), Truth.UNKNOWN, Outcome.SHOWN),
        (Group("none", (SHOW,)), Truth.UNKNOWN, Outcome.SHOWN),
        (Group("any", (NO, SHOW)), Truth.UNKNOWN, Outcome.SHOWN),
        (Group("all", (SHOW, OPEN)), Truth.UNKNOWN, Outcome.WITHHELD),
        (Group("all", (SHOW, NO)), Truth.FALSE, Outcome.SILENT),
        (Group("all", (YES, Group("none", (NO, SHOW)))), Truth.UNKNOWN, Outcome.SHOWN),
    ],
)
def test_a_gap_shows_the_card_only_where_every_open_line_allows_it(
    when: Group, truth: Truth, outcome: Outcome
) -> None:
    decision = decide(card_when(when), Truths(FACTS))
    assert (decision.truth, decision.outcome) == (truth, outcome)


@pytest.mark.parametrize(
    ("when", "unsettled"),
    [
        (Group("all", (OPEN, line("gone", "is", "x"), OPEN, YES)), ("open", "gone")),
        (Group("all", (SHOW,)), ("open",)),
        (Group("all", (NO, OPEN)), ()),
        (Group("any", (YES, OPEN)), ()),
        (Group("any", (NO, Group("all", (OPEN, YES)))), ("open",)),
    ],
)
def test_a_decision_names_each_fact_that_leaves_it_open_once(
    when: Group, unsettled: tuple[str, ...]
) -> None:
    assert decide(card_when(when), Truths(FACTS)).unsettled == unsettled


def test_the_facts_that_leave_one_line_open_are_its_own() -> None:
    open_, settled = Group("all", (OPEN,)), Group("all", (YES,))
    assert (unknown_facts(open_, Truths(FACTS)), unknown_facts(settled, Truths(FACTS))) == (
        ("open",),
        (),
    )


@pytest.mark.parametrize(
    ("variant_fact", "variant"),
    [(None, ""), ("yes", "x"), ("open", "unknown"), ("gone", "unknown"), ("never", "never")],
)
def test_the_variant_is_the_answer_of_its_fact(variant_fact: str | None, variant: str) -> None:
    card = card_when(Group("all", (YES,)), variant_fact)
    facts = FACTS | facts_of(never=NEVER)
    assert decide(card, Truths(facts)) == Decision(Outcome.SHOWN, Truth.TRUE, variant, ())


@pytest.mark.parametrize(
    ("unless", "is_wanted"),
    [((), True), ((NO,), True), ((OPEN,), True), ((YES,), False), ((NO, YES), False)],
)
def test_a_suggestion_is_offered_unless_a_line_is_surely_true(
    unless: tuple[Line, ...], is_wanted: bool
) -> None:
    assert is_offered(unless, Truths(FACTS)) is is_wanted


def test_the_lines_of_a_tree_come_in_order() -> None:
    when = Group("all", (YES, Group("any", (NO, OPEN)), SHOW))
    assert when.lines == (YES, NO, OPEN, SHOW)
