"""A word with one letter wrong is read as the word that is meant, by the rows of `misspelt.csv`."""

import pytest
from msgspec.structs import replace

from cds_service.content.terms.topics import Patterns, load_text_patterns
from cds_service.core.words.diagnoses.reading import read_words
from cds_service.core.words.lexicon import Lexicon
from cds_service.core.words.stages.reading import read_stages
from cds_service.core.words.stages.staging import STAGING
from tests.conftest import SHIPPED_CARDS
from tests.words.tables import lines_of
from tests.words.test_stages import STAGES

PATTERNS = load_text_patterns(SHIPPED_CARDS)
ROWS = lines_of("misspelt.csv")


def lexicon_of(patterns: Patterns) -> Lexicon:
    """Return what finds these phrases and those of stages."""
    return patterns.lexicon({STAGING: STAGES.tables})


LEXICON = lexicon_of(PATTERNS)


def read(text: str, lexicon: Lexicon) -> object:
    """Return what is read of a text: diseases, prostheses, stages and shapes."""
    found = lexicon.read(text)
    return (read_words(found, PATTERNS.patterns()), read_stages(found, STAGES))


def test_a_misspelt_text_is_read_as_it_is_meant() -> None:
    otherwise = [text for text, meant in ROWS if read(text, LEXICON) != read(meant, LEXICON)]
    assert not otherwise, "\n".join(otherwise)
    assert all(LEXICON.anchors.may_stand_in(text) for text, _ in ROWS)


@pytest.mark.parametrize("word", PATTERNS.context.misspelt)
def test_each_word_is_needed_by_a_row(word: str) -> None:
    kept = tuple(other for other in PATTERNS.context.misspelt if other != word)
    poorer = lexicon_of(replace(PATTERNS, context=replace(PATTERNS.context, misspelt=kept)))
    assert any(read(text, poorer) != read(text, LEXICON) for text, _ in ROWS)


@pytest.mark.parametrize("text", ["septic necrosis of the hip", "vascular disease of the hip"])
def test_another_word_is_not_taken_for_a_misspelt_one(text: str) -> None:
    assert LEXICON.read(text).tokens.folded == text.split()
