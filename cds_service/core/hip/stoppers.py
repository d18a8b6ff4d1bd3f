"""What leaves a hip without an interval of ours, whatever its schedule would say."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Literal

from msgspec import Struct

from cds_service.core.hip.diagnosis import coded_sets
from cds_service.core.hip.review import Review, without_interval
from cds_service.core.knowledge import ReviewSchedule
from cds_service.core.record import (
    Clinical,
    Diagnosis,
    Operation,
    Record,
    Side,
    ValueSetId,
    Verification,
    may_be_of,
)
from cds_service.core.values import NEVER, UNKNOWN, Never, Period, Unknown, add_period

Stopper = Literal["palliativeCare", "pregnancy", "acuteFracture"]
_STOPPERS = (ValueSetId.PALLIATIVE_CARE, ValueSetId.PREGNANCY, ValueSetId.FEMUR_FRACTURE)


class Stop(Struct, frozen=True):
    """What leaves a hip without an interval; unknown where not all conditions could be read."""

    why: Stopper | Never | Unknown = NEVER
    sources: tuple[str, ...] = ()


def stop_of(hip: Side, record: Record, schedule: ReviewSchedule, today: date) -> Stop:
    """Return what says most: palliative care goes before a pregnancy, that before a fracture."""
    present = _present(record)
    pregnant = _recent(_coded(present, ValueSetId.PREGNANCY), schedule.pregnancy_lasts, today)
    broken = _recent(_coded(present, ValueSetId.FEMUR_FRACTURE), schedule.fracture_is_acute, today)
    reasons: Mapping[Stopper, Sequence[Diagnosis | Operation]] = {
        "palliativeCare": [
            *_coded(present, ValueSetId.PALLIATIVE_CARE),
            *_palliative_care(record.operations.items),
        ],
        "pregnancy": pregnant,
        "acuteFracture": [one for one in broken if may_be_of(hip, one.sides)],
    }
    for why, found in reasons.items():
        if found:
            return Stop(why, tuple([one.reference for one in found if one.reference]))
    return Stop(NEVER if record.diagnoses.is_whole else UNKNOWN)


def stopped(review: Review, stop: Stop, *, is_collapsed: bool) -> Review:
    """Return the review as it stands, without an interval where something stops it."""
    if isinstance(stop.why, str):
        return without_interval(review, "noSchedule")
    return without_interval(review, "collapsed") if is_collapsed else review


def _present(record: Record) -> list[Diagnosis]:
    """Return the entries that may stop a schedule and are neither over nor ruled out."""
    return [
        one
        for one in record.diagnoses.items
        if not coded_sets(one).isdisjoint(_STOPPERS)
        and one.clinical is not Clinical.INACTIVE
        and one.verification is not Verification.RULED_OUT
    ]


def _coded(present: Iterable[Diagnosis], value_set: str) -> list[Diagnosis]:
    return [one for one in present if value_set in coded_sets(one)]


def _palliative_care(operations: Iterable[Operation]) -> list[Operation]:
    """Return what says so: it is coded as a disease, and as something that is done."""
    return [
        one
        for one in operations
        if any(code.value_set == ValueSetId.PALLIATIVE_CARE for code in one.codes)
    ]


def _recent(entries: Iterable[Diagnosis], lasts: Period, today: date) -> list[Diagnosis]:
    """Return those that are not older than such a thing lasts; without a date it may be."""
    return [
        one
        for one in entries
        if not one.dates or today <= add_period(max(on.latest for on in one.dates), lasts)
    ]
