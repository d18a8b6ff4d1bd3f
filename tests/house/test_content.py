"""A change of the shipped content breaks no test but those that prove it."""

import re
from pathlib import Path

from tests.conftest import ROOT

TESTS = sorted((ROOT / "tests").rglob("*.py"))
# What is true of the shipped content whatever it says; the faults are planted in a copy of it.
MAY_READ_IT = (
    "cards/",
    "orders/test_every_code.py",
    "mutants/",
    "web/test_cards.py",
    "conftest.py",
    "content/test_complete.py",
    "content/test_knowledge.py",
    "content/test_sabotage.py",
    "content/test_second_telling.py",
    "golden/record.py",
    "house/",
    "words/",
)
READS_IT = re.compile(r"\bSHIPPED_CARDS\b|\bshipped: Knowledge\b|ROOT / \"cards\"")


def name(path: Path) -> str:
    """Return the name of a file below the tests."""
    return str(path.relative_to(ROOT / "tests"))


def test_a_test_of_the_software_reads_no_shipped_content() -> None:
    found = {name(path): READS_IT.findall(path.read_text(encoding="utf-8")) for path in TESTS}
    assert [
        name for name, reads in found.items() if reads and not name.startswith(MAY_READ_IT)
    ] == []
