"""Bone loss, a necrosis that words call worse, and the other hip without an MRI."""

from dataclasses import replace

import pytest

from cds_service.core.record import (
    NO_SIDE,
    SIDES,
    Listing,
    Part,
    Record,
    Remark,
    RemarkBasis,
    Side,
    Study,
)
from cds_service.core.values import NEVER, UNKNOWN, DateRange, Value
from tests.core.builders import (
    HEAD,
    ON_LEFT,
    ON_RIGHT,
    REPLACEMENT,
    diagnosis,
    on,
    operation,
    record,
    series,
    study,
)
from tests.core.test_stages import facts_in, said, told

REVIEW = on(2026, 7, 10)
EARLIER, SAME_DAY, LATER = on(2025, 3, 1), REVIEW, on(2026, 10, 5)
UNREAD: frozenset[Part] = frozenset({"status"})
UNSIDED: frozenset[Part] = frozenset({"side"})


def remark(
    says: str, when: DateRange | None = LATER, basis: RemarkBasis = "code", **more: object
) -> Remark:
    """Return what an entry without a side says."""
    plain = Remark("Condition/invented", "osteoporosis", basis, on=when)
    return replace(plain, says=says, **more)


def chart(*remarks: Remark, gap: str | None = None, sides: frozenset[Side] = ON_RIGHT) -> Record:
    """Return a record of a hip that was reviewed in July 2026."""
    found = record(diagnosis(HEAD, sides=sides), study(REVIEW))
    return replace(found, remarks=Listing(remarks, gap))


LOSS: list[tuple[list[Remark], Value, Value]] = [
    ([], NEVER, NEVER),
    ([remark("osteoporosis")], "newSinceReview", "osteoporosis"),
    ([remark("osteopenia")], "newSinceReview", "osteopenia"),
    ([remark("osteoporosis", EARLIER)], "recorded", "osteoporosis"),
    ([remark("osteoporosis", SAME_DAY)], "recorded", "osteoporosis"),
    ([remark("osteopenia", SAME_DAY, "words", is_more=True)], "newSinceReview", "osteopenia"),
    ([remark("osteopenia", EARLIER, "words", is_more=True)], "recorded", "osteopenia"),
    ([remark("osteoporosis", None)], "recorded", "osteoporosis"),
    ([remark("osteoporosis", unread=UNREAD)], UNKNOWN, NEVER),
    ([remark("osteoporosis", unread=UNSIDED)], "newSinceReview", "osteoporosis"),
    ([remark("boneDefect", sides=ON_RIGHT)], "newSinceReview", "boneDefect"),
    ([remark("boneDefect", sides=ON_LEFT)], NEVER, NEVER),
    ([remark("worse", sides=ON_RIGHT)], NEVER, NEVER),
    ([remark("osteopenia", EARLIER), remark("osteoporosis")], "newSinceReview", "osteoporosis"),
]


@pytest.mark.parametrize(("remarks", "answer", "kind"), LOSS)
def test_bone_loss_is_new_where_it_is_later_than_the_last_review(
    remarks: list[Remark], answer: Value, kind: Value
) -> None:
    assert facts_in(chart(*remarks), "boneLoss", "boneLossKind") == [answer, kind]


def test_of_one_day_a_code_is_named_before_words() -> None:
    found = chart(remark("osteopenia", basis="words"), remark("osteoporosis"))
    assert facts_in(found, "boneLossBasis", "boneLossDate") == ["code", LATER]


def test_without_all_lists_no_bone_loss_is_not_known() -> None:
    assert facts_in(chart(gap="was not read"), "boneLoss") == [UNKNOWN]


def test_without_a_review_nothing_is_new_since_then() -> None:
    never_seen = replace(chart(remark("osteoporosis")), studies=Listing())
    assert facts_in(never_seen, "boneLoss") == ["recorded"]


WORSE: list[tuple[list[Remark], Value, Value, Value]] = [
    ([], NEVER, NEVER, NEVER),
    ([remark("worse", sides=ON_RIGHT)], "advanced", "worse", LATER),
    ([remark("largerLesion", sides=ON_RIGHT)], "advanced", "largerLesion", LATER),
    ([remark("worse", sides=ON_LEFT)], NEVER, NEVER, NEVER),
    ([remark("worse")], "advanced", "worse", LATER),
    ([remark("worse", SAME_DAY)], "advanced", "worse", SAME_DAY),
    ([remark("worse", EARLIER)], "notAdvanced", NEVER, EARLIER),
    ([remark("worse", None)], UNKNOWN, UNKNOWN, UNKNOWN),
    ([remark("worse", unread=UNSIDED)], UNKNOWN, UNKNOWN, UNKNOWN),
]


@pytest.mark.parametrize(("remarks", "answer", "basis", "when"), WORSE)
def test_words_of_a_report_make_a_hip_worse_since_the_last_review(
    remarks: list[Remark], answer: Value, basis: Value, when: Value
) -> None:
    found = facts_in(chart(*remarks), "progression", "progressionBasis", "progressionDate")
    assert found == [answer, basis, when]


def test_words_without_a_side_leave_it_open_which_of_two_hips_is_worse() -> None:
    found = chart(remark("worse"), sides=SIDES)
    assert facts_in(found, "progression") == [UNKNOWN]


def test_a_stage_that_advanced_says_more_than_words() -> None:
    stages = Listing((said("ARCO I", EARLIER), said("ARCO II", LATER)))
    found = replace(chart(remark("worse")), stage_texts=stages)
    assert facts_in(found, "progressionBasis", "earlierStage") == ["stage", "ARCO I"]


def test_a_collapse_is_said_once() -> None:
    stages = Listing((told("intact", EARLIER), told("collapse", LATER)))
    found = replace(chart(remark("worse")), stage_texts=stages)
    assert facts_in(found, "stage", "progressionBasis") == ["collapsed", "collapse"]


def test_words_of_an_earlier_review_still_keep_the_yearly_interval_away() -> None:
    old = record(diagnosis(HEAD, dates=(on(2020, 1, 1),)), study(on(2025, 7, 1)), study(REVIEW))
    told_then = replace(old, remarks=Listing((remark("worse", EARLIER, sides=ON_RIGHT),)))
    plain, worse = (facts_in(found, "nextReviewDate") for found in (old, told_then))
    assert plain == [on(2027, 7, 10)]
    assert worse == [on(2027, 1, 10)]


def mri(*sides: Side) -> Study:
    """Return an MRI of a hip."""
    return study(EARLIER, series(modality="mri", sides=frozenset(sides)))


UNKIND = study(EARLIER, series(modality=None))


@pytest.mark.parametrize(
    ("found", "answer"),
    [
        (record(diagnosis(HEAD)), "no"),
        (record(diagnosis(HEAD), study(REVIEW)), "no"),
        (record(diagnosis(HEAD), mri()), "yes"),
        (record(diagnosis(HEAD), mri(Side.LEFT)), "yes"),
        (record(diagnosis(HEAD), mri(Side.RIGHT)), "no"),
        (record(diagnosis(HEAD), UNKIND), UNKNOWN),
        (record(diagnosis(HEAD), gaps=["ImagingStudy"]), UNKNOWN),
        (record(diagnosis(HEAD, sides=SIDES)), NEVER),
        (record(diagnosis(HEAD), diagnosis(HEAD, sides=NO_SIDE)), UNKNOWN),
        (record(diagnosis(HEAD), operation(REPLACEMENT, ON_LEFT)), NEVER),
    ],
)
def test_the_other_hip_is_asked_about_where_no_mri_shows_it(found: Record, answer: Value) -> None:
    assert facts_in(found, "otherHipMri") == [answer]
