"""Which studies show which hip."""

from dataclasses import replace

import pytest

from cds_service.core.hip.review import review_of
from cds_service.core.hip.shown_hips import shown_hips
from cds_service.core.record import Concept, Listing, Series, Side, Study, ValueSetId
from tests.core.builders import (
    HEAD,
    ON_BOTH,
    ON_LEFT,
    ON_RIGHT,
    SCHEDULE,
    TODAY,
    code,
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
    return str(review_of(hip, (diagnosis(HEAD),), Listing(studies), SCHEDULE, TODAY).status)


def modality_of(*parts: Series | Concept) -> str:
    """Return the modality that a study of these parts is called by."""
    found = review_of(Side.RIGHT, (), Listing((study(MADE, *parts),)), SCHEDULE, TODAY)
    return str(found.modality)


@pytest.mark.parametrize("hip", list(Side))
@pytest.mark.parametrize(
    "part",
    [
        series("pelvis"),
        series("hip"),
        series("femoral-head", "mri"),
        series("hip", "ct", ON_BOTH),
        series("pelvis", "ct", ON_BOTH),
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
        (Side.RIGHT, "noneOnFile"),
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
@pytest.mark.parametrize(("hip", "status"), [(Side.LEFT, "notDue"), (Side.RIGHT, "noneOnFile")])
def test_a_side_in_words_is_that_of_a_study_without_a_coded_one(
    parts: tuple[Series | Concept, ...], hip: Side, status: str
) -> None:
    assert status_of(hip, replace(study(MADE, *parts), sides_said=ON_LEFT)) == status


@pytest.mark.parametrize(
    "part",
    [series("pelvis"), imaging("film", "pelvis"), series("hip", "film", ON_RIGHT)],
)
def test_a_coded_side_and_a_pelvis_outweigh_words(part: Series | Concept) -> None:
    assert status_of(Side.RIGHT, replace(study(MADE, part), sides_said=ON_LEFT)) == "notDue"


def test_a_one_sided_study_is_named_where_the_side_of_the_disease_is_unknown() -> None:
    studies = Listing((study(MADE, series("hip", "film", ON_LEFT)),))
    found = review_of(Side.UNRECORDED, (), studies, SCHEDULE, TODAY)
    assert found.quality == "otherSide"


def test_two_one_sided_studies_do_not_settle_an_unknown_side() -> None:
    one, other = (study(MADE, series("hip", "film", side)) for side in (ON_LEFT, ON_RIGHT))
    assert status_of(Side.UNRECORDED, one, other) == "Absence.UNKNOWN"


@pytest.mark.parametrize(
    "parts",
    [
        (series("hip", "nuclear"),),
        (series("other", "film"),),
        (series("femur", "film"),),
        (imaging("not-a-review", "hip"),),
        (imaging("not-a-review", "hip"), series("hip", "film")),
        (code(ValueSetId.LATERALITY, role="film", site="hip"),),
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
    [(Side.LEFT, "siteUnclear"), (Side.RIGHT, None), (Side.UNRECORDED, "siteUnclear")],
)
def test_a_one_sided_film_of_an_unnamed_place_is_in_doubt_for_its_own_side_alone(
    hip: Side, quality: str | None
) -> None:
    part = Series(modality="film", site_groups=frozenset(), sides=ON_LEFT, names_site=False)
    assert shown_hips(study(MADE, part), hip, SCHEDULE)[1] == quality
