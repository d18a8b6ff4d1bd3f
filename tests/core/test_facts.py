"""Record and day -> the facts of each hip, one fact at a time."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from cds_service.core.facts.hip_facts import gather_facts
from cds_service.core.facts.table import FACTS
from cds_service.core.hip.chart import Fact
from cds_service.core.knowledge import Knowledge
from cds_service.core.record import (
    NO_SIDE,
    Clinical,
    Diagnosis,
    Listing,
    Mention,
    NotUnderstood,
    Operation,
    Order,
    Part,
    Record,
    Side,
    Study,
    ValueSetId,
    Verification,
)
from cds_service.core.values import NEVER, UNKNOWN, Absence, DateRange, Value
from tests.core.builders import (
    BORN_1972,
    FEMUR,
    HEAD,
    HIP_PROSTHESIS,
    ON_LEFT,
    ON_RIGHT,
    PERTHES,
    SCHEDULE,
    TODAY,
    UNNAMED_BONE,
    code,
    diagnosis,
    imaging,
    in_year,
    on,
    order,
    record,
    said,
    study,
    years,
)

PROVISIONAL = diagnosis(HEAD, verification=Verification.UNCONFIRMED, reference="Condition/p")
POSSIBLE_ENTRY = diagnosis(UNNAMED_BONE, sites=["hip"], reference="Condition/s")
UNSTATED = diagnosis(
    HEAD, clinical=Clinical.UNRECORDED, verification=Verification.UNRECORDED, reference=None
)
NO_ENTRY = record(gaps=["Condition"])


def fact(chart: Record, name: str, hip: Side = Side.RIGHT) -> Fact:
    """Return one fact of one hip."""
    return gather_facts(chart, SCHEDULE, TODAY)[hip][name]


def test_every_declared_fact_is_gathered_for_every_hip(knowledge: Knowledge) -> None:
    facts = gather_facts(record(diagnosis(HEAD)), SCHEDULE, TODAY)[Side.RIGHT]
    assert all(facts[name].value is not None for name in FACTS)
    assert FACTS.keys() >= knowledge.facts.keys()


def test_a_chart_without_osteonecrosis_has_no_hip_to_decide_on() -> None:
    assert gather_facts(record(diagnosis(HIP_PROSTHESIS)), SCHEDULE, TODAY) == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("osteonecrosis", UNKNOWN),
        ("certainty", UNKNOWN),
        ("verification", NEVER),
        ("clinicalStatus", NEVER),
        ("osteonecrosisCode", UNKNOWN),
        ("conditionList", "incomplete"),
        ("juvenileHipDisorder", UNKNOWN),
        ("hipProsthesis", UNKNOWN),
        ("reviewStart", UNKNOWN),
    ],
)
def test_a_chart_whose_conditions_were_not_read_settles_nothing(name: str, value: Value) -> None:
    assert fact(NO_ENTRY, name, Side.UNRECORDED).value == value


def test_entries_that_name_the_diagnosis_in_words_are_its_mention() -> None:
    chart = replace(record(), mentions=(Mention("Condition/w"), Mention(None)))
    found = fact(chart, "uncodedMention", Side.UNRECORDED)
    assert found == Fact("recorded", ("Condition/w",))


def test_a_mention_with_a_code_of_ours_names_the_system_that_it_was_sent_under() -> None:
    sent = Mention("Condition/w", NO_SIDE, (on(2026, 3, 4),), "urn:oid:1.2.3")
    chart = replace(record(), mentions=(Mention("Condition/v"), sent))
    sources = ("Condition/w",)
    assert fact(chart, "uncodedMention", Side.UNRECORDED) == Fact("unknownSystem", sources)
    assert fact(chart, "mentionSystem", Side.UNRECORDED) == Fact("urn:oid:1.2.3", sources)
    assert fact(chart, "mentionDate", Side.UNRECORDED) == Fact(on(2026, 3, 4), sources)
    assert fact(record(diagnosis(HEAD)), "mentionSystem").value is NEVER


def doubtful(part: Part, **members: Any) -> Diagnosis:
    """Return an entry of which a part was not understood."""
    entry = diagnosis(HEAD, dates=(on(2026, 3, 4),), reference="Condition/d", **members)
    return replace(entry, unread=frozenset({part}))


@pytest.mark.parametrize(
    ("part", "members", "name", "answer"),
    [
        ("side", {}, "diagnosisSide", "notUnderstood"),
        ("side", {}, "diagnosisSite", NEVER),
        ("side", {}, "certainty", "recorded"),
        ("site", {}, "diagnosisSite", "notUnderstood"),
        ("certainty", {}, "verification", "notUnderstood"),
        ("certainty", {}, "certainty", "uncertain"),
        ("status", {}, "clinicalStatus", "ended"),
        ("status", {}, "certainty", "uncertain"),
        ("status", {"clinical": Clinical.UNRECORDED}, "clinicalStatus", "notUnderstood"),
    ],
)
def test_a_part_that_was_not_understood_is_a_doubt_with_its_date(
    part: Part, members: dict[str, Any], name: str, answer: Value
) -> None:
    chart = record(doubtful(part, **members))
    assert fact(chart, name).value == answer
    assert fact(chart, "doubtfulEntryDate") == Fact(on(2026, 3, 4), ("Condition/d",))


def test_a_card_on_words_names_no_code() -> None:
    chart = replace(record(), mentions=(Mention("Condition/w"),))
    assert fact(chart, "osteonecrosisCode", Side.UNRECORDED).value is UNKNOWN


@pytest.mark.parametrize(
    ("part", "name", "answer"),
    [("certainty", "verification", "confirmed"), ("status", "clinicalStatus", "active")],
)
def test_an_entry_that_was_understood_settles_what_another_leaves_open(
    part: Part, name: str, answer: str
) -> None:
    assert fact(record(doubtful(part), diagnosis(HEAD)), name).value == answer


def test_nothing_is_sure_of_a_hip_that_words_call_replaced() -> None:
    chart = record(diagnosis(HEAD), diagnosis(said(HIP_PROSTHESIS, ON_RIGHT)))
    assert fact(chart, "hipProsthesis").value == "inWords"
    assert fact(chart, "certainty").value == "uncertain"


def test_an_entry_of_which_nothing_was_understood_settles_nothing_of_its_list() -> None:
    riddle = NotUnderstood("Condition/r", (on(2026, 3, 4),))
    chart = record(diagnosis(HEAD))
    chart = replace(chart, diagnoses=replace(chart.diagnoses, not_understood=(riddle,)))
    assert fact(chart, "conditionList") == Fact("notUnderstood", ("Condition/r",))
    assert fact(chart, "notUnderstoodDate") == Fact(on(2026, 3, 4), ("Condition/r",))
    assert fact(chart, "juvenileHipDisorder").value is UNKNOWN
    assert fact(chart, "hipProsthesis").value is UNKNOWN
    assert fact(chart, "osteonecrosis").value == "head"


def test_a_gap_does_not_make_the_other_hip_a_diagnosis() -> None:
    chart = record(diagnosis(HEAD), gaps=["Condition"])
    assert fact(chart, "osteonecrosis", Side.UNRECORDED).value is UNKNOWN


@pytest.mark.parametrize(
    ("name", "entries", "expected"),
    [
        ("osteonecrosis", (PROVISIONAL,), Fact("head", ("Condition/p",))),
        ("osteonecrosis", (UNSTATED,), Fact("head")),
        ("certainty", (PROVISIONAL,), Fact("uncertain", ("Condition/p",))),
        ("certainty", (POSSIBLE_ENTRY,), Fact("uncertain", ("Condition/s",))),
        ("certainty", (PROVISIONAL, UNSTATED), Fact("recorded")),
        (
            "certainty",
            (POSSIBLE_ENTRY, diagnosis(FEMUR)),
            Fact("recorded", ("Condition/invented",)),
        ),
        ("verification", (PROVISIONAL,), Fact("unconfirmed", ("Condition/p",))),
        ("verification", (UNSTATED,), Fact(NEVER)),
        (
            "verification",
            (PROVISIONAL, diagnosis(HEAD)),
            Fact("confirmed", ("Condition/invented", "Condition/p")),
        ),
        ("clinicalStatus", (UNSTATED,), Fact(NEVER)),
        (
            "clinicalStatus",
            (UNSTATED, diagnosis(FEMUR)),
            Fact("active", ("Condition/invented",)),
        ),
        (
            "osteonecrosisCode",
            (PROVISIONAL, diagnosis(FEMUR)),
            Fact(
                "invented osteonecrosis-femoral-head femur (Invented X00)", ("Condition/invented",)
            ),
        ),
        ("conditionList", (PROVISIONAL,), Fact("complete")),
    ],
)
def test_the_entries_of_a_hip_give_its_facts(
    name: str, entries: tuple[Diagnosis, ...], expected: Fact
) -> None:
    assert fact(record(*entries), name) == expected


@pytest.mark.parametrize(
    ("extra", "gaps", "value"),
    [
        ((), (), NEVER),
        ((diagnosis(PERTHES),), ("Condition",), "recorded"),
        ((diagnosis(PERTHES, sides=ON_LEFT),), (), NEVER),
        ((), ("Condition",), UNKNOWN),
    ],
)
def test_a_childhood_disorder_is_never_only_where_all_conditions_were_read(
    extra: tuple[Diagnosis, ...], gaps: tuple[str, ...], value: Value
) -> None:
    chart = record(diagnosis(HEAD), *extra, gaps=gaps)
    assert fact(chart, "juvenileHipDisorder").value == value


@pytest.mark.parametrize(
    ("extra", "gaps", "value"),
    [
        ((), (), NEVER),
        ((diagnosis(HIP_PROSTHESIS),), ("Procedure",), "recorded"),
        ((diagnosis(HIP_PROSTHESIS, sides=NO_SIDE),), ("Procedure",), "sideNotRecorded"),
        ((diagnosis(HIP_PROSTHESIS, sides=ON_LEFT),), ("Procedure",), UNKNOWN),
        ((), ("Procedure",), UNKNOWN),
        ((), ("Condition",), UNKNOWN),
        ((), ("ImagingStudy",), NEVER),
    ],
)
def test_a_prosthesis_is_never_only_where_conditions_and_operations_were_read(
    extra: tuple[Diagnosis | Operation, ...], gaps: tuple[str, ...], value: Value
) -> None:
    assert fact(record(diagnosis(HEAD), *extra, gaps=gaps), "hipProsthesis").value == value


@pytest.mark.parametrize(
    ("born", "value"),
    [
        (BORN_1972, years(54)),
        (on(2008, 11, 22), years(18)),
        (on(2008, 11, 23), years(17)),
        (in_year(2008), years(17, 18)),
        (in_year(2026), years(0)),
        (on(2026, 11, 23), UNKNOWN),
        (UNKNOWN, UNKNOWN),
    ],
)
def test_the_age_is_no_more_exact_than_the_date_of_birth(
    born: DateRange | Absence, value: Value
) -> None:
    assert fact(record(diagnosis(HEAD), birth_date=born), "patientAge").value == value


@pytest.mark.parametrize(("is_deceased", "value"), [(True, "recorded"), (False, "notRecorded")])
def test_a_death_is_a_fact(is_deceased: bool, value: str) -> None:
    chart = record(diagnosis(HEAD), is_deceased=is_deceased)
    assert fact(chart, "patientDeceased").value == value


@pytest.mark.parametrize(("takes", "value"), [(True, "serviceRequest"), (False, "older")])
def test_the_client_s_version_of_fhir_is_a_fact(takes: bool, value: str) -> None:
    chart = record(diagnosis(HEAD), takes_service_requests=takes)
    assert fact(chart, "orderFormat").value == value


@pytest.mark.parametrize(
    ("studies", "gaps", "day"),
    [
        ((study(on(2026, 10, 5)),), (), date(2027, 1, 5)),
        ((study(on(2026, 2, 1)),), (), TODAY),
        ((), (), TODAY),
        ((), ("ImagingStudy",), TODAY),
    ],
)
def test_an_order_is_never_dated_in_the_past(
    studies: tuple[Study, ...], gaps: tuple[str, ...], day: date
) -> None:
    chart = record(diagnosis(HEAD), *studies, gaps=gaps)
    assert fact(chart, "nextOrderDate").value == DateRange.on(day)


@pytest.mark.parametrize(
    ("found", "value"),
    [
        (order(imaging("film", "hip")), "yes"),
        (order(imaging("film", "pelvis")), "yes"),
        (order(imaging("mri", "limb")), "no"),
        (order(imaging("mri", "limb"), sites=["hip"]), "yes"),
        (order(imaging("mri", "limb"), sites=["femoral-head"]), "yes"),
        (order(imaging("not-a-review", "hip")), "no"),
        (order(HEAD, sites=["hip"]), "no"),
        (order(), "no"),
    ],
)
def test_a_drafted_image_of_a_hip_is_recognised(found: Order, value: str) -> None:
    chart = record(diagnosis(HEAD), orders=Listing((found,)))
    assert fact(chart, "hipImagingDrafted").value == value


@pytest.mark.parametrize(
    ("orders", "expected"),
    [
        (UNKNOWN, Fact(UNKNOWN)),
        (Listing(), Fact("no")),
        (Listing((), "was not read"), Fact(UNKNOWN)),
        (
            Listing((order(code(ValueSetId.PHYSIOTHERAPY, role="physiotherapy")),), "was not read"),
            Fact("yes", ("ServiceRequest/invented",)),
        ),
        (
            Listing((order(code(ValueSetId.PHYSIOTHERAPY, role="physiotherapy"), reference=None),)),
            Fact("yes"),
        ),
        (Listing((order(code(ValueSetId.PHYSIOTHERAPY, role="impact")),)), Fact("no")),
        (Listing((order(HEAD),)), Fact("no")),
    ],
)
def test_drafted_physiotherapy_is_known_only_where_the_orders_were_read(
    orders: Listing[Order] | Absence, expected: Fact
) -> None:
    assert fact(record(diagnosis(HEAD), orders=orders), "physiotherapyDrafted") == expected
