"""Codes are found in every shape that FHIR DSTU2 to R5 gives them, by system and code."""

import pytest

from cds_service.core.knowledge import Knowledge
from cds_service.core.record import Concept, Side
from cds_service.fhir.reader import Reader, Understood
from cds_service.fhir.shapes.coding import codings_in, elements_in, of_value_set
from cds_service.fhir.shapes.extensions import READ_EXTENSIONS
from cds_service.fhir.shapes.resources import Coded
from tests.conftest import TODAY
from tests.fhir.builders import HIP, LEFT, RIGHT_FEMUR, Json, concept, condition, decoded

LOCAL = {"system": "urn:oid:1.2.3.4", "code": "M87.051", "display": "M87.051"}


def coded(value: object) -> Coded:
    """Return a value as the decoder reads it in a coded element."""
    return decoded({"resourceType": "Condition", "code": value}).code


def understood(code: Coded, knowledge: Knowledge) -> tuple[Concept, ...]:
    """Return what the value sets know of it."""
    return Reader(knowledge, TODAY).concepts_in(decoded(condition()), "code", code)


SHAPES = {
    "Coding": RIGHT_FEMUR,
    "list of Codings": [RIGHT_FEMUR],
    "CodeableConcept": concept(RIGHT_FEMUR),
    "list of CodeableConcepts": [concept(RIGHT_FEMUR)],
    "CodeableReference of R5": {"concept": concept(RIGHT_FEMUR)},
    "list of CodeableReferences": [{"concept": concept(RIGHT_FEMUR)}],
    "CodeableReference with reference": {
        "concept": concept(RIGHT_FEMUR),
        "reference": {"reference": "Condition/1"},
    },
    "coding that is not a list": {"coding": RIGHT_FEMUR},
    "second of two codings": concept(LOCAL, RIGHT_FEMUR),
    "second of two concepts": [concept(LOCAL), concept(RIGHT_FEMUR)],
    "coding after an empty one": concept({}, RIGHT_FEMUR),
    "list with nulls and text": [None, "hip", concept(RIGHT_FEMUR)],
    "codings with nulls": {"coding": [None, RIGHT_FEMUR]},
}


@pytest.mark.parametrize("value", SHAPES.values(), ids=SHAPES)
def test_a_code_is_found_in_every_shape(value: object, knowledge: Knowledge) -> None:
    found = of_value_set(understood(coded(value), knowledge), "osteonecrosis-femoral-head")
    assert [(c.code, c.sides) for c in found] == [("M87.051", frozenset({Side.RIGHT}))]


NO_CODES = {
    "null": None,
    "an empty object": {},
    "an empty list": [],
    "an empty coding list": {"coding": []},
    "an empty coding": {"coding": [{}]},
    "a coding without code": {"coding": [{"system": RIGHT_FEMUR["system"]}]},
    "a reference": {"reference": "Condition/1"},
    "text only": {"text": "Osteonecrosis of the right femoral head M87.051"},
    "display only": {"coding": [{"system": RIGHT_FEMUR["system"], "display": "M87.051"}]},
    "a local system": concept(LOCAL),
    "no system": concept({"code": "M87.051"}),
    "words": "M87.051",
}


@pytest.mark.parametrize("value", NO_CODES.values(), ids=NO_CODES)
def test_words_and_local_codes_are_never_matched(value: object, knowledge: Knowledge) -> None:
    assert understood(coded(value), knowledge) == ()


@pytest.mark.parametrize("word", ["HIP", {"code": "HIP"}, concept({"code": "HIP"})])
def test_a_dicom_word_without_a_system_is_a_body_site(word: object, knowledge: Knowledge) -> None:
    found = understood(coded(word), knowledge)
    assert [c.site_group for c in found] == ["hip"]


def test_a_code_sent_as_a_number_is_read(knowledge: Knowledge) -> None:
    found = understood(coded(HIP | {"code": 24136001}), knowledge)
    assert [c.site_group for c in found] == ["hip"]


def test_every_coding_of_a_concept_is_seen() -> None:
    assert list(codings_in(coded([concept(HIP, RIGHT_FEMUR), LOCAL]))) == [
        (HIP["system"], HIP["code"]),
        (RIGHT_FEMUR["system"], RIGHT_FEMUR["code"]),
        (LOCAL["system"], LOCAL["code"]),
    ]


def test_only_elements_are_yielded_from_a_mixed_list() -> None:
    assert len(list(elements_in(coded([None, "x", {}, concept(HIP)])))) == 2


@pytest.mark.parametrize("member", ["code", "bodySite", "clinicalStatus", "status"])
def test_an_unreadable_code_makes_the_resource_a_stand_in(member: str) -> None:
    odd: Json = condition(**{member: {"coding": [{"code": [1]}]}})
    assert type(decoded(odd)).__name__ == "Unreadable"


SIDE = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-laterality-qualifier"
GERMAN_SIDE = "http://fhir.de/StructureDefinition/seitenlokalisation"


def read(knowledge: Knowledge, **members: object) -> Understood:
    """Return what is understood of the code and the body site of a Condition."""
    resource = decoded({"resourceType": "Condition", "code": concept(RIGHT_FEMUR)} | members)
    return Reader(knowledge, TODAY).understood(resource, "code", "bodySite")


def test_words_and_concepts_of_an_extension_count_with_its_element(knowledge: Knowledge) -> None:
    side = {"url": SIDE, "valueCodeableConcept": concept(LEFT | {"display": "Left"})}
    found = read(knowledge, bodySite=[concept(HIP) | {"extension": [side]}])
    assert [c.code for c in found.concepts] == ["M87.051", HIP["code"], LEFT["code"]]
    assert found.words == ("Left",)
    assert (found.is_unread, found.unread_beside) == (False, frozenset())


@pytest.mark.parametrize(
    "value", [{"valueCoding": {"system": "urn:x", "code": "Q"}}, {"valueString": "?"}, {}]
)
def test_an_extension_that_is_not_understood_names_its_part(
    knowledge: Knowledge, value: Json
) -> None:
    coding = RIGHT_FEMUR | {"extension": [{"url": GERMAN_SIDE, **value}]}
    found = read(knowledge, code=concept(coding))
    assert (found.is_unread, found.unread_beside) == (False, {"side"})


@pytest.mark.parametrize(("url", "part"), READ_EXTENSIONS.items())
def test_each_extension_that_is_read_names_its_part(
    knowledge: Knowledge, url: str, part: str
) -> None:
    unknown = {"url": f"http://example.org/{url}", "valueCode": "zz"}
    found = read(knowledge, code=concept(RIGHT_FEMUR | {"extension": [unknown]}))
    is_of_a_side = any(name in url for name in ("laterality", "qualifier", "seiten"))
    assert found.unread_beside == {"side" if is_of_a_side else "certainty"}
    assert part in found.unread_beside


@pytest.mark.parametrize("extension", [{}, "x", [None, {"url": "http://example.org/other"}], [7]])
def test_another_extension_is_passed_over(knowledge: Knowledge, extension: object) -> None:
    found = read(knowledge, code=concept(RIGHT_FEMUR | {"extension": extension}))
    assert found == read(knowledge)


@pytest.mark.parametrize(
    ("site", "is_unread", "is_unlisted"),
    [
        (None, False, False),
        ({"reference": {"reference": "BodyStructure/1"}}, True, False),
        ({"reference": "BodyStructure/1"}, False, False),
        ({"concept": concept(HIP), "reference": {"reference": "BodyStructure/1"}}, False, False),
        ({"text": "right hip"}, True, False),
        (concept(LOCAL), True, False),
        (concept(LOCAL, HIP), False, False),
        (concept({"system": HIP["system"], "code": "73211009"}), False, True),
        ([concept(HIP), concept(LOCAL)], True, False),
        ("HIP", False, False),
        ("left side", True, False),
    ],
)
def test_a_site_is_known_or_not_listed_or_not_understood(
    knowledge: Knowledge, site: object, is_unread: bool, is_unlisted: bool
) -> None:
    found = read(knowledge, bodySite=site)
    assert (found.is_unread, found.is_unlisted) == (is_unread, is_unlisted)


def test_what_was_not_understood_is_given_as_sent(knowledge: Knowledge) -> None:
    assert read(knowledge, code=concept(LOCAL)).unread == ((LOCAL["system"], LOCAL["code"]),)


GERMAN = "http://fhir.de/CodeSystem/bfarm/icd-10-gm"
CERTAINTY = {
    "url": "http://fhir.de/StructureDefinition/icd-10-gm-diagnosesicherheit",
    "valueCoding": {
        "system": "https://fhir.kbv.de/CodeSystem/KBV_CS_SFHIR_ICD_DIAGNOSESICHERHEIT",
        "code": "V",
    },
}
SEITE = {
    "url": GERMAN_SIDE,
    "valueCoding": {
        "system": "https://fhir.kbv.de/CodeSystem/KBV_CS_SFHIR_ICD_SEITENLOKALISATION",
        "code": "L",
    },
}


def test_a_german_coding_tells_its_side_and_its_certainty(knowledge: Knowledge) -> None:
    coding = {"system": GERMAN, "code": "M87.05", "extension": [CERTAINTY, SEITE]}
    found = read(knowledge, code=concept(coding)).concepts
    assert [(c.value_set, c.role) for c in found] == [
        ("osteonecrosis-possible", None),
        ("condition-status", "unconfirmed"),
        ("laterality", None),
    ]
    assert found[2].sides == {Side.LEFT}


def test_the_modifiers_of_a_japanese_disease_name_tell_side_and_doubt(
    knowledge: Knowledge,
) -> None:
    base = "http://jpfhir.jp/fhir/core/Extension/StructureDefinition/JP_Condition_Disease"
    modifiers = "http://medis.or.jp/CodeSystem/master-disease-modExCode"
    code = concept({"system": "urn:oid:1.2.392.200119.4.101.2", "code": "20069636"}) | {
        "extension": [
            {
                "url": f"{base}PrefixModifier",
                "valueCodeableConcept": concept({"system": modifiers, "code": "5194"}),
            },
            {
                "url": f"{base}PostfixModifier",
                "valueCodeableConcept": concept({"system": modifiers, "code": "5395"}),
            },
        ]
    }
    found = read(knowledge, code=code).concepts
    assert [c.value_set for c in found] == [
        "osteonecrosis-femoral-head",
        "laterality",
        "condition-status",
    ]
    assert (found[1].sides, found[2].role) == ({Side.RIGHT}, "unconfirmed")
