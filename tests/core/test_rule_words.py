"""A rule is put into words as its groups stand."""

from decimal import Decimal

import pytest

from cds_service.core.knowledge import Group, Knowledge, Line
from cds_service.core.rule_words import RuleGroup, rule_groups
from cds_service.core.values import NEVER, Quantity

ADULT = Line("hipProsthesis", "is", (NEVER,), False, 1)
PRECISE = Line("osteonecrosis", "is", ("head", "femur", "broader"), True, 2)


def groups_of(when: Group, knowledge: Knowledge) -> tuple[RuleGroup, ...]:
    """Return the groups in the words of the original."""
    return rule_groups(when, knowledge.words["en"])


@pytest.mark.parametrize(
    ("when", "joints"),
    [
        (Group("all", (Group("any", (ADULT,)), Group("none", (PRECISE,)))), ["any", "none"]),
        (Group("all", (ADULT, Group("none", (PRECISE,)))), ["all"]),
        (Group("any", (Group("all", (ADULT,)), Group("none", (PRECISE,)))), ["any"]),
    ],
)
def test_only_a_top_all_of_nothing_but_groups_is_left_out(
    when: Group, joints: list[str], knowledge: Knowledge
) -> None:
    assert [group.joined_by for group in groups_of(when, knowledge)] == joints


def test_answers_are_listed_and_an_absence_is_said_in_words(knowledge: Knowledge) -> None:
    (group,) = groups_of(Group("any", (ADULT, PRECISE)), knowledge)
    assert group.words == "At least one of these"
    assert [member.words for member in group.members] == [
        "Hip prosthesis: looked for and not found",
        "Osteonecrosis: head, femur or broader",
    ]


def test_an_amount_is_written_with_its_unit(knowledge: Knowledge) -> None:
    amount = Quantity(Decimal(7), Decimal(7), "a")
    line = Line("patientAge", "atLeast", (amount,), False, 3, "adultAge")
    (group,) = groups_of(Group("all", (line,)), knowledge)
    assert [member.words for member in group.members] == ["Patient age: at least 7 years"]
