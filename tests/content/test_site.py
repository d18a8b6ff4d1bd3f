"""A hospital's own folder: what it adds is in force, what it breaks is named in its own file."""

import shutil
from pathlib import Path

import pytest

from cds_service.content.knowledge import load_knowledge
from cds_service.content.site.site import say_site
from cds_service.core.knowledge import Template
from cds_service.core.wording import fill, names_in
from cds_service.errors import KnowledgeError
from cds_service.workbench.proof.whole import load_proved
from tests.conftest import CARDS, ROOT
from tests.content.language import write_language
from tests.content.spoiling import SMALL, Sabotage, copy_of_small, sabotages

EXAMPLE = ROOT / "docs" / "example-site"
CODES = "https://hospital.example/codes"
TRANSLATION = (
    "---\nid: {id}\ntranslates: {version}\ntitle: Own title\nsourceLabel: Own label\n"
    "author: Nobody\n---\n{body}"
)
FORMS = [
    ("csv", f"\ufeffsystem;code;display;role\r\n{CODES};X1;exercise;physiotherapy\r\n"),
    ("csv", f"system,code,display,role,siteGroup\n{CODES},X1,exercise,physiotherapy,\n"),
    (
        "yaml",
        """
compose:
  include:
    - system: https://hospital.example/codes
      concept:
        - {code: X1, display: exercise, role: physiotherapy}
""",
    ),
    (
        "json",
        r"""{"resourceType": "ValueSet", "compose": {"include": [
          {"system": "https:\/\/hospital.example\/codes", "concept": [
            {"code": "X1", "display": "exercise", "extension": [
              {"url": "urn:femoral-head-cds:role", "valueCode": "physiotherapy"},
              {"url": "urn:else", "valueString": "x"}]}]}]}}""",
    ),
    (
        "json",
        """{"resourceType": "ValueSet", "expansion": {"contains": [
          {"abstract": true, "display": "all", "contains": [
            {"system": "https://hospital.example/codes", "code": "X1", "display": "exercise",
             "extension": [
               {"url": "urn:femoral-head-cds:role", "valueCode": "physiotherapy"}]}]}]}}""",
    ),
]


@pytest.fixture
def hospital(tmp_path: Path) -> Path:
    """The example of a site's folder, copied."""
    return Path(shutil.copytree(EXAMPLE, tmp_path / "example-site"))


def bare(folder: Path) -> Path:
    """Leave of a site's folder only whose it is."""
    for path in folder.iterdir():
        if path.name != "site.yaml":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    return folder


def written(template: Template) -> str:
    """Return a text as it reads where no fact is known."""
    return fill(template, dict.fromkeys(names_in(template)))


def write(path: Path, text: str) -> Path:
    """Write a file of a folder that may not be there yet."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def override(folder: Path, card: str, language: str, old: str, new: str) -> Path:
    """Write a card's text of the site: ours, with one thing said otherwise."""
    version = load_knowledge(SMALL).cards[card].version
    body = (SMALL / card / "card.md").read_text(encoding="utf-8").split("\n---\n", 1)[1]
    assert old in body
    text = TRANSLATION.format(id=card, version=version, body=body.replace(old, new))
    return write(folder / card / f"card.{language}.md", text)


@pytest.mark.parametrize("sabotage", sabotages("sabotage-site.yaml"))
def test_a_spoiled_site_is_refused_where_it_is_wrong(sabotage: Sabotage, hospital: Path) -> None:
    sabotage.spoil(hospital.parent)

    with pytest.raises(KnowledgeError) as refused:
        load_proved(SMALL, hospital)

    error = refused.value
    assert sabotage.says in error.words
    line = sabotage.expected_line(hospital.parent)
    assert (error.file, error.line) == (sabotage.expected_file, line)


def test_the_example_is_proved_and_says_what_it_changes() -> None:
    knowledge, _ = load_proved(CARDS, EXAMPLE)
    assert say_site(knowledge)[1:] == [
        "- beginningInterval: P4M. Invented for this example, a decision of the orthopaedic board.",
        "- value-sets/mobility-aid-order.json",
        "- value-sets/osteonecrosis-femoral-head.csv",
    ]


def test_no_code_of_ours_means_anything_else_with_a_site() -> None:
    ours, theirs = load_knowledge(CARDS), load_knowledge(CARDS, EXAMPLE)
    for name, concepts in ours.value_sets.items():
        assert theirs.value_sets[name][: len(concepts)] == concepts
    spelled = [
        (codes, concept.code)
        for codes in (CODES, "http://hl7.org/fhir/sid/icd-10-cm", "http://snomed.info/sct", None)
        for concepts in ours.value_sets.values()
        for concept in concepts
    ]
    assert [theirs.recognise(*one) for one in spelled] == [ours.recognise(*one) for one in spelled]


def test_a_code_added_to_a_system_of_ours_is_found_under_every_address(hospital: Path) -> None:
    text = "system,code,display,precision\nhttp://hl7.org/fhir/sid/icd-10-cm,M87.0599,own,head\n"
    write(bare(hospital) / "value-sets" / "osteonecrosis-femoral-head.csv", text)
    recognise = load_knowledge(SMALL, hospital).recognise
    assert [c.label for c in recognise("http://hl7.org/fhir/sid/icd-10", "m870599")] == ["own"]
    assert load_knowledge(SMALL).recognise("http://hl7.org/fhir/sid/icd-10", "M87.0599") == ()


def test_a_national_code_that_we_know_vaguely_is_told_exactly_by_a_site(hospital: Path) -> None:
    system = "http://hl7.org/fhir/sid/icd-10"
    text = f"system,code,display,precision\n{system},M87.900x003,own,head\n"
    write(bare(hospital) / "value-sets" / "osteonecrosis-femoral-head.csv", text)
    recognise = load_knowledge(CARDS, hospital).recognise
    assert [(c.label, c.value_set) for c in recognise(system, "M87.900X003")] == [
        ("own", "osteonecrosis-femoral-head")
    ]
    assert recognise(system, "M87.900x004")[0].value_set == "osteonecrosis-possible"


@pytest.mark.parametrize(("file", "text"), FORMS)
def test_a_list_of_codes_is_read_in_every_form(file: str, text: str, hospital: Path) -> None:
    systems = (hospital / "value-sets" / "systems.yaml").read_text(encoding="utf-8")
    write(bare(hospital) / "value-sets" / "systems.yaml", systems)
    write(hospital / "value-sets" / f"physiotherapy-order.{file}", text)
    (found,) = load_knowledge(SMALL, hospital).recognise(CODES, "X1")
    assert (found.label, found.role) == ("exercise", "physiotherapy")


def test_a_code_of_ours_in_a_list_of_the_site_adds_nothing(hospital: Path) -> None:
    text = "system,code,display\nhttp://snomed.info/sct,74566002,crutches\n"
    write(bare(hospital) / "value-sets" / "mobility-aid-order.csv", text)
    assert load_knowledge(SMALL, hospital).value_sets == load_knowledge(SMALL).value_sets


def test_a_number_of_the_site_is_said_on_the_card_with_ours() -> None:
    card = load_knowledge(SMALL, EXAMPLE).cards["review-interval"]
    for detail in card.texts["en"].detail.values():
        assert "- Set by Example General Hospital: 4 months in place of 3 months." in written(
            detail
        )


def test_a_card_that_does_not_use_the_number_says_nothing_of_it() -> None:
    ours, theirs = load_knowledge(SMALL), load_knowledge(SMALL, EXAMPLE)
    assert theirs.cards["weight-bearing"].texts == ours.cards["weight-bearing"].texts


def test_a_number_of_the_site_has_its_policy_as_evidence() -> None:
    knowledge = load_knowledge(SMALL, EXAMPLE)
    source = knowledge.evidence[knowledge.parameters["beginningInterval"].evidence]
    assert source.kind == "site-policy"
    assert source.citation == (
        "Site policy of Example General Hospital (responsible: Invented Chief, orthopaedics)"
    )


def test_a_card_in_the_words_of_the_site_needs_its_case_and_then_says_them(hospital: Path) -> None:
    override(bare(hospital), "weight-bearing", "en", "keep unnecessary load off", "spare it")
    with pytest.raises(KnowledgeError, match=r"^example-site/weight-bearing/card.en.md:1: .*spare"):
        load_proved(SMALL, hospital)
    cases = (SMALL / "weight-bearing" / "cases" / "cases.yaml").read_text(encoding="utf-8")
    given, _, rest = cases.partition("\ncases:\n")
    replaced = [
        f"  - name: {case}".rstrip().replace("keep unnecessary load off", "spare it")
        for case in rest.split("  - name: ")
        if "keep unnecessary load off" in case
    ]
    text = "\n".join([given, "cases:", *replaced, ""])
    (hospital / "weight-bearing" / "cases").mkdir()
    write(hospital / "weight-bearing" / "cases" / "own.yaml", text)
    knowledge, _ = load_proved(SMALL, hospital)
    text_in_force = knowledge.cards["weight-bearing"].texts["en"]
    assert "spare it" in written(text_in_force.summary[""])
    assert (text_in_force.title, text_in_force.source_label) == ("Own title", "Own label")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("{{ hip }}: keep", "{{ hips }}: keep", "`hips` is not a fact"),
        ("# Summary\n\n", "# Summary\n\nRead first what is said here of the hip. ", "at most 139"),
    ],
)
def test_the_words_of_the_site_are_proved_like_ours(
    old: str, new: str, says: str, hospital: Path
) -> None:
    override(bare(hospital), "weight-bearing", "en", old, new)
    with pytest.raises(KnowledgeError, match=f"^example-site/weight-bearing/card.en.md:.*{says}"):
        load_knowledge(SMALL, hospital)


def test_words_for_an_older_version_of_a_card_are_refused(hospital: Path) -> None:
    path = override(bare(hospital), "weight-bearing", "en", "# Summary", "# Summary")
    path.write_text(path.read_text().replace("translates: ", "translates: 9."), encoding="utf-8")
    with pytest.raises(
        KnowledgeError, match=r"example-site/weight-bearing/card.en.md:3: this tran"
    ):
        load_knowledge(SMALL, hospital)


def brought_language(folder: Path, base: Path) -> Path:
    """Write the language `xx` for a base and move it all into a site's folder."""
    write_language(base)
    for path in [*base.glob("words.xx.yaml"), *base.glob("*/card.xx.md")]:
        target = folder / path.relative_to(base)
        target.parent.mkdir(exist_ok=True)
        path.rename(target)
    return folder


def test_a_language_that_only_the_site_has_says_draft_in_ours_too(
    hospital: Path, tmp_path: Path
) -> None:
    base = copy_of_small(tmp_path)
    brought_language(bare(hospital), base)
    phrases = load_knowledge(base, hospital).words["xx"].phrases
    assert fill(phrases["draftLabel"], {}) == ("DRAFT: DRAFT:")
    assert fill(phrases["draftNotice"], {}).startswith("**Draft, signed by nobody.**  **DRAFT,")


def test_a_card_that_the_language_of_the_site_lacks_is_named(
    hospital: Path, tmp_path: Path
) -> None:
    base = copy_of_small(tmp_path)
    (brought_language(bare(hospital), base) / "review-interval" / "card.xx.md").unlink()
    with pytest.raises(KnowledgeError, match=r"^example-site/review-interval/card.xx.md:1: this f"):
        load_knowledge(base, hospital)


def test_a_choice_that_the_language_of_the_site_lacks_is_named(
    hospital: Path, tmp_path: Path
) -> None:
    base = copy_of_small(tmp_path)
    words = brought_language(bare(hospital), base) / "words.xx.yaml"
    text = words.read_text(encoding="utf-8").replace(
        "  lastReviewModality:", "  lastReviewModality: {}"
    )
    start, end = text.index("  lastReviewModality: {}"), text.index("phrases:")
    words.write_text(text[:start] + text[end:], encoding="utf-8")
    with pytest.raises(KnowledgeError, match=r"^example-site/words.xx.yaml:\d+: `choices` has no"):
        load_knowledge(base, hospital)


def test_a_note_that_the_language_of_the_site_lacks_is_named(
    hospital: Path, tmp_path: Path
) -> None:
    base = copy_of_small(tmp_path)
    words = brought_language(bare(hospital), base) / "words.xx.yaml"
    text = words.read_text(encoding="utf-8")
    start, end = text.index("  patientAge:"), text.index("  imagingDataQuality:")
    words.write_text(text[:start] + text[end:], encoding="utf-8")
    with pytest.raises(KnowledgeError, match=r"^example-site/words.xx.yaml:1: .* patientAge is u"):
        load_knowledge(base, hospital)


def test_a_fault_of_our_own_content_is_not_laid_at_the_site(hospital: Path, tmp_path: Path) -> None:
    base = copy_of_small(tmp_path)
    card = base / "weight-bearing" / "card.md"
    card.write_text(card.read_text(encoding="utf-8").replace("priority: 1", "priority: one"))
    with pytest.raises(KnowledgeError, match=r"^weight-bearing/card.md:5: "):
        load_knowledge(base, hospital)


def test_each_error_is_laid_at_its_own_change(hospital: Path) -> None:
    numbers = (
        "parameters:\n  - {name: laterInterval, value: P9M, reason: Invented.}\n"
        "  - {name: adultAge, value: 16 a, reason: Invented.}\n"
    )
    write(bare(hospital) / "parameters.yaml", numbers)
    with pytest.raises(KnowledgeError) as refused:
        load_proved(SMALL, hospital)
    told = str(refused.value).splitlines()
    interval, age = (f"example-site/parameters.yaml:{n}: with this, our content " for n in (2, 3))
    schedules = [line.startswith(interval) for line in told if "schedules/cases/" in line]
    ages = [line.startswith(age) for line in told if "adult age`" in line]
    assert set(schedules) == set(ages) == {True}


def test_a_readme_and_hidden_files_may_lie_in_the_folder(hospital: Path) -> None:
    write(hospital / "README.md", "Ours.\n")
    write(hospital / ".git" / "config", "[core]\n")
    load_knowledge(SMALL, hospital)


@pytest.mark.parametrize(
    "file", ["parameters.yaml", "value-sets/mobility-aid-order.json", "site.yaml"]
)
def test_the_digest_covers_the_sum(file: str, hospital: Path) -> None:
    before = load_knowledge(SMALL, hospital).digest
    with (hospital / file).open("a", encoding="utf-8") as text:
        text.write("\n")
    assert load_knowledge(SMALL, hospital).digest != before


def test_without_a_site_nothing_is_said_of_one() -> None:
    assert say_site(load_knowledge(SMALL)) == []


def test_a_proof_of_ours_that_the_cases_of_a_site_do_not_replace_is_not_lost(
    hospital: Path,
) -> None:
    numbers = "parameters:\n  - {name: adultAge, value: 21 a, reason: Invented.}\n"
    cases = (
        "cases:\n  - {name: exactly of adult age, facts: {patientAge: 30 a}, outcome: shown}\n"
        '  - {name: "exactly of adult age, with an old childhood disorder of the hip", '
        "facts: {patientAge: 30 a, juvenileHipDisorder: recorded}, outcome: shown}\n"
    )
    write(bare(hospital) / "parameters.yaml", numbers)
    write(hospital / "cases" / "adult-with-osteonecrosis.yaml", cases)

    with pytest.raises(KnowledgeError, match="no case lies exactly at") as refused:
        load_proved(SMALL, hospital)
    assert refused.value.file == "example-site/parameters.yaml"
