"""What starts the clock of a hip anew: operations that preserve its head, advances of its stage.

An operation without a day, without a side, or by a code that other operations share, may be one: it
is a doubt that is named, never nothing.
"""

from collections.abc import Iterator
from datetime import date
from typing import Literal, get_args

from msgspec import Struct

from cds_service.core.hip.clock import Start
from cds_service.core.hip.stages import advances_of
from cds_service.core.hip.worsening import advances_said
from cds_service.core.record import Diagnosis, Operation, Record, Side, ValueSetId, may_be_of
from cds_service.core.values import NEVER, UNKNOWN, DateRange, Never, Unknown

OperationDoubt = Literal["operationUndated", "operationSide", "operationKind", "operationInWords"]
"""Why an operation may have started the clock anew, or that only its words say so."""


class Restarts(Struct, frozen=True):
    """What starts the clock anew, and the most telling doubt about an operation that does."""

    starts: tuple[Start, ...] = ()
    doubt: OperationDoubt | Never | Unknown = NEVER
    sources: tuple[str, ...] = ()


class _Operated(Struct, frozen=True):
    start: Start
    doubt: OperationDoubt | None


def restarts_of(
    hip: Side, record: Record, diagnoses: tuple[Diagnosis, ...], today: date
) -> Restarts:
    """Return every operation and advance of this hip that may start its clock anew."""
    operated = list(_operations(hip, record, diagnoses, today))
    advanced = (
        Start("advance", one.on, one.is_sure, one.sources)
        for one in (*advances_of(hip, record), *advances_said(hip, record))
        if one.on.earliest <= today
    )
    starts = (*(one.start for one in operated), *advanced)
    doubtful = [one for one in operated if one.doubt]
    order = get_args(OperationDoubt).index
    first = min(doubtful, key=lambda one: order(one.doubt), default=None)
    if first:
        return Restarts(starts, first.doubt or NEVER, first.start.sources)
    return Restarts(starts, NEVER if record.operations.is_whole else UNKNOWN)


def _operations(
    hip: Side, record: Record, diagnoses: tuple[Diagnosis, ...], today: date
) -> Iterator[_Operated]:
    own = frozenset(diagnosis.reference for diagnosis in diagnoses)
    for operation in record.operations.items:
        kind = _kind(operation, own)
        if kind is None or not may_be_of(hip, operation.sides):
            continue
        is_dated = operation.on is not None and operation.on.earliest <= today
        is_sided = hip in operation.sides
        doubt: OperationDoubt | None = None if kind == "sure" else kind
        doubt = doubt if is_sided else "operationSide"
        doubt = doubt if is_dated else "operationUndated"
        is_sure = is_sided and kind != "operationKind"
        sources = (operation.reference,) if operation.reference else ()
        yield _Operated(Start("operation", _day(operation, today), is_sure, sources), doubt)


def _kind(
    operation: Operation, diagnoses: frozenset[str | None]
) -> Literal["sure", "operationKind", "operationInWords"] | None:
    """Return how surely an operation is one to preserve the head; None where it is another."""
    codes = [c for c in operation.codes if c.value_set == ValueSetId.HEAD_PRESERVING_SURGERY]
    is_meant = operation.purpose == "osteonecrosis" or operation.reason_references & diagnoses
    is_for_other = operation.purpose == "other" or bool(operation.reason_references)
    if not codes:
        return None
    if "status" in operation.unread:
        return "operationKind"
    if any(code.precision == "head" and not code.is_said for code in codes) or is_meant:
        return "sure"
    if any(code.precision == "head" for code in codes):
        return "operationInWords"
    return None if is_for_other else "operationKind"


def _day(operation: Operation, today: date) -> DateRange:
    """Return when it was done: any day up to today, where its day is not known."""
    on = operation.on
    if on is None or on.earliest > today:
        return DateRange.between(date.min, today)
    return on if on.latest <= today else DateRange.between(on.earliest, today)
