"""A second language is only files, and everything that is proved of English is proved of it."""

import re
import shutil
from pathlib import Path

import pytest

from cds_service.content.knowledge import load_knowledge
from cds_service.content.languages import WRITTEN_CODES, read_language
from cds_service.core.knowledge import Knowledge
from cds_service.core.record import Side
from cds_service.core.render import HookCall, Shown, render_cards
from cds_service.errors import KnowledgeError
from cds_service.hooks import Card
from cds_service.workbench.proof.run import Content
from tests.conftest import CARDS
from tests.content.language import write_language
from tests.content.spoiling import Sabotage, check, copy_of_content, copy_of_small, sabotages

CARD_IDS = sorted(path.parent.name for path in CARDS.glob("*/card.md"))


@pytest.fixture(scope="module")
def bilingual(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The frozen content with a second language, `xx`, to be read."""
    root = copy_of_content(tmp_path_factory.mktemp("bilingual"))
    write_language(root)
    return root


@pytest.fixture(scope="module")
def shouted(bilingual: Path) -> Knowledge:
    """The frozen content with the second language, loaded."""
    return load_knowledge(bilingual)


@pytest.fixture(scope="module")
def small_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small content with the second language, for copying."""
    root = copy_of_small(tmp_path_factory.mktemp("small"))
    write_language(root)
    return root


@pytest.fixture
def small(small_once: Path, tmp_path: Path) -> Path:
    """The small content with the second language, to be spoiled."""
    return Path(shutil.copytree(small_once, tmp_path / "cards"))


def rendered(knowledge: Knowledge, card_id: str, root: Path, language: str) -> Card:
    """Return a card in a language, for the facts of its first case."""
    case = next(case for case in Content(knowledge, root).cards[card_id] if case.is_shown)
    shown = Shown(knowledge.cards[card_id], Side.RIGHT, case.facts, case.decision)
    call = HookCall("hook", "patient", language, "https://cds.example.org")
    return render_cards([shown], knowledge, call)[0]


def test_a_second_language_is_proved_like_the_first(bilingual: Path) -> None:
    check(bilingual)


def test_every_card_has_words_in_every_language(shouted: Knowledge) -> None:
    assert {card.id: card.texts.keys() for card in shouted.cards.values()} == {
        card_id: {"en", "zh", "xx"} for card_id in CARD_IDS
    }


def test_every_code_that_a_card_writes_has_a_chinese_label(knowledge: Knowledge) -> None:
    words = read_language(CARDS / "words.zh.yaml", CARDS)
    concepts = [c for name in WRITTEN_CODES for c in knowledge.value_sets[name]]
    systems = {c.system_name for c in concepts if re.search(" .*[a-z]", c.system_name)}
    assert words.code_labels.keys() == systems | {c.label for c in concepts}


@pytest.mark.parametrize("card_id", CARD_IDS)
def test_a_card_is_written_in_the_second_language(
    bilingual: Path, shouted: Knowledge, card_id: str
) -> None:
    english = rendered(shouted, card_id, bilingual, "en")
    second = rendered(shouted, card_id, bilingual, "xx")

    assert second.summary == english.summary.upper() != english.summary
    assert second.source.label == english.source.label.upper()
    assert [offer.label for offer in second.suggestions] == [
        offer.label.upper() for offer in english.suggestions
    ]
    assert [reason.display for reason in second.override_reasons] == [
        str(reason.display).upper() for reason in english.override_reasons
    ]


@pytest.mark.parametrize("card_id", CARD_IDS)
def test_a_card_decides_the_same_in_both_languages(
    bilingual: Path, shouted: Knowledge, card_id: str
) -> None:
    english = rendered(shouted, card_id, bilingual, "en")
    second = rendered(shouted, card_id, bilingual, "xx")

    assert (second.uuid, second.indicator) == (english.uuid, english.indicator)
    assert [link.url for link in second.links] == [link.url for link in english.links]


@pytest.mark.parametrize("sabotage", sabotages("sabotage-language.yaml"))
def test_a_spoiled_language_is_refused_where_it_is_wrong(sabotage: Sabotage, small: Path) -> None:
    sabotage.spoil(small)

    with pytest.raises(KnowledgeError) as refused:
        check(small)

    error = refused.value
    assert sabotage.says in error.words
    assert (error.file, error.line) == (sabotage.expected_file, sabotage.expected_line(small))
