"""ImagingStudy -> Study in the shapes of FHIR DSTU2 to R5."""

from datetime import date

import pytest

from cds_service.core.knowledge import Knowledge
from cds_service.core.record import NO_SIDE, SIDES, Side, Study
from cds_service.core.values import DateRange
from cds_service.fhir.read.imaging import read_study
from cds_service.fhir.reader import Reader
from tests.conftest import TODAY
from tests.core.builders import ON_LEFT
from tests.fhir.builders import (
    DCM,
    FILM,
    HIP,
    HIP_FILMS,
    MRI,
    RIGHT,
    SUBJECT,
    Json,
    bundle,
    concept,
    decoded,
    gathered,
    hook_request,
    prefetch,
    study,
    without,
)

DAY = DateRange.on(date(2026, 10, 5))
REPORT = {"system": DCM, "code": "SR"}
CHEST = {"system": "http://snomed.info/sct", "code": "51185008"}


def read(resource: Json, knowledge: Knowledge) -> Study:
    """Read a study that took place."""
    found = next(read_study(decoded(resource), Reader(knowledge, TODAY)), None)
    assert found is not None
    return found


SERIES = {"modality": FILM, "bodySite": HIP, "laterality": RIGHT}
R4 = study(series=[SERIES], procedureCode=[concept(HIP_FILMS)], modality=[FILM])
R5_SERIES = {
    "modality": concept(FILM),
    "bodySite": {"concept": concept(HIP)},
    "laterality": concept(RIGHT),
}
BY_VERSION = {
    "DSTU2": without(R4, "subject", "status", "modality", "procedureCode")
    | {
        "patient": SUBJECT,
        "uid": "urn:oid:1.2.3",
        "modalityList": [FILM],
        "procedure": [{"reference": "Procedure/1"}],
        "order": [{"reference": "DiagnosticOrder/1"}],
        "series": [SERIES | {"uid": "urn:oid:1.2.4", "instance": [{"sopClass": "urn:oid:1"}]}],
    },
    "STU3": without(R4, "subject", "status", "modality")
    | {
        "patient": SUBJECT,
        "uid": "urn:oid:1.2.3",
        "modalityList": [FILM],
        "procedureReference": [{"reference": "Procedure/1"}],
        "reason": concept({"code": "x"}),
    },
    "R4": R4 | {"procedureReference": {"reference": "Procedure/1"}, "interpreter": []},
    "R5": without(R4, "procedureCode")
    | {
        "modality": [concept(FILM)],
        "procedure": [{"concept": concept(HIP_FILMS)}],
        "reason": [{"concept": concept({"code": "x"})}],
        "series": [R5_SERIES],
    },
}


@pytest.mark.parametrize("resource", BY_VERSION.values(), ids=BY_VERSION)
def test_every_fhir_version_of_a_study_reads_the_same(resource: Json, knowledge: Knowledge) -> None:
    found = read(resource, knowledge)
    assert found.reference == "ImagingStudy/study-1"
    assert found.started == DAY
    assert [(s.modality, s.site_groups, s.sides) for s in found.series] == [
        ("film", {"hip"}, {Side.RIGHT})
    ]


@pytest.mark.parametrize("version", ["STU3", "R4", "R5"])
def test_the_procedure_of_a_study_is_read(version: str, knowledge: Knowledge) -> None:
    found = read(BY_VERSION[version], knowledge)
    assert [code.code for code in found.procedures] == ["24762-7"]


def test_a_procedure_of_r5_counts_beside_a_series_of_another_site(knowledge: Knowledge) -> None:
    sent = bundle(BY_VERSION["R5"] | {"series": [SERIES | {"bodySite": CHEST}]})
    record = gathered(hook_request(prefetch=prefetch(imagingStudies=sent)), knowledge)
    assert [code.code for found in record.studies.items for code in found.procedures] == ["24762-7"]


def test_a_study_by_procedure_alone_is_read(knowledge: Knowledge) -> None:
    bare = without(study(procedureCode=[concept(HIP_FILMS)]), "series", "status")
    found = read(bare, knowledge)
    assert found.series == ()
    assert [code.role for code in found.procedures] == ["film"]


@pytest.mark.parametrize("modality", [MRI, [MRI], concept(MRI), [concept(MRI)]])
def test_a_series_without_modality_takes_that_of_the_study(
    modality: object, knowledge: Knowledge
) -> None:
    found = read(study(modality=modality, series=[{"bodySite": HIP}]), knowledge)
    assert [series.modality for series in found.series] == ["mri"]


def test_a_report_beside_a_film_does_not_hide_the_film(knowledge: Knowledge) -> None:
    found = read(study(modality=[REPORT, FILM], series=[{"bodySite": HIP}]), knowledge)
    assert "film" in [series.modality for series in found.series]


@pytest.mark.parametrize(
    ("status", "is_read"),
    [
        (None, True),
        ("available", True),
        ("inactive", True),
        ("Available", True),
        ("unknown", False),
    ],
)
def test_a_study_whose_status_says_nothing_is_kept_as_a_doubt(
    status: str | None, is_read: bool, knowledge: Knowledge
) -> None:
    found = read(study(status=status), knowledge)
    assert (found.started, "status" not in found.unread) == (DAY, is_read)


@pytest.mark.parametrize("status", ["cancelled", "entered-in-error", "Cancelled", "registered"])
def test_a_study_that_did_not_happen_is_left_out(status: str, knowledge: Knowledge) -> None:
    assert next(read_study(decoded(study(status=status)), Reader(knowledge, TODAY)), None) is None


@pytest.mark.parametrize(
    "images",
    [
        {"numberOfInstances": 2},
        {"series": [SERIES | {"numberOfInstances": 2}]},
        {"series": [SERIES | {"instance": [{"uid": "1.2.3"}]}]},
    ],
    ids=str,
)
def test_a_registered_study_with_images_counts(images: Json, knowledge: Knowledge) -> None:
    assert read(study(status="registered", **images), knowledge).started == DAY


@pytest.mark.parametrize("started", [None, "", "yesterday", "20261005"])
def test_a_study_without_a_date_is_kept_undated(started: object, knowledge: Knowledge) -> None:
    assert read(study(started=started), knowledge).started is None


def test_a_study_without_a_date_takes_the_newest_of_its_series(knowledge: Knowledge) -> None:
    series = [SERIES | {"started": day} for day in ("2026-10-03", "2026-10-05T08:00:00Z", "x")]
    assert read(without(study(series=series), "started"), knowledge).started == DAY


@pytest.mark.parametrize("series", [None, [], [{}], [{"bodySite": {}, "modality": None}]])
def test_a_study_without_usable_series_shows_nothing(series: object, knowledge: Knowledge) -> None:
    found = read(study(series=series), knowledge)
    assert [s.site_groups for s in found.series if s.site_groups] == []


@pytest.mark.parametrize("laterality", ["R", {"code": "R"}, RIGHT, concept(RIGHT)])
def test_a_side_is_read_as_letter_coding_and_concept(
    laterality: object, knowledge: Knowledge
) -> None:
    found = read(study(series=[SERIES | {"laterality": laterality}]), knowledge)
    assert found.series[0].sides == {Side.RIGHT}


LEFT_HIP = "XR LEFT HIP 2 VIEWS"


@pytest.mark.parametrize(
    "words",
    [
        {"description": LEFT_HIP},
        {"description": "左髋关节MRI平扫"},
        {"procedureCode": [{"text": LEFT_HIP}]},
        {"procedureCode": [concept(HIP_FILMS | {"display": LEFT_HIP})]},
        {"series": [without(SERIES, "laterality") | {"description": LEFT_HIP}]},
    ],
    ids=str,
)
def test_a_side_in_words_is_read(words: Json, knowledge: Knowledge) -> None:
    uncoded = study(series=[without(SERIES, "laterality")]) | words
    assert read(uncoded, knowledge).sides_said == ON_LEFT
    record = gathered(hook_request(prefetch=prefetch(imagingStudies=bundle(uncoded))), knowledge)
    assert record.studies.items[0].sides_said == ON_LEFT


@pytest.mark.parametrize("words", ["XR BOTH HIPS", "Left and right hip", "Hip 2 views", ""])
def test_words_of_both_sides_or_of_none_are_no_one_side(words: str, knowledge: Knowledge) -> None:
    found = read(study(series=[SERIES], description=words), knowledge)
    assert found.sides_said in (NO_SIDE, SIDES)
