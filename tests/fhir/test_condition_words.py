"""A Condition and a Procedure say what they are by code and words together, and what is open."""

from typing import Any

import pytest

from cds_service.core.hip.diagnosis import osteonecrosis_strength
from cds_service.core.knowledge import Knowledge
from cds_service.core.record import (
    ALL_READ,
    NO_SIDE,
    Clinical,
    Diagnosis,
    NotUnderstood,
    Operation,
    Verification,
)
from cds_service.core.values import DateRange
from cds_service.fhir.read.conditions import is_present, read_condition, read_operation
from cds_service.fhir.reader import Reader
from tests.conftest import TODAY
from tests.fhir.builders import (
    CPT,
    ICD10CM,
    SNOMED,
    Json,
    concept,
    condition,
    decoded,
    procedure,
    without,
)

FEMUR_RIGHT = {"system": ICD10CM, "code": "M87.051"}
FEMUR_UNSIDED = {"system": ICD10CM, "code": "M87.059"}
HEAD = {"system": SNOMED, "code": "203476003"}
NO_BONE = {"system": "http://hl7.org/fhir/sid/icd-10", "code": "M87.0"}
WHO_FEMUR = {"system": "http://hl7.org/fhir/sid/icd-10", "code": "M87.05"}
GERMAN_FEMUR = {"system": "http://fhir.de/CodeSystem/bfarm/icd-10-gm", "code": "M87.05"}
NOBODYS = {"system": "urn:zz:nobody", "code": "zz-1"}
GERMAN = "http://fhir.de/StructureDefinition/"
KBV = "https://fhir.kbv.de/CodeSystem/KBV_CS_SFHIR_ICD_DIAGNOSESICHERHEIT"


def entry(knowledge: Knowledge, *codings: Json, text: str = "", **members: Any) -> Diagnosis:
    """Read a Condition with these codings and this text."""
    code = concept(*codings) | ({"text": text} if text else {})
    resource = decoded(condition(code=code, **members))
    [found] = read_condition(resource, Reader(knowledge, TODAY))
    assert isinstance(found, Diagnosis)
    return found


def sides(found: Diagnosis | Operation) -> str:
    return "+".join(sorted(side.value for side in found.sides))


@pytest.mark.parametrize(
    ("coding", "text", "strength"),
    [
        (FEMUR_RIGHT, "Avascular necrosis of right femoral head (HCC)", "head"),
        (FEMUR_RIGHT, "Idiopathic aseptic necrosis of right femur", "femur"),
        (FEMUR_RIGHT, "AVN medial femoral condyle, right (HCC)", None),
        (FEMUR_RIGHT, "Spontaneous osteonecrosis of right knee", None),
        (FEMUR_RIGHT, "Osteonecrosis, right femur, distal femur", None),
        (FEMUR_RIGHT, "右股骨内髁骨坏死", None),
        (FEMUR_RIGHT, "右侧股骨头坏死", "head"),
        (FEMUR_RIGHT, "Osteonecrosis of right femoral head and medial condyle", "possible"),
        (HEAD, "Osteonecrosis of the knee", "possible"),
        (HEAD, "AVN of both femoral heads and left humeral head", "head"),
        (NO_BONE, "Hüftkopfnekrose rechts", "possible"),
        (NO_BONE, "AVN of the jaw", None),
        (NO_BONE, "Idiopathic aseptic necrosis of bone", None),
    ],
)
def test_words_say_whether_the_head_is_meant(
    coding: Json, text: str, strength: str | None, knowledge: Knowledge
) -> None:
    assert osteonecrosis_strength(entry(knowledge, coding, text=text)) == strength


@pytest.mark.parametrize(
    ("coding", "text"),
    [
        (FEMUR_UNSIDED, "Idiopathic aseptic necrosis of unspecified femur"),
        (FEMUR_UNSIDED, "Idiopathic aseptic necrosis of pelvis and femur"),
        (WHO_FEMUR, "Idiopathic aseptic necrosis of bone, pelvic region and thigh"),
        (WHO_FEMUR, "特发性骨无菌性坏死，骨盆和大腿"),
        (WHO_FEMUR, "特発性無菌性骨壊死　骨盤部及び大腿"),
        (GERMAN_FEMUR, "Idiopathische aseptische Knochennekrose: Beckenregion und Oberschenkel"),
    ],
)
def test_the_title_of_a_code_takes_nothing_from_it(
    coding: Json, text: str, knowledge: Knowledge
) -> None:
    plain = osteonecrosis_strength(entry(knowledge, coding))
    assert (plain is not None) == (coding == FEMUR_UNSIDED)
    assert osteonecrosis_strength(entry(knowledge, coding, text=text)) == plain
    assert osteonecrosis_strength(entry(knowledge, coding | {"display": text})) == plain


@pytest.mark.parametrize("text", ["Right knee", "Distal femur"])
def test_the_words_of_a_body_site_count(text: str, knowledge: Knowledge) -> None:
    found = entry(knowledge, FEMUR_RIGHT, bodySite=[{"text": text}])
    assert osteonecrosis_strength(found) is None
    assert found.unread == ALL_READ


@pytest.mark.parametrize(
    ("coding", "text", "side", "is_unread"),
    [
        (FEMUR_UNSIDED, "AVN left femoral head", "left", False),
        (FEMUR_UNSIDED, "AVN both hips", "left+right", False),
        (FEMUR_RIGHT, "AVN both hips", "right", False),
        (FEMUR_RIGHT, "AVN right hip. No AVN on the left.", "right", False),
        (FEMUR_RIGHT, "AVN right hip, pain in left knee", "right", False),
        (FEMUR_RIGHT, "AVN of LEFT femoral head", "", True),
        (FEMUR_RIGHT, "AVN right hip (left)", "", True),
        (FEMUR_UNSIDED, "AVN right hip (left)", "", True),
    ],
)
def test_words_give_the_side_or_contradict_it(
    coding: Json, text: str, side: str, is_unread: bool, knowledge: Knowledge
) -> None:
    found = entry(knowledge, coding, text=text)
    assert (sides(found), "side" in found.unread) == (side, is_unread)


def test_text_and_display_of_different_sides_leave_it_open(knowledge: Knowledge) -> None:
    coding = HEAD | {"display": "Osteonecrosis of right femoral head"}
    found = entry(knowledge, coding, text="AVN left hip")
    assert (found.sides, found.unread) == (NO_SIDE, {"side"})


def test_code_and_body_site_of_different_sides_leave_it_open(knowledge: Knowledge) -> None:
    found = entry(knowledge, FEMUR_RIGHT, bodySite=[concept({"system": SNOMED, "code": "7771000"})])
    assert (found.sides, found.unread) == (NO_SIDE, {"side"})


@pytest.mark.parametrize(
    ("coding", "site", "unread"),
    [
        (FEMUR_RIGHT, NOBODYS, {"site"}),
        (FEMUR_RIGHT, {"system": SNOMED, "code": "123037004"}, {"site"}),
        (HEAD, NOBODYS, {"site", "side"}),
        (HEAD, NOBODYS | {"display": "Left hip"}, set()),
    ],
)
def test_a_body_site_that_nobody_knows_is_a_doubt(
    coding: Json, site: Json, unread: set[str], knowledge: Knowledge
) -> None:
    found = entry(knowledge, coding, bodySite=[concept(site)])
    assert found.unread == unread
    assert osteonecrosis_strength(found) is not None


def sure(letter: str) -> Json:
    """Return the German extension that says how sure a code is."""
    value = {"system": KBV, "code": letter}
    return {"extension": [{"url": f"{GERMAN}icd-10-gm-diagnosesicherheit", "valueCoding": value}]}


UNSAID = without(condition(), "clinicalStatus", "verificationStatus")
ACTIVE, INACTIVE, OPEN = Clinical.ACTIVE, Clinical.INACTIVE, Clinical.UNRECORDED
CONFIRMED, UNSURE = Verification.CONFIRMED, Verification.UNCONFIRMED
RULED_OUT, UNTOLD = Verification.RULED_OUT, Verification.UNRECORDED


@pytest.mark.parametrize(
    ("members", "clinical", "verification", "unread"),
    [
        ({"clinicalStatus": {"text": "Resolved"}}, INACTIVE, UNTOLD, set()),
        ({"clinicalStatus": {"text": "Recurrence"}}, ACTIVE, UNTOLD, set()),
        ({"clinicalStatus": {"text": "In remission"}}, INACTIVE, UNTOLD, set()),
        ({"clinicalStatus": {"text": "Ruled out"}}, OPEN, RULED_OUT, set()),
        ({"verificationStatus": {"text": "Entered in error"}}, OPEN, RULED_OUT, set()),
        ({"verificationStatus": {"text": "Suspected"}}, OPEN, UNSURE, set()),
        ({"verificationStatus": {"text": "疑似"}}, OPEN, UNSURE, set()),
        ({"verificationStatus": concept(NOBODYS)}, OPEN, UNTOLD, {"certainty"}),
        ({"clinicalStatus": concept(NOBODYS)}, OPEN, UNTOLD, {"status"}),
        ({"clinicalStatus": "zz"}, OPEN, UNTOLD, {"status"}),
        ({"clinicalStatus": "unknown"}, OPEN, UNTOLD, set()),
        ({"clinicalStatus": "active", "abatementDateTime": "2025"}, ACTIVE, UNTOLD, {"status"}),
        ({"code": concept(HEAD | sure("A"))}, OPEN, RULED_OUT, set()),
        ({"code": concept(HEAD | sure("V"))}, OPEN, UNSURE, set()),
        ({"code": concept(HEAD | sure("G"))}, OPEN, CONFIRMED, set()),
        ({"code": concept(HEAD | sure("Z"))}, INACTIVE, UNTOLD, set()),
        ({"code": concept(HEAD | sure("zz"))}, OPEN, UNTOLD, {"certainty"}),
        ({"code": concept(HEAD) | {"text": "Suspected AVN"}}, OPEN, UNSURE, set()),
        ({"code": concept(HEAD) | {"text": "AVN of hip, ruled out"}}, OPEN, RULED_OUT, set()),
        ({"code": concept(HEAD) | {"text": "Family history of AVN"}}, OPEN, RULED_OUT, set()),
        ({"code": concept(HEAD) | {"text": "History of AVN"}}, INACTIVE, UNSURE, set()),
        (
            {"code": concept(HEAD) | {"text": "History of AVN"}, "clinicalStatus": "active"},
            ACTIVE,
            UNSURE,
            {"status"},
        ),
    ],
    ids=str,
)
def test_statuses_codes_beside_and_words_say_whether_it_is_there(
    members: Json,
    clinical: Clinical,
    verification: Verification,
    unread: set[str],
    knowledge: Knowledge,
) -> None:
    [found] = read_condition(decoded(UNSAID | members), Reader(knowledge, TODAY))
    assert isinstance(found, Diagnosis)
    assert (found.clinical, found.verification, found.unread) == (clinical, verification, unread)
    is_there = clinical is not INACTIVE and verification is not RULED_OUT
    assert is_present(decoded(UNSAID | members), Reader(knowledge, TODAY)) >= is_there


def test_an_entry_without_words_whose_code_nobody_knows_is_not_understood(
    knowledge: Knowledge,
) -> None:
    resource = decoded(condition(code=concept(NOBODYS), recordedDate="2026-06-02"))
    [found] = read_condition(resource, Reader(knowledge, TODAY))
    assert isinstance(found, NotUnderstood)
    assert found.dates[-1].earliest.isoformat() == "2026-06-02"


@pytest.mark.parametrize(
    "code",
    [
        concept(NOBODYS) | {"text": "Essential hypertension"},
        concept({"system": ICD10CM, "code": "I10"}),
        {"text": "Essential hypertension"},
    ],
    ids=str,
)
def test_an_entry_that_tells_what_else_it_is_leaves_nothing_open(
    code: Json, knowledge: Knowledge
) -> None:
    assert [*read_condition(decoded(condition(code=code)), Reader(knowledge, TODAY))] == []


def operation_of(knowledge: Knowledge, code: Json, **members: Any) -> Operation | NotUnderstood:
    bare = without(procedure(**members), "bodySite")
    [found] = read_operation(decoded(bare | {"code": code}), Reader(knowledge, TODAY))
    return found


@pytest.mark.parametrize(
    ("code", "side", "is_said"),
    [
        (
            concept({"system": CPT, "code": "27130"}) | {"text": "ARTHROPLASTY HIP TOTAL RIGHT"},
            "right",
            False,
        ),
        ({"text": "TOTAL HIP ARTHROPLASTY, RIGHT"}, "right", True),
        (concept(NOBODYS | {"display": "Left hip replacement"}), "left", True),
        ({"text": "右侧人工全髋关节置换术"}, "right", True),
        (concept({"system": "urn:zz:nobody", "code": "0SR9019"}), "right", True),
    ],
    ids=str,
)
def test_a_replacement_is_told_by_code_or_words(
    code: Json, side: str, is_said: bool, knowledge: Knowledge
) -> None:
    found = operation_of(knowledge, code)
    assert isinstance(found, Operation)
    [told] = found.codes
    assert (sides(found) or "+".join(one.value for one in told.sides), told.is_said) == (
        side,
        is_said,
    )


@pytest.mark.parametrize(
    "text",
    ["Right total knee arthroplasty", "Removal of hip prosthesis", "Right hip arthroscopy"],
)
def test_another_operation_is_no_replacement(text: str, knowledge: Knowledge) -> None:
    resource = decoded(procedure(code={"text": text}))
    assert [*read_operation(resource, Reader(knowledge, TODAY))] == []


# Of no system that we know: nobody's code, one of the disease, one of a removal, one of any joint.
@pytest.mark.parametrize("code", ["zz-1", "M87.051", "7989006", "T84.0"])
def test_an_operation_without_words_whose_code_nobody_knows_is_not_understood(
    code: str, knowledge: Knowledge
) -> None:
    found = operation_of(knowledge, concept({"system": "urn:zz:nobody", "code": code}))
    assert isinstance(found, NotUnderstood)


def test_an_operation_whose_status_nobody_knows_may_not_be_done(knowledge: Knowledge) -> None:
    code = concept({"system": CPT, "code": "27130"})
    found = operation_of(knowledge, code, status="zz")
    assert isinstance(found, Operation)
    assert found.unread == {"status"}


def test_the_date_of_a_doubt_is_that_of_its_recording(knowledge: Knowledge) -> None:
    found = entry(knowledge, HEAD, recordedDate="2026-06-02")
    assert isinstance(found.dates[-1], DateRange)
    assert found.dates[-1].earliest.isoformat() == "2026-06-02"
