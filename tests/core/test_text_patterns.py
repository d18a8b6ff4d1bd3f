"""Phrases are found on whole words, negations silence their sentence and nothing else."""

import pytest

from cds_service.core.text.normal import any_of, normal_text
from cds_service.core.text.topics import (
    TextPattern,
    TextRule,
    is_named,
    is_ruled_out,
)

SAYS, BESIDES = any_of(["running", "non-stop run", "跑步"]), any_of(["track"])
assert SAYS


def pattern(
    *rules: TextRule, negations: tuple[str, ...] = ("no", "non", "?", "不"), harmless: str = ""
) -> TextPattern:
    """Return an invented topic."""
    found = rules or (TextRule(SAYS, None),)
    return TextPattern(
        "invented", "service", False, found, any_of(negations), any_of([harmless] * bool(harmless)),
        any_of(["nose"]),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Running", True),
        ("RUNNING, daily", True),
        ("ｒｕｎｎｉｎｇ", True),
        ("forerunning", False),
        ("running2", False),
        ("running跑", True),
        ("每天跑步机", True),
        ("non‑stop   run", True),
        ("no running", False),
        ("不跑步", False),
        ("running?", False),
        ("noon running", True),
        ("Running. No other sport.", True),
        ("No sport. Running.", True),
        ("no e.g. running", False),
        ("不游泳。跑步", True),
        ("avoid nothing", False),
        ("", False),
    ],
)
def test_a_topic_is_named_by_whole_words_of_a_sentence_without_negation(
    text: str, expected: bool
) -> None:
    assert is_named(pattern(), [text]) is expected


def test_one_text_of_several_is_enough() -> None:
    assert is_named(pattern(), ["no running", "running"])


def test_two_words_must_stand_in_one_sentence() -> None:
    together = pattern(TextRule(SAYS, BESIDES))
    assert is_named(together, ["Running on the track"])
    assert not is_named(together, ["Running. On the track"])


def test_without_negations_every_finding_counts() -> None:
    assert is_named(pattern(negations=()), ["no running"])


def test_a_harmless_phrase_negates_nothing() -> None:
    assert is_named(pattern(harmless="no shoes"), ["running, no shoes"])
    assert not is_named(pattern(harmless="no shoes"), ["no running, no shoes"])


def test_an_exception_anywhere_rules_the_topic_out() -> None:
    assert is_ruled_out(pattern(), ["running", "a Nose"])
    assert not is_ruled_out(pattern(), ["noses"])


def test_case_width_dashes_and_blanks_are_no_difference() -> None:
    assert normal_text("  Ｎon–weight-\n bearing’s ") == "non weight bearing's"


def test_no_phrases_find_nothing() -> None:
    assert any_of([]) is None
