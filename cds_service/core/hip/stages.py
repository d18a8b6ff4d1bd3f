"""The recorded stages of one hip: which holds now, and whether it has advanced.

Collapse does not heal and stages are rarely undone: entries that disagree, or that run backwards,
give no answer rather than the newer one.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from cds_service.core.hip.diagnosis import osteonecrosis_strength
from cds_service.core.record import Listing, Record, Side, StageText
from cds_service.core.values import NEVER, UNKNOWN, DateRange, Never, Unknown
from cds_service.core.words.stage_patterns import Staging
from cds_service.core.words.stages import (
    NOTHING,
    UNREAD,
    Reading,
    holds,
    read_stages,
    sides_named,
)
from cds_service.core.words.staging import Stage, StageGroup, compare

ONE_DAY = timedelta(days=1)
Progression = Literal["advanced", "notAdvanced"]


@dataclass(frozen=True, slots=True)
class HipStages:
    """The answer for one hip; `quality` names what is doubtful about the stage that is given."""

    stage: StageGroup | Never | Unknown
    recorded: str | Never | Unknown
    on: DateRange | Never | Unknown
    progression: Progression | Never | Unknown
    earlier: str | Never | Unknown
    earlier_on: DateRange | Never | Unknown
    quality: Literal["good", "sideNotRecorded", "incomplete"] = "good"
    sources: tuple[str, ...] = ()
    earlier_sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StageEntry:
    """A stage that a text of the chart gives; None where it speaks of one and cannot be read."""

    stage: Stage | None
    sides: frozenset[Side]
    on: DateRange | None
    reference: str | None


@dataclass(frozen=True, slots=True)
class _Progress:
    """What comparing a stage with the earlier ones of its family says."""

    answer: Progression | Never | Unknown
    later: StageEntry
    earlier: StageEntry | None = None


def read_entries(record: Record, staging: Staging, today: date) -> tuple[StageEntry, ...]:
    """Read every text of a record that may state a stage, once for both hips."""
    return tuple(
        entry for text in record.stage_texts.items for entry in _entries(text, staging, today)
    )


def stages_of(hip: Side, entries: Iterable[StageEntry], texts: Listing[StageText]) -> HipStages:
    """Return what the entries say of one hip; `texts` says whether there may be more of them."""
    own = list(_of_hip(entries, hip))
    read = [entry for entry in own if entry.stage]
    if not read:
        return _without(UNKNOWN if own or texts.gap else NEVER)
    current = _current(read)
    if _is_open(own, current) or _disagree(read, current):
        return _without(UNKNOWN)
    dated = [entry for entry in current if entry.on] or current
    progress = max((_progress(one, read) for one in dated), key=_weight)
    return _with_progress(progress, own, texts.gap is not None, hip)


def _entries(text: StageText, staging: Staging, today: date) -> Iterator[StageEntry]:
    reading = _read(text, staging, today)
    if reading.is_unread:
        yield StageEntry(None, text.sides, text.on, text.reference)
    for sided in reading.stages:
        yield StageEntry(sided.stage, sided.sides, text.on, text.reference)


def _read(text: StageText, staging: Staging, today: date) -> Reading:
    """Read one text; one about another joint is nothing, one not surely about a hip is unread."""
    if text.diagnosis and not osteonecrosis_strength(text.diagnosis):
        return NOTHING
    if holds(staging.other_site, text.about) and not holds(staging.hip, text.about):
        return NOTHING
    sides = text.sides or sides_named(text.about, staging)
    reading = read_stages(text.text, sides, staging)
    if not reading.stages:
        is_bare_stage = text.diagnosis is not None and not reading.is_type
        return UNREAD if is_bare_stage else reading
    is_of_hip = text.is_of_hip or holds(staging.hip, f"{text.about} {text.text}")
    is_future = text.on is not None and text.on.earliest > today + ONE_DAY
    return reading if is_of_hip and text.is_final and not is_future else UNREAD


def _of_hip(entries: Iterable[StageEntry], hip: Side) -> Iterator[StageEntry]:
    """Yield what is said, or might be, of a hip; the side of either may be lacking."""
    for entry in entries:
        if not entry.sides or hip in entry.sides:
            yield entry
        elif hip is Side.UNRECORDED:
            yield replace(entry, stage=None)


def _current(read: list[StageEntry]) -> list[StageEntry]:
    """Return the undated entries, and the dated ones that may be the newest."""
    starts = [(entry.on.latest, entry.on.earliest) for entry in read if entry.on]
    _, newest = max(starts, default=(date.max, date.min))
    return [entry for entry in read if entry.on is None or entry.on.latest >= newest]


def _is_open(own: list[StageEntry], current: list[StageEntry]) -> bool:
    """Tell whether an unread entry may be as new as the current ones."""
    first = min((entry.on.earliest for entry in current if entry.on), default=date.min)
    return any(e.stage is None and not (e.on and e.on.latest < first) for e in own)


def _disagree(read: list[StageEntry], current: list[StageEntry]) -> bool:
    now = {entry.stage.rank for entry in current if entry.stage}
    return len(now) > 1 or any(e.stage.rank > min(now) for e in read if e.stage)


def _progress(later: StageEntry, read: list[StageEntry]) -> _Progress:
    """Compare a dated stage with every surely earlier one of its family."""
    compared = sorted(
        (
            (entry.on.latest, compare(entry.stage, later.stage), entry)
            for entry in read
            if entry.on
            and later.on
            and entry.on.latest < later.on.earliest
            and entry.stage
            and later.stage
            and entry.stage.system.family == later.stage.system.family
        ),
        key=lambda item: item[0],
    )
    answers = {answer for _, answer, _ in compared}
    if not compared:
        return _Progress(NEVER, later)
    if -1 in answers:
        return _Progress(UNKNOWN, later)
    if 1 in answers:
        return _Progress("advanced", later, [e for _, answer, e in compared if answer == 1][-1])
    if None in answers:
        return _Progress(UNKNOWN, later)
    return _Progress("notAdvanced", later, compared[-1][2])


def _weight(progress: _Progress) -> tuple[int, date]:
    """Put what says most first, then the newest."""
    order = (NEVER, UNKNOWN, "notAdvanced", "advanced")
    on = progress.later.on
    return order.index(progress.answer), on.latest if on else date.min


def _with_progress(
    progress: _Progress, own: list[StageEntry], has_gap: bool, hip: Side
) -> HipStages:
    later, earlier, answer = progress.later, progress.earlier, progress.answer
    has_unread = any(entry.stage is None for entry in own)
    if answer != "advanced" and (has_gap or has_unread):
        answer, earlier = UNKNOWN, None
    quality: Literal["good", "sideNotRecorded", "incomplete"] = "incomplete" if has_gap else "good"
    if not later.sides and hip is not Side.UNRECORDED:
        quality = "sideNotRecorded"
    absent = NEVER if answer is NEVER else UNKNOWN
    return HipStages(
        stage=later.stage.group if later.stage else UNKNOWN,
        recorded=later.stage.label if later.stage else UNKNOWN,
        on=later.on or NEVER,
        progression=answer,
        earlier=earlier.stage.label if earlier and earlier.stage else absent,
        earlier_on=earlier.on if earlier and earlier.on else absent,
        quality=quality,
        sources=_references(later),
        earlier_sources=_references(later, earlier) if earlier else (),
    )


def _without(absence: Never | Unknown) -> HipStages:
    return HipStages(absence, absence, absence, absence, absence, absence)


def _references(*entries: StageEntry) -> tuple[str, ...]:
    return tuple(dict.fromkeys(entry.reference for entry in entries if entry.reference))
