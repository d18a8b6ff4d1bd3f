"""Free text -> the stages that it surely states; whatever is doubtful is unread, never guessed.

A text is unread where it names a staging system and anything is left that could be a second stage,
a range, a question, a negation, another day or another joint.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from re import Pattern

from cds_service.core.record import NO_SIDE, SIDES, Side
from cds_service.core.words.normal import one_line, stretches
from cds_service.core.words.stage_patterns import Staging
from cds_service.core.words.staging import SidedStage, Stage, StagingSystem, compare

_SIDES_OF = {
    "both": SIDES,
    "right": frozenset({Side.RIGHT}),
    "left": frozenset({Side.LEFT}),
}
_WITHOUT_WORD = re.compile(r"[,)\]]")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text says of stages: nothing, these, only a type, or something not readable."""

    stages: tuple[SidedStage, ...] = ()
    is_unread: bool = False
    is_type: bool = False


@dataclass(frozen=True, slots=True)
class _Found:
    """A stage with the place in the text of its system's name."""

    at: int
    stage: Stage


NOTHING = Reading()
UNREAD = Reading(is_unread=True)
TYPE = Reading(is_type=True)


def read_stages(text: str, sides: frozenset[Side], staging: Staging) -> Reading:
    """Read a text about hips of these sides (none: not recorded), which its own words may name."""
    plain = one_line(text)
    mentions = list(_mentions(plain, staging))
    if not mentions:
        return NOTHING
    found: list[_Found] = []
    bare: list[StagingSystem] = []
    rest = list(plain)
    for mention in mentions:
        system = staging.named[str(mention.lastgroup)]
        stage, start, end = _stage_at(mention, system, "".join(rest), staging)
        rest[start:end] = " " * (end - start)
        if stage:
            found.append(_Found(mention.start(), stage))
        elif not _is_type_only(mention, system, plain, staging):
            bare.append(system)
    left = "".join(rest)
    families = {one.stage.system.family for one in found}
    is_doubtful = any(system.family not in families for system in bare)
    at = [mention.start() for mention in mentions]
    if is_doubtful or staging.stray.search(left) or _is_doubted(left, at, staging):
        return UNREAD
    return _with_sides(found, left, sides, staging) if found else TYPE


def sides_named(text: str, staging: Staging) -> frozenset[Side]:
    """Return the one side, or both, that a text names; nothing where it names several.

    Words of doubt are taken out first, since the `r` of `r/o` is no side.
    """
    normal = one_line(text)
    if not staging.side.search(normal):
        return NO_SIDE
    found = staging.side.finditer(staging.doubt.sub(" ", normal))
    named = {str(match.lastgroup) for match in found}
    return _SIDES_OF[named.pop()] if len(named) == 1 else NO_SIDE


def holds(words: Pattern[str], text: str) -> bool:
    """Tell whether a text says one of some words, such as those for a hip."""
    return words.search(one_line(text)) is not None


def _mentions(plain: str, staging: Staging) -> Iterable[re.Match[str]]:
    folded = plain.casefold()
    if not any(stem in folded for stem in staging.stems):
        return ()
    return staging.mention.finditer(plain)


def _stage_at(
    mention: re.Match[str], system: StagingSystem, plain: str, staging: Staging
) -> tuple[Stage | None, int, int]:
    """Return the stage at a name, with the stretch of text that says it."""
    after = staging.forward[system.id].match(plain, mention.end())
    before = staging.backward.search(plain[: mention.start()])
    if after and before:
        return None, mention.start(), mention.end()
    if after:
        stage = _stage(system, after["number"], after["letter"] or "", staging)
        is_clear = _is_clear(after, plain, system, staging)
        return stage if is_clear else None, mention.start(), after.end()
    if before and not staging.joined_before.search(plain[: before.start()]):
        spelled = (before["worded"] or before["suffixed"]).replace(" ", "").replace("-", "")
        letter = spelled[-1] if spelled.upper() not in staging.numbers else ""
        stage = _stage(system, spelled.removesuffix(letter), letter, staging)
        return stage, before.start(), mention.end()
    return None, mention.start(), mention.end()


def _is_clear(after: re.Match[str], plain: str, system: StagingSystem, staging: Staging) -> bool:
    """Refuse what may be an English word or a count: `ARCO I think`, `ARCO) 2 lesions`."""
    gap, rest = after["gap"], plain[after.end() :]
    if after["space"] == " " and after["letter"] == "a" and re.match(r"\s+[a-z]", rest):
        return False
    broken = [match.end() for match in _WITHOUT_WORD.finditer(gap)]
    if staging.stage_word.search(gap, broken[-1] if broken else 0) or after["suffix"]:
        return True
    if _ends_with_stage_word(after, plain, staging):
        return True
    is_short = len(after["number"]) == 1 and not after["letter"]
    return not system.needs_stage_word and not broken and (not is_short or _is_end(rest))


def _ends_with_stage_word(after: re.Match[str], plain: str, staging: Staging) -> bool:
    """Some names end with the word: `Penn stage 2`."""
    name = plain[: after.start()]
    return not after["gap"].strip() and any(
        match.end() == len(name) for match in staging.stage_word.finditer(name)
    )


def _is_end(rest: str) -> bool:
    return re.match(r"\s*(?:$|[,;:.)\]。、])", rest) is not None


def _stage(system: StagingSystem, number: str, letter: str, staging: Staging) -> Stage | None:
    """Return the stage, or None where the system has no such number or letter."""
    counted, letter = staging.numbers[number.upper()], letter.upper()
    level = staging.levels.get((system.id, counted))
    if level is None or (letter and letter not in level.letters):
        return None
    return Stage(system, level, counted, "" if system.letters_say_nothing else letter)


def _is_type_only(
    mention: re.Match[str], system: StagingSystem, plain: str, staging: Staging
) -> bool:
    pattern = staging.type_only.get(system.id)
    match = pattern.match(plain, mention.end()) if pattern else None
    return match is not None and not staging.stage_word.search(match[0])


def _is_doubted(left: str, mentions: list[int], staging: Staging) -> bool:
    """Tell whether a sentence that names a system holds a doubt or another joint."""
    has_other_site = staging.other_site.search(left) is not None
    for start, end in stretches(left, staging.sentence_end):
        if any(start <= at < end for at in mentions):
            is_of_hip = staging.hip.search(left, start, end) is not None
            has_doubt = staging.doubt.search(left, start, end) is not None
            is_elsewhere = staging.other_site.search(left, start, end) is not None
            if has_doubt or is_elsewhere or (has_other_site and not is_of_hip):
                return True
    return False


def _with_sides(
    found: list[_Found], left: str, sides: frozenset[Side], staging: Staging
) -> Reading:
    """Give each stage its side: the only one that the text names, else the one of its clause."""
    named = {str(match.lastgroup) for match in staging.side.finditer(left)}
    sided = []
    for one in found:
        own = named if len(named) < 2 else _sides_of_clause(one, found, left, staging)
        if len(own) > 1 or (named and not own):
            return UNREAD
        said = _SIDES_OF[min(own)] if own else NO_SIDE
        meant = said & sides if said and sides else said or sides
        if meant or not (said and sides):
            sided.append(SidedStage(one.stage, meant))
        elif len(named) < 2:
            return UNREAD
    return UNREAD if _contradict(sided) else Reading(tuple(dict.fromkeys(sided)))


def _sides_of_clause(one: _Found, found: list[_Found], left: str, staging: Staging) -> set[str]:
    named: set[str] = set()
    for start, end in stretches(left, staging.clause_end):
        is_alone = sum(start <= other.at < end for other in found) == 1
        if start <= one.at < end and is_alone:
            named |= {str(m.lastgroup) for m in staging.side.finditer(left, start, end)}
    return named


def _contradict(sided: list[SidedStage]) -> bool:
    """Tell whether two stages of one hip differ: by group, or within one family."""
    return any(
        first.stage.group != second.stage.group
        or compare(first.stage, second.stage) not in (0, None)
        or (first.stage.system == second.stage.system and first.stage != second.stage)
        for first, second in combinations(sided, 2)
        if not first.sides or not second.sides or first.sides & second.sides
    )
