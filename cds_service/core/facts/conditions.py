"""The facts that are read from the conditions, the operations and the patient."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

from cds_service.core.hip.chart import Entry, Fact, HipChart, references
from cds_service.core.hip.diagnosis import (
    ProsthesisAnswer,
    Strength,
    best_concept,
    is_doubted,
    juvenile_disorders,
    osteonecrosis_strength,
    prosthesis_answer,
)
from cds_service.core.record import Clinical, Mention, Part, Verification
from cds_service.core.values import (
    NEVER,
    UNKNOWN,
    Absence,
    DateRange,
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
    """Say how sure the entries are; of a hip that words call replaced nothing is sure."""
    if not chart.diagnoses:
        return Fact(UNKNOWN)
    sure = [
        diagnosis
        for diagnosis in chart.diagnoses
        if not is_doubted(diagnosis) and osteonecrosis_strength(diagnosis) != "possible"
    ]
    is_sure = sure and prosthesis_answer(chart.record, chart.side)[0] != "inWords"
    return Fact("recorded" if is_sure else "uncertain", references(sure or chart.diagnoses))


def verification(
    chart: HipChart,
) -> Fact[Literal["confirmed", "unconfirmed", "notUnderstood"] | Never]:
    unread = [d for d in chart.diagnoses if "certainty" in d.unread]
    found = {diagnosis.verification for diagnosis in chart.diagnoses if diagnosis not in unread}
    if Verification.CONFIRMED in found:
        return Fact("confirmed", chart.sources)
    if unread:
        return Fact("notUnderstood", references(unread))
    if found == {Verification.UNCONFIRMED}:
        return Fact("unconfirmed", chart.sources)
    return Fact(NEVER)


def clinical_status(
    chart: HipChart,
) -> Fact[Literal["active", "ended", "notUnderstood"] | Never]:
    unread = [d for d in chart.diagnoses if "status" in d.unread]
    found = {diagnosis.clinical for diagnosis in chart.diagnoses if diagnosis not in unread}
    if Clinical.ACTIVE in found:
        return Fact("active", chart.sources)
    if unread:
        is_active = any(diagnosis.clinical is Clinical.ACTIVE for diagnosis in unread)
        return Fact("ended" if is_active else "notUnderstood", references(unread))
    return Fact(NEVER, chart.sources)


def diagnosis_side(chart: HipChart) -> Fact[Literal["notUnderstood"] | Never]:
    return _not_understood(chart, "side")


def diagnosis_site(chart: HipChart) -> Fact[Literal["notUnderstood"] | Never]:
    return _not_understood(chart, "site")


def doubtful_entry_date(chart: HipChart) -> Fact[DateRange | Never]:
    """Return the day of the first entry of this hip of which a part was not understood."""
    found = [diagnosis for diagnosis in chart.diagnoses if diagnosis.unread][:1]
    return _newest_date(found)


def osteonecrosis_code(chart: HipChart) -> Fact[str | Unknown]:
    if not chart.diagnoses:
        return Fact(UNKNOWN)
    return Fact(best_concept(chart.diagnoses[0]).title, references(chart.diagnoses[:1]))


def uncoded_mention(
    chart: HipChart,
) -> Fact[Literal["recorded", "unknownSystem"] | Never | Unknown]:
    found = _mention(chart)
    if not found:
        return _not_found(chart.record.diagnoses.gap)
    is_sent = found[0].sent_under is not None
    return Fact("unknownSystem" if is_sent else "recorded", references(found))


def mention_system(chart: HipChart) -> Fact[str | Never]:
    found = _mention(chart)
    return Fact(found[0].sent_under or NEVER if found else NEVER, references(found))


def mention_date(chart: HipChart) -> Fact[DateRange | Never]:
    return _newest_date(_mention(chart))


def condition_list(
    chart: HipChart,
) -> Fact[Literal["complete", "notUnderstood", "incomplete"]]:
    if chart.record.diagnoses.gap:
        return Fact("incomplete")
    found = chart.record.diagnoses.not_understood
    return Fact("notUnderstood" if found else "complete", references(found))


def not_understood_date(chart: HipChart) -> Fact[DateRange | Never]:
    """Return the day of the newest entry of which nothing was understood."""
    return _newest_date(chart.record.diagnoses.not_understood)


def juvenile_hip_disorder(chart: HipChart) -> Fact[Recorded | Never | Unknown]:
    found = juvenile_disorders(chart.record, chart.side)
    none: Never | Unknown = NEVER if chart.record.diagnoses.is_whole else UNKNOWN
    return Fact("recorded", references(found)) if found else Fact(none)


def hip_prosthesis(chart: HipChart) -> Fact[ProsthesisAnswer | Never | Unknown]:
    answer, sources = prosthesis_answer(chart.record, chart.side)
    if answer:
        return Fact(answer, sources)
    is_whole = chart.record.diagnoses.is_whole and chart.record.operations.is_whole
    return Fact(NEVER if is_whole else UNKNOWN)


def patient_age(chart: HipChart) -> Fact[Quantity | Unknown]:
    born = chart.record.birth_date
    if isinstance(born, Absence) or born.earliest > chart.today:
        return Fact(UNKNOWN)
    low = max(0, whole_years_between(born.latest, chart.today))
    high = whole_years_between(born.earliest, chart.today)
    return Fact(Quantity(Decimal(low), Decimal(high), "a"), (f"Patient/{chart.record.patient_id}",))


def patient_deceased(chart: HipChart) -> Fact[Literal["recorded", "notRecorded"]]:
    return Fact("recorded" if chart.record.is_deceased else "notRecorded")


def _not_understood(chart: HipChart, part: Part) -> Fact[Literal["notUnderstood"] | Never]:
    found = [diagnosis for diagnosis in chart.diagnoses if part in diagnosis.unread]
    return Fact("notUnderstood" if found else NEVER, references(found))


def _mention(chart: HipChart) -> tuple[Mention, ...]:
    """Return the mention that says most: one with a code of ours goes before words alone."""
    return tuple(sorted(chart.record.mentions, key=lambda one: one.sent_under is None)[:1])


def _newest_date(found: Sequence[Entry]) -> Fact[DateRange | Never]:
    dates = [one.dates[-1] for one in found if one.dates]
    newest = max(dates, key=lambda day: day.latest, default=None)
    return Fact(newest or NEVER, references(found))


def _not_found(gap: str | None) -> Fact[Never | Unknown]:
    """Say that finding nothing is "never" only where nothing was left unread."""
    return Fact(UNKNOWN if gap else NEVER)
