"""The recorded stage of a hip and whether it has advanced; what disagrees gives no answer."""

from dataclasses import replace

import pytest

from cds_service.core.facts.hip_facts import gather_facts
from cds_service.core.record import NO_SIDE, Listing, Record, Side, StageText, Verification
from cds_service.core.values import NEVER, UNKNOWN, Absence, DateRange, Value
from tests.core.builders import (
    HEAD,
    ON_LEFT,
    ON_RIGHT,
    SCHEDULE,
    STAGING,
    TODAY,
    diagnosis,
    in_year,
    on,
    record,
    study,
)

RIGHT_HEAD = diagnosis(HEAD, dates=(on(2020, 1, 10),))
UNSIDED_HEAD = replace(RIGHT_HEAD, sides=NO_SIDE)
FILM, EARLIER_FILM = study(on(2026, 1, 10)), study(on(2025, 7, 10))
OLD, NEW = on(2025, 3, 1), on(2026, 10, 5)


def said(text: str, when: DateRange | None = NEW, sides: frozenset[Side] = ON_RIGHT) -> StageText:
    """Return an observation that says this of the right hip."""
    return StageText("Observation/invented", text, sides=sides, on=when)


def chart(*texts: StageText, gap: str | None = None, unsided: bool = False) -> Record:
    """Return a record with these texts."""
    plain = record(UNSIDED_HEAD if unsided else RIGHT_HEAD, EARLIER_FILM, FILM)
    return replace(plain, stage_texts=Listing(texts, gap))


def facts_in(found: Record, *names: str, hip: Side = Side.RIGHT) -> list[Value]:
    """Return some facts of a hip."""
    facts = gather_facts(found, SCHEDULE, TODAY, STAGING)[hip]
    return [facts[name].value for name in names]


STAGES: list[tuple[list[StageText], str | Absence]] = [
    ([], NEVER),
    ([said("Haemoglobin: normal")], NEVER),
    ([said("JIC type C2")], NEVER),
    ([said("ARCO I")], "filmNormal"),
    ([said("ARCO II")], "earlyChange"),
    ([said("Ficat IIb")], "collapsed"),
    ([said("ARCO II", None)], "earlyChange"),
    ([said("ARCO II", None), said("ARCO II", NEW)], "earlyChange"),
    ([said("ARCO II"), said("Ficat IIa")], "earlyChange"),
    ([said("ARCO II", OLD), said("ARCO III", NEW)], "collapsed"),
    ([said("ARCO II", None), said("ARCO III", NEW)], UNKNOWN),
    ([said("ARCO II"), said("Ficat III")], UNKNOWN),
    ([said("ARCO III", OLD), said("ARCO II", NEW)], UNKNOWN),
    ([said("ARCO II", OLD), said("ARCO II-III", NEW)], UNKNOWN),
    ([said("ARCO II-III", OLD), said("ARCO II", NEW)], "earlyChange"),
    ([said("ARCO II-III", None), said("ARCO II", NEW)], UNKNOWN),
    ([said("ARCO II-III")], UNKNOWN),
    ([said("ARCO III", NEW, ON_LEFT)], NEVER),
    ([said("ARCO II-III", NEW, ON_LEFT)], NEVER),
    ([said("ARCO III", NEW, NO_SIDE)], "collapsed"),
    ([replace(said("ARCO III"), is_final=False)], UNKNOWN),
    ([said("ARCO III", on(2027, 3, 1))], UNKNOWN),
    ([replace(said("ARCO III"), is_of_hip=False)], UNKNOWN),
    ([replace(said("ARCO III"), is_of_hip=False, about="MRI of the hip")], "collapsed"),
    ([replace(said("ARCO III"), about="MRI of the shoulder")], NEVER),
    ([replace(said("ARCO III", NEW, NO_SIDE), about="left hip")], NEVER),
    ([replace(said("ARCO III", NEW, NO_SIDE), about="left hip, right hip")], "collapsed"),
]


@pytest.mark.parametrize(("texts", "stage"), STAGES)
def test_the_newest_stage_counts_and_contradictions_do_not(
    texts: list[StageText], stage: str | Absence
) -> None:
    assert facts_in(chart(*texts), "stage") == [stage]


@pytest.mark.parametrize(
    ("text", "entry", "stage"),
    [
        ("ARCO II", RIGHT_HEAD, "earlyChange"),
        ("II", RIGHT_HEAD, UNKNOWN),
        ("type: JIC type C1", RIGHT_HEAD, NEVER),
        ("II", replace(RIGHT_HEAD, verification=Verification.RULED_OUT), NEVER),
    ],
)
def test_a_stage_of_a_condition_must_name_its_system(
    text: str, entry: object, stage: Value
) -> None:
    found = chart(replace(said(text, None), diagnosis=entry))
    assert facts_in(found, "stage") == [stage]


def test_lists_that_were_not_read_leave_open_whether_there_is_a_stage() -> None:
    assert facts_in(chart(gap="was not read"), "stage", "progression") == [UNKNOWN, UNKNOWN]


def test_a_stage_found_in_a_part_of_the_lists_stands_and_says_so() -> None:
    found = facts_in(chart(said("ARCO II"), gap="x"), "stage", "stageDataQuality", "progression")
    assert found == ["earlyChange", "incomplete", UNKNOWN]


def test_a_stage_without_a_side_says_so() -> None:
    assert facts_in(chart(said("ARCO II", NEW, NO_SIDE)), "stageDataQuality") == ["sideNotRecorded"]


def test_the_label_and_the_date_are_those_of_the_newest_entry() -> None:
    found = chart(said("ARCO 2019 II", OLD), said("ARCO 2019 IIIA", NEW))
    assert facts_in(found, "recordedStage", "stageDate") == ["ARCO 2019 IIIA", NEW]


def test_a_hip_of_unknown_side_takes_only_a_stage_without_a_side() -> None:
    sided = facts_in(chart(said("ARCO II"), unsided=True), "stage", hip=Side.UNRECORDED)
    plain = said("ARCO II", NEW, NO_SIDE)
    unsided = facts_in(chart(plain, unsided=True), "stage", "stageDataQuality", hip=Side.UNRECORDED)
    assert (sided, unsided) == ([UNKNOWN], ["earlyChange", "good"])


PROGRESS: list[tuple[list[StageText], str | Absence, str | Absence]] = [
    ([said("ARCO II", OLD), said("ARCO III", NEW)], "advanced", "ARCO II"),
    ([said("ARCO II", OLD), said("ARCO II", NEW)], "notAdvanced", "ARCO II"),
    ([said("ARCO 1994 IIA", OLD), said("ARCO II", NEW)], "notAdvanced", "ARCO 1994 IIA"),
    ([said("Ficat II", OLD), said("Ficat IIb", NEW)], UNKNOWN, UNKNOWN),
    ([said("Ficat II", OLD), said("ARCO III", NEW)], NEVER, NEVER),
    ([said("ARCO II", None), said("ARCO II", NEW)], NEVER, NEVER),
    ([said("ARCO IV", OLD), said("ARCO III", NEW)], UNKNOWN, UNKNOWN),
    ([said("ARCO II-III", OLD), said("ARCO II", NEW)], UNKNOWN, UNKNOWN),
    ([said("ARCO II", in_year(2026)), said("ARCO II", NEW)], NEVER, NEVER),
    (
        [said("ARCO I", on(2021, 1, 1)), said("ARCO II", OLD), said("ARCO III", NEW)],
        "advanced",
        "ARCO II",
    ),
    (
        [said("ARCO II", on(2021, 1, 1)), said("ARCO III", OLD), said("ARCO III", NEW)],
        "advanced",
        "ARCO II",
    ),
    (
        [said("Ficat III", NEW), said("ARCO II", OLD), said("ARCO III", NEW)],
        "advanced",
        "ARCO II",
    ),
]


@pytest.mark.parametrize(("texts", "progression", "earlier"), PROGRESS)
def test_progression_is_two_dated_stages_of_one_family(
    texts: list[StageText], progression: Value, earlier: Value
) -> None:
    assert facts_in(chart(*texts), "progression", "earlierStage") == [progression, earlier]


def test_the_earlier_stage_comes_with_its_date() -> None:
    advanced = chart(said("ARCO II", OLD), said("ARCO III", NEW))
    assert facts_in(advanced, "earlierStageDate") == [OLD]


def test_a_lesion_that_has_advanced_or_collapsed_never_comes_to_the_yearly_phase() -> None:
    same = chart(said("ARCO II", OLD), said("ARCO II", NEW))
    collapsed = chart(said("ARCO III", NEW))
    assert facts_in(collapsed, "nextReviewDate", "reviewStatus") == [on(2026, 7, 10), "overdue"]
    worse = chart(said("ARCO II", OLD), said("ARCO III", NEW))
    assert facts_in(same, "nextReviewDate") == [on(2027, 1, 10)]
    assert facts_in(worse, "nextReviewDate", "reviewStatus") == [on(2026, 7, 10), "overdue"]
