"""A number of ours that is not its source's is called what it is, and the card says both."""

from pathlib import Path

import pytest

from cds_service.content.knowledge import load_knowledge
from cds_service.errors import KnowledgeError
from tests.content.spoiling import check

SCHEDULE = "schedules/femoral-head-review.yaml"
LONGER = {"value: P6M": "value: P9M"}
OURS = {
    "value: P9M\n    meaning: Between films after the beginning, and later on for a lesion that "
    "progresses.\n    evidence: surgeon-answers": "value: P9M\n    meaning: Between films.\n"
    "    evidence: service-default"
}


def edited(content: Path, *changes: dict[str, str]) -> Path:
    """Return the content with an edit of the schedule."""
    path = content / SCHEDULE
    text = path.read_text(encoding="utf-8")
    for old, new in (pair for change in changes for pair in change.items()):
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return content


def test_it_is_refused_as_the_number_of_the_source(content: Path) -> None:
    with pytest.raises(KnowledgeError, match="says 6 months, not 9 months"):
        check(edited(content, LONGER))


def test_it_is_proved_as_policy_without_a_change_of_any_case(content: Path) -> None:
    assert "cases" in check(edited(content, LONGER, OURS))


def test_the_card_says_both_numbers_and_whose_policy_it_is(content: Path) -> None:
    card = load_knowledge(edited(content, LONGER, OURS)).cards["review-interval"]
    line = "clinically licensed: 9 months in place of 6 months."
    assert line in str(card.texts["en"].detail["due"][-1])


def test_the_reasons_of_the_card_keep_the_number_of_the_source(content: Path) -> None:
    card = load_knowledge(edited(content, LONGER, OURS)).cards["review-interval"]
    reasons = "".join(map(str, card.texts["en"].rationale))
    assert "then about 6 months" in reasons
    assert "9 months in place of 6 months." in reasons
