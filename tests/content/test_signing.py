"""What a sign-off covers, when it holds, and how `approve` writes it."""

import re
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

import cds_service
from cds_service.content.knowledge import load_knowledge
from cds_service.content.signatures import load_signatures, say_signatures
from cds_service.core.approval import Signature
from cds_service.core.knowledge import CardDefinition
from cds_service.errors import ApprovalError, KnowledgeError
from cds_service.workbench.approve import (
    Folders,
    Signer,
    prepare_signing,
    sign,
    standing_signatures,
    withdraw,
)
from tests.conftest import ROOT
from tests.content.language import write_language
from tests.content.spoiling import SMALL, copy_of_small

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
    return load_knowledge(root).cards[card]


def load_approvals(root: Path) -> tuple[Signature, ...]:
    """Return the sign-offs of our folder."""
    return load_signatures(root, root, root)


def approve(
    card: str, signer: Signer, cards: Path | None, site: Path | None = None
) -> CardDefinition:
    """Sign a card, as the command does with --yes."""
    folders = Folders(cards, site)
    sign(prepare_signing(card, signer, folders), folders)
    return load_knowledge(folders.root, site).cards[card]


def changed_since(root: Path, card: str = CARD) -> list[str]:
    """Return what the card says was changed since it was signed."""
    return sorted({name for one in loaded(root, card).approval.lapsed for name in one.changed})


@pytest.fixture(scope="module")
def signed_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The content with two cards signed, for copying."""
    content = copy_of_small(tmp_path_factory.mktemp("signed"))
    for card in (CARD, REVIEW):
        approve(card, SURGEON, content)
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
    assert (card.approval.approved_on, card.approval.signatures[0].digest) == (
        "2026-11-22",
        card.digest,
    )
    assert card.approval.lapsed == ()


def test_a_sign_off_changes_no_card_and_keeps_the_others(signed: Path) -> None:
    before = (signed / CARD / "card.md").read_bytes()
    first, second = load_approvals(signed)
    approve(CARD, SECOND, signed)
    assert (signed / CARD / "card.md").read_bytes() == before
    assert load_approvals(signed)[:2] == (first, second)
    assert loaded(signed).approval.reviewers == (
        "A. Surgeon (orthopaedic surgeon)",
        'B. "Bee" Surgeon (head: of department #1)',
    )
    assert loaded(signed).approval.approved_on == "2026-11-23"


def test_without_a_file_of_sign_offs_nobody_signed_and_the_first_can(content: Path) -> None:
    (content / "approvals.yaml").unlink()
    assert loaded(content).status == "draft"
    assert approve(CARD, SURGEON, content).status == "active"


@pytest.mark.parametrize(
    ("file", "old", "new", "part"),
    [
        (f"{CARD}/card.md", "# Detail\n", "# Detail\n\nOne word more.\n", "text"),
        (f"{CARD}/card.md", "priority: 1", "priority: 2", "text"),
        (f"{CARD}/card.md", "title: ", "title: New ", "text"),
        (f"{CARD}/card.md", "author: ", "author: New ", "text"),
        (f"{CARD}/cases/cases.yaml", "\ncases:", "\n# A comment.\ncases:", "cases"),
        ("facts.yaml", "meaning: Age in completed", "meaning: The age in completed", "facts"),
        ("parameters.yaml", "value: 18 a", "value: 19 a", "numbers"),
        ("evidence.yaml", "Canes and crutches relieve", "Canes relieve", "evidence"),
        ("evidence.yaml", "laterInterval: P1Y", "laterInterval: P2Y", "evidence"),
        ("words.en.yaml", "DRAFT: ", "Draft: ", "words"),
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
    write_language(signed)
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
    approve(CARD, SECOND, signed)
    card = loaded(signed)
    assert card.approval.reviewers == ('B. "Bee" Surgeon (head: of department #1)',)
    assert [one.signature.name for one in card.approval.lapsed] == ["A. Surgeon"]


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
    edit(signed / "approvals.yaml", loaded(signed).digest, "0" * 64)
    assert loaded(signed).status == "draft"
    assert changed_since(signed) == ["something that the sign-off does not name"]


def test_a_withdrawn_sign_off_makes_the_card_a_draft_that_can_be_signed_again(signed: Path) -> None:
    folders = Folders(signed)
    withdraw(standing_signatures(CARD, None, folders), folders)
    assert (loaded(signed).status, loaded(signed).approval.reviewers) == ("draft", ())
    assert loaded(signed, REVIEW).status == "active"
    assert approve(CARD, SURGEON, signed).status == "active"


def test_one_of_two_sign_offs_is_withdrawn_by_name(signed: Path) -> None:
    approve(CARD, SECOND, signed)
    folders = Folders(signed)
    withdraw(standing_signatures(CARD, SURGEON.name, folders), folders)
    assert loaded(signed).approval.reviewers == ('B. "Bee" Surgeon (head: of department #1)',)


@pytest.mark.parametrize(
    ("card", "name", "says"),
    [
        (REVIEW, "B. Surgeon", "holds no sign-off of `review-interval` by B. Surgeon"),
        ("impact-activity", None, "holds no sign-off of `impact-activity`"),
    ],
)
def test_what_nobody_signed_cannot_be_withdrawn(
    card: str, name: str | None, says: str, signed: Path
) -> None:
    with pytest.raises(ApprovalError, match=f"{re.escape(says)}[.]$"):
        standing_signatures(card, name, Folders(signed))


def test_the_last_sign_off_that_is_withdrawn_leaves_the_file_as_it_is_shipped(
    content: Path,
) -> None:
    approve(CARD, SURGEON, content)
    folders = Folders(content)
    withdraw(standing_signatures(CARD, None, folders), folders)
    assert (content / "approvals.yaml").read_bytes() == (SMALL / "approvals.yaml").read_bytes()


def test_a_reviewer_is_shown_all_parts_before_anything_is_written(content: Path) -> None:
    before = (content / "approvals.yaml").read_bytes()
    signing = prepare_signing(CARD, SURGEON, Folders(content))
    assert (content / "approvals.yaml").read_bytes() == before
    card, knowledge = signing.card, load_knowledge(content)
    parts = card.parts.items()
    words = " ".join(signing.words.split())
    shown = [
        card.digest,
        card.texts["en"].title,
        "Shown for a hip where this holds:",
        "| `adultAge` | 18 years |",
        "keep unnecessary load off; the attending physician decides.",
        str(card.texts["en"].rationale[0]).split("\n")[0],
        *(f"| {name} | {part.digest[:16]} | {', '.join(part.holds)}" for name, part in parts),
        *(" ".join(knowledge.facts[name].meaning.split()) for name in card.facts),
        *(" ".join(source.says.split()) for source in card.evidence),
    ]
    assert [text for text in shown if text not in words] == []


def test_what_is_signed_with_a_site_is_shown_with_its_cases(hospital: Path) -> None:
    words = prepare_signing(REVIEW, SURGEON, Folders(SMALL, hospital)).words
    assert "site-policy-beginningInterval" in words
    assert "site/value-sets/osteonecrosis-femoral-head.csv" in words


@pytest.mark.parametrize(
    ("folders", "says"),
    [
        (Folders(None), "--cards DIR or CDS_CARDS_DIR names a folder"),
        (Folders(Path(cds_service.__file__).parent / "cards"), "the installed software"),
        (Folders(SMALL, Path(cds_service.__file__).parent / "site"), "the installed software"),
    ],
)
def test_only_a_folder_that_somebody_named_is_signed_and_never_the_installed_one(
    folders: Folders, says: str
) -> None:
    with pytest.raises(ApprovalError, match=says):
        prepare_signing(CARD, SURGEON, folders)
    with pytest.raises(ApprovalError, match=says):
        standing_signatures(CARD, None, folders)


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
        approve(CARD, Signer(name, role, SURGEON.day), content)


def test_a_card_that_is_not_there_is_named(content: Path) -> None:
    with pytest.raises(ApprovalError, match=r"no card `weight`, only: .*weight-b"):
        approve("weight", SURGEON, content)


def test_nobody_signs_the_same_content_twice(signed: Path) -> None:
    with pytest.raises(ApprovalError, match=r"A. Surgeon has signed weight-bearing already"):
        approve(CARD, SURGEON, signed)


def test_content_that_is_not_proved_is_not_signed(content: Path) -> None:
    edit(content / CARD / "cases" / "cases.yaml", "outcome: shown", "outcome: silent")
    with pytest.raises(KnowledgeError, match="expects silent"):
        approve(CARD, SURGEON, content)


@pytest.mark.parametrize("damage", ["title: New ", "titel: "])
def test_content_that_changed_since_it_was_shown_is_not_signed(damage: str, content: Path) -> None:
    folders = Folders(content)
    signing = prepare_signing(CARD, SURGEON, folders)
    edit(content / CARD / "card.md", "title: ", damage)
    before = (content / "approvals.yaml").read_bytes()
    with pytest.raises(ApprovalError, match="has changed meanwhile, so nothing was signed"):
        sign(signing, folders)
    assert (content / "approvals.yaml").read_bytes() == before


def test_a_folder_that_cannot_be_written_is_named(
    content: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, data: bytes) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "write_bytes", refuse)
    with pytest.raises(ApprovalError, match=r"approvals.yaml cannot be written: Permission denied"):
        approve(CARD, SURGEON, content)


def test_a_site_lapses_the_sign_off_of_what_it_changes(signed: Path, hospital: Path) -> None:
    (hospital / "value-sets" / "osteonecrosis-femoral-head.csv").unlink()
    (hospital / "value-sets" / "mobility-aid-order.json").unlink()
    (hospital / "value-sets" / "systems.yaml").unlink()
    cards = load_knowledge(signed, hospital).cards
    assert (cards[CARD].status, cards[REVIEW].status) == ("active", "draft")
    assert cards[REVIEW].approval.lapsed[0].changed == ("evidence", "numbers", "schedule")


def test_a_site_signs_the_sum_in_its_own_folder(hospital: Path) -> None:
    approve(REVIEW, SURGEON, SMALL, hospital)
    signed = approve(REVIEW, SECOND, SMALL, hospital)
    assert (signed.status, len(signed.approval.reviewers)) == ("active", 2)
    assert load_knowledge(SMALL).cards[REVIEW].status == "draft"
    edit(hospital / "parameters.yaml", "P4M", "P5M")
    assert load_knowledge(SMALL, hospital).cards[REVIEW].status == "draft"


def test_the_words_of_the_site_are_part_of_what_is_signed(hospital: Path) -> None:
    approve(CARD, SURGEON, SMALL, hospital)
    ours = (SMALL / CARD / "card.md").read_text(encoding="utf-8").split("\n---\n", 1)[1]
    version = load_knowledge(SMALL).cards[CARD].version
    header = f"id: {CARD}\ntranslates: {version}\ntitle: T\nsourceLabel: L"
    (hospital / CARD).mkdir()
    text = f"---\n{header}\nauthor: Nobody\n---\n{ours}"
    (hospital / CARD / "card.en.md").write_text(text, encoding="utf-8")
    card = load_knowledge(SMALL, hospital).cards[CARD]
    assert (card.status, card.approval.lapsed[0].changed) == ("draft", ("text",))


def test_a_first_sign_off_of_a_site_that_fails_leaves_no_file(hospital: Path) -> None:
    folders = Folders(SMALL, hospital)
    signing = prepare_signing(REVIEW, SURGEON, folders)
    edit(hospital / "parameters.yaml", "P4M", "P5M")
    with pytest.raises(ApprovalError, match="has changed meanwhile"):
        sign(signing, folders)
    assert not (hospital / "approvals.yaml").exists()


def test_a_value_set_that_is_not_there_cannot_be_a_facts(content: Path) -> None:
    edit(content / "facts.yaml", "valueSets: [physiotherapy-order]", "valueSets: [exercise-order]")
    with pytest.raises(KnowledgeError, match=r"^facts.yaml:\d+: there is no value set `exercise-o"):
        load_knowledge(content)


READS_WORDS = "impact-activity"


@pytest.mark.parametrize("name", ["impact-exercise", "context", "sides", "body-sites"])
def test_words_that_a_card_is_read_from_are_part_of_what_is_signed(
    name: str, content: Path
) -> None:
    for card in (CARD, READS_WORDS):
        approve(card, SURGEON, content)
    edit(content / "text-patterns" / f"{name}.yaml", "title: ", "title: New ")
    assert changed_since(content, READS_WORDS) == ["text patterns"]
    assert load_knowledge(content).cards[CARD].status == "active"
