"""What the names of studies say, by the rows of `studies.csv`; each phrase is needed by one."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from msgspec.structs import replace

from cds_service.content.terms.topics import Patterns, TermsFile, load_text_patterns
from cds_service.core.record import SIDES
from cds_service.core.words.lexicon import Lexicon
from cds_service.core.words.sides import SidesSaid
from cds_service.core.words.staging import COLLAPSE
from cds_service.core.words.studies import NOT_A_REVIEW, Imaged, imaged, imaged_together
from cds_service.core.words.tokens import words_of
from tests.conftest import SHIPPED_CARDS

TABLE = Path(__file__).with_name("studies.csv")
KINDS = {"film": "XR", "mri": "MR", "ct": "CT", None: ""}
REVIEWED = {"hip", "femoral-head", "bony-pelvis"}
SHOWN = {"hips-in-passing", "femur", "pelvis"}


class Row(NamedTuple):
    """A text and what a careful reader sees in it; side and kind only where hips are on it."""

    text: str
    shows: str
    modality: str
    side: str


def rows() -> list[Row]:
    """Return the table."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return [_plain(Row(*line)) for line in list(csv.reader(file))[1:]]


def _plain(row: Row) -> Row:
    if row.shows in {"review", "shows-hips"}:
        return row
    return Row(row.text, row.shows, "", "")


ROWS = rows()


def read(text: str, lexicon: Lexicon) -> Row:
    """Return what is read of a text, in the words of the table."""
    return _row(text, imaged(lexicon.read(text)))


def _row(text: str, found: Imaged) -> Row:
    kind, region, said = found
    if kind == NOT_A_REVIEW or region == "other":
        return Row(text, NOT_A_REVIEW if kind == NOT_A_REVIEW else "elsewhere", "", "")
    if region in REVIEWED or (region == "pelvis" and kind == "film"):
        return Row(text, "review", KINDS[kind], _side(said))
    if region in SHOWN:
        return Row(text, "shows-hips", KINDS[kind], _side(said))
    return Row(text, "unclear", "", "")


def _side(said: SidesSaid) -> str:
    if said.is_open:
        return "open"
    return "both" if said.sides == SIDES else "".join(side.value for side in said.sides)


PATTERNS = load_text_patterns(SHIPPED_CARDS)
LEXICON = PATTERNS.lexicon({})


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.text)
def test_a_name_is_read_as_a_careful_reader_does(row: Row) -> None:
    found = read(row.text, LEXICON)
    is_elsewhere_too = row.shows == "elsewhere" and found.shows == NOT_A_REVIEW
    assert found == row or is_elsewhere_too


def without_each(patterns: Patterns) -> Iterator[tuple[str, Patterns]]:
    """Yield every phrase of the tables of studies, with the patterns that lack it."""
    for place, table in enumerate(patterns.families):
        if table.id == COLLAPSE:
            continue
        for label, by_language in table.terms.items():
            for language, phrases in by_language.items():
                for phrase in phrases:
                    fewer = _without(table, label, language, phrase)
                    tables = (*patterns.families[:place], fewer, *patterns.families[place + 1 :])
                    yield f"{table.id} {label} {phrase}", replace(patterns, families=tables)


def _without(table: TermsFile, label: str, language: str, phrase: str) -> TermsFile:
    terms: Mapping[str, Mapping[str, Sequence[str]]] = table.terms
    kept = [one for one in terms[label][language] if one != phrase]
    return replace(table, terms={**terms, label: {**terms[label], language: kept}})


def _needs(phrase: str, row: Row) -> bool:
    return words_of(phrase)[0] in words_of(row.text)


def test_each_phrase_is_needed_by_a_row() -> None:
    unneeded = [
        name
        for name, patterns in without_each(PATTERNS)
        for poorer in [patterns.lexicon({})]
        if not any(
            imaged(poorer.read(row.text)) != imaged(LEXICON.read(row.text))
            for row in ROWS
            if _needs(name.split(" ", 2)[2], row)
        )
    ]
    assert unneeded == []


def test_a_third_of_the_rows_only_look_like_a_review_and_half_are_not_english() -> None:
    assert len(ROWS) >= 300
    assert sum(row.shows != "review" for row in ROWS) * 3 >= len(ROWS)
    assert sum(not row.text.isascii() for row in ROWS) * 2 >= len(ROWS)


def test_a_name_of_very_many_sites_leaves_the_side_open() -> None:
    assert imaged(LEXICON.read("XR left hip and right knee " * 120)).said.is_open


@pytest.mark.parametrize(
    ("names", "parts", "expected"),
    [
        (["XR HIP RIGHT", "XR HIP RT 2V"], [], ("review", "XR", "right")),
        (["XR HIP RIGHT", "XR LEFT HIP"], [], ("review", "XR", "open")),
        (["XR HIP", "XR KNEE LEFT"], [], ("review", "XR", "")),
        (["XR HIP"], ["LEFT HIP AP", "RIGHT HIP AP"], ("review", "XR", "both")),
        (["XR HIP RIGHT"], ["LEFT HIP AP"], ("review", "XR", "open")),
        ([], ["RIGHT HIP AP", "KNEE AP LEFT"], ("review", "XR", "right")),
        (["IMG7"], ["SCOUT", "COR T1 HIPS"], ("review", "MR", "both")),
        (["MRI HIP RIGHT"], ["FLUORO"], ("review", "MR", "right")),
        (["XR HIP RIGHT", "C-ARM"], [], (NOT_A_REVIEW, "", "")),
        ([], ["US", "US"], (NOT_A_REVIEW, "", "")),
    ],
)
def test_the_names_of_a_study_count_before_those_of_its_series(
    names: list[str], parts: list[str], expected: tuple[str, str, str]
) -> None:
    told = [[imaged(LEXICON.read(text)) for text in texts] for texts in (names, parts)]
    assert _row("", imaged_together(*told))[1:] == expected
