"""Whether bone was lost at a hip, and whether its necrosis is worse, beside the stages of it."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from cds_service.core.hip.diagnosis import hips_with_osteonecrosis
from cds_service.core.hip.stages import COLLAPSED, Advance, HipStages
from cds_service.core.record import BoneLossKind, Record, Remark, RemarkBasis, Side, may_be_of
from cds_service.core.values import NEVER, UNKNOWN, DateRange, Never, Unknown

_BASES: tuple[RemarkBasis, ...] = ("code", "tScore", "words")


class BoneLoss(Struct, frozen=True):
    """The answer for one hip; `answer` is UNKNOWN where something leaves it open."""

    answer: Literal["newSinceReview", "recorded"] | Never | Unknown
    kind: BoneLossKind | Never = NEVER
    on: DateRange | Never = NEVER
    basis: RemarkBasis | Never = NEVER
    sources: tuple[str, ...] = ()


def bone_loss_of(hip: Side, record: Record, last_review: DateRange | Never | Unknown) -> BoneLoss:
    """Return the newest bone loss of one hip, and whether it came after its last review.

    A report that says "more" tells of the review that it is of; so that of its day counts too.
    Osteoporosis and osteopenia are of the whole skeleton.
    """
    found = [one for one in record.remarks.items if _is_bone_loss(one, hip)]
    sure = [one for one in found if not one.unread - {"side"}]
    if not sure:
        is_whole = record.remarks.is_whole and record.diagnoses.is_whole
        return BoneLoss(NEVER if is_whole and not found else UNKNOWN)
    new = [one for one in sure if _is_since(one, last_review)]
    newest = max(new or sure, key=_newest)
    return BoneLoss(
        "newSinceReview" if new else "recorded",
        newest.loss or NEVER,
        newest.on or NEVER,
        newest.basis,
        _references([newest]),
    )


def _is_bone_loss(one: Remark, hip: Side) -> bool:
    if one.says == "boneDefect":
        return may_be_of(hip, one.sides)
    return one.loss is not None


def _is_since(one: Remark, last_review: DateRange | Never | Unknown) -> bool:
    if not isinstance(last_review, DateRange) or one.on is None:
        return False
    latest = last_review.latest
    return one.on.earliest > latest or (one.is_more and one.on.latest >= last_review.earliest)


def _newest(one: Remark) -> tuple[date, int]:
    on = one.on.latest if one.on else date.min
    return on, -_BASES.index(one.basis)


def with_words(stages: HipStages, hip: Side, record: Record) -> HipStages:
    """Return the stages of a hip with what reports say in words of its becoming worse.

    A recorded advance or collapse says more. Words that do not tell their hip are of the only one
    that has osteonecrosis; where there are two they leave the answer open.
    """
    said = list(_worse(hip, record))
    if not said or stages.progression == "advanced" or stages.stage == COLLAPSED:
        return stages
    is_alone = hips_with_osteonecrosis(record) == (hip,)
    sure = [one for one in said if not one.unread and one.on and (one.sides or is_alone)]
    if not sure:
        return replace(
            stages, progression=UNKNOWN, progression_basis=UNKNOWN, progressed_on=UNKNOWN
        )
    newest = max(sure, key=_newest)
    return replace(
        stages,
        progression="advanced",
        progression_basis="worse" if newest.says == "worse" else "largerLesion",
        progressed_on=newest.on or UNKNOWN,
        earlier_sources=_references(sure),
    )


def advances_said(hip: Side, record: Record) -> Iterator[Advance]:
    """Yield each day on which words say that a hip was worse; without its side it may be."""
    for one in _worse(hip, record):
        if one.on:
            is_sure = bool(one.sides) and not one.unread
            yield Advance(one.on, is_sure=is_sure, sources=_references([one]))


def _worse(hip: Side, record: Record) -> Iterator[Remark]:
    for one in record.remarks.items:
        if one.loss is None and may_be_of(hip, one.sides):
            yield one


def _references(found: Iterable[Remark]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.reference for one in found if one.reference))
