"""The facts that are read from the conditions, the operations and the patient."""

from decimal import Decimal

from cds_service.core.hip.chart import Fact, HipChart, references
from cds_service.core.hip.diagnosis import (
    best_concept,
    juvenile_disorders,
    osteonecrosis_strength,
    prosthesis_answer,
)
from cds_service.core.record import Clinical, Verification
from cds_service.core.values import NEVER, UNKNOWN, Absence, Quantity, whole_years_between


def osteonecrosis(chart: HipChart) -> Fact:
    if chart.diagnoses:
        strength = osteonecrosis_strength(chart.diagnoses[0]) or UNKNOWN
        return Fact(strength, references(chart.diagnoses))
    return Fact(UNKNOWN if chart.record.diagnoses.gap else NEVER)


def certainty(chart: HipChart) -> Fact:
    if not chart.diagnoses:
        return Fact(UNKNOWN)
    sure = [
        diagnosis
        for diagnosis in chart.diagnoses
        if diagnosis.verification is not Verification.UNCONFIRMED
        and osteonecrosis_strength(diagnosis) != "possible"
    ]
    return Fact("recorded" if sure else "uncertain", references(sure or chart.diagnoses))


def verification(chart: HipChart) -> Fact:
    found = {diagnosis.verification for diagnosis in chart.diagnoses}
    if Verification.CONFIRMED in found:
        return Fact(Verification.CONFIRMED.value, references(chart.diagnoses))
    if found == {Verification.UNCONFIRMED}:
        return Fact(Verification.UNCONFIRMED.value, references(chart.diagnoses))
    return Fact(NEVER)


def clinical_status(chart: HipChart) -> Fact:
    is_active = any(diagnosis.clinical is Clinical.ACTIVE for diagnosis in chart.diagnoses)
    return Fact("active" if is_active else NEVER, references(chart.diagnoses))


def osteonecrosis_code(chart: HipChart) -> Fact:
    if not chart.diagnoses:
        return Fact(UNKNOWN)
    return Fact(best_concept(chart.diagnoses[0]).title, references(chart.diagnoses[:1]))


def uncoded_mention(chart: HipChart) -> Fact:
    if chart.record.mentions:
        found = tuple(m.reference for m in chart.record.mentions if m.reference)
        return Fact("recorded", found)
    return Fact(UNKNOWN if chart.record.diagnoses.gap else NEVER)


def juvenile_hip_disorder(chart: HipChart) -> Fact:
    found = juvenile_disorders(chart.record, chart.side)
    if found:
        return Fact("recorded", references(found))
    return Fact(UNKNOWN if chart.record.diagnoses.gap else NEVER)


def hip_prosthesis(chart: HipChart) -> Fact:
    answer, sources = prosthesis_answer(chart.record, chart.side)
    if answer:
        return Fact(answer, sources)
    has_gap = chart.record.diagnoses.gap or chart.record.operations.gap
    return Fact(UNKNOWN if has_gap else NEVER)


def patient_age(chart: HipChart) -> Fact:
    born = chart.record.birth_date
    if isinstance(born, Absence) or born.earliest > chart.today:
        return Fact(UNKNOWN)
    low = max(0, whole_years_between(born.latest, chart.today))
    high = whole_years_between(born.earliest, chart.today)
    return Fact(Quantity(Decimal(low), Decimal(high), "a"), (f"Patient/{chart.record.patient_id}",))
