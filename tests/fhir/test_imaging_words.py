"""What a study is by its codes, its words and what nobody knows of it, beside an old hip film."""

from typing import Any

import pytest

from cds_service.core.hip.review import Course, Review, review_of
from cds_service.core.knowledge import Knowledge
from cds_service.core.record import Side
from tests.conftest import TODAY
from tests.fhir.builders import (
    DCM,
    FILM,
    HIP,
    MRI,
    RIGHT,
    Json,
    bundle,
    concept,
    gathered,
    hook_request,
    prefetch,
    study,
    without,
)

CPT = "http://www.ama-assn.org/go/cpt"
NOBODYS: Json = {"system": "urn:oid:1.2.999", "code": "IMG7"}
PELVIS = {"system": "http://snomed.info/sct", "code": "816092008"}
CHEST = {"system": "http://snomed.info/sct", "code": "51185008"}
CT = {"system": DCM, "code": "CT"}
OLD = study(id="old", started="2025-10-01", series=[{"modality": FILM, "bodySite": HIP}])


def new(modality: Json | None = FILM, series: Json | None = None, **members: Any) -> Json:
    """Return a recent study of one series, without any code of a procedure unless given."""
    parts = [{"modality": modality} | (series or {})] if modality else None
    return without(study(id="new", series=parts), "procedureCode") | members


def named(text: str) -> Json:
    """Return a procedure with a local code and words."""
    return {"procedureCode": [{"text": text, "coding": [NOBODYS]}]}


def review_by(found: Json, knowledge: Knowledge, *more: Json) -> Review:
    """Return the review of the right hip after a study."""
    sent = prefetch(imagingStudies=bundle(found, *more))
    studies = gathered(hook_request(prefetch=sent), knowledge).studies
    return review_of(Side.RIGHT, Course(), studies, knowledge.schedule, TODAY)


@pytest.mark.parametrize(
    "found",
    [
        new(**named("XR HIP 2-3 VIEWS RIGHT")),
        new(**named("右髋关节正侧位片")),
        new(None, description="双髋MRI平扫"),
        new(MRI, {"bodySite": PELVIS}, description="MRI PELVIS WO CONTRAST FOR AVN"),
        new(series={"bodySite": NOBODYS | {"display": "Right hip"}}),
        new(
            MRI, procedureCode=[{"text": "MRI HIP R", "coding": [{"system": CPT, "code": "73721"}]}]
        ),
        new({"code": "ZZ", "display": "Digital Radiography"}, {"bodySite": HIP}),
    ],
    ids=str,
)
def test_words_make_a_review_where_codes_tell_less(found: Json, knowledge: Knowledge) -> None:
    review = review_by(found, knowledge, OLD)
    assert (review.status, review.read_from) == ("notDue", "words")


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (new(series={"bodySite": HIP}, **named("XR KNEE 3 VIEWS RIGHT")), "wordsDiffer"),
        (new(series={"bodySite": CHEST}, **named("XR HIP 2V RIGHT")), "wordsDiffer"),
        (new(series={"bodySite": CHEST}, description="XR HIP 2V RIGHT"), "wordsDiffer"),
        (new(series={"bodySite": CHEST, "description": "HIP AP RIGHT"}), "wordsDiffer"),
        (new(series={"bodySite": HIP, "laterality": NOBODYS}), "sideUnread"),
        (new(series={"bodySite": HIP, "laterality": RIGHT}, description="LEFT HIP"), "sideUnread"),
        (new(series={"bodySite": NOBODYS}), "siteUnread"),
        (new(series={"bodySite": HIP | {"display": "Knee joint"}}), "siteUnread"),
        (new({"system": DCM, "code": "ZZ"}, {"bodySite": HIP}), "kindUnread"),
        (new(series={"bodySite": HIP}, status="zz"), "statusUnread"),
        (new(series={"bodySite": HIP}, status="unknown"), "statusUnread"),
        (new(series={"bodySite": HIP}, procedureCode=[{"coding": [NOBODYS]}]), "codeUnread"),
        (new(MRI, {"bodySite": PELVIS}), "siteUnclear"),
        (new(), "siteUnclear"),
        (new(None), "siteUnclear"),
    ],
    ids=str,
)
def test_what_is_not_understood_is_a_doubt_that_is_named(
    found: Json, why: str, knowledge: Knowledge
) -> None:
    review = review_by(found, knowledge, OLD)
    assert str(review.status) == "Absence.UNKNOWN"
    assert (review.doubtful.why, review.doubtful.sources) == (why, ("ImagingStudy/new",))


def test_of_two_doubts_the_newer_one_is_named(knowledge: Knowledge) -> None:
    older = new(series={"bodySite": NOBODYS}) | {"id": "older", "started": "2026-01-05"}
    newer = new(series={"bodySite": HIP}, status="zz")
    for sent in ((older, newer), (newer, older)):
        doubtful = review_by(*sent[:1], knowledge, *sent[1:]).doubtful
        assert (doubtful.why, doubtful.sources) == ("statusUnread", ("ImagingStudy/new",))


@pytest.mark.parametrize(
    "found",
    [
        new(series={"bodySite": HIP}, description="DXA HIP AND SPINE"),
        new(series={"bodySite": HIP}, description="FL GUIDED INJECTION HIP RIGHT"),
        new(series={"bodySite": HIP}, description="髋关节术中透视"),
        new(CT, {"bodySite": PELVIS}, description="PET/CT WHOLE BODY"),
        new(series={"bodySite": PELVIS}, description="XR ABDOMEN KUB 1 VIEW"),
        new(series={"bodySite": PELVIS}, description="骶髂关节正位片"),
        new(MRI, {"bodySite": PELVIS}, description="MRI PROSTATE MULTIPARAMETRIC"),
        new(CT, procedureCode=[{"coding": [{"system": CPT, "code": "74177"}]}]),
        new(series={"bodySite": CHEST}),
        new(MRI, description="MRI LUMBAR SPINE", reasonCode=[{"text": "right hip AVN"}]),
        new(series={"bodySite": HIP, "laterality": NOBODYS | {"display": "Left"}}),
        new(**named("XR HIP 2V LEFT")),
    ],
    ids=str,
)
def test_no_review_leaves_an_overdue_one_overdue(found: Json, knowledge: Knowledge) -> None:
    assert review_by(found, knowledge, OLD).status == "overdue"


def test_a_site_that_one_of_two_codes_tells_is_told(knowledge: Knowledge) -> None:
    found = new(series={"bodySite": {"concept": concept(NOBODYS, HIP)}})
    review = review_by(found, knowledge, OLD)
    assert (review.status, review.read_from) == ("notDue", "code")


@pytest.mark.parametrize(
    ("found", "status"),
    [
        (new(series={"bodySite": CHEST}), "noneOnFile"),
        (new(**named("XR HIP 2V LEFT")), "otherHipOnly"),
        (new(CT, description="CT ABDOMEN PELVIS W CONTRAST"), "inPassing"),
        (new(series={"bodySite": NOBODYS}), "Absence.UNKNOWN"),
    ],
    ids=str,
)
def test_none_is_said_only_where_every_study_is_elsewhere(
    found: Json, status: str, knowledge: Knowledge
) -> None:
    assert str(review_by(found, knowledge).status) == status
