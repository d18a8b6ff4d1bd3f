"""Record and day -> the facts of each hip, one fact at a time."""

from dataclasses import replace
from datetime import date

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
    Operation,
    Order,
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
    assert facts.keys() == FACTS.keys() >= knowledge.facts.keys()


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
        ("baselineDate", UNKNOWN),
    ],
)
def test_a_chart_whose_conditions_were_not_read_settles_nothing(name: str, value: Value) -> None:
    assert fact(NO_ENTRY, name, Side.UNRECORDED).value == value


def test_entries_that_name_the_diagnosis_in_words_are_its_mention() -> None:
    chart = replace(record(), mentions=(Mention("Condition/w"), Mention(None)))
    found = fact(chart, "uncodedMention", Side.UNRECORDED)
    assert found == Fact("recorded", ("Condition/w",))


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
