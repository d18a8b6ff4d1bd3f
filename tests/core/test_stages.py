"""The recorded stage of a hip and whether it has advanced; what disagrees gives no answer."""

from dataclasses import replace

import pytest

from cds_service.core.facts.hip_facts import gather_facts
from cds_service.core.hip.stages import compare
from cds_service.core.record import (
    NO_SIDE,
    Clinical,
    Diagnosis,
    Listing,
    NotUnderstood,
    Record,
    Side,
    StageSays,
    StageText,
    Verification,
)
from cds_service.core.values import NEVER, UNKNOWN, Absence, DateRange, Value
from tests.core.builders import (
    HEAD,
    HIP_OSTEOARTHRITIS,
    ON_LEFT,
    ON_RIGHT,
    SCHEDULE,
    STAGES_BY_LABEL,
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


def said(label: str, when: DateRange | None = NEW, sides: frozenset[Side] = ON_RIGHT) -> StageText:
    """Return an observation that gives this stage of the right hip."""
    return StageText("Observation/invented", "stage", sides, when, stage=STAGES_BY_LABEL[label])


def told(
    says: StageSays, when: DateRange | None = NEW, sides: frozenset[Side] = ON_RIGHT, **more: object
) -> StageText:
    """Return a report that says something else of the stage of the right hip."""
    return replace(StageText("DiagnosticReport/invented", says, sides, when), **more)


def chart(
    *texts: StageText,
    gap: str | None = None,
    unsided: bool = False,
    others: tuple[Diagnosis, ...] = (),
) -> Record:
    """Return a record with these texts, and with other diagnoses."""
    plain = record(UNSIDED_HEAD if unsided else RIGHT_HEAD, *others, EARLIER_FILM, FILM)
    return replace(plain, stage_texts=Listing(texts, gap))


def facts_in(found: Record, *names: str, hip: Side = Side.RIGHT) -> list[Value]:
    """Return some facts of a hip."""
    facts = gather_facts(found, SCHEDULE, TODAY)[hip]
    return [facts[name].value for name in names]


def arthritis(**members: object) -> Diagnosis:
    """Return a Condition of osteoarthritis of the right hip."""
    plain = diagnosis(HIP_OSTEOARTHRITIS)
    return replace(plain, sides=ON_RIGHT, **members)


STAGES: list[tuple[list[StageText], str | Absence]] = [
    ([], NEVER),
    ([told("intact")], NEVER),
    ([said("ARCO I")], "filmNormal"),
    ([said("ARCO II")], "earlyChange"),
    ([said("Ficat-Arlet IIB")], "collapsed"),
    ([said("ARCO II", None)], "earlyChange"),
    ([said("ARCO II", None), said("ARCO II", NEW)], "earlyChange"),
    ([said("ARCO II"), said("Ficat-Arlet IIA")], "earlyChange"),
    # of entries that disagree the worst counts, unless a later one of the same system is better
    ([said("ARCO II", OLD), said("ARCO III", NEW)], "collapsed"),
    ([said("ARCO II", None), said("ARCO III", NEW)], "collapsed"),
    ([said("ARCO III", None), said("ARCO II", NEW)], "collapsed"),
    ([said("ARCO II"), said("Ficat-Arlet III")], "collapsed"),
    ([said("Ficat-Arlet III", OLD), said("ARCO II", NEW)], "collapsed"),
    ([said("ARCO III", OLD), said("ARCO II", NEW)], "earlyChange"),
    # a doubt that is not older leaves the answer open, but for a head that has collapsed
    ([said("ARCO II", OLD), told("unread", NEW)], UNKNOWN),
    ([told("unread", OLD), said("ARCO II", NEW)], "earlyChange"),
    ([told("unread", None), said("ARCO II", NEW)], UNKNOWN),
    ([said("ARCO III", OLD), told("unread", NEW)], "collapsed"),
    ([told("unread")], UNKNOWN),
    ([told("unnamed", number="III")], UNKNOWN),
    ([told("unnamed", OLD, number="III"), said("ARCO II", NEW)], UNKNOWN),
    ([told("report")], UNKNOWN),
    ([said("ARCO II", OLD), told("report", NEW)], "earlyChange"),
    # words for a collapsed head count; those that deny them later or on the same day leave it open
    ([told("collapse")], "collapsed"),
    ([said("ARCO II", NEW), told("collapse", OLD)], "collapsed"),
    ([told("collapse", NEW), told("intact", OLD)], "collapsed"),
    ([told("collapse", OLD), told("intact", NEW)], UNKNOWN),
    ([told("collapse", NEW), told("intact", NEW)], UNKNOWN),
    ([told("collapse", NEW), told("intact", None)], "collapsed"),
    ([said("ARCO III", OLD), told("collapse", OLD), told("intact", NEW)], "collapsed"),
    # the other hip, any hip, a hip that cannot be told
    ([said("ARCO III", NEW, ON_LEFT)], NEVER),
    ([told("unread", NEW, ON_LEFT)], NEVER),
    ([told("collapse", NEW, ON_LEFT)], NEVER),
    ([said("ARCO III", NEW, NO_SIDE)], "collapsed"),
    ([replace(said("ARCO III", NEW, NO_SIDE), unread=frozenset({"side"}))], UNKNOWN),
    ([replace(said("ARCO III"), unread=frozenset({"status"}))], UNKNOWN),
    ([replace(said("ARCO III"), unread=frozenset({"site"}))], UNKNOWN),
    ([told("intact", unread=frozenset({"status"}))], NEVER),
]


@pytest.mark.parametrize(("texts", "stage"), STAGES)
def test_the_worst_stage_counts_and_a_doubt_is_no_stage(
    texts: list[StageText], stage: str | Absence
) -> None:
    assert facts_in(chart(*texts), "stage") == [stage]


@pytest.mark.parametrize(
    ("entry", "stage"),
    [
        (RIGHT_HEAD, "earlyChange"),
        (replace(RIGHT_HEAD, verification=Verification.RULED_OUT), NEVER),
    ],
)
def test_a_stage_counts_where_its_condition_does(entry: Diagnosis, stage: Value) -> None:
    found = chart(replace(said("ARCO II", None), diagnosis=entry))
    assert facts_in(found, "stage") == [stage]


@pytest.mark.parametrize(
    ("entry", "stage", "doubt"),
    [
        (arthritis(), "collapsed", NEVER),
        (arthritis(clinical=Clinical.INACTIVE), "earlyChange", NEVER),
        (arthritis(verification=Verification.RULED_OUT), "earlyChange", NEVER),
        (arthritis(verification=Verification.UNCONFIRMED), UNKNOWN, "notClear"),
        (replace(arthritis(), sides=ON_LEFT), "earlyChange", NEVER),
        (replace(arthritis(), sides=NO_SIDE), UNKNOWN, "sideNotTold"),
    ],
)
def test_osteoarthritis_of_the_same_hip_means_late(
    entry: Diagnosis, stage: Value, doubt: Value
) -> None:
    found = chart(said("ARCO II"), others=(entry,))
    assert facts_in(found, "stage", "stageDoubt") == [stage, doubt]


BASES = [
    ([said("ARCO III")], ["system", "ARCO III", NEW]),
    ([told("collapse", OLD)], ["words", NEVER, OLD]),
    ([said("ARCO III", OLD), told("collapse", NEW)], ["system", "ARCO III", OLD]),
    ([told("unread")], [UNKNOWN, UNKNOWN, UNKNOWN]),
    ([], [NEVER, NEVER, NEVER]),
]


@pytest.mark.parametrize(("texts", "answers"), BASES)
def test_a_stage_says_what_it_rests_on(texts: list[StageText], answers: list[Value]) -> None:
    found = chart(*texts)
    assert facts_in(found, "stageBasis", "recordedStage", "stageDate") == answers


DOUBTS = [
    ([told("unread", OLD), told("unread", NEW)], ["notClear", NEW, NEVER]),
    ([told("report", NEW), told("unnamed", OLD, number="III")], ["systemNotNamed", OLD, "III"]),
    ([told("collapse", OLD), told("intact", NEW)], ["contradicted", NEW, NEVER]),
    ([told("collapse", NEW, NO_SIDE, unread=frozenset({"side"}))], ["sideNotTold", NEW, NEVER]),
    ([told("collapse", None, unread=frozenset({"site"}))], ["notUnderstood", NEVER, NEVER]),
    ([told("report", None)], ["reportNotRead", NEVER, NEVER]),
    ([said("ARCO II", OLD), told("report", NEW)], ["reportNotRead", NEW, NEVER]),
    ([said("ARCO III", OLD), told("unread", NEW)], [NEVER, NEVER, NEVER]),
]


@pytest.mark.parametrize(("texts", "doubt"), DOUBTS)
def test_what_leaves_a_stage_open_is_named_with_its_date(
    texts: list[StageText], doubt: list[Value]
) -> None:
    found = chart(*texts)
    assert facts_in(found, "stageDoubt", "stageDoubtDate", "stageDoubtNumber") == doubt


def test_lists_that_were_not_read_leave_open_whether_there_is_a_stage() -> None:
    assert facts_in(chart(gap="was not read"), "stage", "progression") == [UNKNOWN, UNKNOWN]


def test_an_entry_of_which_nothing_was_understood_leaves_open_whether_there_is_a_stage() -> None:
    plain = chart()
    found = replace(plain.diagnoses, not_understood=(NotUnderstood("Condition/invented"),))
    assert facts_in(replace(plain, diagnoses=found), "stage") == [UNKNOWN]


def test_a_stage_found_in_a_part_of_the_lists_stands_and_says_so() -> None:
    found = facts_in(chart(said("ARCO II"), gap="x"), "stage", "stageDataQuality", "progression")
    assert found == ["earlyChange", "incomplete", UNKNOWN]


def test_a_report_without_words_that_may_be_newer_is_said() -> None:
    newer = chart(said("ARCO II", OLD), told("report", NEW))
    older = chart(said("ARCO II", NEW), told("report", OLD))
    assert facts_in(newer, "stageDataQuality") == ["newerNotRead"]
    assert facts_in(older, "stageDataQuality") == ["good"]


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
    ([said("Ficat-Arlet II", OLD), said("Ficat-Arlet IIB", NEW)], UNKNOWN, UNKNOWN),
    ([said("Ficat-Arlet II", OLD), said("ARCO III", NEW)], "advanced", "Ficat-Arlet II"),
    ([said("Ficat-Arlet I", OLD), said("ARCO II", NEW)], NEVER, NEVER),
    ([said("ARCO II", None), said("ARCO II", NEW)], NEVER, NEVER),
    ([said("ARCO IV", OLD), said("ARCO III", NEW)], UNKNOWN, UNKNOWN),
    ([said("ARCO II", OLD), told("collapse", NEW)], "advanced", "ARCO II"),
    ([told("intact", OLD), told("collapse", NEW)], "advanced", UNKNOWN),
    ([told("collapse", OLD), told("collapse", NEW)], UNKNOWN, UNKNOWN),
    ([told("intact", OLD), told("unread", OLD), told("collapse", NEW)], "advanced", UNKNOWN),
    ([told("unread", OLD), said("ARCO II", NEW)], UNKNOWN, UNKNOWN),
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
        [said("Ficat-Arlet III", NEW), said("ARCO II", OLD), said("ARCO III", NEW)],
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


def test_a_collapsed_head_has_no_interval() -> None:
    same = chart(said("ARCO II", OLD), said("ARCO II", NEW))
    collapsed = chart(said("ARCO III", NEW))
    assert facts_in(same, "nextReviewDate") == [on(2027, 1, 10)]
    assert facts_in(collapsed, "nextReviewDate", "reviewStatus") == [UNKNOWN, "collapsed"]


@pytest.mark.parametrize(
    ("earlier", "later", "answer"),
    [
        ("ARCO 2019 II", "ARCO 2019 III", 1),
        ("ARCO 2019 IIIA", "ARCO 2019 IIIB", 1),
        ("ARCO 2019 IIIB", "ARCO 2019 IIIA", -1),
        ("ARCO 2019 IIIB", "ARCO 2019 IIIB", 0),
        ("ARCO 2019 III", "ARCO 2019 IIIB", None),
        ("ARCO 1994 IIIA", "ARCO 1994 IIIC", 0),
        ("ARCO 1994 IIIC", "ARCO 2019 IIIA", 0),
        ("ARCO II", "ARCO 2019 III", 1),
        ("ARCO IV", "ARCO 1994 III", -1),
        ("Ficat-Arlet IIA", "Ficat-Arlet IIB", 1),
        ("Steinberg IIA", "Steinberg IIC", 0),
        ("Ficat-Arlet II", "ARCO III", None),
    ],
)
def test_stages_are_compared_within_a_family(earlier: str, later: str, answer: int | None) -> None:
    assert compare(STAGES_BY_LABEL[earlier], STAGES_BY_LABEL[later]) == answer
