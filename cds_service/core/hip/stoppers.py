"""What leaves a hip without an interval of ours, whatever its schedule would say."""

from collections.abc import Iterable, Iterator, Mapping
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


class Stop(Struct, frozen=True):
    """What leaves a hip without an interval; unknown where not all conditions could be read."""

    why: Stopper | Never | Unknown = NEVER
    sources: tuple[str, ...] = ()


def stop_of(hip: Side, record: Record, schedule: ReviewSchedule, today: date) -> Stop:
    """Return what says most: palliative care goes before a pregnancy, that before a fracture."""
    pregnant = _recent(record, ValueSetId.PREGNANCY, schedule.pregnancy_lasts, today)
    broken = _recent(record, ValueSetId.FEMUR_FRACTURE, schedule.fracture_is_acute, today)
    reasons: Mapping[Stopper, Iterable[Diagnosis | Operation]] = {
        "palliativeCare": _palliative_care(record),
        "pregnancy": pregnant,
        "acuteFracture": (one for one in broken if may_be_of(hip, one.sides)),
    }
    for why, found in reasons.items():
        if entries := list(found):
            return Stop(why, tuple(one.reference for one in entries if one.reference))
    return Stop(NEVER if record.diagnoses.is_whole else UNKNOWN)


def stopped(review: Review, stop: Stop, *, is_collapsed: bool) -> Review:
    """Return the review as it stands, without an interval where something stops it."""
    if isinstance(stop.why, str):
        return without_interval(review, "noSchedule")
    return without_interval(review, "collapsed") if is_collapsed else review


def _palliative_care(record: Record) -> Iterator[Diagnosis | Operation]:
    """Yield what says so: it is coded as a disease, and as something that is done."""
    yield from _present(record, ValueSetId.PALLIATIVE_CARE)
    for operation in record.operations.items:
        if any(code.value_set == ValueSetId.PALLIATIVE_CARE for code in operation.codes):
            yield operation


def _recent(record: Record, value_set: str, lasts: Period, today: date) -> Iterator[Diagnosis]:
    """Yield the entries that are not older than such a thing lasts; without a date it may be."""
    for one in _present(record, value_set):
        latest = max((on.latest for on in one.dates), default=None)
        if latest is None or today <= add_period(latest, lasts):
            yield one


def _present(record: Record, value_set: str) -> Iterator[Diagnosis]:
    """Yield the entries with such a code that are neither over nor ruled out."""
    for one in record.diagnoses.items:
        is_over = one.clinical is Clinical.INACTIVE or one.verification is Verification.RULED_OUT
        if value_set in coded_sets(one) and not is_over:
            yield one
