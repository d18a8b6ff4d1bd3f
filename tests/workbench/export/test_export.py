"""The exported Bundle is valid, hangs together, says all that the content says, and no more."""

import json
import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from fhir.resources.R4B.bundle import Bundle

from cds_service.cli import main
from cds_service.content.files.markdown import without_origins
from cds_service.content.files.strict_yaml import parse_yaml
from cds_service.content.knowledge import load_knowledge, load_sum
from cds_service.core.knowledge import Knowledge
from cds_service.core.wording import write_amount
from cds_service.errors import ExportError
from cds_service.workbench.export.bundle import make_bundle, write_bundle
from cds_service.workbench.export.libraries import SHARED
from tests.conftest import CARDS, ROOT
from tests.core.decided import after_sign_off

ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")


@pytest.fixture(scope="module")
def written(knowledge: Knowledge) -> str:
    """The Bundle of the frozen content."""
    return write_bundle(make_bundle(knowledge, CARDS))


@pytest.fixture(scope="module")
def exported(written: str) -> dict[str, object]:
    """The same, as JSON."""
    content: dict[str, object] = json.loads(written)
    return content


@pytest.fixture(scope="module")
def said(exported: object) -> str:
    """All texts of the Bundle, blanks folded."""
    return "\n".join(folded(text) for _, text in leaves(exported))


def leaves(node: object, key: str = "") -> Iterator[tuple[str, str]]:
    """Yield each text of a tree with the key that it stands under."""
    match node:
        case dict():
            for name, member in node.items():
                yield from leaves(member, name)
        case list():
            for member in node:
                yield from leaves(member, key)
        case str():
            yield key, node


def folded(text: str) -> str:
    """Return a text with every run of blanks and line ends as one blank."""
    return " ".join(text.split())


def resources(exported: object) -> list[dict[str, object]]:
    """Return the resources of a Bundle."""
    assert isinstance(exported, dict)
    return [entry["resource"] for entry in exported["entry"]]


def of_type(exported: object, resource_type: str) -> list[dict[str, object]]:
    """Return the resources of one type."""
    return [r for r in resources(exported) if r["resourceType"] == resource_type]


def unsaid(node: object, said: str) -> list[str]:
    """Return what a file of the content says and the Bundle does not."""
    return [f"{key}: {text}" for key, text in leaves(node) if folded(text) not in said]


def front_matter(path: Path) -> dict[str, object]:
    """Return the block at the top of a card file; its population is written into its rule."""
    text = path.read_text(encoding="utf-8").split("---\n")[1]
    content = parse_yaml(text, path.name)
    assert isinstance(content, dict)
    return {name: value for name, value in content.items() if name != "population"}


def sentences(path: Path, knowledge: Knowledge) -> list[str]:
    """Return the lines of a card's words, numbers written in, headings and bullets left out."""
    words = knowledge.words[path.name.split(".")[1] if path.name.count(".") > 1 else "en"]
    text = without_origins(path.read_text(encoding="utf-8").split("---\n", 2)[2])
    for name, parameter in knowledge.parameters.items():
        text = text.replace(f"{{{{ {name} }}}}", write_amount(parameter.value, words))
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [re.sub(r"^- ([A-Za-z]+ [A-Za-z]+: )?", "", line) for line in lines]


# The cases prove the content and are no part of it.
PROOFS = ("*/cases/*", "cases/*")
SHARED_FILES = {str(path.relative_to(CARDS)) for glob in SHARED for path in CARDS.glob(glob)}
SAID_IN_FHIR = [
    path
    for path in sorted(CARDS.rglob("*.yaml"))
    if str(path.relative_to(CARDS)) not in SHARED_FILES and not any(map(path.match, PROOFS))
]
CARD_FILES = sorted(CARDS.glob("*/card*.md"))


@pytest.mark.parametrize("path", SAID_IN_FHIR, ids=lambda path: str(path.relative_to(CARDS)))
def test_the_bundle_says_all_that_a_file_says(path: Path, said: str) -> None:
    assert unsaid(parse_yaml(path.read_text(encoding="utf-8"), path.name), said) == []


@pytest.mark.parametrize("path", CARD_FILES, ids=lambda path: str(path.relative_to(CARDS)))
def test_the_bundle_says_all_that_a_card_says(path: Path, knowledge: Knowledge, said: str) -> None:
    assert unsaid(front_matter(path), said) == []
    lines = sentences(path, knowledge)
    assert lines
    assert [line for line in lines if folded(line) not in said] == []


def test_what_no_other_resource_says_is_attached_as_the_file_that_it_is(exported: object) -> None:
    library = next(r for r in of_type(exported, "Library") if r["id"] == "shared-files")
    attached = {item["title"]: b64decode(item["data"]) for item in library["content"]}
    assert attached == {name: (CARDS / name).read_bytes() for name in SHARED_FILES}
    assert {"words.en.yaml", "services.yaml", "value-sets/systems.yaml"} <= SHARED_FILES
    assert {f"actions/{path.name}" for path in CARDS.glob("actions/*")} <= SHARED_FILES


def test_the_folder_of_a_hospital_is_attached_too() -> None:
    site = ROOT / "docs" / "example-site"
    found = json.loads(write_bundle(make_bundle(load_knowledge(CARDS, site), CARDS, site)))
    library = next(r for r in of_type(found, "Library") if r["id"] == "shared-files")
    assert "site.yaml" in {item["title"] for item in library["content"]}


def test_every_number_stands_with_its_meaning_and_source(
    exported: object, knowledge: Knowledge
) -> None:
    library = next(r for r in of_type(exported, "Library") if r["id"] == "parameters")
    told = {item["name"]: item["documentation"] for item in library["parameter"]}
    assert told == {
        name: f"{write_amount(one.value, knowledge.words['en'])}: {one.meaning} "
        f"Source: {one.evidence}."
        for name, one in knowledge.parameters.items()
    }


def test_every_code_stands_in_its_own_value_set_with_our_label(
    exported: object, knowledge: Knowledge
) -> None:
    listed = {
        (value_set["id"], concept["code"], concept["designation"][0]["value"])
        for value_set in of_type(exported, "ValueSet")
        for include in value_set["compose"]["include"]
        for concept in include["concept"]
    }
    assert listed == {
        (name, concept.code, concept.label)
        for name, concepts in knowledge.value_sets.items()
        for concept in concepts
    }


def test_no_label_of_ours_passes_as_the_display_of_a_code_system(exported: object) -> None:
    concepts = [
        concept
        for value_set in of_type(exported, "ValueSet")
        for include in value_set["compose"]["include"]
        for concept in include["concept"]
    ]
    assert concepts
    assert [c["code"] for c in concepts if "display" in c] == []


def test_every_card_is_a_rule_that_its_hooks_trigger(
    exported: object, knowledge: Knowledge
) -> None:
    plans = {plan["id"]: plan["action"][0] for plan in of_type(exported, "PlanDefinition")}
    hooks = {
        card: {s.hook for s in knowledge.services.values() if card in s.cards}
        for card in knowledge.cards
    }
    assert {card: {t["name"] for t in plan["trigger"]} for card, plan in plans.items()} == hooks
    assert all(plan["condition"][0]["expression"]["expression"] for plan in plans.values())


def test_every_reference_and_canonical_url_of_ours_resolves_inside(exported: object) -> None:
    urls = {resource["url"] for resource in resources(exported)}
    named = {
        text
        for key, text in leaves(exported)
        if key in ("library", "definitionCanonical", "reference", "valueSet", "resource")
    }
    assert named
    assert named <= urls


def test_every_id_is_a_fhir_id_and_stands_once(exported: object) -> None:
    ids = [(r["resourceType"], r["id"]) for r in resources(exported)]
    assert [name for _, name in ids if not ID.fullmatch(name)] == []
    assert len(set(ids)) == len(ids)
    full_urls = [entry["fullUrl"] for entry in exported["entry"]]
    assert full_urls == [resource["url"] for resource in resources(exported)]


def test_the_bundle_comes_back_from_fhir_resources_as_it_went(written: str) -> None:
    assert write_bundle(Bundle.model_validate_json(written)) == written


def test_the_same_content_gives_the_same_bytes(written: str) -> None:
    again = load_sum(CARDS, None)  # which, unlike the other, is loaded anew
    assert write_bundle(make_bundle(again, CARDS)) == written


def test_a_draft_says_that_it_is_documentation_and_that_nobody_signed(exported: object) -> None:
    purposes = [resource["purpose"] for resource in resources(exported)]
    assert all("not an executable artefact" in text for text in purposes)
    assert all("Nobody with a clinical licence" in text for text in purposes)
    assert {r["status"] for r in resources(exported)} == {"draft"}
    assert {r["experimental"] for r in resources(exported)} == {True}


def test_one_signed_card_is_active_and_signs_nothing_else(knowledge: Knowledge) -> None:
    signed = signed_copy(knowledge, "weight-bearing")
    found = resources(json.loads(write_bundle(make_bundle(signed, CARDS))))
    active = [r for r in found if r["status"] == "active"]
    assert [(r["resourceType"], r["id"]) for r in active] == [
        ("PlanDefinition", "weight-bearing"),
        ("ActivityDefinition", "physiotherapy"),
    ]
    assert active[0]["approvalDate"] == active[0]["date"] == "2026-05-04"
    assert active[0]["reviewer"] == [{"name": "Dr Invented Example (surgeon)"}]
    unsigned = [r for r in found if "Nobody with a clinical licence" in r["purpose"]]
    assert len(unsigned) == len(found) - len(active)


def test_what_the_cards_share_is_active_once_all_are_signed(knowledge: Knowledge) -> None:
    signed = knowledge
    for card in knowledge.cards:
        signed = signed_copy(signed, card)
    found = resources(json.loads(write_bundle(make_bundle(signed, CARDS))))
    assert {r["status"] for r in found if r["resourceType"] == "Library"} == {"active"}


def test_a_translation_stands_beside_the_source_text(knowledge: Knowledge) -> None:
    card = knowledge.cards["weight-bearing"]
    text = replace(card.texts["en"], title="Gewichtsbelastung")
    translated = replace(card, texts={**card.texts, "de": text})
    both = replace(
        knowledge,
        cards={**knowledge.cards, card.id: translated},
        words={**knowledge.words, "de": knowledge.words["en"]},
    )
    plans = of_type(json.loads(write_bundle(make_bundle(both, CARDS))), "PlanDefinition")
    plan = next(p for p in plans if p["id"] == card.id)
    assert plan["title"] == "Weight bearing"
    parts = plan["_title"]["extension"][0]["extension"]
    assert {"url": "lang", "valueCode": "de"} in parts
    assert {"url": "content", "valueString": "Gewichtsbelastung"} in parts


def test_the_command_writes_the_bundle_to_a_file_or_to_the_screen(
    written: str, tmp_path: Path
) -> None:
    file = tmp_path / "bundle.json"
    shown = CliRunner().invoke(main, ["export"])
    stored = CliRunner().invoke(main, ["export", "--out", str(file)])
    assert (shown.exit_code, shown.output) == (0, written)
    assert (stored.exit_code, stored.output) == (0, "")
    assert file.read_text(encoding="utf-8") == written


def test_content_that_fhir_cannot_hold_is_refused_in_words(knowledge: Knowledge) -> None:
    card = replace(knowledge.cards["weight-bearing"], id="weight_bearing")
    with pytest.raises(ExportError, match="not make a valid FHIR Bundle"):
        make_bundle(replace(knowledge, cards={**knowledge.cards, card.id: card}), CARDS)


def signed_copy(knowledge: Knowledge, card_id: str) -> Knowledge:
    """Return the content with a card as it is after a sign-off."""
    card = after_sign_off(knowledge.cards[card_id], "Dr Invented Example", "An author")
    return replace(knowledge, cards={**knowledge.cards, card_id: card})
