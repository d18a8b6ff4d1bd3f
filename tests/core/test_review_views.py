"""Which studies show which hip."""

from dataclasses import replace
from datetime import date

import pytest

from cds_service.core.hip.review import Course, review_of
from cds_service.core.hip.shown_hips import shown_hips
from cds_service.core.record import WORDS, Concept, Listing, Part, Series, Side, Study
from cds_service.core.values import DateRange
from tests.core.builders import (
    HEAD,
    ON_BOTH,
    ON_LEFT,
    ON_RIGHT,
    SCHEDULE,
    TODAY,
    diagnosis,
    imaging,
    on,
    series,
    study,
)

MADE = on(2026, 11, 1)
LEFT_HIP_FILM = Concept(
    "imaging-procedure", "Invented", "X01", "invented", ON_LEFT, role="film", site_group="hip"
)


def status_of(hip: Side, *studies: Study) -> str:
    """Return the status of a hip after these studies, as text."""
    return str(review_of(hip, Course((diagnosis(HEAD),)), Listing(studies), SCHEDULE, TODAY).status)


def modality_of(*parts: Series | Concept) -> str:
    """Return the modality that a study of these parts is called by."""
    found = review_of(Side.RIGHT, Course(), Listing((study(MADE, *parts),)), SCHEDULE, TODAY)
    return str(found.modality)


@pytest.mark.parametrize("hip", list(Side))
@pytest.mark.parametrize(
    "part",
    [
        series("pelvis"),
        series("hip"),
        series("femoral-head", "mri"),
        series("hip", "ct", ON_BOTH),
        series("bony-pelvis", "ct", ON_BOTH),
        imaging("film", "pelvis"),
        imaging("mri", "hip"),
    ],
)
def test_a_study_without_a_side_or_of_both_sides_covers_every_hip(
    hip: Side, part: Series | Concept
) -> None:
    assert status_of(hip, study(MADE, part)) == "notDue"


@pytest.mark.parametrize(
    "parts",
    [
        (series("hip", "film", ON_LEFT),),
        (LEFT_HIP_FILM,),
        (LEFT_HIP_FILM, series("hip", "film")),
        (series("pelvis", "film", ON_LEFT),),
        (imaging("film", "hip"), series("hip", "film", ON_LEFT)),
    ],
)
@pytest.mark.parametrize(
    ("hip", "status"),
    [
        (Side.LEFT, "notDue"),
        (Side.RIGHT, "otherHipOnly"),
        (Side.UNRECORDED, "Absence.UNKNOWN"),
    ],
)
def test_a_one_sided_study_covers_its_own_hip(
    parts: tuple[Series | Concept, ...], hip: Side, status: str
) -> None:
    assert status_of(hip, study(MADE, *parts)) == status


@pytest.mark.parametrize(
    "parts", [(series("hip", "film"),), (imaging("film", "hip"),), (series("hip", "mri"),)]
)
@pytest.mark.parametrize(("hip", "status"), [(Side.LEFT, "notDue"), (Side.RIGHT, "otherHipOnly")])
def test_a_side_in_words_is_that_of_a_study_without_a_coded_one(
    parts: tuple[Series | Concept, ...], hip: Side, status: str
) -> None:
    assert status_of(hip, replace(study(MADE, *parts), sides_said=ON_LEFT)) == status


@pytest.mark.parametrize(
    "part",
    [series("pelvis"), imaging("film", "pelvis"), series("bony-pelvis", "mri")],
)
def test_a_pelvis_outweighs_a_side_in_words(part: Series | Concept) -> None:
    assert status_of(Side.RIGHT, replace(study(MADE, part), sides_said=ON_LEFT)) == "notDue"


def test_a_one_sided_study_is_named_where_the_side_of_the_disease_is_unknown() -> None:
    studies = Listing((study(MADE, series("hip", "film", ON_LEFT)),))
    found = review_of(Side.UNRECORDED, Course(), studies, SCHEDULE, TODAY)
    assert found.quality == "otherSide"


def test_two_one_sided_studies_do_not_settle_an_unknown_side() -> None:
    one, other = (study(MADE, series("hip", "film", side)) for side in (ON_LEFT, ON_RIGHT))
    assert status_of(Side.UNRECORDED, one, other) == "Absence.UNKNOWN"


@pytest.mark.parametrize(
    "parts",
    [
        (series("hip", "nuclear"),),
        (series("other", "film"),),
        (imaging("not-a-review", "hip"),),
        (imaging("not-a-review", "hip"), series("hip", "film")),
    ],
)
def test_a_study_that_the_schedule_does_not_count_is_no_review(
    parts: tuple[Series | Concept, ...],
) -> None:
    assert status_of(Side.RIGHT, study(MADE, *parts)) == "noneOnFile"


@pytest.mark.parametrize(
    ("parts", "modality"),
    [
        ((series("hip", "mri"),), "mri"),
        ((series("hip", "ct"), imaging("film", "hip")), "film"),
        ((series("other", "ct"), series("hip", "mri")), "mri"),
    ],
)
def test_the_modality_is_that_of_the_part_that_shows_the_hip(
    parts: tuple[Series | Concept, ...], modality: str
) -> None:
    assert modality_of(*parts) == modality


@pytest.mark.parametrize(
    ("hip", "quality"),
    [(Side.LEFT, "siteUnclear"), (Side.RIGHT, "otherHip"), (Side.UNRECORDED, "siteUnclear")],
)
def test_a_one_sided_film_of_an_unnamed_place_is_in_doubt_for_its_own_side_alone(
    hip: Side, quality: str | None
) -> None:
    part = Series(modality="film", site_groups=frozenset(), sides=ON_LEFT)
    assert shown_hips(study(MADE, part), hip, SCHEDULE)[1] == quality


def said(role: str | None, group: str | None) -> Concept:
    """Return what words say was imaged."""
    return Concept("imaging-procedure", WORDS, "", "said in words", role=role, site_group=group)


PLAIN = Series("film", frozenset(), frozenset())
PELVIC_CT = Series("ct", frozenset({"pelvis"}), frozenset())


@pytest.mark.parametrize(
    ("parts", "unread", "doubt"),
    [
        ((series("hip"), said("film", "other")), (), "wordsDiffer"),
        ((series("hip"), said("ct", "hips-in-passing")), (), "wordsDiffer"),
        ((series("other"), said("film", "hip")), (), "wordsDiffer"),
        ((series("other"), said("film", "pelvis")), (), "wordsDiffer"),
        ((imaging("film", "hip"), said("not-a-review", "hip")), (), "wordsDiffer"),
        ((imaging("not-a-review", "hip"), said("film", "hip")), (), "wordsDiffer"),
        ((imaging("film", "pelvis"), said("film", "other")), (), "wordsDiffer"),
        ((series("hip"),), ("side",), "sideUnread"),
        ((said("film", "hip"),), ("side",), "sideUnread"),
        ((series("hip"),), ("code",), "codeUnread"),
        ((PLAIN,), ("code",), "codeUnread"),
        ((series("hip"),), ("status",), "statusUnread"),
        ((series("hip", None),), ("modality",), "kindUnread"),
        ((series("hip", None),), (), "siteUnclear"),
        ((series("limb"),), (), "siteUnclear"),
        ((PELVIC_CT,), (), "siteUnclear"),
        ((said("mri", "pelvis"),), (), "siteUnclear"),
        ((said(None, "hip"),), (), "siteUnclear"),
        ((PLAIN,), (), "siteUnclear"),
        ((replace(PLAIN, unread=frozenset({"site"})),), (), "siteUnread"),
        ((replace(series("hip"), unread=frozenset({"side"})),), (), "sideUnread"),
        ((replace(PLAIN, unread=frozenset({"side"})), imaging("film", "hip")), (), "sideUnread"),
        ((LEFT_HIP_FILM, series("hip", "film", ON_RIGHT)), (), "sideUnread"),
        ((PELVIC_CT, said("ct", "hips-in-passing")), (), "inPassing"),
        ((series("femur"),), (), "inPassing"),
    ],
)
def test_a_study_that_is_not_understood_is_a_doubt(
    parts: tuple[Series | Concept, ...], unread: tuple[Part, ...], doubt: str
) -> None:
    found = replace(study(MADE, *parts), unread=frozenset(unread))
    assert review_of(Side.RIGHT, Course(), Listing((found,)), SCHEDULE, TODAY).doubtful.why == doubt


@pytest.mark.parametrize(
    "parts",
    [
        (said("film", "hip"),),
        (said("mri", "bony-pelvis"),),
        (said("film", "pelvis"),),
        (PLAIN, said(None, "hip")),
        (series("limb", "mri"), said("mri", "hip")),
        (imaging("mri", "limb"), said("mri", "femoral-head")),
        (PELVIC_CT, said("ct", "hip")),
        (replace(PLAIN, unread=frozenset({"site"})), said("film", "hip")),
        (Series("film", frozenset({"hip"}), frozenset(), is_said=True),),
    ],
)
def test_words_that_are_more_exact_than_codes_make_a_review_and_are_labelled(
    parts: tuple[Series | Concept, ...],
) -> None:
    found = review_of(Side.RIGHT, Course(), Listing((study(MADE, *parts),)), SCHEDULE, TODAY)
    assert (found.status, found.read_from) == ("notDue", "words")


@pytest.mark.parametrize(
    "parts",
    [
        (series("hip"), said("not-a-review", "hip")),
        (PELVIC_CT, said("not-a-review", None)),
        (said("film", "other"),),
        (series("limb", "mri"), said("mri", "other")),
        (said("not-a-review", "hip"),),
    ],
)
def test_words_that_are_more_exact_than_codes_make_none(
    parts: tuple[Series | Concept, ...],
) -> None:
    assert status_of(Side.RIGHT, study(MADE, *parts)) == "noneOnFile"


def test_a_side_in_words_against_a_coded_one_leaves_it_open() -> None:
    found = replace(study(MADE, series("hip", "film", ON_RIGHT)), sides_said=ON_LEFT)
    assert status_of(Side.RIGHT, found) == "Absence.UNKNOWN"
    assert status_of(Side.LEFT, found) == "Absence.UNKNOWN"


def test_a_study_in_passing_leaves_an_overdue_review_overdue_and_is_named() -> None:
    passing = study(MADE, PELVIC_CT, said("ct", "hips-in-passing"))
    old = study(on(2024, 1, 1), series("hip"))
    found = review_of(Side.RIGHT, Course(), Listing((old, passing)), SCHEDULE, TODAY)
    assert found.status == "overdue"
    assert (found.doubtful.why, found.doubtful.on, found.doubtful.modality) == (
        "inPassing",
        MADE,
        "ct",
    )


def test_a_study_in_passing_alone_is_named_in_place_of_none() -> None:
    assert status_of(Side.RIGHT, study(MADE, said("mri", "hips-in-passing"))) == "inPassing"


def test_a_doubt_leaves_an_overdue_review_open_and_the_newest_is_named() -> None:
    old, new = (
        replace(study(on(2026, month, 1), series("hip")), unread=frozenset({"side"}))
        for month in (9, 10)
    )
    passing = study(MADE, said("ct", "hips-in-passing"))
    known = study(on(2024, 1, 1), series("hip"))
    found = review_of(Side.RIGHT, Course(), Listing((new, old, passing, known)), SCHEDULE, TODAY)
    assert str(found.status) == "Absence.UNKNOWN"
    assert (found.doubtful.why, found.doubtful.on) == ("sideUnread", on(2026, 10, 1))


def test_a_doubt_that_is_older_than_the_last_review_is_not_named() -> None:
    doubtful = replace(study(on(2024, 1, 1), series("hip")), unread=frozenset({"side"}))
    known = study(on(2026, 1, 1), series("hip"))
    diagnosed = (diagnosis(HEAD, dates=(on(2025, 12, 1),)),)
    found = review_of(Side.RIGHT, Course(diagnosed), Listing((doubtful, known)), SCHEDULE, TODAY)
    assert (found.status, str(found.doubtful.why)) == ("overdue", "Absence.NEVER")


def test_a_doubt_leaves_open_how_long_the_interval_is_that_follows_from_the_first_study() -> None:
    doubtful = replace(study(on(2024, 1, 1), series("hip")), unread=frozenset({"side"}))
    known = study(on(2026, 10, 1), series("hip"))
    found = review_of(Side.RIGHT, Course(), Listing((doubtful, known)), SCHEDULE, TODAY)
    assert found.due == DateRange.between(date(2027, 1, 1), date(2027, 10, 1))


def test_a_doubt_later_than_the_last_review_leaves_the_next_open() -> None:
    doubtful = replace(study(on(2026, 11, 15), series("hip")), unread=frozenset({"side"}))
    known = study(on(2026, 10, 1), series("hip"))
    found = review_of(Side.RIGHT, Course(), Listing((doubtful, known)), SCHEDULE, TODAY)
    assert (found.status, found.last) == ("notDue", on(2026, 10, 1))
    assert found.due == DateRange.between(date(2027, 1, 1), date(2027, 2, 15))


def test_an_undated_doubt_has_no_date_and_one_without_an_id_no_source() -> None:
    doubtful = replace(study(None, series("hip"), reference=None), unread=frozenset({"side"}))
    found = review_of(Side.RIGHT, Course(), Listing((doubtful,)), SCHEDULE, TODAY).doubtful
    assert (str(found.on), found.sources) == ("Absence.UNKNOWN", ())
