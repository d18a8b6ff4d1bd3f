"""What the chart says of a hip replacement, side by side."""

from dataclasses import replace

import pytest

from cds_service.core.hip.diagnosis import prosthesis_answer
from cds_service.core.record import (
    NO_SIDE,
    Clinical,
    Diagnosis,
    Operation,
    Side,
    ValueSetId,
    Verification,
)
from tests.core.builders import (
    ANY_JOINT_PROSTHESIS,
    HEAD,
    HIP_PROSTHESIS,
    ON_BOTH,
    ON_LEFT,
    ON_RIGHT,
    REMOVAL,
    REPLACEMENT,
    code,
    diagnosis,
    operation,
    record,
    said,
)

Entries = tuple[Diagnosis | Operation, ...]


def worn(sides: frozenset[Side], reference: str | None = "Condition/worn") -> Diagnosis:
    """Return a prosthesis on the problem list."""
    return diagnosis(HIP_PROSTHESIS, sides=sides, reference=reference)


PROVISIONAL = diagnosis(HIP_PROSTHESIS, verification=Verification.UNCONFIRMED)


@pytest.mark.parametrize(
    ("hip", "entries", "answer"),
    [
        (Side.RIGHT, (), None),
        (Side.RIGHT, (diagnosis(HEAD),), None),
        (Side.RIGHT, (worn(ON_RIGHT),), "recorded"),
        (Side.LEFT, (worn(ON_RIGHT),), None),
        (Side.RIGHT, (PROVISIONAL,), "unconfirmed"),
        (Side.LEFT, (PROVISIONAL,), None),
        (Side.LEFT, (worn(ON_BOTH),), "recorded"),
        (Side.RIGHT, (operation(REPLACEMENT, ON_RIGHT),), "recorded"),
        (Side.LEFT, (operation(REPLACEMENT, ON_RIGHT),), None),
        (Side.LEFT, (worn(NO_SIDE),), "sideNotRecorded"),
        (Side.LEFT, (operation(REPLACEMENT),), "sideNotRecorded"),
        (Side.LEFT, (diagnosis(ANY_JOINT_PROSTHESIS, sides=NO_SIDE),), "jointNotNamed"),
        (Side.LEFT, (diagnosis(ANY_JOINT_PROSTHESIS, sides=ON_LEFT),), "jointNotNamed"),
        (Side.LEFT, (operation(code(ValueSetId.FEMORAL_HEAD), ON_LEFT),), None),
    ],
)
def test_a_prosthesis_is_an_answer_for_its_own_hip(
    hip: Side, entries: Entries, answer: str | None
) -> None:
    assert prosthesis_answer(record(*entries), hip)[0] == answer


@pytest.mark.parametrize("sides", [ON_LEFT, NO_SIDE])
def test_taking_a_prosthesis_out_is_not_a_prosthesis(sides: frozenset[Side]) -> None:
    assert prosthesis_answer(record(operation(REMOVAL, sides)), Side.LEFT) == (None, ())


@pytest.mark.parametrize(
    ("entries", "answer"),
    [
        ((worn(NO_SIDE), worn(ON_LEFT)), "recorded"),
        ((diagnosis(ANY_JOINT_PROSTHESIS), worn(NO_SIDE)), "sideNotRecorded"),
        ((operation(REMOVAL, ON_LEFT), worn(ON_LEFT)), "recorded"),
        ((worn(ON_RIGHT), worn(NO_SIDE)), "sideNotRecorded"),
    ],
)
def test_the_strongest_statement_is_the_answer(entries: Entries, answer: str) -> None:
    assert prosthesis_answer(record(*entries), Side.LEFT)[0] == answer


@pytest.mark.parametrize(
    ("entries", "answer"),
    [
        ((worn(ON_RIGHT), operation(REPLACEMENT, ON_LEFT)), "recorded"),
        ((worn(ON_BOTH),), "recorded"),
        ((worn(NO_SIDE),), "sideNotRecorded"),
    ],
)
def test_a_hip_of_unknown_side_is_replaced_only_when_both_are(
    entries: Entries, answer: str
) -> None:
    assert prosthesis_answer(record(*entries), Side.UNRECORDED)[0] == answer


def test_one_replaced_hip_does_not_replace_a_hip_of_unknown_side() -> None:
    assert prosthesis_answer(record(worn(ON_RIGHT)), Side.UNRECORDED)[0] != "recorded"


@pytest.mark.parametrize(
    ("entry", "answer"),
    [
        (diagnosis(HIP_PROSTHESIS, clinical=Clinical.INACTIVE), "recorded"),
        (diagnosis(HIP_PROSTHESIS, verification=Verification.RULED_OUT), None),
    ],
)
def test_a_prosthesis_counts_unless_it_is_refuted(entry: Diagnosis, answer: str | None) -> None:
    assert prosthesis_answer(record(entry), Side.RIGHT)[0] == answer


@pytest.mark.parametrize(
    ("entries", "references"),
    [
        ((worn(ON_RIGHT), operation(REPLACEMENT, ON_LEFT)), ("Condition/worn",)),
        (
            (worn(ON_RIGHT), operation(REPLACEMENT, ON_RIGHT)),
            ("Condition/worn", "Procedure/invented"),
        ),
        ((worn(ON_RIGHT, None),), ()),
        ((worn(NO_SIDE), diagnosis(ANY_JOINT_PROSTHESIS)), ("Condition/worn",)),
        ((worn(NO_SIDE, None),), ()),
    ],
)
def test_the_answer_names_the_resources_behind_it(
    entries: Entries, references: tuple[str, ...]
) -> None:
    assert prosthesis_answer(record(*entries), Side.RIGHT)[1] == references


def test_words_tell_the_side_of_their_own_prosthesis() -> None:
    in_words = said(HIP_PROSTHESIS, ON_LEFT)
    chart = record(diagnosis(HEAD, in_words, sides=ON_RIGHT))
    assert prosthesis_answer(chart, Side.LEFT)[0] == "inWords"
    assert prosthesis_answer(chart, Side.RIGHT) == (None, ())


def test_an_operation_whose_status_is_not_understood_is_not_surely_done() -> None:
    open_one = replace(operation(REPLACEMENT, ON_RIGHT), unread=frozenset({"status"}))
    assert prosthesis_answer(record(open_one), Side.RIGHT)[0] == "unconfirmed"
