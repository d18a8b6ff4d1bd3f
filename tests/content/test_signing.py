"""What a sign-off covers, when it holds, and how `approve` writes it."""

import re
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from cds_service.content.cards.signatures import say_signatures
from cds_service.content.knowledge import load_knowledge
from cds_service.core.knowledge import CardDefinition
from cds_service.errors import ApprovalError, KnowledgeError
from cds_service.workbench.approve import Signer, approve_card
from tests.conftest import CARDS, ROOT
from tests.content.language import write_language
from tests.content.spoiling import short_copy_of_content

CARD = "weight-bearing"
REVIEW = "review-interval"
SURGEON = Signer("A. Surgeon", "orthopaedic surgeon", date(2026, 11, 22))
SECOND = Signer('B. "Bee" Surgeon', "head: of department #1", date(2026, 11, 23))
EXAMPLE = ROOT / "docs" / "example-site"


def edit(path: Path, old: str, new: str) -> None:
    """Replace the first `old` of a file."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def loaded(root: Path, card: str = CARD) -> CardDefinition:
    """Return a card as it is loaded now."""
    return load_knowledge(root, prove_resources=False).cards[card]


def changed_since(root: Path, card: str = CARD) -> list[str]:
    """Return what the card says was changed since it was signed."""
    return sorted({name for one in loaded(root, card).approval.lapsed for name in one.changed})


@pytest.fixture(scope="module")
def signed_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The content with two cards signed, for copying."""
    content = short_copy_of_content(tmp_path_factory.mktemp("signed"))
    for card in (CARD, REVIEW):
        approve_card(card, SURGEON, content, None)
    return content


@pytest.fixture
def signed(signed_once: Path, tmp_path: Path) -> Path:
    """The content with two cards signed."""
    return Path(shutil.copytree(signed_once, tmp_path / "cards"))


@pytest.fixture
def hospital(tmp_path: Path) -> Path:
    """The example of a site's folder, copied."""
    return Path(shutil.copytree(EXAMPLE, tmp_path / "example-site"))


def test_a_signed_card_is_active_and_names_its_reviewer(signed: Path) -> None:
    card = loaded(signed)
    assert (card.status, card.approval.reviewers) == (
        "active",
        ("A. Surgeon (orthopaedic surgeon)",),
    )
    assert (card.approval.approved_on, card.approval.digest) == ("2026-11-22", card.digest)
    assert card.approval.lapsed == ()


def test_a_sign_off_changes_nothing_else_of_the_file(content: Path) -> None:
    path = content / CARD / "card.md"
    edit(path, "priority: 1", "priority: 1   # a comment")
    before = path.read_text(encoding="utf-8").splitlines()
    approve_card(CARD, SURGEON, content, None)
    after = path.read_text(encoding="utf-8").splitlines()
    changed = {"status: draft", "  reviewers: []"}
    assert [line for line in before if line not in after] == [
        line for line in before if line in changed
    ]
    assert len(after) == len(before) + 5


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\n", "\r\n"),
        ("  reviewers: []\n", ""),
        ("  reviewers: []\n", "  # nobody yet\n\n  reviewers: [] # none\n  # a last word\n"),
    ],
    ids=["line ends of Windows", "no list of reviewers", "comments"],
)
def test_a_front_matter_of_any_layout_is_signed_by_two(old: str, new: str, content: Path) -> None:
    path = content / CARD / "card.md"
    path.write_bytes(path.read_bytes().replace(old.encode(), new.encode()))
    for signer in (SURGEON, SECOND):
        approve_card(CARD, signer, content, None)
    assert loaded(content).approval.reviewers == (
        "A. Surgeon (orthopaedic surgeon)",
        'B. "Bee" Surgeon (head: of department #1)',
    )
    assert loaded(content).approval.approved_on == "2026-11-23"
    assert ("\r\n" in new) == (b"\r\n" in path.read_bytes())


def test_an_approval_that_is_not_the_last_word_of_the_front_matter_is_signed(content: Path) -> None:
    path = content / CARD / "card.md"
    approval = "approval:\n  author: Nobody\n  reviewers: []\n"
    edit(path, "approval:\n", "")
    edit(path, "  author: Femoral-head CDS project, not clinically licensed\n  reviewers: []\n", "")
    edit(path, "priority: 1\n", f"{approval}priority: 1\n")
    assert approve_card(CARD, SURGEON, content, None).status == "active"


@pytest.mark.parametrize(
    ("file", "old", "new", "part"),
    [
        (f"{CARD}/card.md", "# Detail\n", "# Detail\n\nOne word more.\n", "text"),
        (f"{CARD}/card.md", "priority: 1", "priority: 2", "text"),
        (f"{CARD}/card.md", "title: ", "title: New ", "text"),
        (f"{CARD}/card.md", "# Detail\n", "# Detail\nstatus: carry what you like.\n", "text"),
        (f"{CARD}/card.md", "# Detail\n", "# Detail\napproval: given.\n  Carry.\n", "text"),
        (f"{CARD}/cases/cases.yaml", "\ncases:", "\n# A comment.\ncases:", "cases"),
        ("facts.yaml", "meaning: Age in completed", "meaning: The age in completed", "facts"),
        ("parameters.yaml", "value: 18 a", "value: 19 a", "numbers"),
        ("evidence.yaml", "Canes and crutches relieve", "Canes relieve", "evidence"),
        ("words.en.yaml", "Read from the chart", "Read from the record", "words"),
        ("override-reasons.yaml", "  - patient-refuses", "  - patient-refuses # so", "words"),
        (
            "value-sets/osteonecrosis-possible.yaml",
            "version: 0.1.0",
            "version: 0.1.1",
            "value sets",
        ),
        ("value-sets/physiotherapy-order.yaml", "version: 0.1.0", "version: 0.1.1", "value sets"),
        ("value-sets/systems.yaml", "systems:", "# So.\nsystems:", "value sets"),
        ("staging.yaml", "systems:", "# So.\nsystems:", "staging"),
        ("actions/physiotherapy.yaml", "intent: order", "intent: plan", "actions"),
    ],
)
def test_an_edit_of_what_the_reviewer_saw_makes_the_card_a_draft_and_names_it(
    file: str, old: str, new: str, part: str, signed: Path
) -> None:
    edit(signed / file, old, new)
    card = loaded(signed)
    assert (card.status, card.approval.reviewers) == ("draft", ())
    assert changed_since(signed) == [part]


@pytest.mark.parametrize(
    ("file", "old", "new", "part"),
    [
        ("schedules/femoral-head-review.yaml", "value: P3M", "value: P4M", ["numbers", "schedule"]),
        ("schedules/femoral-head-review.yaml", "id: fem", "# So.\nid: fem", ["schedule"]),
        ("schedules/cases/femoral-head-review.yaml", "cases:", "cases: # So.", ["schedule"]),
        ("actions/hip-films.yaml", "intent: order", "intent: plan", ["actions"]),
    ],
)
def test_an_edit_lapses_the_cards_that_use_it_and_no_other(
    file: str, old: str, new: str, part: list[str], signed: Path
) -> None:
    edit(signed / file, old, new)
    assert changed_since(signed, REVIEW) == part
    assert loaded(signed).status == "active"


def test_a_value_set_that_one_fact_reads_lapses_only_the_cards_with_this_fact(signed: Path) -> None:
    edit(signed / "value-sets" / "physiotherapy-order.yaml", "version: 0.1.0", "version: 0.1.1")
    assert loaded(signed, REVIEW).status == "active"


def test_a_fact_that_a_card_does_not_use_may_change(signed: Path) -> None:
    edit(signed / "facts.yaml", "meaning: How the newest study", "meaning: How the last study")
    assert loaded(signed).status == "active"
    assert changed_since(signed, REVIEW) == ["facts"]


def test_a_translation_that_is_added_lapses_the_sign_off(signed: Path) -> None:
    write_language(signed, load_knowledge(signed))
    assert changed_since(signed) == ["cases", "text", "words"]


def test_a_card_that_is_shown_on_another_hook_was_not_signed_for_it(signed: Path) -> None:
    text = (signed / "services.yaml").read_text(encoding="utf-8")
    start = text.index("  - id: onfh-order-sign")
    left = re.sub(r"cards: \[weight-bearing, ", "cards: [", text[start:])
    (signed / "services.yaml").write_text(text[:start] + left, encoding="utf-8")
    assert changed_since(signed) == ["services"]
    assert loaded(signed, REVIEW).status == "active"


def test_a_lapsed_card_is_active_when_signed_again(signed: Path) -> None:
    edit(signed / CARD / "card.md", "title: ", "title: New ")
    approve_card(CARD, SECOND, signed, None)
    card = loaded(signed)
    assert card.approval.reviewers == ('B. "Bee" Surgeon (head: of department #1)',)
    assert [one.name for one in card.approval.lapsed] == ["A. Surgeon"]


def test_check_says_who_signed_what_lapsed_and_what_is_a_draft(signed: Path) -> None:
    edit(signed / CARD / "card.md", "title: ", "title: New ")
    held, lapsed, drafts = say_signatures(load_knowledge(signed))
    assert held == "review-interval 0.1.0: signed by A. Surgeon (orthopaedic surgeon)."
    assert lapsed == (
        "weight-bearing: the sign-off by A. Surgeon (orthopaedic surgeon) of 2026-11-22 no longer "
        "holds; changed since: text."
    )
    assert drafts.startswith("Drafts: ")
    assert "weight-bearing" in drafts
    assert "review-interval" not in drafts


def test_check_names_no_drafts_where_there_are_none(signed: Path) -> None:
    whole = load_knowledge(signed)
    knowledge = replace(whole, cards={name: whole.cards[name] for name in (CARD, REVIEW)})
    assert not any(line.startswith("Drafts") for line in say_signatures(knowledge))


def test_a_sign_off_with_a_digest_by_hand_does_not_hold(signed: Path) -> None:
    path = signed / CARD / "card.md"
    edit(path, loaded(signed).digest, "0" * 64)
    assert loaded(signed).status == "draft"
    assert changed_since(signed) == ["something that the sign-off does not name"]


def test_a_card_set_back_to_draft_by_hand_is_a_draft(signed: Path) -> None:
    edit(signed / CARD / "card.md", "status: active", "status: draft")
    assert (loaded(signed).status, loaded(signed).approval.reviewers) == ("draft", ())
    assert approve_card(CARD, SURGEON, signed, None).status == "active"


@pytest.mark.parametrize(
    ("name", "role", "says"),
    [
        (" ", "surgeon", "needs a name"),
        ("A.", "", "needs a role"),
        ("A.\nstatus: active", "surgeon", "needs a name"),
        ("<b>A.", "surgeon", "HTML"),
    ],
)
def test_nobody_signs_without_a_name_and_a_role(
    name: str, role: str, says: str, content: Path
) -> None:
    with pytest.raises(ApprovalError, match=says):
        approve_card(CARD, Signer(name, role, SURGEON.day), content, None)


def test_a_card_that_is_not_there_is_named(content: Path) -> None:
    with pytest.raises(ApprovalError, match=r"no card `weight`, only: .*weight-b"):
        approve_card("weight", SURGEON, content, None)


def test_nobody_signs_the_same_content_twice(signed: Path) -> None:
    with pytest.raises(ApprovalError, match=r"A. Surgeon has signed weight-bearing already"):
        approve_card(CARD, SURGEON, signed, None)


def test_content_that_is_not_proved_is_not_signed(content: Path) -> None:
    edit(content / CARD / "cases" / "cases.yaml", "outcome: shown", "outcome: silent")
    with pytest.raises(KnowledgeError, match="expects silent"):
        approve_card(CARD, SURGEON, content, None)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("approval:\n  author: ", "approval: # who\n  author: ", "on a line of its own"),
        ("  reviewers: []", '  "reviewers": []', "would not be read back"),
    ],
)
def test_a_layout_that_cannot_be_signed_is_left_as_it_was(
    old: str, new: str, says: str, content: Path
) -> None:
    path = content / CARD / "card.md"
    edit(path, old, new)
    before = path.read_bytes()
    with pytest.raises(ApprovalError, match=says):
        approve_card(CARD, SURGEON, content, None)
    assert path.read_bytes() == before


def test_a_folder_that_cannot_be_written_is_named(
    content: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, data: bytes) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "write_bytes", refuse)
    with pytest.raises(ApprovalError, match=r"card.md cannot be written: Permission denied"):
        approve_card(CARD, SURGEON, content, None)


def test_a_site_lapses_the_sign_off_of_what_it_changes(signed: Path, hospital: Path) -> None:
    (hospital / "value-sets" / "osteonecrosis-femoral-head.csv").unlink()
    (hospital / "value-sets" / "mobility-aid-order.json").unlink()
    (hospital / "value-sets" / "systems.yaml").unlink()
    cards = load_knowledge(signed, hospital).cards
    assert (cards[CARD].status, cards[REVIEW].status) == ("active", "draft")
    assert cards[REVIEW].approval.lapsed[0].changed == ("evidence", "numbers", "schedule")


def test_a_site_signs_the_sum_in_its_own_folder(hospital: Path) -> None:
    approve_card(REVIEW, SURGEON, CARDS, hospital)
    signed = approve_card(REVIEW, SECOND, CARDS, hospital)
    assert (signed.status, len(signed.approval.reviewers)) == ("active", 2)
    assert load_knowledge(CARDS).cards[REVIEW].status == "draft"
    edit(hospital / "parameters.yaml", "P4M", "P5M")
    assert load_knowledge(CARDS, hospital).cards[REVIEW].status == "draft"


def test_the_words_of_the_site_are_part_of_what_is_signed(hospital: Path) -> None:
    approve_card(CARD, SURGEON, CARDS, hospital)
    ours = (CARDS / CARD / "card.md").read_text(encoding="utf-8").split("\n---\n", 1)[1]
    version = load_knowledge(CARDS).cards[CARD].version
    header = f"id: {CARD}\ntranslates: {version}\ntitle: T\nsourceLabel: L"
    (hospital / CARD).mkdir()
    text = f"---\n{header}\napproval: {{author: Nobody}}\n---\n{ours}"
    (hospital / CARD / "card.en.md").write_text(text, encoding="utf-8")
    card = load_knowledge(CARDS, hospital).cards[CARD]
    assert (card.status, card.approval.lapsed[0].changed) == ("draft", ("text",))


def test_an_approvals_file_that_would_not_be_read_back_is_taken_away_again(
    hospital: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cds_service.workbench.approve.APPROVALS", "approval.yaml")
    with pytest.raises(ApprovalError, match="would not be read back"):
        approve_card(REVIEW, SURGEON, CARDS, hospital)
    assert not (hospital / "approval.yaml").exists()


def test_a_sign_off_in_a_translation_is_refused(content: Path) -> None:
    write_language(content, load_knowledge(content))
    entry = "{name: A., role: r, date: 2026-11-22, digest: '0', parts: {}}"
    path = content / CARD / "card.xx.md"
    edit(path, "{author: Nobody}", f"{{author: Nobody, reviewers: [{entry}]}}")
    with pytest.raises(KnowledgeError, match=r"a sign-off stands in card.md and covers every lang"):
        load_knowledge(content)


def test_a_value_set_that_is_not_there_cannot_be_a_facts(content: Path) -> None:
    edit(content / "facts.yaml", "valueSets: [physiotherapy-order]", "valueSets: [exercise-order]")
    with pytest.raises(KnowledgeError, match=r"^facts.yaml:\d+: there is no value set `exercise-o"):
        load_knowledge(content)


MENTION = "uncoded-mention"
READS_NO_WORDS = "recorded-progression"


@pytest.mark.parametrize("name", ["femoral-head-osteonecrosis", "negation"])
def test_words_that_a_card_is_read_from_are_part_of_what_is_signed(
    name: str, content: Path
) -> None:
    for card in (READS_NO_WORDS, MENTION):
        approve_card(card, SURGEON, content, None)
    edit(content / "text-patterns" / f"{name}.yaml", "title: ", "title: New ")
    assert changed_since(content, MENTION) == ["text patterns"]
    assert load_knowledge(content).cards[READS_NO_WORDS].status == "active"
