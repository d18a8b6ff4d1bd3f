"""A code is recognised however a chart spells it and its system, and never as another code."""

import csv
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from cds_service.content.terms.value_sets import load_vocabulary
from cds_service.core.knowledge import Knowledge
from cds_service.core.record import Concept, Side
from cds_service.core.vocabulary.systems import CodeSystem
from tests.conftest import SHIPPED_CARDS

ICD_10 = "http://hl7.org/fhir/sid/icd-10"
ICD_10_CM = "http://hl7.org/fhir/sid/icd-10-cm"
ICD_11 = "http://id.who.int/icd/release/11/mms"
ICD_10_PCS = "http://www.cms.gov/Medicare/Coding/ICD10"
SNOMED = "http://snomed.info/sct"
VOCABULARY = load_vocabulary(SHIPPED_CARDS)
SYSTEMS = VOCABULARY.systems
INCLUDES = [
    (value_set.id, include)
    for value_set in VOCABULARY.published.values()
    for include in value_set.compose.include
]
CM_CODES = {
    c.code for _, include in INCLUDES if include.system == ICD_10_CM for c in include.concept
}
URL_SPELLINGS: dict[str, Callable[[str], str]] = {
    "as declared": lambda url: url,
    "with a slash at its end": lambda url: f"{url}/",
    "with https": lambda url: url.replace("http://", "https://"),
    "in upper case": lambda url: url.upper(),
    "with blanks around": lambda url: f" {url} ",
}
ICD_SPELLINGS: dict[str, Callable[[str], str]] = {
    "in lower case": lambda code: code.lower(),
    "without its dot": lambda code: code.replace(".", ""),
    "in lower case without its dot": lambda code: code.replace(".", "").lower(),
    "with a blank for its dot": lambda code: code.replace(".", " "),
    "with blanks around": lambda code: f" {code} ",
}

with (Path(__file__).parent / "spellings.csv").open(encoding="utf-8", newline="") as file:
    SPELLINGS = list(csv.DictReader(file))


def urls_of(system: CodeSystem) -> list[str]:
    """Return the URLs under which codes of a system are sent."""
    return [system.url, *system.aliases]


def meanings(concepts: Iterable[Concept]) -> set[tuple[str, str]]:
    """Return (value set, label) of each concept found."""
    return {(concept.value_set, concept.label) for concept in concepts}


def length(code: str) -> int:
    """Return the length of a code without its dot."""
    return len(code.replace(".", ""))


@pytest.mark.parametrize("spelled", URL_SPELLINGS.values(), ids=URL_SPELLINGS.keys())
def test_every_code_is_recognised_under_every_url_of_its_system(
    knowledge: Knowledge, spelled: Callable[[str], str]
) -> None:
    missed = [
        (value_set, url, concept.code)
        for value_set, include in INCLUDES
        for url in urls_of(SYSTEMS[include.system])
        for concept in include.concept
        if (value_set, concept.display)
        not in meanings(knowledge.recognise(spelled(url), concept.code))
    ]
    assert missed == []


@pytest.mark.parametrize("spelled", ICD_SPELLINGS.values(), ids=ICD_SPELLINGS.keys())
def test_every_icd_code_is_recognised_in_every_spelling(
    knowledge: Knowledge, spelled: Callable[[str], str]
) -> None:
    missed = [
        (value_set, concept.code)
        for value_set, include in INCLUDES
        if SYSTEMS[include.system].code_form == "icd"
        for concept in include.concept
        if (value_set, concept.display)
        not in meanings(knowledge.recognise(include.system, spelled(concept.code)))
    ]
    assert missed == []


def test_a_long_icd_10_cm_code_means_the_same_under_icd_10(knowledge: Knowledge) -> None:
    def both(code: str) -> tuple[set[tuple[str, str]], ...]:
        return tuple(meanings(knowledge.recognise(url, code)) for url in (ICD_10, ICD_10_CM))

    told = {code: both(code) for code in CM_CODES if length(code) >= 6}
    assert {code: meant for code, meant in told.items() if meant[0] != meant[1]} == {}


def test_a_short_icd_10_cm_code_keeps_the_meaning_that_icd_10_gives_it(
    knowledge: Knowledge,
) -> None:
    name = SYSTEMS[ICD_10].name
    both = CM_CODES & {
        c.code for _, include in INCLUDES if include.system == ICD_10 for c in include.concept
    }
    assert {"M87.00", "M87.05", "Z96.64"} <= both
    assert {f.system_name for c in both for f in knowledge.recognise(ICD_10, c)} == {name}


def test_a_code_of_a_bare_icd10_is_what_it_can_only_be(knowledge: Knowledge) -> None:
    found = [knowledge.recognise("ICD10", code)[0] for code in ("M87.051", "M16.11", "M87.05")]
    assert [c.system_name for c in found] == ["ICD-10-CM", "ICD-10-CM", SYSTEMS[ICD_10].name]


@pytest.mark.parametrize("code", ["M87.05", "m8705"])
def test_the_site_digit_of_icd_10_stays_pelvis_or_thigh(knowledge: Knowledge, code: str) -> None:
    (concept,) = knowledge.recognise(ICD_10, code)
    assert concept.system_name == SYSTEMS[ICD_10].name
    assert "thigh" in concept.label


@pytest.mark.parametrize(
    "code", ["FB81.0&XA96S5&XK9K", "FB81.0/XA96S5/XK9K", "FB81.0&XA96S5/XK9K", "fb810&xa96s5&xk9k"]
)
def test_a_post_coordinated_code_means_all_its_parts(knowledge: Knowledge, code: str) -> None:
    concepts = knowledge.recognise(ICD_11, code)
    assert [concept.code for concept in concepts] == ["FB81.0", "XA96S5", "XK9K"]


def test_an_unknown_part_of_a_post_coordinated_code_is_passed_over(knowledge: Knowledge) -> None:
    concepts = knowledge.recognise(ICD_11, "FB81.0&XT0W")
    assert [concept.code for concept in concepts] == ["FB81.0"]


@pytest.mark.parametrize("joined", ["24136001&24028007", "24136001/24028007"])
def test_a_system_without_post_coordination_takes_no_joined_codes(
    knowledge: Knowledge, joined: str
) -> None:
    assert knowledge.recognise(SNOMED, joined) == ()


@pytest.mark.parametrize("system", [None, "", " "])
@pytest.mark.parametrize(
    ("code", "value_set"),
    [("HIP", "body-site"), ("PELVIS", "body-site"), ("L", "laterality"), ("R", "laterality")],
)
def test_a_code_without_a_system_is_read_as_dicom(
    knowledge: Knowledge, system: str | None, code: str, value_set: str
) -> None:
    (concept,) = knowledge.recognise(system, code)
    assert concept.value_set == value_set


@pytest.mark.parametrize("code", ["M87.051", "24136001", "XK9K", ""])
def test_no_other_code_is_recognised_without_a_system(knowledge: Knowledge, code: str) -> None:
    assert knowledge.recognise(None, code) == ()


@pytest.mark.parametrize(
    ("system", "code"),
    [
        ("http://example.org/local", "M87.051"),
        (ICD_10_CM, "M87.0519"),
        (ICD_10_CM, "A00"),
        (SNOMED, "73211009"),
        (ICD_10, "S87.0519"),
    ],
)
def test_what_no_value_set_holds_is_not_recognised(
    knowledge: Knowledge, system: str, code: str
) -> None:
    assert knowledge.recognise(system, code) == ()


@pytest.mark.parametrize(
    ("system", "code", "prefix"),
    [
        (ICD_10_CM, "T84.010A", "T84.010"),
        (ICD_10_CM, "t84010d", "T84.010"),
        (ICD_10, "T84.010S", "T84.010"),
        (ICD_10_CM, "M97.01XA", "M97.01"),
        (ICD_10_PCS, "0SR90JZ", "0SR9"),
        (ICD_10_PCS, "0su90bz", "0SU90B"),
    ],
)
def test_a_longer_code_is_recognised_by_its_prefix(
    knowledge: Knowledge, system: str, code: str, prefix: str
) -> None:
    assert {concept.code for concept in knowledge.recognise(system, code)} == {prefix}


@pytest.mark.parametrize(
    ("system", "code"), [(ICD_10_CM, "T84.01"), (ICD_10_PCS, "0SR"), (ICD_10_PCS, "0SU90JZ")]
)
def test_a_code_shorter_than_a_prefix_or_beside_it_is_not_recognised(
    knowledge: Knowledge, system: str, code: str
) -> None:
    assert knowledge.recognise(system, code) == ()


@pytest.mark.parametrize(
    ("code", "sides"),
    [
        ("XK9K", {Side.RIGHT}),
        ("XK8G", {Side.LEFT}),
        ("XK9J", {Side.RIGHT, Side.LEFT}),
        ("XK70", set()),
    ],
)
def test_a_side_means_the_hips_of_that_side(
    knowledge: Knowledge, code: str, sides: set[Side]
) -> None:
    (concept,) = knowledge.recognise(ICD_11, code)
    assert concept.sides == sides


@pytest.mark.parametrize(
    "url",
    [
        "http://snomed.info/sct|http://snomed.info/sct/900000000000207008/version/20250101",
        "http://snomed.info/sct/731000124108",
        "http://snomed.info/sct/731000124108/version/20250301",
        "SNOMEDCT_US",
        "SNOMED-CT",
        "sct",
        "2.16.840.1.113883.6.96",
    ],
)
def test_an_edition_a_version_or_a_bare_name_means_the_system(
    knowledge: Knowledge, url: str
) -> None:
    (concept,) = knowledge.recognise(url, "203476003")
    assert concept.system_name == "SNOMED CT"


EXPRESSIONS = {
    "203476003:272741003=7771000": ["203476003", "7771000"],
    "203476003 |AVN of femoral head (disorder)| : 272741003 |Laterality| = 7771000 |Left|": [
        "203476003",
        "7771000",
    ],
    "=== 397758007 : { 363698007 = 2812003 , 116676008 = 6574001 }": ["397758007", "2812003"],
    "397758007:363698007=(2812003:272741003=24028007)": ["397758007", "2812003", "24028007"],
    "203476003+24136001": ["203476003", "24136001"],
    "203476003:255234002=(52734007:363704007=24136001),272741003=7771000": [
        "203476003",
        "7771000",
    ],
    "243796009:{246090004=203476003,408729009=410516003}": [],
    "203476003 left": [],
    "203476003:272741003=7771000 OR 24028007": [],
}


@pytest.mark.parametrize(("expression", "codes"), EXPRESSIONS.items())
def test_of_a_snomed_expression_the_focus_its_side_and_its_site_are_read(
    knowledge: Knowledge, expression: str, codes: list[str]
) -> None:
    assert [c.code for c in knowledge.recognise(SNOMED, expression)] == codes


@pytest.mark.parametrize(
    ("system", "code", "is_understood"),
    [
        (SNOMED, "203476003", True),
        (SNOMED, "73211009", True),
        (SNOMED, "73211000", False),
        (SNOMED, "73211009:272741003=7771000", True),
        (SNOMED, "203476003:272741003=182353008", False),
        ("http://loinc.org", "2345-7", True),
        ("http://loinc.org", "2345-8", False),
        (ICD_10_CM, "E11.9", True),
        (ICD_10, "M87.900x001", True),
        (ICD_10, "S72.000x001", False),
        (ICD_10_CM, "hip pain", False),
        ("http://example.org/local", "M87.051", False),
        (None, "M87.051", False),
        (None, "L", True),
        (ICD_10_CM, "", False),
    ],
)
def test_a_code_is_known_or_something_else_or_not_understood(
    knowledge: Knowledge, system: str | None, code: str, is_understood: bool
) -> None:
    assert knowledge.vocabulary.understand(system, code).is_understood is is_understood


@pytest.mark.parametrize(
    ("system", "code", "near"),
    [
        ("http://example.org/local", "M87.051", ["M87.051"]),
        (None, " 203476003 ", ["203476003"]),
        ("http://example.org/local", "L", []),
        ("http://example.org/local", "FEMUR", []),
        ("http://example.org/local", "99999", []),
        ("http://example.org/local", "M87.051" + " " * 600 + "x", []),
    ],
)
def test_a_code_of_ours_under_an_unknown_system_is_a_near_miss(
    knowledge: Knowledge, system: str | None, code: str, near: list[str]
) -> None:
    assert [c.code for c in knowledge.vocabulary.near(system, code)] == near


@pytest.mark.parametrize("code", ["27130-RT", "27130 RT", "27130-59-RT", "27130:RT"])
def test_a_procedure_code_has_its_side_in_a_modifier(knowledge: Knowledge, code: str) -> None:
    found = knowledge.recognise("CPT4", code)
    assert [(c.value_set, c.sides) for c in found] == [
        ("hip-arthroplasty", set()),
        ("laterality", {Side.RIGHT}),
    ]


@pytest.mark.parametrize("code", ["2713050", "27130RT", "9927130"])
def test_a_code_that_is_run_together_with_something_is_none(
    knowledge: Knowledge, code: str
) -> None:
    assert knowledge.recognise("http://www.ama-assn.org/go/cpt", code) == ()


@pytest.mark.parametrize(
    ("code", "value_set"),
    [
        ("M87.900x001", "osteonecrosis-possible"),
        ("M87.0F", "osteonecrosis-possible"),
        ("M87.01", "osteonecrosis-other-site"),
        ("M16.1x2", "hip-osteoarthritis"),
    ],
)
def test_a_national_extension_of_an_icd_10_code_means_that_code(
    knowledge: Knowledge, code: str, value_set: str
) -> None:
    assert {c.value_set for c in knowledge.recognise(ICD_10, code)} == {value_set}


def test_a_side_and_a_site_of_snomed_rt_come_under_the_url_of_snomed_ct(
    knowledge: Knowledge,
) -> None:
    for system in (SNOMED, "SRT", "SNM3"):
        assert knowledge.recognise(system, "G-A101")[0].sides == {Side.LEFT}
        assert knowledge.recognise(system, "T-15710")[0].site_group == "hip"


def test_every_code_looks_like_one_of_its_system() -> None:
    strange = [
        (include.system, concept.code)
        for _, include in INCLUDES
        for concept in include.concept
        if not concept.match_prefix and not SYSTEMS[include.system].may_hold(concept.code)
    ]
    assert strange == []


@pytest.mark.parametrize("url", sorted(SYSTEMS))
def test_a_code_that_nobody_knows_is_something_else_in_no_system(
    knowledge: Knowledge, url: str
) -> None:
    understand = knowledge.vocabulary.understand
    assert [understand(url, code).is_understood for code in ("zz-nobody-1", "?", "")] == [False] * 3


@pytest.mark.parametrize("row", SPELLINGS, ids=[row["why"] for row in SPELLINGS])
def test_what_charts_send_is_read_as_the_table_says(
    knowledge: Knowledge, row: dict[str, str]
) -> None:
    found = knowledge.recognise(row["system"], row["code"])
    names = {f"{concept.value_set} {concept.code}" for concept in found}
    sides = {side.value for concept in found for side in concept.sides}
    assert row["means"] in (names or {""})
    assert sides == set(row["side"].split())
