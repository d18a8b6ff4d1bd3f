"""The recorded stages of one hip: which holds now, and whether it has advanced.

Collapse does not heal and stages are rarely undone: entries that disagree, or that run backwards,
give no answer rather than the newer one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from cds_service.core.hip.diagnosis import osteonecrosis_strength
from cds_service.core.record import Listing, Record, Side, StageText
from cds_service.core.text.stages import (
    Reading,
    names_hip,
    names_other_site,
    read_stages,
    sides_named,
)
from cds_service.core.text.staging import Stage, Staging, compare
from cds_service.core.values import NEVER, UNKNOWN, Absence, DateRange

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class HipStages:
    """The answer for one hip; `quality` names what is doubtful about the stage that is given."""

    stage: str | Absence
    recorded: str | Absence
    on: DateRange | Absence
    progression: str | Absence
    earlier: str | Absence
    earlier_on: DateRange | Absence
    quality: str = "good"
    sources: tuple[str, ...] = ()
    earlier_sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StageEntry:
    """A text of the chart that names a staging system, with what was read of it."""

    text: StageText
    reading: Reading


@dataclass(frozen=True, slots=True)
class _Entry:
    """A stage of one hip; `stage` is None where the text could not be read."""

    stage: Stage | None
    on: DateRange | None
    has_side: bool
    reference: str | None


@dataclass(frozen=True, slots=True)
class _Progress:
    """What comparing a stage with the earlier ones of its family says."""

    answer: str | Absence
    later: _Entry
    earlier: _Entry | None = None


def read_entries(record: Record, staging: Staging, today: date) -> tuple[StageEntry, ...]:
    """Read every text of a record that may state a stage, once for both hips."""
    entries = (StageEntry(text, _read(text, staging, today)) for text in record.stage_texts.items)
    return tuple(e for e in entries if e.reading.stages or e.reading.is_unread)


def stages_of(hip: Side, entries: Iterable[StageEntry], texts: Listing[StageText]) -> HipStages:
    """Return what the entries say of one hip; `texts` says whether there may be more of them."""
    own = [mine for entry in entries for mine in _of_hip(entry, hip)]
    read = [entry for entry in own if entry.stage]
    if not read:
        return _without(UNKNOWN if own or texts.gap else NEVER)
    current = _current(read)
    if _is_open(own, current) or _disagree(read, current):
        return _without(UNKNOWN)
    dated = [entry for entry in current if entry.on] or current
    progress = max((_progress(one, read) for one in dated), key=_weight)
    return _with_progress(progress, own, texts.gap is not None, hip)


def _read(text: StageText, staging: Staging, today: date) -> Reading:
    """Read one text; one about another joint is nothing, one not surely about a hip is unread."""
    if text.diagnosis and not osteonecrosis_strength(text.diagnosis):
        return Reading()
    if names_other_site(text.about, staging) and not names_hip(text.about, staging):
        return Reading()
    sides = text.sides or sides_named(text.about, staging)
    reading = read_stages(text.text, sides, staging)
    if not reading.stages:
        is_bare_stage = text.diagnosis is not None and not reading.is_type
        return Reading(is_unread=True) if is_bare_stage else reading
    is_of_hip = text.is_of_hip or names_hip(f"{text.about} {text.text}", staging)
    is_future = text.on is not None and text.on.earliest > today + ONE_DAY
    if not is_of_hip or is_future or not text.is_final:
        return Reading(is_unread=True)
    return reading


def _of_hip(entry: StageEntry, hip: Side) -> list[_Entry]:
    """Return what an entry says, or might say, of a hip; the side of either may be lacking."""
    text = entry.text
    if entry.reading.is_unread:
        is_other = hip is not Side.UNRECORDED and text.sides and hip not in text.sides
        return [] if is_other else [_Entry(None, text.on, bool(text.sides), text.reference)]
    found = []
    for sided in entry.reading.stages:
        if not sided.sides or hip in sided.sides:
            found.append(_Entry(sided.stage, text.on, bool(sided.sides), text.reference))
        elif hip is Side.UNRECORDED:
            found.append(_Entry(None, text.on, True, text.reference))
    return found


def _current(read: list[_Entry]) -> list[_Entry]:
    """Return the undated entries, and the dated ones that may be the newest."""
    dates = [entry.on for entry in read if entry.on]
    if not dates:
        return read
    newest = max(dates, key=lambda on: (on.latest, on.earliest))
    return [entry for entry in read if entry.on is None or entry.on.latest >= newest.earliest]


def _is_open(own: list[_Entry], current: list[_Entry]) -> bool:
    """Tell whether an unread entry may be as new as the current ones."""
    starts = [entry.on.earliest for entry in current if entry.on]
    return any(
        entry.stage is None and not (entry.on and starts and entry.on.latest < min(starts))
        for entry in own
    )


def _disagree(read: list[_Entry], current: list[_Entry]) -> bool:
    now = {entry.stage.rank for entry in current if entry.stage}
    return len(now) > 1 or any(e.stage.rank > min(now) for e in read if e.stage)


def _progress(later: _Entry, read: list[_Entry]) -> _Progress:
    """Compare a dated stage with every surely earlier one of its family."""
    earlier = sorted(
        (e for e in read if e.on and later.on and e.on.latest < later.on.earliest),
        key=lambda entry: entry.on.latest if entry.on else date.min,
    )
    compared = [
        (entry, compare(entry.stage, later.stage))
        for entry in earlier
        if entry.stage and later.stage and entry.stage.system.family == later.stage.system.family
    ]
    if not compared:
        return _Progress(NEVER, later)
    milder = [entry for entry, answer in compared if answer == 1]
    if any(answer == -1 for _, answer in compared):
        return _Progress(UNKNOWN, later)
    if milder:
        return _Progress("advanced", later, milder[-1])
    if any(answer is None for _, answer in compared):
        return _Progress(UNKNOWN, later)
    return _Progress("notAdvanced", later, compared[-1][0])


def _weight(progress: _Progress) -> tuple[int, date]:
    """Put what says most first, then the newest."""
    order = (NEVER, UNKNOWN, "notAdvanced", "advanced")
    on = progress.later.on
    return order.index(progress.answer), on.latest if on else date.min


def _with_progress(progress: _Progress, own: list[_Entry], has_gap: bool, hip: Side) -> HipStages:
    later, earlier, answer = progress.later, progress.earlier, progress.answer
    has_unread = any(entry.stage is None for entry in own)
    if answer != "advanced" and (has_gap or has_unread):
        answer, earlier = UNKNOWN, None
    quality = "incomplete" if has_gap else "good"
    if not later.has_side and hip is not Side.UNRECORDED:
        quality = "sideNotRecorded"
    absent = answer if isinstance(answer, Absence) else UNKNOWN
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


def _without(absence: Absence) -> HipStages:
    return HipStages(absence, absence, absence, absence, absence, absence)


def _references(*entries: _Entry) -> tuple[str, ...]:
    return tuple(dict.fromkeys(entry.reference for entry in entries if entry.reference))
