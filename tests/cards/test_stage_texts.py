"""The table of stage texts: what is read, and what is refused rather than guessed."""

from pathlib import Path

import pytest
import yaml

from cds_service.core.record import Side
from cds_service.core.words.stages.reading import read_stages
from cds_service.core.words.stages.today import Said
from tests.conftest import SHIPPED_CARDS, loaded

KNOWLEDGE = loaded(SHIPPED_CARDS)
TABLE = yaml.safe_load((Path(__file__).parent / "stage-texts.yaml").read_text(encoding="utf-8"))
ORDER = (Side.RIGHT, Side.LEFT)


def read(text: str) -> str:
    """Write what is read of a text as the table does."""
    found = read_stages(KNOWLEDGE.lexicon.read(text), KNOWLEDGE.staging)
    return "; ".join(map(_written, found)) or "nothing"


def _written(said: Said) -> str:
    if said.hips.is_open:
        return "unread"
    sides = "+".join(side.value for side in ORDER if side in said.hips.sides)
    if said.stage:
        return f"{sides} {said.stage.label}, {said.stage.group}".strip()
    return f"{sides} {said.says} {said.number}".strip()


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row["text"])
def test_a_text_is_read_as_the_table_says(row: dict[str, str]) -> None:
    assert read(row["text"]) == row["reads"]


def test_the_table_is_long_enough_and_repeats_nothing() -> None:
    texts = {row["text"] for row in TABLE}
    assert len(texts) == len(TABLE) >= 60


def test_paragraphs_are_apart_and_lines_are_not() -> None:
    apart, wrapped = read("No fracture\n\nARCO III"), read("No evidence\nof ARCO III")
    assert (apart, wrapped) == ("ARCO III, collapsed", "unread")
