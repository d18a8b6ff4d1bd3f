"""What several words say of the stage of one hip -> what holds today."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from cds_service.core.record import SIDES, Side, Stage, StageSays
from cds_service.core.words.sides.said import SidesSaid
from cds_service.core.words.stages.when import PLAIN, UNDATED, Day, Voice

# Said before all that is dated, and after it.
_PAST, _OVERRULED, _NOW, _NEW = (0, 0), (0, 1), (9999, 0), (9999, 1)
# What words say of the shape of one hip: the first outweighs what follows it.
_SHAPES: tuple[StageSays, ...] = ("collapse", "unread", "intact")
# The same where one shape is both said and denied.
_OPEN: tuple[StageSays, ...] = ("unread", "collapse", "intact")


class Said(NamedTuple):
    """What a text says of the stage of some hips; `number` is that of a stage without a system."""

    says: StageSays
    hips: SidesSaid
    stage: Stage | None = None
    number: str = ""


class Dated(NamedTuple):
    """What is said, by whom, and of which day; of which `shapes` a word on a shape speaks."""

    said: Said
    day: Day
    voice: Voice = PLAIN
    is_earlier: bool = False
    is_new: bool = False
    shapes: frozenset[str] = frozenset()

    @property
    def rank(self) -> tuple[int, int]:
        """Where its day stands among others."""
        if self.is_earlier or self.voice.is_earlier:
            return _PAST
        if self.day == UNDATED and self.voice.is_overruled:
            return _OVERRULED
        if self.day == UNDATED:
            return _NEW if self.is_new else _NOW
        return self.day[:2]

    @property
    def hips(self) -> frozenset[Side]:
        """The hips that it may be said of."""
        return self.said.hips.sides or SIDES


def holding_today(stages: Iterable[Dated], shapes: Iterable[Dated]) -> list[Said]:
    """Return what stages and words on the shape leave of each hip today, once each."""
    told, words = list(stages), list(shapes)
    is_held = any(not one.voice.is_retracted for one in (*told, *words))
    told, words = ([*_not_taken_back(some, is_held=is_held)] for some in (told, words))
    now, past = _by_day(told, words)
    words = [one for one in words if not _is_overruled(one, told, words)]
    words = [one for one in words if not any(_covers(said, one) for said in now)]
    return [*_agreeing(now, _not_outdated(past, words)), *_strongest(words)]


def _not_taken_back(found: Iterable[Dated], *, is_held: bool) -> Iterator[Dated]:
    """Yield what nobody took back; where nothing else is held what was taken back is unread."""
    for one in found:
        if not one.voice.is_retracted:
            yield one
        elif not is_held:
            yield one._replace(said=Said("unread", one.said.hips))


def _is_overruled(word: Dated, stages: Iterable[Dated], words: Iterable[Dated]) -> bool:
    """Tell whether a later reader tells another stage of a hip, or the same shape."""
    later = (*stages, *(one for one in words if one.shapes & word.shapes))
    return word.voice.is_overruled and any(
        not one.voice.is_overruled and word.hips <= one.hips for one in later
    )


def _by_day(found: Iterable[Dated], words: Sequence[Dated]) -> tuple[list[Said], list[Dated]]:
    """Return what holds today, and what is said of an earlier day alone; a later day outdates both.

    The latest of several dates is today's; a year that stands alone is an earlier day.
    """
    told = list(dict.fromkeys(found))
    first: dict[Side, tuple[int, int]] = {}
    last: dict[Side, tuple[int, int]] = {}
    for one in told:
        for hip in one.hips:
            first[hip] = min(first.get(hip, _NEW), one.rank)
            last[hip] = max(last.get(hip, _PAST), one.rank)
    now: list[Said] = []
    past: list[Dated] = []
    for one in told:
        left = frozenset(hip for hip in one.hips if last[hip] == one.rank)
        is_alone = all(first[hip] == one.rank for hip in left)
        is_year = one.day.is_near and not one.day.month
        if left == one.hips:
            is_past = one.rank == _PAST or (is_year and is_alone) or _has_sunk_since(one, words)
            if is_past:
                past.append(one)
            else:
                now.append(one.said)
        elif left and one.said.hips.sides:
            past.append(one._replace(said=one.said._replace(hips=SidesSaid(left))))
    return list(dict.fromkeys(now)), list(dict.fromkeys(past))


def _has_sunk_since(stage: Dated, words: Iterable[Dated]) -> bool:
    """Tell whether a head has collapsed on a later day than that of a stage without collapse."""
    is_early = stage.day != UNDATED and not _is_late(stage.said)
    return is_early and any(
        word.said.says == "collapse" and word.rank > stage.rank and meet(word.said, stage.said)
        for word in words
        if word.day != UNDATED or word.is_new
    )


def _not_outdated(past: Iterable[Dated], words: Sequence[Dated]) -> Iterator[Said]:
    """Yield the earlier stages of the hips of which no word tells the shape of today."""
    for one in past:
        hips = [word.hips for word in words if _outdates(word, one)]
        left = one.hips.difference(*hips)
        if not hips:
            yield one.said
        elif left:
            yield one.said._replace(hips=SidesSaid(left))


def _outdates(word: Dated, stage: Dated) -> bool:
    """Tell whether a word on the shape of today leaves nothing to ask of an earlier stage.

    What has collapsed is not round again.
    """
    is_later = word.rank > stage.rank and meet(word.said, stage.said)
    return is_later and (word.said.says == "collapse" or not _is_late(stage.said))


def _is_late(said: Said) -> bool:
    """Tell whether a head has collapsed in a stage."""
    return said.stage.group == "collapsed" if said.stage else said.number > "II"


def _agreeing(now: Sequence[Said], past: Iterable[Said]) -> list[Said]:
    """Return what holds today, each once; what contradicts itself for a hip is unread.

    What is said of an earlier day alone is unread too: the stage of today is not told.
    """
    clashing = {id(one) for pair in combinations(now, 2) if _clash(*pair) for one in pair}
    return [
        *(Said("unread", said.hips) if id(said) in clashing else said for said in now),
        *(Said("unread", said.hips) for said in past),
    ]


def _clash(one: Said, other: Said) -> bool:
    """Tell whether two entries name different stages of one hip."""
    if not meet(one, other) or one.says != other.says:
        return False
    first, second = one.stage, other.stage
    if not first or not second:
        return one.number != other.number
    is_same_family = first.family == second.family
    is_other = (first.number, first.letter) != (second.number, second.letter)
    return first.group != second.group or (is_same_family and is_other)


def meet(one: Said, other: Said) -> bool:
    """Tell whether two entries may be about the same hip."""
    sides = one.hips.sides, other.hips.sides
    return not all(sides) or bool(sides[0] & sides[1])


def _covers(stage: Said, word: Dated) -> bool:
    """Tell whether a word says no more of a hip than its stage: arthritis, or a deformed head."""
    is_faint = word.said.says == "unread" and meet(stage, word.said) and stage.says != "unread"
    return is_faint and (word.shapes == {"worn"} or (word.shapes == {"bent"} and _is_late(stage)))


def _strongest(found: Iterable[Dated]) -> Iterator[Said]:
    """Yield of each hip, and of none, what outweighs all else that words say of its shape.

    What is both said and denied of a shape on one day is unread.
    """
    told = list(_by_hip(found))
    kept: dict[tuple[SidesSaid, str], tuple[int, int]] = {}
    of_today = {hips for hips, one in told if one.rank > _PAST}
    for hips, one in told:
        for shape in one.shapes if one.said.says == "intact" else ():
            kept[hips, shape] = max(kept.get((hips, shape), _PAST), one.rank)
    said: dict[SidesSaid, set[StageSays]] = {}
    clashing = set()
    for hips, one in told:
        clashes = one.rank <= max((kept.get((hips, s), _PAST) for s in one.shapes), default=_PAST)
        is_clash = clashes and one.said.says == "collapse"
        clashing |= {hips} if is_clash else set()
        is_open = is_clash or (hips not in of_today and one.said.says == "intact")
        said.setdefault(hips, set()).add("unread" if is_open else one.said.says)
    for strongest in _SHAPES:
        for hips, says in said.items():
            order = _OPEN if hips in clashing else _SHAPES
            if strongest == next(one for one in order if one in says):
                yield Said(strongest, hips)


def _by_hip(found: Iterable[Dated]) -> Iterator[tuple[SidesSaid, Dated]]:
    """Yield what is said, each once, by the hip that it is said of."""
    for one in dict.fromkeys(found):
        for side in one.said.hips.sides or (None,):
            hips = one.said.hips
            yield SidesSaid(frozenset({side}), hips.is_open) if side else hips, one
