"""The facts that are read from the conditions, the operations and the patient."""

from decimal import Decimal
from typing import Literal

from cds_service.core.hip.chart import Fact, HipChart, references
from cds_service.core.hip.diagnosis import (
    ProsthesisAnswer,
    Strength,
    best_concept,
    juvenile_disorders,
    osteonecrosis_strength,
    prosthesis_answer,
)
from cds_service.core.record import Clinical, Verification
from cds_service.core.values import (
    NEVER,
    UNKNOWN,
    Absence,
    Never,
    Quantity,
    Unknown,
    whole_years_between,
)

Recorded = Literal["recorded"]


def osteonecrosis(chart: HipChart) -> Fact[Strength | Never | Unknown]:
    strength = osteonecrosis_strength(chart.diagnoses[0]) if chart.diagnoses else None
    gap = chart.record.diagnoses.gap
    return Fact(strength, chart.sources) if strength else _not_found(gap)


def certainty(chart: HipChart) -> Fact[Literal["recorded", "uncertain"] | Unknown]:
    if not chart.diagnoses:
        return Fact(UNKNOWN)
    sure = [
        diagnosis
        for diagnosis in chart.diagnoses
        if diagnosis.verification is not Verification.UNCONFIRMED
        and osteonecrosis_strength(diagnosis) != "possible"
    ]
    return Fact("recorded" if sure else "uncertain", references(sure or chart.diagnoses))


def verification(chart: HipChart) -> Fact[Literal["confirmed", "unconfirmed"] | Never]:
    found = {diagnosis.verification for diagnosis in chart.diagnoses}
    if Verification.CONFIRMED in found:
        return Fact("confirmed", chart.sources)
    if found == {Verification.UNCONFIRMED}:
        return Fact("unconfirmed", chart.sources)
    return Fact(NEVER)


def clinical_status(chart: HipChart) -> Fact[Literal["active"] | Never]:
    is_active = any(diagnosis.clinical is Clinical.ACTIVE for diagnosis in chart.diagnoses)
    return Fact("active" if is_active else NEVER, chart.sources)


def osteonecrosis_code(chart: HipChart) -> Fact[str | Unknown]:
    if not chart.diagnoses:
        return Fact(UNKNOWN)
    return Fact(best_concept(chart.diagnoses[0]).title, references(chart.diagnoses[:1]))


def uncoded_mention(chart: HipChart) -> Fact[Recorded | Never | Unknown]:
    found = chart.record.mentions
    sources = tuple(mention.reference for mention in found if mention.reference)
    return Fact("recorded", sources) if found else _not_found(chart.record.diagnoses.gap)


def condition_list(chart: HipChart) -> Fact[Literal["complete", "incomplete"]]:
    return Fact("incomplete" if chart.record.diagnoses.gap else "complete")


def juvenile_hip_disorder(chart: HipChart) -> Fact[Recorded | Never | Unknown]:
    found = juvenile_disorders(chart.record, chart.side)
    gap = chart.record.diagnoses.gap
    return Fact("recorded", references(found)) if found else _not_found(gap)


def hip_prosthesis(chart: HipChart) -> Fact[ProsthesisAnswer | Never | Unknown]:
    answer, sources = prosthesis_answer(chart.record, chart.side)
    gap = chart.record.diagnoses.gap or chart.record.operations.gap
    return Fact(answer, sources) if answer else _not_found(gap)


def patient_age(chart: HipChart) -> Fact[Quantity | Unknown]:
    born = chart.record.birth_date
    if isinstance(born, Absence) or born.earliest > chart.today:
        return Fact(UNKNOWN)
    low = max(0, whole_years_between(born.latest, chart.today))
    high = whole_years_between(born.earliest, chart.today)
    return Fact(Quantity(Decimal(low), Decimal(high), "a"), (f"Patient/{chart.record.patient_id}",))


def patient_deceased(chart: HipChart) -> Fact[Literal["recorded", "notRecorded"]]:
    return Fact("recorded" if chart.record.is_deceased else "notRecorded")


def _not_found(gap: str | None) -> Fact[Never | Unknown]:
    """Say that finding nothing is "never" only where nothing was left unread."""
    return Fact(UNKNOWN if gap else NEVER)
