"""From a record to the cards: the main cases of a chart, end to end through the core."""

from dataclasses import replace
from datetime import date

import pytest

from cds_service.core.advise import Advice, advise
from cds_service.core.decide import Outcome
from cds_service.core.knowledge import Knowledge
from cds_service.core.record import NO_SIDE, Diagnosis, Operation, Record, Side, Verification
from cds_service.core.values import UNKNOWN
from tests.core.builders import (
    FEMUR,
    HEAD,
    HIP_PROSTHESIS,
    JAW,
    ON_BOTH,
    ON_LEFT,
    ON_RIGHT,
    PERTHES,
    REMOVAL,
    REPLACEMENT,
    TODAY,
    UNNAMED_BONE,
    diagnosis,
    in_year,
    on,
    operation,
    record,
    series,
    study,
)
from tests.core.decided import CALL

RIGHT_HEAD = diagnosis(HEAD, dates=(on(2026, 1, 10),))
LEFT_HEAD = replace(RIGHT_HEAD, sides=ON_LEFT, reference="Condition/left")
UNSIDED_HEAD = replace(RIGHT_HEAD, sides=NO_SIDE, reference="Condition/unsided")
FILM = study(on(2026, 10, 5))
CHILD = on(2015, 5, 4)
PAIR = ("weight-bearing", "review-interval")


def advice(knowledge: Knowledge, chart: Record, today: date = TODAY) -> Advice:
    """Return the advice for a chart that is opened."""
    return advise(chart, knowledge, "onfh-patient-view", CALL, today)


def summaries(knowledge: Knowledge, chart: Record) -> list[str]:
    """Return the summaries of the cards, in order."""
    return [card.summary for card in advice(knowledge, chart).cards]


@pytest.mark.parametrize(
    "chart",
    [
        record(),
        record(diagnosis(JAW)),
        record(diagnosis(UNNAMED_BONE)),
        record(diagnosis(FEMUR, sites=["other"])),
        record(replace(RIGHT_HEAD, verification=Verification.RULED_OUT)),
        record(RIGHT_HEAD, birth_date=CHILD),
        record(RIGHT_HEAD, is_deceased=True),
        record(RIGHT_HEAD, diagnosis(HIP_PROSTHESIS)),
        record(UNSIDED_HEAD, diagnosis(HIP_PROSTHESIS, sides=ON_BOTH)),
    ],
)
def test_a_chart_that_was_read_and_gives_no_reason_is_silent(
    knowledge: Knowledge, chart: Record
) -> None:
    found = advice(knowledge, chart)
    assert (found.cards, found.missing) == ((), ())


@pytest.mark.parametrize(
    ("entries", "hip"),
    [
        ((RIGHT_HEAD,), "right hip"),
        ((LEFT_HEAD,), "left hip"),
        ((RIGHT_HEAD, LEFT_HEAD), "both hips"),
        ((replace(RIGHT_HEAD, sides=ON_BOTH),), "both hips"),
        ((UNSIDED_HEAD,), "hip (side not known)"),
        ((RIGHT_HEAD, LEFT_HEAD, UNSIDED_HEAD), "both hips"),
        ((LEFT_HEAD, UNSIDED_HEAD), "left hip and side unknown"),
    ],
)
def test_a_coded_head_gets_both_cards_for_its_hips(
    knowledge: Knowledge, entries: tuple[Diagnosis, ...], hip: str
) -> None:
    assert [text.partition(":")[0] for text in summaries(knowledge, record(*entries, FILM))] == [
        f"Osteonecrosis, {hip}",
        f"{hip[:1].upper()}{hip[1:]}",
    ]


@pytest.mark.parametrize(
    "statement",
    [
        diagnosis(HIP_PROSTHESIS, sides=ON_RIGHT),
        operation(REPLACEMENT, ON_RIGHT),
    ],
)
def test_a_right_prosthesis_silences_the_right_hip_only(
    knowledge: Knowledge, statement: Diagnosis | Operation
) -> None:
    found = advice(knowledge, record(RIGHT_HEAD, LEFT_HEAD, FILM, statement))
    outcomes = {hip: d.outcome for (hip, card), d in found.decisions.items() if card in PAIR}
    silent = {hip for hip, outcome in outcomes.items() if outcome is Outcome.SILENT}
    assert silent == {Side.RIGHT}
    assert ["left hip" in card.summary.lower() for card in found.cards] == [True, True]


@pytest.mark.parametrize(
    ("statement", "note"),
    [
        (diagnosis(HIP_PROSTHESIS, sides=NO_SIDE), ("hipProsthesis", "sideNotRecorded")),
        (operation(REPLACEMENT), ("hipProsthesis", "sideNotRecorded")),
    ],
)
def test_a_prosthesis_of_unknown_side_silences_nothing_and_is_named(
    knowledge: Knowledge, statement: Diagnosis | Operation, note: tuple[str, str]
) -> None:
    cards = advice(knowledge, record(RIGHT_HEAD, FILM, statement)).cards
    sentence = str(knowledge.words["en"].notes[note][0])
    assert [sentence in str(card.detail) for card in cards] == [True, True]


def test_a_prosthesis_that_was_taken_out_silences_nothing(knowledge: Knowledge) -> None:
    assert len(summaries(knowledge, record(RIGHT_HEAD, FILM, operation(REMOVAL, ON_RIGHT)))) == 2


def test_an_adult_with_a_childhood_disorder_gets_advice(knowledge: Knowledge) -> None:
    assert len(summaries(knowledge, record(RIGHT_HEAD, FILM, diagnosis(PERTHES)))) == 2


@pytest.mark.parametrize(
    ("chart", "missing"),
    [
        (record(gaps=["Condition"]), ("osteonecrosis",)),
        (record(RIGHT_HEAD, diagnosis(PERTHES), birth_date=UNKNOWN), ("patientAge",)),
    ],
)
def test_what_keeps_all_cards_back_is_named(
    knowledge: Knowledge, chart: Record, missing: tuple[str, ...]
) -> None:
    found = advice(knowledge, chart)
    assert found.cards == ()
    assert set(missing) <= set(found.missing)


@pytest.mark.parametrize(
    ("gap", "name"),
    [
        ("Condition", "juvenileHipDisorder"),
        ("Procedure", "hipProsthesis"),
    ],
)
def test_what_could_not_be_read_is_named_on_every_card(
    knowledge: Knowledge, gap: str, name: str
) -> None:
    cards = advice(knowledge, record(RIGHT_HEAD, FILM, gaps=[gap])).cards
    sentence = str(knowledge.words["en"].notes[(name, "unknown")][0])
    assert [sentence in str(card.detail) for card in cards] == [True, True]


def test_an_age_that_may_be_below_the_limit_is_named(knowledge: Knowledge) -> None:
    cards = advice(knowledge, record(RIGHT_HEAD, FILM, birth_date=in_year(2008))).cards
    sentence = str(knowledge.words["en"].notes[("patientAge", "unknown")][0])
    assert [sentence in str(card.detail) for card in cards] == [True, True]


def test_an_imaging_history_that_was_not_read_is_named(knowledge: Knowledge) -> None:
    found = advice(knowledge, record(RIGHT_HEAD, gaps=["ImagingStudy"]))
    assert "could not check when imaging is due" in found.cards[1].summary


@pytest.mark.parametrize(
    ("made", "indicator", "words"),
    [
        (on(2026, 10, 5), "info", "next imaging due"),
        (on(2026, 8, 22), "info", "imaging due about"),
        (on(2026, 2, 1), "warning", "overdue"),
        (in_year(2026), "info", "imaging due about"),
        (None, "info", "could not check"),
    ],
)
def test_the_review_card_follows_the_last_study(
    knowledge: Knowledge, made: object, indicator: str, words: str
) -> None:
    found = advice(knowledge, record(RIGHT_HEAD, replace(FILM, started=made)))
    review = {card.source.topic.code: card for card in found.cards if card.source.topic}
    assert review["review-interval"].indicator == indicator
    assert words in review["review-interval"].summary


def test_a_film_of_one_hip_leaves_the_other_without_one(knowledge: Knowledge) -> None:
    film = study(on(2026, 10, 5), series("hip", "film", ON_LEFT))
    chart = record(RIGHT_HEAD, LEFT_HEAD, film)
    assert [text.partition(":")[0] for text in summaries(knowledge, chart)] == [
        "Osteonecrosis, both hips",
        "Right hip",
        "Left hip",
    ]


def test_the_advice_names_its_cards_for_the_log(knowledge: Knowledge) -> None:
    found = advice(knowledge, record(RIGHT_HEAD, FILM))
    assert found.card_ids == ("weight-bearing", "review-interval")
    assert found.missing == ()


def test_the_facts_of_every_hip_stand_beside_the_cards(knowledge: Knowledge) -> None:
    found = advice(knowledge, record(RIGHT_HEAD, gaps=["Condition"]))
    assert set(found.facts) == {hip for hip, _ in found.decisions} == {Side.RIGHT, Side.UNRECORDED}
