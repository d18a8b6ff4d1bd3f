"""Which entries say osteonecrosis of the femoral head, how precisely, and of which hip."""

from dataclasses import replace

import pytest

from cds_service.core.hip.diagnosis import (
    best_concept,
    hips_with_osteonecrosis,
    juvenile_disorders,
    osteonecrosis_of,
    osteonecrosis_strength,
)
from cds_service.core.record import (
    NO_SIDE,
    Clinical,
    Concept,
    Diagnosis,
    Mention,
    Side,
    ValueSetId,
    Verification,
)
from tests.core.builders import (
    BROADER,
    FEMUR,
    HEAD,
    JAW,
    ON_BOTH,
    ON_LEFT,
    ON_RIGHT,
    OSTEOARTHRITIS,
    PERTHES,
    UNNAMED_BONE,
    code,
    diagnosis,
    record,
    said,
    site,
)


@pytest.mark.parametrize(
    ("codes", "strength"),
    [
        ((HEAD,), "head"),
        ((FEMUR,), "femur"),
        ((BROADER,), "broader"),
        ((code(ValueSetId.FEMORAL_HEAD),), "broader"),
        ((BROADER, FEMUR), "femur"),
        ((UNNAMED_BONE, FEMUR), "femur"),
        ((UNNAMED_BONE,), None),
        ((OSTEOARTHRITIS,), None),
        ((), None),
    ],
)
def test_the_most_precise_code_gives_the_strength(
    codes: tuple[Concept, ...], strength: str | None
) -> None:
    assert osteonecrosis_strength(diagnosis(*codes)) == strength


@pytest.mark.parametrize(
    ("found", "group", "strength"),
    [
        (FEMUR, "femoral-head", "head"),
        (FEMUR, "hip", "femur"),
        (FEMUR, "pelvis", "femur"),
        (UNNAMED_BONE, "femoral-head", "head"),
        (UNNAMED_BONE, "hip", "possible"),
        (UNNAMED_BONE, "pelvis", None),
        (UNNAMED_BONE, "limb", None),
    ],
)
def test_a_body_site_settles_what_the_code_leaves_open(
    found: Concept, group: str, strength: str | None
) -> None:
    assert osteonecrosis_strength(diagnosis(found, sites=[group])) == strength


@pytest.mark.parametrize("found", [HEAD, FEMUR, BROADER, UNNAMED_BONE])
@pytest.mark.parametrize(("also", "strength"), [(JAW, "possible"), (PERTHES, None)])
def test_a_childhood_disorder_vetoes_the_entry_and_another_site_leaves_a_named_head_possible(
    found: Concept, also: Concept, strength: str | None
) -> None:
    assert osteonecrosis_strength(diagnosis(found, also, sites=["femoral-head"])) == strength


@pytest.mark.parametrize("found", [FEMUR, BROADER, UNNAMED_BONE])
def test_another_site_vetoes_a_code_that_does_not_name_the_head(found: Concept) -> None:
    assert osteonecrosis_strength(diagnosis(found, JAW, sites=["hip"])) is None


@pytest.mark.parametrize(
    ("sites", "strength"), [(["other"], None), (["femoral-head", "other"], "possible")]
)
def test_a_condyle_or_shaft_as_body_site_vetoes_what_does_not_name_the_head(
    sites: list[str], strength: str | None
) -> None:
    assert osteonecrosis_strength(diagnosis(FEMUR, sites=sites)) == strength


@pytest.mark.parametrize(
    ("sites", "strength"),
    [([], None), (["pelvis"], None), (["hip"], "possible"), (["femoral-head"], "possible")],
)
def test_a_lookalike_in_the_same_entry_leaves_it_possible_at_most(
    sites: list[str], strength: str | None
) -> None:
    assert osteonecrosis_strength(diagnosis(FEMUR, OSTEOARTHRITIS, sites=sites)) == strength


@pytest.mark.parametrize(
    ("clinical", "verification", "strength"),
    [
        (Clinical.ACTIVE, Verification.CONFIRMED, "head"),
        (Clinical.UNRECORDED, Verification.UNRECORDED, "head"),
        (Clinical.ACTIVE, Verification.UNCONFIRMED, "head"),
        (Clinical.INACTIVE, Verification.CONFIRMED, None),
        (Clinical.ACTIVE, Verification.RULED_OUT, None),
    ],
)
def test_only_an_inactive_or_refuted_entry_does_not_count(
    clinical: Clinical, verification: Verification, strength: str | None
) -> None:
    entry = diagnosis(HEAD, clinical=clinical, verification=verification)
    assert osteonecrosis_strength(entry) == strength


@pytest.mark.parametrize(
    ("sides", "hips"),
    [
        ([], ()),
        ([ON_RIGHT], (Side.RIGHT,)),
        ([ON_LEFT, ON_RIGHT], (Side.RIGHT, Side.LEFT)),
        ([ON_BOTH], (Side.RIGHT, Side.LEFT)),
        ([NO_SIDE], (Side.UNRECORDED,)),
        ([NO_SIDE, ON_LEFT], (Side.LEFT, Side.UNRECORDED)),
        ([NO_SIDE, ON_BOTH], (Side.RIGHT, Side.LEFT)),
    ],
)
def test_an_unsided_entry_adds_a_hip_unless_both_are_named(
    sides: list[frozenset[Side]], hips: tuple[Side, ...]
) -> None:
    assert hips_with_osteonecrosis(record(*(diagnosis(HEAD, sides=s) for s in sides))) == hips


@pytest.mark.parametrize(
    ("entries", "hips"),
    [
        ([], (Side.UNRECORDED,)),
        ([diagnosis(HEAD)], (Side.RIGHT, Side.UNRECORDED)),
        ([diagnosis(HEAD, sides=ON_BOTH)], (Side.RIGHT, Side.LEFT)),
    ],
)
def test_a_gap_in_the_conditions_leaves_a_hip_to_ask_about(
    entries: list[Diagnosis], hips: tuple[Side, ...]
) -> None:
    assert hips_with_osteonecrosis(record(*entries, gaps=["Condition"])) == hips


def test_an_entry_that_is_no_osteonecrosis_adds_no_hip() -> None:
    assert hips_with_osteonecrosis(record(diagnosis(OSTEOARTHRITIS), diagnosis(JAW))) == ()


@pytest.mark.parametrize(
    ("hip", "reference"), [(Side.RIGHT, "r"), (Side.LEFT, "l"), (Side.UNRECORDED, "u")]
)
def test_each_hip_has_the_entries_of_its_own_side(hip: Side, reference: str) -> None:
    chart = record(
        diagnosis(HEAD, sides=ON_RIGHT, reference="r"),
        diagnosis(HEAD, sides=ON_LEFT, reference="l"),
        diagnosis(HEAD, sides=NO_SIDE, reference="u"),
    )
    assert [found.reference for found in osteonecrosis_of(chart, hip)] == [reference]


def test_the_most_precise_entry_comes_first() -> None:
    possible = diagnosis(UNNAMED_BONE, sites=["hip"])
    entries = (possible, diagnosis(BROADER), diagnosis(HEAD), diagnosis(FEMUR))
    found = osteonecrosis_of(record(*entries), Side.RIGHT)
    assert [osteonecrosis_strength(entry) for entry in found] == [
        "head",
        "femur",
        "broader",
        "possible",
    ]


@pytest.mark.parametrize(
    ("codes", "best"),
    [
        ((UNNAMED_BONE, BROADER, HEAD), HEAD),
        ((OSTEOARTHRITIS, UNNAMED_BONE), UNNAMED_BONE),
        ((UNNAMED_BONE, FEMUR), FEMUR),
    ],
)
def test_the_best_code_is_the_most_precise_that_names_osteonecrosis(
    codes: tuple[Concept, ...], best: Concept
) -> None:
    assert best_concept(diagnosis(*codes)) is best


@pytest.mark.parametrize(
    ("hip", "sides", "is_found"),
    [
        (Side.RIGHT, ON_RIGHT, True),
        (Side.RIGHT, ON_LEFT, False),
        (Side.RIGHT, NO_SIDE, True),
        (Side.UNRECORDED, ON_LEFT, True),
        (Side.UNRECORDED, NO_SIDE, True),
    ],
)
def test_a_childhood_disorder_counts_for_its_own_hip_or_where_a_side_is_missing(
    hip: Side, sides: frozenset[Side], is_found: bool
) -> None:
    chart = record(diagnosis(PERTHES, sides=sides))
    assert bool(juvenile_disorders(chart, hip)) is is_found


@pytest.mark.parametrize(
    ("entry", "is_found"),
    [
        (diagnosis(PERTHES, clinical=Clinical.INACTIVE), True),
        (diagnosis(PERTHES, verification=Verification.RULED_OUT), False),
        (diagnosis(HEAD), False),
        (diagnosis(HEAD, PERTHES), True),
    ],
)
def test_a_childhood_disorder_counts_at_any_time_of_life_unless_refuted(
    entry: Diagnosis, is_found: bool
) -> None:
    assert bool(juvenile_disorders(record(entry), Side.RIGHT)) is is_found


@pytest.mark.parametrize(
    ("found", "words", "strength"),
    [
        (FEMUR, ["femoral-head"], "head"),
        (BROADER, ["femoral-head"], "head"),
        (FEMUR, ["hip"], "femur"),
        (FEMUR, ["other"], None),
        (BROADER, ["other"], None),
        (HEAD, ["other"], "possible"),
        (FEMUR, ["femoral-head", "other"], "possible"),
        (FEMUR, ["hip", "other"], "possible"),
        (UNNAMED_BONE, ["femoral-head"], "possible"),
        (UNNAMED_BONE, ["hip"], "possible"),
        (UNNAMED_BONE, ["other"], None),
        (UNNAMED_BONE, ["femur"], None),
        (OSTEOARTHRITIS, ["femoral-head"], None),
    ],
)
def test_words_weaken_a_code_and_say_where_it_leaves_the_place_open(
    found: Concept, words: list[str], strength: str | None
) -> None:
    entry = replace(diagnosis(found), sites=tuple(said(site(group)) for group in words))
    assert osteonecrosis_strength(entry) == strength


def test_words_alone_are_no_diagnosis() -> None:
    assert osteonecrosis_strength(diagnosis(said(HEAD))) is None


@pytest.mark.parametrize(
    ("mentions", "hips"),
    [
        ([], (Side.RIGHT,)),
        ([Mention(None)], (Side.RIGHT,)),
        ([Mention(None, ON_RIGHT)], (Side.RIGHT,)),
        ([Mention(None, ON_LEFT)], (Side.RIGHT, Side.UNRECORDED)),
        ([Mention(None, ON_BOTH)], (Side.RIGHT, Side.UNRECORDED)),
    ],
)
def test_a_mention_of_a_hip_that_no_code_names_is_one_of_unknown_side(
    mentions: list[Mention], hips: tuple[Side, ...]
) -> None:
    chart = replace(record(diagnosis(HEAD)), mentions=tuple(mentions))
    assert hips_with_osteonecrosis(chart) == hips
