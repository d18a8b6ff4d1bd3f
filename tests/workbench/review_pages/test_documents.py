"""The pages for review say what the content says, and all of it."""

from pathlib import Path

import pytest

from cds_service.content.knowledge import load_knowledge
from cds_service.core.knowledge import Knowledge
from cds_service.workbench.proof.run import Content
from cds_service.workbench.review_pages.pages import generated_pages
from tests.conftest import CARDS
from tests.content.language import write_language
from tests.content.spoiling import copy_of_small


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    """The pages of the frozen content."""
    return generated_pages(load_knowledge(CARDS), CARDS)


def test_a_population_stands_with_its_cases_before_the_cards(pages: dict[str, str]) -> None:
    page = pages["cards.md"]
    population, card = page.index("## Population adult-with-osteonecrosis"), page.index("Version ")
    assert population < page.index("one year below adult age") < card


def test_every_case_is_on_the_page_of_the_cards(
    knowledge: Knowledge, pages: dict[str, str]
) -> None:
    names = {case.name for _, cases in Content(knowledge, CARDS).rules for case in cases}
    assert {name for name in names if name not in pages["cards.md"]} == set()


def test_every_summary_of_a_case_is_on_the_page_of_the_cards(
    knowledge: Knowledge, pages: dict[str, str]
) -> None:
    run = [case for cases in Content(knowledge, CARDS).cards.values() for case in cases]
    summaries = {card.summary for case in run for card in case.cards.values()}
    assert {text for text in summaries if text not in pages["cards.md"]} == set()


def test_a_second_language_stands_beside_the_first(tmp_path: Path) -> None:
    content = copy_of_small(tmp_path)
    write_language(content)
    page = generated_pages(load_knowledge(content), content)["cards.md"]
    assert page.count("In `en`:") == page.count("In `xx`:") > 0
    assert "BODY WEIGHT" in page


def test_no_row_of_the_traceability_is_empty(pages: dict[str, str]) -> None:
    rows = [line for line in pages["traceability.md"].splitlines() if line.startswith("|")]
    assert [row for row in rows if "|  |" in row] == []
