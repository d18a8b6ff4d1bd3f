"""How long a card can become: words as a reader meets them, and placeholders at their longest."""

from dataclasses import replace

import pytest

from cds_service.content.cards.lengths import Length, count_words, lengths
from cds_service.content.files.templates import Names
from cds_service.core.knowledge import Knowledge
from cds_service.core.texts import Template


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("**Less:** long walks, frog-leg, the physician's plan.", 7),
        ("5 October 2026 (film), 3.5", 5),
        ("**分期**：ARCO II，避免跑跳。", 8),
        (" - ** ", 0),
    ],
)
def test_words_are_counted_as_a_reader_meets_them(text: str, count: int) -> None:
    assert count_words(text) == count


def changed(knowledge: Knowledge, findings: dict[tuple[str, str], Template]) -> Length:
    """Return the length of the weight-bearing card in English with these findings alone."""
    text = knowledge.cards["weight-bearing"].texts["en"]
    text = replace(text, findings=dict.fromkeys(text.summary, findings))
    names = Names(knowledge.facts, knowledge.parameters)
    found, *_ = lengths("weight-bearing", {"en": text}, names, knowledge.words)
    return found


def test_the_longest_finding_of_each_fact_is_counted_and_what_is_no_answer_is_not(
    knowledge: Knowledge,
) -> None:
    bare = changed(knowledge, {}).words
    found: dict[tuple[str, str], Template] = {
        ("stage", "never"): ("three words more",),
        ("stage", "collapsed"): ("two words",),
        ("stage", "unknown"): ("many words that nobody counts at all",),
        ("osteonecrosis", "broader"): ("said first, so it is not counted",),
        ("progression", "advanced"): ("one",),
    }
    assert changed(knowledge, found).words == bare + 4


def test_no_card_is_longer_than_the_limits(knowledge: Knowledge) -> None:
    names = Names(knowledge.facts, knowledge.parameters)
    every = [
        one
        for card in knowledge.cards.values()
        for one in lengths(card.id, card.texts, names, knowledge.words)
    ]
    assert max(one.characters for one in every) <= 100
    assert max(one.words for one in every if one.language == "en") <= 80
    assert max(one.words for one in every if one.language == "zh") <= 130
