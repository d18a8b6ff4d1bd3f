"""The facts about the hip and its patient; `cards/facts.yaml` says what each means."""

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


def osteonecrosis(view: HipChart) -> Fact:
    if view.diagnoses:
        strength = osteonecrosis_strength(view.diagnoses[0]) or UNKNOWN
        return Fact(strength, references(view.diagnoses))
    return Fact(UNKNOWN if view.record.diagnoses.gap else NEVER)


def certainty(view: HipChart) -> Fact:
    if not view.diagnoses:
        return Fact(UNKNOWN)
    sure = [
        diagnosis
        for diagnosis in view.diagnoses
        if diagnosis.verification is not Verification.UNCONFIRMED
        and osteonecrosis_strength(diagnosis) != "possible"
    ]
    return Fact("recorded" if sure else "uncertain", references(sure or view.diagnoses))


def verification(view: HipChart) -> Fact:
    found = {diagnosis.verification for diagnosis in view.diagnoses}
    if Verification.CONFIRMED in found:
        return Fact(Verification.CONFIRMED.value, references(view.diagnoses))
    if found == {Verification.UNCONFIRMED}:
        return Fact(Verification.UNCONFIRMED.value, references(view.diagnoses))
    return Fact(NEVER)


def clinical_status(view: HipChart) -> Fact:
    is_active = any(diagnosis.clinical is Clinical.ACTIVE for diagnosis in view.diagnoses)
    return Fact("active" if is_active else NEVER, references(view.diagnoses))


def osteonecrosis_code(view: HipChart) -> Fact:
    if not view.diagnoses:
        return Fact(UNKNOWN)
    return Fact(best_concept(view.diagnoses[0]).title, references(view.diagnoses[:1]))


def uncoded_mention(view: HipChart) -> Fact:
    if view.record.mentions:
        found = tuple(m.reference for m in view.record.mentions if m.reference)
        return Fact("recorded", found)
    return Fact(UNKNOWN if view.record.diagnoses.gap else NEVER)


def condition_list(view: HipChart) -> Fact:
    return Fact("incomplete" if view.record.diagnoses.gap else "complete")


def juvenile_hip_disorder(view: HipChart) -> Fact:
    found = juvenile_disorders(view.record, view.hip)
    if found:
        return Fact("recorded", references(found))
    return Fact(UNKNOWN if view.record.diagnoses.gap else NEVER)


def hip_prosthesis(view: HipChart) -> Fact:
    answer, sources = prosthesis_answer(view.record, view.hip)
    if answer:
        return Fact(answer, sources)
    has_gap = view.record.diagnoses.gap or view.record.operations.gap
    return Fact(UNKNOWN if has_gap else NEVER)


def patient_age(view: HipChart) -> Fact:
    born = view.record.birth_date
    if isinstance(born, Absence) or born.earliest > view.today:
        return Fact(UNKNOWN)
    low = max(0, whole_years_between(born.latest, view.today))
    high = whole_years_between(born.earliest, view.today)
    return Fact(Quantity(Decimal(low), Decimal(high), "a"), (f"Patient/{view.record.patient_id}",))


def patient_deceased(view: HipChart) -> Fact:
    return Fact("recorded" if view.record.is_deceased else "notRecorded")
