"""Content that is wrong in one place is refused, with the file, the line and plain words."""

import subprocess
import sys
from pathlib import Path

import pytest

from cds_service.errors import KnowledgeError
from tests.conftest import CARDS
from tests.content.spoiling import SMALL, Sabotage, check, sabotages

SPOILED = [
    *sabotages("sabotage-files.yaml"),
    *sabotages("sabotage-names.yaml"),
    *sabotages("sabotage-codes.yaml"),
    *sabotages("sabotage-cards.yaml"),
    *sabotages("sabotage-texts.yaml"),
    *sabotages("sabotage-staging.yaml"),
    *sabotages("sabotage-words.yaml"),
    *sabotages("sabotage-proofs.yaml"),
    *sabotages("sabotage-tracing.yaml"),
]


@pytest.mark.parametrize("sabotage", SPOILED)
def test_spoiled_content_is_refused_where_it_is_wrong(sabotage: Sabotage, content: Path) -> None:
    sabotage.spoil(content)

    with pytest.raises(KnowledgeError) as refused:
        check(content)

    error = refused.value
    assert sabotage.says in error.words
    assert (error.file, error.line) == (sabotage.expected_file, sabotage.expected_line(content))


@pytest.mark.parametrize("root", [CARDS, SMALL], ids=["frozen", "small"])
def test_content_that_nobody_spoiled_is_proved(root: Path) -> None:
    assert "cases" in check(root)


def test_the_command_ends_with_file_line_and_sentence(content: Path) -> None:
    words = content / "words.en.yaml"
    words.write_text(f"{words.read_text(encoding='utf-8')}colour: &red blue\n", encoding="utf-8")
    last_line = len(words.read_text(encoding="utf-8").splitlines())

    command = Path(sys.executable).with_name("cds-service")
    finished = subprocess.run(
        [command, "check", content], capture_output=True, text=True, timeout=60, check=False
    )

    assert finished.returncode == 1
    assert finished.stdout == ""
    assert f"words.en.yaml:{last_line}: anchors, aliases and tags" in finished.stderr
    assert "Traceback" not in finished.stderr
