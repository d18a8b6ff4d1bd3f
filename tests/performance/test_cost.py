"""The longest chart stays inside its budget: CPU time against a parser, growth with its length."""

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.performance.bodies import chart
from tests.performance.cost import (
    LONGEST,
    baseline,
    collected_as_in_a_worker,
    cpu_seconds,
    least,
    ratio,
    service,
)

MOST_TIMES_THE_BASELINE = 0.6
# What a Condition or an ImagingStudy may add, as a share of what parsing it costs. The parser's own
# time moves by a tenth and more with the heap that it meets, from run to run of the same code.
MOST_SHARE_OF_PARSING = {"conditions": 0.8, "studies": 1.0}


@pytest.fixture(scope="module")
def ours() -> Iterator[Flask]:
    """The service, collected as in a worker."""
    app = service()
    with collected_as_in_a_worker():
        yield app


@pytest.fixture(scope="module")
def theirs() -> Flask:
    """The baseline."""
    return baseline()


def test_the_longest_chart_costs_less_than_parsing_it(ours: Flask, theirs: Flask) -> None:
    assert ratio(chart(*LONGEST), 12, ours, theirs) < MOST_TIMES_THE_BASELINE


@pytest.mark.parametrize(
    ("conditions", "studies"), [(2_000, 0), (0, 1_000)], ids=list(MOST_SHARE_OF_PARSING)
)
def test_each_further_entry_costs_less_than_parsing_it(
    conditions: int, studies: int, ours: Flask, theirs: Flask
) -> None:
    short, long = chart(0, 0), chart(conditions, studies)
    calls = {
        "ours short": lambda: cpu_seconds(ours, short),
        "ours long": lambda: cpu_seconds(ours, long),
        "theirs short": lambda: cpu_seconds(theirs, short),
        "theirs long": lambda: cpu_seconds(theirs, long),
    }
    times = least(calls, 20)
    added = times["ours long"] - times["ours short"]
    parsing = times["theirs long"] - times["theirs short"]
    most = MOST_SHARE_OF_PARSING["conditions" if conditions else "studies"]
    assert added < most * parsing
