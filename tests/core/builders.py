"""Plain records, codes, studies and cards for the tests of the core: invented, and look it."""

import calendar
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal

from cds_service.content.numbers import load_evidence
from cds_service.content.terms.staging import load_staging
from cds_service.core.hip.clock import Clock, Start
from cds_service.core.knowledge import Phase, ReviewSchedule
from cds_service.core.record import (
    NO_SIDE,
    SIDES,
    WORDS,
    Clinical,
    Concept,
    Diagnosis,
    Listing,
    Operation,
    Order,
    Record,
    Series,
    Side,
    Study,
    ValueSetId,
    Verification,
)
from cds_service.core.values import (
    UNKNOWN,
    Absence,
    DateRange,
    Period,
    Precision,
    Quantity,
)
from tests.conftest import CARDS

TODAY = date(2026, 11, 22)
ON_RIGHT, ON_LEFT, ON_BOTH = frozenset({Side.RIGHT}), frozenset({Side.LEFT}), SIDES
PATIENT_ID = "invented-patient"
BORN_1972 = DateRange.on(date(1972, 3, 4))

# The shipped numbers, repeated: a change of site policy is no reason for these tests to fail.
SCHEDULE = ReviewSchedule(
    version="0.0.0",
    phases=(
        Phase("beginning", Period(months=12), Period(months=3)),
        Phase("middle", Period(months=24), Period(months=6)),
        Phase("later", None, Period(months=12), stable_only=True),
    ),
    window=Period(days=30),
    stable_after=Period(months=6),
    pregnancy_lasts=Period(months=10),
    fracture_is_acute=Period(months=6),
    site_groups={
        "film": frozenset({"femoral-head", "hip", "bony-pelvis", "pelvis"}),
        "mri": frozenset({"femoral-head", "hip", "bony-pelvis"}),
        "ct": frozenset({"femoral-head", "hip", "bony-pelvis"}),
    },
    vague=frozenset({"pelvis", "femur", "limb"}),
    in_passing=frozenset({"hips-in-passing", "femur"}),
)
STAGES_BY_LABEL = {
    stage.label: stage
    for stage in load_staging(CARDS / "staging.yaml", CARDS, load_evidence(CARDS)).stages.values()
}


def on(year: int, month: int, day: int) -> DateRange:
    """Return a date that is known to the day."""
    return DateRange.on(date(year, month, day))


def in_month(year: int, month: int) -> DateRange:
    """Return a date that is known to the month."""
    last = calendar.monthrange(year, month)[1]
    return DateRange(date(year, month, 1), date(year, month, last), Precision.MONTH)


def in_year(year: int) -> DateRange:
    """Return a date that is known to the year."""
    return DateRange(date(year, 1, 1), date(year, 12, 31), Precision.YEAR)


def clock(recorded: DateRange) -> Clock:
    """Return a clock that nothing has started anew."""
    return Clock(Start("recorded", recorded))


def years(low: int, high: int | None = None) -> Quantity:
    """Return an age, or a range of ages."""
    return Quantity(Decimal(low), Decimal(low if high is None else high), "a")


def code(
    value_set: str, precision: str | None = None, *, role: str | None = None, site: str = ""
) -> Concept:
    """Return an invented code of a value set."""
    label = f"invented {value_set} {precision or ''}".strip()
    return Concept(
        value_set, "Invented", "X00", label, precision=precision, role=role, site_group=site or None
    )


HEAD, FEMUR, BROADER = (
    code(ValueSetId.FEMORAL_HEAD, found) for found in ("head", "femur", "broader")
)
UNNAMED_BONE = code(ValueSetId.POSSIBLE, "broader")
JAW = code(ValueSetId.OTHER_SITE)
PERTHES = code(ValueSetId.JUVENILE)
OSTEOARTHRITIS = code(ValueSetId.LOOKALIKE)
HIP_OSTEOARTHRITIS = code(ValueSetId.OSTEOARTHRITIS)
HIP_PROSTHESIS = code(ValueSetId.PROSTHESIS, "head")
ANY_JOINT_PROSTHESIS = code(ValueSetId.PROSTHESIS, "broader")
REPLACEMENT = code(ValueSetId.ARTHROPLASTY, "head", role="placement")
REMOVAL = code(ValueSetId.ARTHROPLASTY, "head", role="removal")


def site(group: str) -> Concept:
    """Return an invented body site."""
    return code(ValueSetId.BODY_SITE, site=group)


def said(concept: Concept, sides: frozenset[Side] = NO_SIDE) -> Concept:
    """Return what words say in the place of a code."""
    return replace(concept, system_name=WORDS, sides=sides)


def imaging(role: str, group: str) -> Concept:
    """Return an invented imaging procedure."""
    return code(ValueSetId.IMAGING_PROCEDURE, role=role, site=group)


def diagnosis(
    *codes: Concept,
    sites: Iterable[str] = (),
    sides: frozenset[Side] = ON_RIGHT,
    clinical: Clinical = Clinical.ACTIVE,
    verification: Verification = Verification.CONFIRMED,
    dates: tuple[DateRange, ...] = (),
    reference: str | None = "Condition/invented",
) -> Diagnosis:
    """Return a confirmed, active entry of the right hip unless told otherwise."""
    places = tuple(site(group) for group in sites)
    return Diagnosis(reference, codes, places, sides, clinical, verification, dates)


def series(
    group: str = "hip", modality: str | None = "film", sides: frozenset[Side] = NO_SIDE
) -> Series:
    """Return a series of one region."""
    return Series(modality, frozenset({group}), sides)


def study(
    started: DateRange | None,
    *parts: Series | Concept,
    reference: str | None = "ImagingStudy/invented",
) -> Study:
    """Return a study of these series and procedures; a film of a hip if none is given."""
    found = parts or (series(),)
    return Study(
        reference,
        started,
        tuple(part for part in found if isinstance(part, Series)),
        tuple(part for part in found if isinstance(part, Concept)),
    )


def operation(
    found: Concept, sides: frozenset[Side] = NO_SIDE, reference: str | None = "Procedure/invented"
) -> Operation:
    """Return an operation that was done."""
    return Operation(reference, (found,), sides)


def order(
    *codes: Concept, sites: Iterable[str] = (), reference: str | None = "ServiceRequest/invented"
) -> Order:
    """Return a draft order."""
    sided = frozenset(side for code in codes for side in code.sides)
    return Order(reference, codes, tuple(site(g) for g in sites), sided, is_selected=False)


def record(
    *entries: Diagnosis | Study | Operation,
    birth_date: DateRange | Absence = BORN_1972,
    orders: Listing[Order] | Absence = UNKNOWN,
    gaps: Iterable[str] = (),
    is_deceased: bool = False,
    takes_service_requests: bool = True,
) -> Record:
    """Return the record of an adult; `gaps` names the resource types that were not read whole."""
    missing = dict.fromkeys(gaps, "was not read")
    return Record(
        patient_id=PATIENT_ID,
        birth_date=birth_date,
        is_deceased=is_deceased,
        diagnoses=Listing(
            tuple(entry for entry in entries if isinstance(entry, Diagnosis)),
            missing.get("Condition"),
        ),
        studies=Listing(
            tuple(entry for entry in entries if isinstance(entry, Study)),
            missing.get("ImagingStudy"),
        ),
        operations=Listing(
            tuple(entry for entry in entries if isinstance(entry, Operation)),
            missing.get("Procedure"),
        ),
        orders=orders,
        takes_service_requests=takes_service_requests,
        gaps=missing,
    )
