"""A person who corrects content sees all that is wrong in one round."""

from pathlib import Path

import pytest

from cds_service.content.files.strict_yaml import parse_yaml
from cds_service.content.files.words import Block, Errors, Rows, each, plain, raise_all, wrong
from cds_service.content.knowledge import load_knowledge
from cds_service.errors import KnowledgeError
from tests.content.spoiling import check
from tests.content.test_knowledge import edit


def lines_of(content: Path) -> list[str]:
    """Return every line that the loader says of wrong content."""
    with pytest.raises(KnowledgeError) as refused:
        load_knowledge(content)
    return str(refused.value).splitlines()


def test_all_that_yaml_does_not_allow_is_told_at_once(content: Path) -> None:
    path = content / "words.en.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "language: !!str no\nempty:\n", "utf-8")

    assert [line.partition(": ")[2] for line in lines_of(content)] == [
        "`language` stands here twice",
        "anchors, aliases and tags are not allowed",
        "`empty` has no value",
    ]


def test_all_that_has_the_wrong_shape_is_told_at_once(content: Path) -> None:
    edit(content / "parameters.yaml", "    value: 18 a\n", "    walue: 18 a\n")
    edit(content / "parameters.yaml", "parameters:\n", "more: x\nparameters:\n  - text\n")

    assert lines_of(content) == [
        "parameters.yaml:4: `more` is not a word that may stand here",
        "parameters.yaml:6: a mapping is expected here, not text",
        "parameters.yaml:8: `walue` is not a word that may stand here",
        "parameters.yaml:7: `value` is missing",
    ]


def test_all_that_makes_no_sense_in_a_file_is_told_at_once(content: Path) -> None:
    two = "  - {name: a, value: P0D, meaning: x, evidence: hearsay}\n" * 2
    edit(content / "parameters.yaml", "parameters:\n", f"parameters:\n{two}")

    assert [line.partition(": ")[2] for line in lines_of(content)] == [
        "parameter `a` stands here twice",
        "`hearsay` is not in evidence.yaml",
        "`hearsay` is not in evidence.yaml",
        "`P0D` is neither a period such as P3M nor a number such as 18 a",
        "`P0D` is neither a period such as P3M nor a number such as 18 a",
    ]


def test_a_wrong_card_does_not_hide_another(content: Path) -> None:
    for card in ("weight-bearing", "review-interval"):
        edit(content / card / "card.md", f"id: {card}", "id: other")

    assert [line.partition(":")[0] for line in lines_of(content)] == [
        "review-interval/card.md",
        "weight-bearing/card.md",
    ]


def test_a_wrong_part_does_not_hide_one_that_is_read_without_it(content: Path) -> None:
    edit(content / "evidence.yaml", "kind: expert-opinion", "kind: rumour")
    edit(content / "facts.yaml", "kind: choice", "kind: choise")
    edit(content / "staging.yaml", "systems:", "more: x\nsystems:")
    edit(content / "text-patterns/impact-exercise.yaml", "id: impact-exercise", "id: other")
    edit(content / "weight-bearing/card.md", "title: ", "titel: ")
    edit(content / "services.yaml", "hook: patient-view", "hook: patient-look")

    assert sorted({line.partition(":")[0] for line in lines_of(content)}) == [
        "evidence.yaml",
        "facts.yaml",
        "services.yaml",
        "text-patterns/impact-exercise.yaml",
        "weight-bearing/card.md",
    ]


def test_all_that_is_wrong_with_a_card_is_told_at_once(content: Path) -> None:
    card = content / "weight-bearing" / "card.md"
    edit(card, "id: weight-bearing", "id: other")
    edit(card, "order: physiotherapy", "order: massage")
    edit(card, "{{ hip }}", "{{ knee }}")
    edit(card, "# Findings\n", "# Findings\n\nnone\n")

    assert [line.partition(": ")[2] for line in lines_of(content)] == [
        "the id must be the folder's name, `weight-bearing`",
        "`massage` is not under actions/",
        "`knee` is not a fact, a parameter or `hip`",
        "the suggestion `massage` has no text",
        "`physiotherapy` is not a subheading that this card can show",
        "a line here is written `- fact answer: sentence`",
    ]


def test_one_proof_does_not_hide_another(content: Path) -> None:
    edit(content / "impact-activity/cases/cases.yaml", "outcome: silent", "outcome: withheld")
    edit(
        content / "schedules/cases/femoral-head-review.yaml",
        "+ P1D, status: overdue",
        "+ P1D, status: due",
    )
    edit(content / "statements.yaml", "id: no-weight-gain, ", "id: no-gain, ")
    edit(content / "text-patterns/cases/impact-exercise.yaml", "named: true", "named: false")

    with pytest.raises(KnowledgeError) as refused:
        check(content)

    assert [line.partition(":")[0] for line in str(refused.value).splitlines()] == [
        "impact-activity/cases/cases.yaml",
        "schedules/cases/femoral-head-review.yaml",
        "weight-bearing/card.md",
        "statements.yaml",
        "text-patterns/cases/impact-exercise.yaml",
    ]


def test_a_card_that_no_case_shows_is_told_so_and_not_its_sentences(content: Path) -> None:
    cases = content / "weight-bearing/cases/cases.yaml"
    cases.write_text("cases: []\n", encoding="utf-8")

    with pytest.raises(KnowledgeError) as refused:
        check(content)

    told = str(refused.value)
    assert "no case in which the card is shown" in told
    assert "statements.yaml" not in told
    own = [line for line in told.splitlines() if "shows this sentence" in line]
    assert [line for line in own if line.startswith("weight-bearing/")] == []


def test_errors_of_errors_are_told_one_by_one() -> None:
    def fail(number: int) -> None:
        raise_all(KnowledgeError("a.yaml", number, str(i)) for i in range(number))

    with pytest.raises(Errors) as refused:
        each(fail, [2, 0, 1])

    assert str(refused.value).splitlines() == ["a.yaml:2: 0", "a.yaml:2: 1", "a.yaml:1: 0"]
    assert (refused.value.file, refused.value.line) == ("a.yaml", 2)


def test_a_value_stands_where_its_key_does() -> None:
    block = parse_yaml("a:\n  b: >\n    long\n  c: [x,\n    y]\nd: true\n", "a.yaml", first_line=3)

    assert isinstance(block, Block)
    assert wrong(block["a"], "!").line == 4
    assert isinstance(inner := block["a"], Block)
    assert [wrong(inner[name], "!").line for name in "bc"] == [4, 6]
    assert block.key("d").line == 8
    assert isinstance(inner["c"], Rows)
    assert [wrong(word, "!").line for word in inner["c"]] == [6, 7]


def test_plain_tables_have_no_places() -> None:
    block = plain(parse_yaml("a: [b, {c: d}]", "a.yaml"))

    assert block == {"a": ["b", {"c": "d"}]}
    assert {type(one) for one in (block, block["a"], block["a"][0])} == {dict, list, str}  # type: ignore[index,call-overload]
