"""What readers meet seldom: a missing table, an error without a place, a value that is no word."""

from pathlib import Path

import msgspec
import pytest

from cds_service.content.answers import wrong_modalities
from cds_service.content.cards.populations import load_populations
from cds_service.content.files import decode as decoding
from cds_service.content.files.templates import Names
from cds_service.content.files.words import Word, wrong
from cds_service.core.knowledge import Knowledge
from cds_service.workbench.proof.cases import facts_of
from cds_service.workbench.proof.schema import CaseFile


class Expectation(msgspec.Struct):
    """A struct without a word."""

    number: int


def test_content_without_populations_has_none(tmp_path: Path, knowledge: Knowledge) -> None:
    assert load_populations(tmp_path, Names(knowledge.facts, knowledge.parameters)) == {}


def test_an_error_that_finds_no_place_is_raised_as_it_came(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "_errors", lambda *_: iter(()))
    with pytest.raises(msgspec.ValidationError):
        decoding.decode(Word("three", "numbers.yaml", 1), int)


def test_an_error_stands_at_the_first_word_whatever_stands_before_it() -> None:
    before = Expectation(3)
    assert wrong((3, before, Word("three", "numbers.yaml", 2)), "is too many").line == 2


def test_a_fact_that_no_card_asks_for_may_be_left_out_of_a_case(knowledge: Knowledge) -> None:
    name, fact = next((n, f) for n, f in knowledge.facts.items() if "unknown" not in f.may_be)
    item = CaseFile(name="nothing is given", outcome="silent")
    assert facts_of(item, {}, {name: fact}, asked=()) == {}


def test_content_may_have_no_fact_on_the_modality_of_a_review(knowledge: Knowledge) -> None:
    assert list(wrong_modalities({}, knowledge.schedule)) == []


def test_the_rule_of_a_list_of_codes_is_written_as_a_person_writes_it(knowledge: Knowledge) -> None:
    includes = knowledge.published["osteonecrosis-femoral-head"].compose.include
    written = {str(rule) for include in includes for rule in include.expand_from}
    assert {"<< 203476003", r"code regex M87\.[0-9]5[1-9]"} <= written
