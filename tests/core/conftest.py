"""Strategies that follow the shipped content, built once."""

from collections.abc import Mapping

import pytest
from hypothesis import strategies as st

from cds_service.core.hip.chart import Facts
from cds_service.core.knowledge import Knowledge
from cds_service.core.values import Value
from tests.core.strategies import answers_of, facts_of_a_hip


@pytest.fixture(scope="session")
def answers(knowledge: Knowledge) -> Mapping[str, st.SearchStrategy[Value]]:
    """Every settled answer of each fact that facts.yaml declares."""
    return answers_of(knowledge)


@pytest.fixture(scope="session")
def hip_facts(
    knowledge: Knowledge, answers: Mapping[str, st.SearchStrategy[Value]]
) -> st.SearchStrategy[Facts]:
    """The facts of one hip, with any answers that facts.yaml allows."""
    return facts_of_a_hip(knowledge, answers)
