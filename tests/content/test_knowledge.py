"""What the loader gives back: where it reads, what it signs."""

import io
import pickle
from pathlib import Path
from typing import ClassVar

import pytest

from cds_service.content.files.words import Word
from cds_service.content.knowledge import cards_directory, load_knowledge, load_sum
from cds_service.core.knowledge import Knowledge
from cds_service.core.wording import fill
from cds_service.workbench.proof.run import Content
from tests.conftest import CARDS, SHIPPED_CARDS
from tests.content.spoiling import Sabotage, check, copy_of_content, sabotages

CARD = "weight-bearing"


def edit(path: Path, old: str, new: str) -> None:
    """Replace the first `old` of a file."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize("change", sabotages("harmless.yaml"))
def test_an_allowed_change_is_proved(change: Sabotage, content: Path) -> None:
    change.spoil(content)
    check(content)


def test_every_card_comes_with_its_cases_run(knowledge: Knowledge) -> None:
    run = Content(knowledge, CARDS).cards
    assert run.keys() == knowledge.cards.keys()
    assert all(any(case.is_shown for case in cases) for cases in run.values())


def test_the_configured_folder_is_read(tmp_path: Path) -> None:
    assert cards_directory(tmp_path) == tmp_path


def test_the_shipped_folder_is_read_where_none_is_configured() -> None:
    assert cards_directory(None) == SHIPPED_CARDS


@pytest.mark.parametrize(
    "file", ["words.en.yaml", f"{CARD}/card.md", "value-sets/laterality.yaml", "facts.yaml"]
)
def test_the_digest_of_the_content_follows_every_file(content: Path, file: str) -> None:
    before = load_knowledge(content).digest
    path = content / file
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert load_knowledge(content).digest != before


def test_the_digest_of_the_content_leaves_the_cases_out(content: Path) -> None:
    before = load_knowledge(content).digest
    path = content / CARD / "cases" / "cases.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert load_knowledge(content).digest == before


def test_the_digest_does_not_depend_on_where_the_content_lies(tmp_path: Path) -> None:
    inside = tmp_path / "cases"
    inside.mkdir()
    root = copy_of_content(inside)
    assert load_knowledge(root).digest == load_knowledge(CARDS).digest


def test_a_number_in_a_shared_note_is_written(content: Path) -> None:
    edit(content / "words.en.yaml", "unconfirmed: ", "unconfirmed: Until {{ middleEnds }}, ")
    note = load_knowledge(content).words["en"].notes[("verification", "unconfirmed")]
    assert fill(note, {}).startswith("Until 2 years, ")


def test_true_in_a_draft_order_is_a_boolean(content: Path) -> None:
    action = content / "actions" / "physiotherapy.yaml"
    edit(action, "  intent: order\n", "  intent: order\n  doNotPerform: true\n")
    (order,) = load_knowledge(content).cards[CARD].orders
    assert order.resource["doNotPerform"] is True


def test_a_number_may_be_used_by_what_keeps_a_suggestion_back(content: Path) -> None:
    elderly = "  - {name: elderly, value: 80 a, meaning: Old., evidence: service-default}\n"
    edit(content / "parameters.yaml", "parameters:\n", f"parameters:\n{elderly}")
    line = "{fact: orderFormat, is: older}"
    edit(content / CARD / "card.md", line, "{fact: patientAge, atLeast: elderly}")
    load_knowledge(content)


@pytest.fixture
def as_read() -> Knowledge:
    """The frozen content as it is handed on: no answer was worked out of it yet."""
    return load_sum(CARDS, None)


def test_knowledge_that_was_handed_to_a_worker_answers_the_same(as_read: Knowledge) -> None:
    handed = pickle.loads(pickle.dumps(as_read))
    concepts = as_read.value_sets["osteonecrosis-femoral-head"]
    codes = [("http://hl7.org/fhir/sid/icd-10-cm", concept.code) for concept in concepts]

    assert [handed.recognise(*code) for code in codes] == [as_read.recognise(*c) for c in codes]
    assert handed.knows_system(codes[0][0])
    for name, card in as_read.cards.items():
        other = handed.cards[name]
        assert (other.digest, other.texts) == (card.digest, card.texts)
        assert [line.label for line in other.lines] == [line.label for line in card.lines]


def test_knowledge_holds_ordinary_texts(as_read: Knowledge) -> None:
    finder = WordFinder(io.BytesIO())
    finder.dump(as_read)
    assert finder.found == []


class WordFinder(pickle.Pickler):
    """Finds the texts in a value that still know their place, keys of tables too."""

    found: ClassVar[list[Word]] = []

    def reducer_override(self, value: object) -> object:
        """Note a word; everything else is pickled as ever."""
        if isinstance(value, Word):
            self.found.append(value)
        return NotImplemented
