"""A text -> what it says of the stage of each hip; what is doubtful is unread, never guessed."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import NamedTuple

from cds_service.core.record import Stage, StageSays
from cds_service.core.words.collapse import shape_words
from cds_service.core.words.lexicon import CONTEXT, SIDE, Span, Text
from cds_service.core.words.numbers import Number, Numbers
from cds_service.core.words.sides import (
    SIDES_OF,
    SidesSaid,
    Surroundings,
    by_clause,
    grouped,
    nearest,
)
from cds_service.core.words.staging import COLLAPSE, STAGING, SYSTEM, Staging

_SEVERAL = 2
_DOUBTS = frozenset({"negated", "doubted"})
# What words say of the shape of one hip: the first outweighs what follows it.
_SHAPES: tuple[StageSays, ...] = ("collapse", "unread", "intact")
_OPEN = SidesSaid(is_open=True)


class Said(NamedTuple):
    """What a text says of the stage of some hips; `number` is that of a stage without a system."""

    says: StageSays
    hips: SidesSaid
    stage: Stage | None = None
    number: str = ""


def read_stages(text: Text, staging: Staging, *, is_about: bool = False) -> list[Said]:
    """Return what a text says, once each; `is_about` where it is known to be about such a hip."""
    if not text.is_whole:
        return [Said("unread", _OPEN)]
    if not text.of(STAGING) and not text.of(COLLAPSE):
        return []
    reading = _Reading(text, staging, is_about=is_about)
    stages = _agreeing(reading.stages())
    found = [*stages, *_strongest(reading.shapes())]
    vague = [said for said in reading.vague() if not any(_meet(said, one) for one in found)]
    return list(dict.fromkeys([*found, *vague]))


class _Reading:
    """What stands in one text."""

    def __init__(self, text: Text, staging: Staging, *, is_about: bool) -> None:
        scan = Numbers(text)
        self._staging, self._spans = staging, text.of(STAGING)
        self._numbers, self._shapes = scan.found(), list(shape_words(text))
        unsure = [*self._labelled("unsure"), *self._labelled("bound")]
        self._unsure = {span.clause for span in unsure}
        self._untold = self._untold_stages()
        told = [*(n.span for n in self._numbers), *(w.span for w in self._shapes)]
        findings = [*told, *self._untold]
        apart = [span for span in self._spans if span.label in {"apart", "replaced"}]
        self._around = Surroundings(text, findings, apart)
        planned = {span.clause for span in text.of(CONTEXT) if span.label == "planned"}
        self._replaced = {span.clause for span in self._labelled("replaced")} - planned
        self._aside = _SetAside(text)
        self._is_about = is_about
        self._is_all = is_about or (scan.says_nothing_else and not self._labelled("other"))
        self._is_of_disease = self._is_all or bool(self._labelled("disease"))
        is_viewed = any(span.label in {"view", "surface"} for span in text.of(COLLAPSE))
        self._is_of_hip = self._is_of_disease or is_viewed or "hip" in self._around.places
        listed = [span for span in self._spans if span.label in {"disease", "other"}]
        self._diseases = grouped(by_clause, listed)
        self._only = self._system(span.label.removeprefix(SYSTEM) for span in self._systems())

    def stages(self) -> Iterator[tuple[Said, bool]]:
        """Yield what each number says, and whether that is of an earlier day."""
        for number in self._numbers:
            is_told = "family" not in number.span.context and bool(self._place(number.span))
            is_told = is_told and not self._aside.holds(number.span)
            said = self._of_number(number) if is_told else None
            if said:
                yield said, number.is_earlier

    def shapes(self) -> Iterator[Said]:
        """Yield what words say of the shape of a head."""
        for word in self._shapes:
            is_told = self._is_of_hip and not self._aside.holds(word.span)
            if is_told and self._place(word.span) == "hip":
                yield Said(word.says, self._around.hips(word.span))

    def vague(self) -> Iterator[Said]:
        """Yield where a text speaks of a stage, and says none."""
        diseases = {span.clause for span in self._labelled("disease")}
        for span in self._labelled("vague"):
            if span.clause in diseases and self._place(span) == "hip" and not span.context:
                yield Said("unread", self._around.hips(span))
        if self._is_of_disease or self._systems():
            for span in self._untold:
                yield Said("unread", self._around.hips(span))
        staged = {span.clause for span in self._labelled("stage")}
        typed = {span.clause for span in self._labelled("typed")}
        for span in self._systems():
            is_staged = span.clause in staged or (self._is_all and span.clause not in typed)
            is_told = "family" not in span.context and not self._aside.holds(span)
            if is_staged and is_told and self._place(span):
                yield Said("unread", self._around.hips(span))

    def _of_number(self, number: Number) -> Said | None:
        span, hips = number.span, self._around.hips(number.span)
        is_ours = bool(number.systems or self._only) and not number.is_foreign
        system = self._system(number.systems) if number.systems else self._only
        version = f"{system}-{number.version}"
        system = version if version in self._staging.systems else system
        needs_word = system is not None and self._staging.systems[system].needs_stage_word
        is_unworded = needs_word and bool(number.systems) and not number.is_worded
        if not number.systems and self._is_of_another(span):
            return None
        if not is_ours and not number.is_foreign and not self._is_of_disease:
            return None
        if is_unworded and not self._is_of_hip:
            return None
        is_doubtful = bool(_DOUBTS & span.context) or span.clause in self._unsure
        is_doubtful = is_doubtful or span.clause in self._replaced
        is_doubtful = is_doubtful or self._place(span) == "unclear" or not number.is_clear
        if is_doubtful or is_unworded or number.is_foreign or (is_ours and not system):
            return Said("unread", hips)
        if not is_ours:
            return Said("unnamed", hips, number=self._staging.numerals[int(number.value[0])])
        stage = self._staging.stages.get((str(system), number.value))
        return Said("stage", hips, stage) if stage else Said("unread", hips)

    def _place(self, span: Span) -> str:
        """Return nothing for what is elsewhere, `unclear` if the text names other places only."""
        place = self._around.place(span)
        if place == "elsewhere":
            return ""
        is_elsewhere = self._around.places == {"elsewhere"} and not self._is_about
        return "unclear" if place == "notSaid" and is_elsewhere else "hip"

    def _is_of_another(self, span: Span) -> bool:
        """Tell whether the nearest disease of the clause is another than osteonecrosis."""
        named = nearest(span, self._diseases.get(span.clause, []))
        return named is not None and named.label == "other"

    def _untold_stages(self) -> list[Span]:
        """Return where it is said that a stage is not told: `unstaged`, `stage unknown`."""
        numbered = {number.span.clause for number in self._numbers}
        open_clauses = self._unsure - numbered
        return [
            span
            for span in self._spans
            if span.label == "untold" or (span.label == "stage" and span.clause in open_clauses)
        ]

    def _labelled(self, label: str) -> list[Span]:
        return [span for span in self._spans if span.label == label]

    def _systems(self) -> list[Span]:
        return [span for span in self._spans if span.label.startswith(SYSTEM)]

    def _system(self, ids: Iterable[str]) -> str | None:
        """Return the one system of some, the more exact of a family (`ARCO 2019`); else none."""
        systems = {name: self._staging.systems[name] for name in ids}
        families = {system.family for system in systems.values()}
        return max(systems, key=len) if len(families) == 1 else None


class _SetAside:
    """What is said of no hip of today: of a hip that is replaced, or of patients in general."""

    def __init__(self, text: Text) -> None:
        spans = text.of(STAGING)
        self._sides = Counter(span.clause for span in text.of(SIDE) if span.label in SIDES_OF)
        self._earlier = {span.clause for span in spans if span.label == "earlier"}
        sided = {span.sentence for span in text.of(SIDE) if span.label in SIDES_OF}
        advised = {span.sentence for span in spans if span.label == "advice"}
        self._general = {
            span.clause
            for span in spans
            if span.label == "general" or (span.label == "bound" and span.sentence in advised)
            if span.sentence not in sided
        }
        self._gone: dict[int, Span] = {}
        for span in spans:
            is_past = span.label == "replaced" and "past" in span.context
            if span.label == "gone" or (is_past and "planned" not in span.context):
                self._gone.setdefault(span.clause, span)

    def holds(self, span: Span) -> bool:
        """Tell whether a finding is said of such a hip, or of none."""
        if span.clause in self._general:
            return True
        gone = self._gone.get(span.clause)
        if gone:
            return gone.start < span.start and self._sides[span.clause] < _SEVERAL
        before = self._gone.get(span.clause - 1)
        is_earlier = span.clause in self._earlier and not self._sides[span.clause]
        return is_earlier and before is not None and before.sentence == span.sentence


def _agreeing(found: Iterable[tuple[Said, bool]]) -> list[Said]:
    """Return what holds today, each once; what contradicts itself for a hip is unread.

    What is said of an earlier day alone is unread too: the stage of today is not told.
    """
    told = list(dict.fromkeys(found))
    now = [said for said, is_earlier in told if not is_earlier]
    past = [said for said, is_earlier in told if is_earlier]
    clashing = {id(one) for pair in combinations(now, 2) if _clash(*pair) for one in pair}
    unread = [said for said in past if not any(_meet(said, one) for one in now)]
    return [
        *(Said("unread", said.hips) if id(said) in clashing else said for said in now),
        *(Said("unread", said.hips) for said in unread),
    ]


def _clash(one: Said, other: Said) -> bool:
    """Tell whether two entries name different stages of one hip."""
    if not _meet(one, other) or one.says != other.says:
        return False
    first, second = one.stage, other.stage
    if not first or not second:
        return one.number != other.number
    is_same_family = first.family == second.family
    is_other = (first.number, first.letter) != (second.number, second.letter)
    return first.group != second.group or (is_same_family and is_other)


def _meet(one: Said, other: Said) -> bool:
    """Tell whether two entries may be about the same hip."""
    sides = one.hips.sides, other.hips.sides
    return not all(sides) or bool(sides[0] & sides[1])


def _strongest(found: Iterable[Said]) -> Iterator[Said]:
    """Yield of each hip, and of none, what outweighs all else that words say of its shape."""
    told = set(found)
    left: dict[SidesSaid, StageSays] = {}
    for says in reversed(_SHAPES):
        for said in told:
            if said.says == says:
                for side in said.hips.sides or (None,):
                    hips = SidesSaid(frozenset({side}), said.hips.is_open) if side else said.hips
                    left[hips] = says
    for says in _SHAPES:
        for hips in [hips for hips, said in left.items() if said == says]:
            yield Said(says, hips)
