"""The table of stage texts: what is read, and what is refused rather than guessed."""

from pathlib import Path

import pytest
import yaml

from cds_service.content.knowledge import load_knowledge
from cds_service.core.record import NO_SIDE, SIDES, Side
from cds_service.core.words.stages import Reading, read_stages
from cds_service.core.words.staging import SidedStage, compare
from tests.conftest import SHIPPED_CARDS
from tests.core.builders import ON_LEFT, ON_RIGHT

STAGING = load_knowledge(SHIPPED_CARDS).staging
TABLE = yaml.safe_load((Path(__file__).parent / "stage-texts.yaml").read_text(encoding="utf-8"))
ORDER = (Side.RIGHT, Side.LEFT)


def written(reading: Reading) -> str:
    """Write a reading as the table does."""
    if reading.is_unread:
        return "unread"
    if reading.is_type:
        return "type"
    return "; ".join(map(_written_stage, reading.stages)) or "nothing"


def _written_stage(found: SidedStage) -> str:
    sides = "+".join(side.value for side in ORDER if side in found.sides)
    return f"{sides} {found.stage.label}, {found.stage.group}".strip()


def only_stage(text: str) -> SidedStage:
    """Return the one stage of a text."""
    [found] = read_stages(text, NO_SIDE, STAGING).stages
    return found


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row["text"])
def test_a_text_is_read_as_the_table_says(row: dict[str, str]) -> None:
    assert written(read_stages(row["text"], NO_SIDE, STAGING)) == row["reads"]


def test_the_table_is_long_enough_and_repeats_nothing() -> None:
    texts = {row["text"] for row in TABLE}
    assert len(texts) == len(TABLE) >= 60


@pytest.mark.parametrize(
    ("text", "sides", "reads"),
    [
        ("ARCO II", ON_RIGHT, "right ARCO II, earlyChange"),
        ("right hip ARCO II", ON_RIGHT, "right ARCO II, earlyChange"),
        ("bilateral, ARCO II", ON_RIGHT, "right ARCO II, earlyChange"),
        ("left hip ARCO II", ON_RIGHT, "unread"),
        ("right ARCO II, left ARCO III", ON_LEFT, "left ARCO III, collapsed"),
        (
            "right ARCO II, left ARCO III",
            SIDES,
            "right ARCO II, earlyChange; left ARCO III, collapsed",
        ),
    ],
)
def test_the_side_of_the_resource_narrows_that_of_the_text(
    text: str, sides: frozenset[Side], reads: str
) -> None:
    assert written(read_stages(text, sides, STAGING)) == reads


def test_paragraphs_are_apart_and_lines_are_not() -> None:
    apart = read_stages("No fracture\n\nARCO III", NO_SIDE, STAGING)
    wrapped = read_stages("No evidence of\nARCO III", NO_SIDE, STAGING)
    assert (written(apart), written(wrapped)) == ("ARCO III, collapsed", "unread")


@pytest.mark.parametrize(
    ("earlier", "later", "answer"),
    [
        ("ARCO 2019 II", "ARCO 2019 III", 1),
        ("ARCO 2019 IIIA", "ARCO 2019 IIIB", 1),
        ("ARCO 2019 IIIB", "ARCO 2019 IIIA", -1),
        ("ARCO 2019 IIIB", "ARCO 2019 IIIB", 0),
        ("ARCO 2019 III", "ARCO 2019 IIIB", None),
        ("ARCO 1994 IIIA", "ARCO 1994 IIIC", 0),
        ("ARCO 1994 IIIC", "ARCO 2019 IIIA", 0),
        ("ARCO II", "ARCO 2019 III", 1),
        ("ARCO IV", "ARCO 1994 III", -1),
        ("Ficat IIa", "Ficat IIb", 1),
        ("Steinberg IIA", "Steinberg IIC", 0),
        ("Ficat II", "ARCO III", None),
    ],
)
def test_stages_are_compared_within_a_family(earlier: str, later: str, answer: int | None) -> None:
    assert compare(only_stage(earlier).stage, only_stage(later).stage) == answer
