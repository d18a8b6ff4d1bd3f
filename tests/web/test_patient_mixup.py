"""Charts that are mixed up give nothing of another patient; clean ones give cards.

How many it takes, by faults planted in the code, with two seeds each; the chart at which each was
noticed:

    every base counts, or one that begins alike                     1 to 16
    a subject in an odd shape is passed over, or is the patient's   2 to 88
    `patient`, or `for` of a Task, not read                         1 to 43
    what is contained, or in Parameters, not looked at              2 to 25
    a wrapper not looked at                                         51 and 110
    within an odd shape not looked at                               27 and 178
    a focus on somebody else read                                   5 to 29
    Bundles among the drafts not opened                             2 and 59
    an unclear order in a plan read                                 89 and 353
    capitals of an id not told apart                                31 and 78
    the base of the Patient's own URL not known                     1 and 49
    any version of a reference taken                                128 and 182
    a Patient without an id taken for another                       202 and 210
    every `urn:` of a Patient taken for ours                        202 and 380
    the type of a reference not read                                491 and 659
    a part of Parameters not looked at                              672 and more than 1,200

Besides, each way to name somebody, each place and each kind must occur, with everybody: fewer than
1,500 leave some out.
"""

import json
from collections import Counter
from dataclasses import dataclass, field

import msgspec
import pytest

from cds_service.core.advise import advise
from cds_service.core.knowledge import Knowledge
from cds_service.core.render import HookCall
from cds_service.errors import ForeignPatient
from cds_service.fhir.gather import gather_record
from cds_service.fhir.server.urls import parse_base
from cds_service.fhir.shapes.decode import decode_request
from tests.conftest import TODAY
from tests.fhir.mixups import (
    ABOUT_ANOTHER,
    ANOTHERS,
    BASES,
    BESIDE,
    DRAFT_PLACES,
    FORMS,
    KINDS,
    OURS,
    PREFETCH_PLACES,
    READ,
    READ_DRAFTS,
    STRANGERS_MARKS,
    UNCLEAR,
    WHOSE,
    Mixed,
    mixed_requests,
)
from tests.soak import long

# Slow by number; what they run through is covered elsewhere.
COUNT = 1_500
CARDS, REFUSED, HELD, SILENT = "cards", "refused", "held", "silent"


@dataclass
class Tally:
    """What became of many requests."""

    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    seen: Counter[tuple[str, ...]] = field(default_factory=Counter)
    read: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def answer(mixed: Mixed, knowledge: Knowledge) -> tuple[str, str]:
    """Return the outcome, and all that was read and said as text."""
    registered = [base for text in mixed.registered if (base := parse_base(text))]
    request = decode_request(mixed.body)
    try:
        record = gather_record(request, knowledge, TODAY, registered=registered)
    except ForeignPatient:
        return REFUSED, ""
    service = f"onfh-{mixed.request['hook']}"
    call = HookCall("x", record.patient_id, "en", "https://cds.example.org")
    advice = advise(record, knowledge, service, call, TODAY)
    held = HELD if advice.missing else SILENT
    said = msgspec.json.encode(advice.cards).decode()
    return CARDS if advice.cards else held, f"{record!r} {said}"


def is_wrong(mixed: Mixed, outcome: str, text: str) -> bool:
    """Tell a use of what is not the patient's, and what is the patient's and was not read.

    A call is refused where another patient is in sight, and only there.
    """
    if outcome == REFUSED or mixed.has(ANOTHERS):
        return (outcome == REFUSED) != mixed.has(ANOTHERS)
    is_used = any(mark in text for mark in STRANGERS_MARKS)
    return is_used or any(f"/own-{number}" not in text for number in mixed.surely_read)


def tally_of(count: int, knowledge: Knowledge) -> Tally:
    """Answer so many requests."""
    tally = Tally()
    for seed, mixed in enumerate(mixed_requests(count)):
        outcome, text = answer(mixed, knowledge)
        if is_wrong(mixed, outcome, text):
            tally.wrong.append(f"{seed}: {outcome} {mixed.base} {mixed.strangers}")
        worst = next(who for who in (ANOTHERS, UNCLEAR, ABOUT_ANOTHER, OURS) if mixed.has(who))
        tally.outcomes[worst, outcome] += 1
        for number, put in enumerate(mixed.strangers):
            tally.seen.update(
                [(put.whose, put.place), (put.whose, put.kind), (put.whose, put.form)]
            )
            if f"/own-{number}" in text:
                tally.read[put.place] += 1
        tally.seen[mixed.base,] += 1
    return tally


@pytest.fixture(scope="module")
def tally(knowledge: Knowledge) -> Tally:
    """The requests of an ordinary run, or of a soak."""
    return tally_of(long(COUNT, 10_000), knowledge)


def test_no_mixed_up_request_uses_what_is_not_the_patients(tally: Tally) -> None:
    assert tally.wrong == []


def test_another_patient_anywhere_refuses_the_call(tally: Tally) -> None:
    assert {what for whose, what in tally.outcomes if whose == ANOTHERS} == {REFUSED}


@pytest.mark.parametrize("whose", [OURS, UNCLEAR, ABOUT_ANOTHER])
def test_where_nobody_else_is_in_sight_most_charts_give_cards(whose: str, tally: Tally) -> None:
    found = {what: count for (who, what), count in tally.outcomes.items() if who == whose}
    assert found[CARDS] > 0.8 * sum(found.values())


def test_what_is_the_patients_is_read_in_every_place_that_is_read(tally: Tally) -> None:
    assert {*READ, *READ_DRAFTS, BESIDE} == set(tally.read)


@pytest.mark.parametrize("whose", WHOSE)
def test_everybodys_resources_stood_in_every_place_and_shape(whose: str, tally: Tally) -> None:
    wanted = {(whose, part) for part in (*PREFETCH_PLACES, *DRAFT_PLACES, *KINDS)}
    assert wanted - set(tally.seen) == set()


def test_every_base_and_every_way_to_name_somebody_occurred(tally: Tally) -> None:
    forms = {(whose, json.dumps(form)) for whose, made in FORMS.items() for form in made}
    assert forms | {(base,) for base in BASES} <= set(tally.seen)
