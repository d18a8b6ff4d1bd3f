"""Proves every row of the value sets against a second telling by somebody else.

A mistyped code, a turned side or a wrong precision looks like any other row; told twice, it does
not pass. `value-sets/second-telling.csv` holds a row a code: what the source says of it.
"""

import csv
from collections.abc import Iterator
from pathlib import Path

from cds_service.core.knowledge import Knowledge
from cds_service.errors import KnowledgeError

FILE = "value-sets/second-telling.csv"
MEMBERS = ("laterality", "precision", "role", "siteGroup")
Row = tuple[str, str, str]
"""Value set, URL of the code system, code."""
Told = tuple[str, ...]
"""The members of a row, empty where it has none."""


def codes_told_once(knowledge: Knowledge, root: Path) -> Iterator[KnowledgeError]:
    """Yield each row that was told once only, twice in the second telling, or differently."""
    path = root / FILE
    if not path.is_file():
        yield KnowledgeError(FILE, 1, "this file is missing: every code has a second telling in it")
        return
    first, second = dict(_first(knowledge)), dict[Row, Told]()
    for line, row, told in _second(path):
        name, _, code = row
        if row in second:
            yield KnowledgeError(FILE, line, f"`{code}` of {name} stands here twice")
        elif row not in first:
            yield KnowledgeError(FILE, line, f"`{code}` is no code of {name} in {row[1]}")
        elif told != first[row]:
            words = f"here {_words(first[row])}, in {FILE}:{line} {_words(told)}"
            yield _wrong(row, root, f"is told twice and differently, {words}: look at the source")
        second[row] = told
    for row in first.keys() - second.keys():
        words = "has no second telling: who does not look at this row writes one"
        yield _wrong(row, root, f"{words} into {FILE}, from the source")


def _first(knowledge: Knowledge) -> Iterator[tuple[Row, Told]]:
    for name, value_set in knowledge.published.items():
        for include in value_set.includes:
            for code in include.codes:
                said = dict(code.properties)
                told = tuple(said.get(member, "") for member in MEMBERS)
                yield (name, include.system, code.code), told


def _second(path: Path) -> Iterator[tuple[int, Row, Told]]:
    with path.open(encoding="utf-8", newline="") as file:
        for line, item in enumerate(csv.DictReader(file), start=2):
            row = (item["valueSet"], item["system"], item["code"])
            yield line, row, tuple(item[member] for member in MEMBERS)


def _words(told: Told) -> str:
    said = [f"{name} {value}" for name, value in zip(MEMBERS, told, strict=True) if value]
    return ", ".join(said) or "nothing"


def _wrong(row: Row, root: Path, words: str) -> KnowledgeError:
    name, _, code = row
    file = f"value-sets/{name}.yaml"
    lines = (root / file).read_text(encoding="utf-8").splitlines()
    line = next((n for n, text in enumerate(lines, 1) if f'"{code}"' in text), 1)
    return KnowledgeError(file, line, f"`{code}` {words}")
