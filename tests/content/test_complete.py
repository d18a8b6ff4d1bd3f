"""Content that answers patients has every value set and topic that the software reads."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest
from click.testing import CliRunner

from cds_service.app import create_app
from cds_service.cli import main
from cds_service.content.complete import check_complete
from cds_service.content.knowledge import load_knowledge
from cds_service.core.facts.table import FACTS
from cds_service.core.knowledge import Knowledge
from cds_service.core.record import VALUE_SETS
from cds_service.core.vocabulary.vocabulary import Vocabulary
from cds_service.core.words.topics import TOPICS
from cds_service.errors import KnowledgeError
from cds_service.workbench.proof.second_telling import FILE

ItemT = TypeVar("ItemT")


def without(items: Mapping[str, ItemT], name: str) -> dict[str, ItemT]:
    """Return all items but one."""
    return {key: item for key, item in items.items() if key != name}


def refusal(knowledge: Knowledge) -> str:
    """Return why content is not complete."""
    with pytest.raises(KnowledgeError) as refused:
        check_complete(knowledge)
    return str(refused.value)


@pytest.mark.parametrize("name", sorted(VALUE_SETS))
def test_a_missing_value_set_is_named(name: str, knowledge: Knowledge) -> None:
    published = without(knowledge.published, name).values()
    vocabulary = Vocabulary(knowledge.vocabulary.systems.values(), published)
    poorer = replace(knowledge, vocabulary=vocabulary)
    assert refusal(poorer) == f"value-sets/{name}.yaml:1: this file is missing"


@pytest.mark.parametrize("name", sorted(TOPICS))
def test_a_missing_topic_is_named(name: str, knowledge: Knowledge) -> None:
    topics = without(knowledge.topics, name)
    poorer = replace(knowledge, topics=topics)
    assert refusal(poorer) == f"text-patterns/{name}.yaml:1: this file is missing"


def test_the_shipped_content_is_complete_and_declares_every_fact(shipped: Knowledge) -> None:
    check_complete(shipped)
    assert sorted(FACTS.keys() - shipped.facts.keys()) == []


@pytest.fixture
def no_prosthesis(whole_content: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Content that loads, and does not tell the software what a hip prosthesis is."""
    (whole_content / "value-sets" / "hip-prosthesis.yaml").unlink()
    second = whole_content / FILE
    rows = second.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [row for row in rows if not row.startswith("hip-prosthesis,")]
    second.write_text("".join(kept), encoding="utf-8")
    load_knowledge(whole_content)
    monkeypatch.setenv("CDS_CARDS_DIR", str(whole_content))
    return whole_content


@pytest.mark.parametrize("command", ["check", "try"])
def test_a_command_refuses_content_that_is_not_complete(command: str, no_prosthesis: Path) -> None:
    arguments = [] if command == "check" else [str(no_prosthesis / "facts.yaml")]

    finished = CliRunner().invoke(main, [command, *arguments])

    assert "value-sets/hip-prosthesis.yaml:1: this file is missing" in str(finished.exception)


def test_the_service_does_not_start_with_content_that_is_not_complete(no_prosthesis: Path) -> None:
    with pytest.raises(KnowledgeError, match=r"hip-prosthesis\.yaml:1: this file is missing"):
        create_app()
