"""Proves every row of the value sets against a second telling by somebody else.

A mistyped code, a turned side or a wrong precision looks like any other row; told twice, it does
not pass. `value-sets/second-telling.csv` holds a row a code: what the source says of it.
"""

import csv
from collections.abc import Iterator
from pathlib import Path

from cds_service.content.files.words import wrong
from cds_service.content.terms.value_sets import load_vocabulary
from cds_service.core.vocabulary.value_sets import ATTRIBUTES
from cds_service.errors import KnowledgeError

FILE = "value-sets/second-telling.csv"
Row = tuple[str, str, str]
"""Value set, URL of the code system, code."""
Told = dict[str, str]
"""What a row says of its code."""


def codes_told_once(root: Path) -> Iterator[KnowledgeError]:
    """Yield each row that was told once only, twice in the second telling, or differently.

    The value sets are read again, since the codes of Knowledge do not know where they stand.
    """
    path = root / FILE
    if not path.is_file():
        yield KnowledgeError(FILE, 1, "this file is missing: every code has a second telling in it")
        return
    value_sets = load_vocabulary(root).published.values()
    first = {(v.id, system, code.code): code for v in value_sets for system, code in v.members}
    second = dict[Row, Told]()
    for line, row, told in _second(path):
        name, system, code = row
        if row in second:
            yield KnowledgeError(FILE, line, f"`{code}` of {name} stands here twice")
        elif row not in first:
            yield KnowledgeError(FILE, line, f"`{code}` is no code of {name} in {system}")
        elif told != first[row].attributes:
            differ = f"here {_words(first[row].attributes)}, in {FILE}:{line} {_words(told)}"
            words = f"`{code}` is told twice and differently, {differ}: look at the source"
            yield wrong(first[row], words)
        second[row] = told
    for row in (row for row in first if row not in second):
        words = "has no second telling: who does not look at this row writes one"
        yield wrong(first[row], f"`{row[2]}` {words} into {FILE}, from the source")


def _second(path: Path) -> Iterator[tuple[int, Row, Told]]:
    with path.open(encoding="utf-8", newline="") as file:
        for line, item in enumerate(csv.DictReader(file), start=2):
            row = (item["valueSet"], item["system"], item["code"])
            yield line, row, {name: item[name] for name in ATTRIBUTES if item[name]}


def _words(told: Told) -> str:
    return ", ".join(f"{name} {value}" for name, value in told.items()) or "nothing"
