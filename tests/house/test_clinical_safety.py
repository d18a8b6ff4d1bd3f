"""The hazard log keeps its form: every hazard scored by the table, every named test there."""

import ast
import re
from functools import cache

import pytest

from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "clinical-safety.md").read_text(encoding="utf-8")
HAZARDS = dict(re.findall(r"^### (H\d\d) (.+?)(?=^##)", PAGE, re.MULTILINE | re.DOTALL))
PARTS = ("- Cause: ", "- Effect: ", "- Before: ", "- Control: ", "- Proof: ")
NAMED = sorted(set(re.findall(r"`(tests/[a-z_/]+\.py)::(test_\w+)`", PAGE)))
SCORE = r"(minor|significant|considerable|major|catastrophic), (very low|low|medium|high): (\d)"


def risks() -> dict[tuple[str, str], str]:
    """Return the table of risks of the page by severity and likelihood."""
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in re.findall(r"^\| (?:risk|very|high|medium|low).*$", PAGE, re.MULTILINE)
    ]
    head, *body = rows
    return {(head[i], row[0]): row[i] for row in body for i in range(1, len(row))}


@cache
def names_in(file: str) -> frozenset[str]:
    """Return the names of the functions of a file."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def test_the_hazards_are_numbered_without_a_gap() -> None:
    assert list(HAZARDS) == [f"H{number:02}" for number in range(1, len(HAZARDS) + 1)]


@pytest.mark.parametrize("hazard", HAZARDS)
def test_a_hazard_has_all_its_parts_and_a_test(hazard: str) -> None:
    assert [part for part in PARTS if part not in HAZARDS[hazard]] == []
    assert "`tests/" in HAZARDS[hazard].split("- Proof: ")[1]


@pytest.mark.parametrize("hazard", HAZARDS)
def test_the_risk_of_a_hazard_follows_from_the_table(hazard: str) -> None:
    before, after = re.findall(SCORE, HAZARDS[hazard])
    assert [risks()[score[:2]] for score in (before, after)] == [before[2], after[2]]
    assert after[2] <= before[2]


def test_a_test_named_in_the_page_exists() -> None:
    assert [f"{file}::{name}" for file, name in NAMED if name not in names_in(file)] == []


def test_every_mention_of_a_test_in_the_page_is_checked() -> None:
    assert PAGE.count("`tests/") == len(re.findall(r"`tests/[a-z_/]+\.py::test_\w+`", PAGE))


def test_the_page_says_that_nobody_has_signed() -> None:
    assert "No clinical safety officer has read or signed this page" in PAGE
