"""The threat table keeps its form: no row is left out, each is proved or says that it is open."""

import re

import pytest

from tests.conftest import ROOT
from tests.house.test_clinical_safety import names_in

PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
LINES = re.findall(r"^\| [JSPID]\d+ \|.*$", PAGE, re.MULTILINE)
CELLS = tuple(tuple(cell.strip() for cell in line.split("|")[1:-1]) for line in LINES)
ROWS = {cells[0]: cells for cells in CELLS}
NAMED = sorted(set(re.findall(r"`(tests/[a-z_/]+\.py)::(test_\w+)`", PAGE)))
THREATS = {"J": 12, "S": 11, "P": 9, "I": 5, "D": 11}


def test_every_threat_has_one_row_in_order() -> None:
    assert len(LINES) == len(ROWS)
    expected = [f"{group}{number + 1}" for group, size in THREATS.items() for number in range(size)]
    assert list(ROWS) == expected


@pytest.mark.parametrize("threat", ROWS)
def test_a_threat_is_told_and_proved_or_open(threat: str) -> None:
    _, words, control, proof = ROWS[threat]
    assert words
    assert control
    assert "`tests/" in proof or proof.startswith("Open")


@pytest.mark.parametrize("threat", ROWS)
def test_a_control_that_is_missing_makes_the_row_open(threat: str) -> None:
    _, _, control, proof = ROWS[threat]
    is_missing = control in ("nothing yet", "no feedback is taken")
    assert proof.startswith("Open") or not is_missing


def test_a_test_named_in_the_page_exists() -> None:
    assert [f"{file}::{name}" for file, name in NAMED if name not in names_in(file)] == []


def test_every_mention_of_a_test_in_the_page_is_checked() -> None:
    assert PAGE.count("`tests/") == len(re.findall(r"`tests/[a-z_/]+\.py::test_\w+`", PAGE))
