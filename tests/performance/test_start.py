"""A worker answers soon after its start: all has been read, proved and imported before it."""

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.commands import ORDER_SELECT, environment
from tests.performance import start

# About 0.03 s; a worker that read the content itself would take 0.6 s.
MOST_CPU_SECONDS = 0.3
# What only tokens, a store of them, or a person at a desk need.
NOT_FOR_A_CALL = {"sqlalchemy", "psycopg", "prometheus_client", "cds_service.workbench"}


@pytest.fixture(scope="module")
def started() -> dict[str, Any]:
    """What a worker without client tokens tells of its start and first answer."""
    command = [sys.executable, str(start.__file__), str(ORDER_SELECT)]
    done = subprocess.run(command, env=environment(), check=True, capture_output=True, text=True)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_a_worker_costs_little_from_its_start_to_its_first_answer(started: dict[str, Any]) -> None:
    assert started["cards"] == 2
    assert started["cpuSeconds"] < MOST_CPU_SECONDS


def test_what_a_worker_needs_was_imported_before_its_start(started: dict[str, Any]) -> None:
    assert started["imported"] == []


def test_what_no_call_needs_is_not_imported(started: dict[str, Any]) -> None:
    assert sorted(NOT_FOR_A_CALL.intersection(started["loaded"])) == []
