"""The stage of one hip: what is recorded now, on what it rests, and whether it has advanced.

A head that has collapsed does not heal: of entries that disagree the worst counts, unless a later
one of the same system is better. What may be said, and was not understood, leaves the answer open.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Literal, NamedTuple, get_args

from msgspec import Struct
from msgspec.structs import replace

from cds_service.core.hip.diagnosis import osteonecrosis_strength
from cds_service.core.hip.once import once
from cds_service.core.record import (
    GROUPS,
    Clinical,
    Part,
    Record,
    Side,
    Stage,
    StageGroup,
    StageSays,
    StageText,
    ValueSetId,
    Verification,
)
from cds_service.core.values import NEVER, UNKNOWN, DateRange, Never, Unknown

Progression = Literal["advanced", "notAdvanced"]
ProgressionBasis = Literal["stage", "collapse", "largerLesion", "worse"]
StageBasis = Literal["system", "words", "osteoarthritis"]
Quality = Literal["good", "sideNotRecorded", "incomplete", "newerNotRead"]
StageDoubt = Literal[
    "contradicted", "systemNotNamed", "sideNotTold", "notUnderstood", "notClear", "reportNotRead"
]
"""Why something that may be a stage is none, what says most first."""

COLLAPSED: StageGroup = "collapsed"
# What a text says, and on what a stage rests that it gives; else why it is a doubt.
_BASES: Mapping[StageSays, StageBasis] = {
    "stage": "system",
    "collapse": "words",
    "arthritis": "osteoarthritis",
}
_DOUBTS: Mapping[StageSays, StageDoubt] = {
    "unnamed": "systemNotNamed",
    "unread": "notClear",
    "report": "reportNotRead",
}
_INTACT: StageSays = "intact"
_NO_SIDE_READ: frozenset[Part] = frozenset({"side"})


class HipStages(Struct, frozen=True):
    """The answer for one hip; `quality` names what is doubtful about the stage that is given.

    `progression_basis` is what an advance rests on, the collapse where the head has
    collapsed by now; `progressed_on` is the day from which it is recorded.
    `doubt` is what leaves the stage open, or may be newer than it.
    """

    stage: StageGroup | Never | Unknown
    recorded: str | Never | Unknown
    basis: StageBasis | Never | Unknown
    on: DateRange | Never | Unknown
    progression: Progression | Never | Unknown
    earlier: str | Never | Unknown
    earlier_on: DateRange | Never | Unknown
    progression_basis: ProgressionBasis | Never | Unknown = NEVER
    progressed_on: DateRange | Never | Unknown = NEVER
    quality: Quality = "good"
    doubt: StageDoubt | Never = NEVER
    doubt_on: DateRange | Never = NEVER
    doubt_number: str | Never = NEVER
    sources: tuple[str, ...] = ()
    earlier_sources: tuple[str, ...] = ()
    doubt_sources: tuple[str, ...] = ()


class _StageEntry(Struct, frozen=True):
    """What an entry says of this hip: a stage, with what it rests on, or a doubt, or neither."""

    text: StageText
    basis: StageBasis | None = None
    doubt: StageDoubt | None = None

    @property
    def group(self) -> StageGroup:
        return self.text.stage.group if self.text.stage else COLLAPSED

    @property
    def on(self) -> DateRange | None:
        return self.text.on


class _Progress(Struct, frozen=True):
    """What comparing a stage with the earlier ones of its family says."""

    answer: Progression | Never | Unknown
    later: _StageEntry
    earlier: _StageEntry | None = None


class Advance(NamedTuple):
    """When a worse stage was first recorded; not `is_sure` where a part was not understood."""

    on: DateRange
    is_sure: bool
    sources: tuple[str, ...]


def stages_of(hip: Side, record: Record) -> HipStages:
    """Return what the record says of the stage of one hip."""
    own = _entries(record, hip)
    told = [entry for entry in own if entry.basis]
    current = [entry for entry in told if not _is_superseded(entry, told)]
    doubts = [entry for entry in own if entry.doubt]
    is_whole = not record.stage_texts.gap and not record.diagnoses.not_understood
    if not current:
        return _without(doubts, is_whole=is_whole)
    worst = max(current, key=_severity)
    denied = [entry for entry in own if _denies(entry, worst)]
    if denied and not any(entry.text.stage and entry.group == worst.group for entry in current):
        return _without([replace(entry, doubt="contradicted") for entry in denied], is_whole=False)
    newer = [entry for entry in doubts if _may_be_worse(entry, worst)]
    if any(entry.doubt != "reportNotRead" for entry in newer):
        return _without(newer, is_whole=False)
    same = [entry for entry in current if (entry.basis, entry.group) == (worst.basis, worst.group)]
    dated = [entry for entry in same if entry.on] or same
    progress = max((_collapse(_progress(one, told), own) for one in dated), key=_weight)
    found = _with_progress(progress, is_open=bool(doubts) or not is_whole)
    quality = _quality(progress.later, hip, newer, is_whole=is_whole)
    return _doubted(replace(found, quality=quality), newer)


def advances_of(hip: Side, record: Record) -> tuple[Advance, ...]:
    """Return each day on which a stage was first recorded that is worse than an earlier one.

    A stage that is stated again later is no further advance. Where what was not understood has a
    part in it, it may be one.
    """
    staged = [entry for entry in _entries(record, hip) if entry.on and entry.text.stage]
    told = [entry for entry in staged if entry.basis == "system"]
    found = [
        Advance(
            later.on,
            is_sure=later in told and 1 in _answers(later, told),
            sources=_references(later),
        )
        for later in staged
        if later.on and 1 in _answers(later, staged) and _answers(later, told).isdisjoint({0, -1})
    ]
    return tuple(found)


def _answers(later: _StageEntry, others: Iterable[_StageEntry]) -> set[int | None]:
    """Return how a stage compares with every surely earlier one of its family."""
    return {
        compare(entry.text.stage, later.text.stage)
        for entry in others
        if entry.text.stage and later.text.stage and _is_before(entry, later)
        if _are_of_a_family(entry, later)
    }


def compare(earlier: Stage, later: Stage) -> int | None:
    """Return 1 where the later stage is worse, 0 where it is the same, -1 where it is milder.

    None where the two cannot be compared: another family, or a letter that matters is lacking.
    Two systems of one family are compared by their numbers alone.
    """
    if earlier.family != later.family:
        return None
    if earlier.number != later.number:
        return 1 if later.number > earlier.number else -1
    letters = (earlier.letter, later.letter)
    if earlier.system != later.system or not later.letters_in_order:
        return 0
    if letters[0] == letters[1]:
        return 0
    if not all(letters):
        return None
    return 1 if letters[1] > letters[0] else -1


@once
def _entries(record: Record, hip: Side) -> tuple[_StageEntry, ...]:
    """Return what is said, or might be, of a hip; the side of either may be lacking."""
    return tuple(_said_of(hip, record))


def _said_of(hip: Side, record: Record) -> Iterator[_StageEntry]:
    for text in (*record.stage_texts.items, *_arthritis(record)):
        if text.diagnosis and not osteonecrosis_strength(text.diagnosis):
            continue
        is_other = bool(text.sides) and hip not in text.sides
        if is_other and hip is not Side.UNRECORDED:
            continue
        if text.says == _INTACT:
            yield _StageEntry(text)
        elif is_other or "side" in text.unread:
            yield _StageEntry(text, doubt="sideNotTold")
        elif text.unread:
            yield _StageEntry(text, doubt="notUnderstood")
        else:
            yield _StageEntry(text, _BASES.get(text.says), _DOUBTS.get(text.says))


def _arthritis(record: Record) -> Iterator[StageText]:
    """Yield osteoarthritis of a hip as what it says of the stage; without a side it is a doubt."""
    for diagnosis in record.diagnoses.items:
        is_present = diagnosis.clinical is not Clinical.INACTIVE
        is_present = is_present and diagnosis.verification is not Verification.RULED_OUT
        if is_present and any(c.value_set == ValueSetId.OSTEOARTHRITIS for c in diagnosis.codes):
            is_sure = diagnosis.verification is not Verification.UNCONFIRMED
            unread: frozenset[Part] = frozenset() if diagnosis.sides else _NO_SIDE_READ
            unread |= diagnosis.unread
            says: StageSays = "arthritis" if is_sure else "unread"
            yield StageText(diagnosis.reference, says, diagnosis.sides, unread=unread)


def _is_superseded(entry: _StageEntry, told: Iterable[_StageEntry]) -> bool:
    """Tell whether a later entry of the same family says what holds now."""
    return any(_is_before(entry, other) and _are_of_a_family(entry, other) for other in told)


def _is_before(entry: _StageEntry, other: _StageEntry) -> bool:
    return bool(entry.on and other.on and entry.on.latest < other.on.earliest)


def _are_of_a_family(entry: _StageEntry, other: _StageEntry) -> bool:
    first, second = entry.text.stage, other.text.stage
    return bool(first and second and first.family == second.family)


def _severity(entry: _StageEntry) -> tuple[int, int, date]:
    """Put the worst last; of equal ones that of a named system, then the newest."""
    bases = get_args(StageBasis)
    latest = entry.on.latest if entry.on else date.min
    return GROUPS.index(entry.group), -bases.index(entry.basis), latest


def _denies(entry: _StageEntry, worst: _StageEntry) -> bool:
    """Tell whether words of the same day or later say that the head is whole, against words."""
    is_against = worst.basis == "words" and entry.text.says == _INTACT
    return is_against and bool(entry.on and worst.on) and not _is_before(entry, worst)


def _may_be_worse(entry: _StageEntry, worst: _StageEntry) -> bool:
    """Tell whether a doubt leaves a stage open: not that of a collapsed head, which stays so.

    A stage without its system is of no family, so an older one counts too.
    """
    is_older = _is_before(entry, worst) and entry.text.says != "unnamed"
    return worst.group != COLLAPSED and not is_older


def _progress(later: _StageEntry, told: Iterable[_StageEntry]) -> _Progress:
    """Compare a dated stage with every surely earlier one of its family."""
    compared = sorted(
        (
            (entry.on.latest, compare(entry.text.stage, later.text.stage), entry)
            for entry in told
            if entry.on
            and entry.text.stage
            and later.text.stage
            and _is_before(entry, later)
            and _are_of_a_family(entry, later)
        ),
        key=lambda item: item[0],
    )
    answers = {answer for _, answer, _ in compared}
    if later.basis != "system":
        return _Progress(UNKNOWN, later)
    if not compared:
        return _Progress(NEVER, later)
    if -1 in answers:
        return _Progress(UNKNOWN, later)
    if 1 in answers:
        return _Progress("advanced", later, [e for _, answer, e in compared if answer == 1][-1])
    if None in answers:
        return _Progress(UNKNOWN, later)
    return _Progress("notAdvanced", later, compared[-1][2])


def _collapse(progress: _Progress, own: Iterable[_StageEntry]) -> _Progress:
    """Return a collapse as an advance where the newest entry before it has a head that is whole.

    Whatever system or words say either: that a head is whole or has collapsed they all tell.
    """
    later = progress.later
    if later.group != COLLAPSED or (later.basis == "system" and progress.answer is not NEVER):
        return progress
    earlier = [one for one in own if one.on and _is_before(one, later) and _tells_shape(one)]
    last = max(earlier, key=lambda one: one.on.latest if one.on else date.min, default=None)
    is_whole = last is not None and (last.text.says == _INTACT or last.group != COLLAPSED)
    return _Progress("advanced", later, last) if is_whole else progress


def _tells_shape(entry: _StageEntry) -> bool:
    is_told = entry.basis is not None or entry.text.says == _INTACT
    return is_told and not entry.text.unread


def _weight(progress: _Progress) -> tuple[int, date]:
    """Put what says most first, then the newest."""
    order = (NEVER, UNKNOWN, "notAdvanced", "advanced")
    on = progress.later.on
    return order.index(progress.answer), on.latest if on else date.min


def _with_progress(progress: _Progress, *, is_open: bool) -> HipStages:
    later, earlier, answer = progress.later, progress.earlier, progress.answer
    if answer != "advanced" and is_open:
        answer, earlier = UNKNOWN, None
    absent: Never | Unknown = NEVER if answer is NEVER else UNKNOWN
    is_short = later.group != COLLAPSED
    none: Never | Unknown = UNKNOWN if answer is UNKNOWN and is_short else NEVER
    basis: ProgressionBasis = "collapse" if later.group == COLLAPSED else "stage"
    is_advanced = answer == "advanced"
    stage, before = later.text.stage, earlier.text.stage if earlier else None
    return HipStages(
        stage=later.group,
        recorded=stage.label if stage else NEVER,
        basis=later.basis or UNKNOWN,
        on=later.on or NEVER,
        progression=answer,
        earlier=before.label if before else absent,
        earlier_on=earlier.on if earlier and earlier.on else absent,
        progression_basis=basis if is_advanced else none,
        progressed_on=later.on if is_advanced and later.on else none,
        sources=_references(later),
        earlier_sources=_references(later, earlier) if earlier else (),
    )


def _quality(
    later: _StageEntry, hip: Side, newer: Iterable[_StageEntry], *, is_whole: bool
) -> Quality:
    if not later.text.sides and hip is not Side.UNRECORDED:
        return "sideNotRecorded"
    if not is_whole:
        return "incomplete"
    return "newerNotRead" if list(newer) else "good"


def _without(doubts: Sequence[_StageEntry], *, is_whole: bool) -> HipStages:
    """Return that no stage is known; that there is none only where all was read."""
    none: Never | Unknown = UNKNOWN if doubts or not is_whole else NEVER
    return _doubted(HipStages(none, none, none, none, none, none, none, none, none), doubts)


def _doubted(found: HipStages, doubts: Iterable[_StageEntry]) -> HipStages:
    """Return an answer with the doubt that says most, the newest of its kind."""
    order = get_args(StageDoubt)
    dated = sorted(doubts, key=lambda one: one.on.latest if one.on else date.min, reverse=True)
    if not dated:
        return found
    first = min(dated, key=lambda one: order.index(one.doubt))
    return replace(
        found,
        doubt=first.doubt or NEVER,
        doubt_on=first.on or NEVER,
        doubt_number=first.text.number or NEVER,
        doubt_sources=_references(first),
    )


def _references(*entries: _StageEntry) -> tuple[str, ...]:
    found = (entry.text.reference for entry in entries)
    return tuple(dict.fromkeys(reference for reference in found if reference))
