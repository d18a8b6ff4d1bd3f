"""The table of histories through the service: when each hip is due, and why."""

import pytest

from cds_service.answer import Deployment
from cds_service.core.facts.table import FACTS
from cds_service.core.record import Side
from cds_service.core.values import DateRange, Period, Value
from cds_service.workbench.try_request import shown_value
from tests.clock.history import History, ask, histories

HISTORIES = histories()


def written(value: Value) -> str:
    """Return a value as the table writes it."""
    if isinstance(value, DateRange):
        is_day = value.earliest == value.latest
        return str(value.earliest) if is_day else f"{value.earliest}/{value.latest}"
    if isinstance(value, Period):
        years, months = divmod(value.months, 12)
        return f"P{value.days}D" if value.days else f"P{months}M" if months else f"P{years}Y"
    return shown_value(value)


@pytest.mark.parametrize("history", HISTORIES, ids=lambda one: one.name)
def test_a_hip_is_due_when_a_surgeon_would_say(history: History, deployment: Deployment) -> None:
    advice = ask(history.chart, deployment)
    hip = advice.facts[Side(history.hip)]
    facts = {name: written(hip[name].value) for name in FACTS}
    since = facts["reviewStartReason"], facts["reviewStart"]
    given = {
        "status": facts["reviewStatus"],
        "due": facts["nextReviewDate"].replace("unknown", "none"),
        "every": facts["reviewInterval"],
        "since": " ".join(since),
        "stability": facts["stability"],
        "doubt": facts["startDoubt"],
        "stop": facts["scheduleStopper"],
    }
    expected = {name: value for name in given if (value := getattr(history, name)) is not None}
    assert {name: given[name] for name in expected} == expected
    assert (history.says or "") in "".join(card.detail or "" for card in advice.cards)


def test_the_table_is_long_enough() -> None:
    assert len(HISTORIES) >= 60
    assert len({history.name for history in HISTORIES}) == len(HISTORIES)
