"""What the names of studies say, by the rows of `studies.csv`; each phrase is needed by one."""

from typing import NamedTuple

import pytest

from cds_service.content.terms.topics import load_text_patterns
from cds_service.core.words.lexicon import Lexicon
from cds_service.core.words.studies import (
    KIND,
    NOT_A_REVIEW,
    REGION,
    Imaged,
    imaged,
    imaged_together,
)
from tests.conftest import SHIPPED_CARDS
from tests.words.needed import unneeded
from tests.words.tables import lines_of, side_of

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
    return [_plain(Row(*line)) for line in lines_of("studies.csv")]


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
        return Row(text, "review", KINDS[kind], side_of(said))
    if region in SHOWN:
        return Row(text, "shows-hips", KINDS[kind], side_of(said))
    return Row(text, "unclear", "", "")


PATTERNS = load_text_patterns(SHIPPED_CARDS)
LEXICON = PATTERNS.lexicon({})


def test_a_name_is_read_as_a_careful_reader_does() -> None:
    read_now = ((row, read(row.text, LEXICON)) for row in ROWS)
    otherwise = [f"{row} is read as {found}" for row, found in read_now if not _is_as(row, found)]
    assert not otherwise, "\n".join(otherwise)


def _is_as(row: Row, found: Row) -> bool:
    return found == row or (row.shows == "elsewhere" and found.shows == NOT_A_REVIEW)


@pytest.mark.parametrize("family", [KIND, REGION])
def test_each_phrase_is_needed_by_a_row(family: str) -> None:
    texts = (row.text for row in ROWS)
    found = unneeded(family, PATTERNS.tables[family], LEXICON, texts, _shown)
    assert found == []


def _shown(text: str, lexicon: Lexicon) -> Imaged:
    return imaged(lexicon.read(text))


def test_a_third_of_the_rows_only_look_like_a_review_and_half_are_not_english() -> None:
    assert len(ROWS) >= 300
    assert sum(row.shows != "review" for row in ROWS) * 3 >= len(ROWS)
    assert sum(not row.text.isascii() for row in ROWS) * 2 >= len(ROWS)


def test_a_leg_may_hold_a_hip_and_a_knee_of_it_none() -> None:
    assert imaged(LEXICON.read("MRI LOWER EXTREMITY WO CONTRAST")).region == "limb"
    assert imaged(LEXICON.read("MRI LOWER EXTREMITY KNEE")).region == "other"


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
