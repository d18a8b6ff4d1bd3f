"""A text -> what it says of the stage of each hip; what is doubtful is unread, never guessed."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from cds_service.core.record import SIDES, Side, Stage, StageSays
from cds_service.core.words.collapse import SetAside, shape_words
from cds_service.core.words.lexicon import CONTEXT, SIDE, Span, Text
from cds_service.core.words.numbers import UNDATED, Day, Days, Number, Numbers
from cds_service.core.words.sides import (
    SidesSaid,
    Surroundings,
    by_clause,
    grouped,
    nearest,
)
from cds_service.core.words.staging import COLLAPSE, STAGING, SYSTEM, Staging

# Said before all that is dated, and after it.
_MANY = 3
_PAST, _REPORTED, _NOW, _NEW = (0, 0), (9998, 0), (9999, 0), (9999, 1)
# What words say of the shape of one hip: the first outweighs what follows it.
_SHAPES: tuple[StageSays, ...] = ("collapse", "unread", "intact")
_OPEN = SidesSaid(is_open=True)


class Said(NamedTuple):
    """What a text says of the stage of some hips; `number` is that of a stage without a system."""

    says: StageSays
    hips: SidesSaid
    stage: Stage | None = None
    number: str = ""


class _Dated(NamedTuple):
    """What is said, and of which day; of which `shapes` a word on a shape speaks."""

    said: Said
    day: Day
    is_earlier: bool = False
    is_new: bool = False
    is_reported: bool = False
    shapes: frozenset[str] = frozenset()

    @property
    def rank(self) -> tuple[int, int]:
        """Where its day stands among others."""
        if self.is_earlier:
            return _PAST
        if self.is_reported:
            return _REPORTED
        if self.day == UNDATED:
            return _NEW if self.is_new else _NOW
        return self.day[:2]

    @property
    def hips(self) -> frozenset[Side]:
        """The hips that it may be said of."""
        return self.said.hips.sides or SIDES


def read_stages(text: Text, staging: Staging, *, is_about: bool = False) -> list[Said]:
    """Return what a text says, once each; `is_about` where it is known to be about such a hip."""
    if not text.is_whole:
        return [Said("unread", _OPEN)]
    if not text.of(STAGING) and not text.of(COLLAPSE):
        return []
    reading = _Reading(text, staging, is_about=is_about)
    if reading.explains:
        return []
    now, past = _by_day(reading.stages())
    words = [one for one in reading.shapes() if not any(_covers(said, one) for said in now)]
    found = [*_agreeing(now, _not_outdated(past, words)), *_strongest(words)]
    vague = [said for said in reading.vague() if not any(_meet(said, one) for one in found)]
    return list(dict.fromkeys([*found, *vague]))


class _Reading:
    """What stands in one text."""

    def __init__(self, text: Text, staging: Staging, *, is_about: bool) -> None:
        scan = Numbers(text)
        self._staging, self._spans = staging, text.of(STAGING)
        self._numbers, self._shapes = scan.found(), list(shape_words(text))
        denials = text.labelled(CONTEXT, "negated")
        self._denials = grouped(by_clause, denials)
        self._raw, self._is_sided = text.tokens.raw, bool(text.of(SIDE))
        self._unsure = self._unsure_clauses()
        self._untold = self._untold_stages()
        told = [*(n.span for n in self._numbers), *(w.span for w in self._shapes)]
        findings = [*told, *self._untold, *self._labelled("gone"), *self._labelled("replaced")]
        self._around = Surroundings(text, findings, self._set_apart(text))
        self._replaced = self._replaced_hips(text)
        self._days = Days(text)
        self._aside = SetAside(text, self._around, self._days)
        self._is_about = is_about
        self._is_all = is_about or (scan.says_nothing_else and not self._labelled("other"))
        self._is_of_disease = self._speaks_of_the_disease()
        self._is_of_hip = self._is_of_disease or self._speaks_of_a_hip(text)
        listed = [s for s in self._spans if s.label in {"disease", "other", "scale"}]
        self._diseases = grouped(by_clause, listed)
        self._only = self._system(span.label.removeprefix(SYSTEM) for span in self._systems())

    def _set_apart(self, text: Text) -> list[Span]:
        """Return where a hip is replaced, or normal: not its outline alone."""
        outlined = {span.clause for span in text.labelled(COLLAPSE, "outline")}
        normal = [one for one in self._labelled("apart") if one.clause not in outlined]
        return [*self._labelled("replaced"), *normal]

    def _unsure_clauses(self) -> set[int]:
        """Return the clauses that say no sure stage; `less than 2 mm` is only an amount."""
        units = {span.start for span in self._labelled("unit")}
        unsure = [*self._labelled("unsure"), *self._labelled("bound")]
        return {span.clause for span in unsure if span.end + 1 not in units}

    def _speaks_of_the_disease(self) -> bool:
        """Tell whether a text is about osteonecrosis: by name, or by the shape of a staged hip."""
        if self._is_all or self._labelled("disease"):
            return True
        places, is_staged = self._around.places, any(n.is_worded for n in self._numbers)
        is_shaped = bool(self._shapes) and (places == {"hip"} or (is_staged and not places))
        return is_shaped and not self._labelled("other")

    def _speaks_of_a_hip(self, text: Text) -> bool:
        """Tell whether a text is about a hip: by a site, a system that has no types, or a film."""
        systems = (self._staging.systems[one] for n in self._numbers for one in n.systems)
        is_named = any(not system.needs_stage_word for system in systems)
        is_shown = bool(text.labelled(COLLAPSE, "view", "surface"))
        return is_named or is_shown or "hip" in self._around.places

    def _replaced_hips(self, text: Text) -> dict[int, frozenset[Side]]:
        """Return the sides of what is said to be replaced, and not to be planned, by clause."""
        planned = {span.clause for span in text.labelled(CONTEXT, "planned")}
        planned.update(span.clause for span in self._spans if span.label in {"wanted", "advice"})
        return {
            span.clause: self._around.hips(span).sides
            for span in self._labelled("replaced")
            if span.clause not in planned
        }

    @property
    def explains(self) -> bool:
        """Whether a text without a side or a day lists stages: it says what each of them is."""
        listed = {n.value for n in self._numbers if n.is_worded and not n.is_earlier}
        is_dated = bool(self._days.clauses) or any(n.is_earlier for n in self._numbers)
        return len(listed) >= _MANY and not is_dated and not self._is_sided

    def stages(self) -> Iterator[_Dated]:
        """Yield what each number says."""
        for number in self._numbers:
            is_told = "family" not in number.span.context and bool(self._place(number.span))
            is_told = is_told and not self._aside.holds(number.span)
            said = self._of_number(number) if is_told else None
            if said:
                yield _Dated(said, number.day, number.is_earlier, is_reported=number.is_reported)

    def shapes(self) -> Iterator[_Dated]:
        """Yield what words say of the shape of a head."""
        for word in self._shapes:
            is_told = self._is_of_hip or (word.says == "unread" and not self._around.places)
            is_told = is_told and not self._aside.holds(word.span)
            if is_told and self._place(word.span) == "hip":
                said = Said(word.says, self._around.hips(word.span))
                day = self._days.of(word.span)
                yield _Dated(said, day, word.is_earlier, word.is_new, shapes=word.shapes)

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
        is_doubtful = (
            self._is_denied(span) or "doubted" in span.context or span.clause in self._unsure
        )
        replaced = self._replaced.get(span.clause)
        is_other = bool(replaced) and bool(hips.sides) and not hips.sides & (replaced or SIDES)
        is_doubtful = is_doubtful or (replaced is not None and not is_other)
        is_doubtful = is_doubtful or self._place(span) == "unclear" or not number.is_clear
        if is_doubtful or is_unworded or number.is_foreign or (is_ours and not system):
            return Said("unread", hips)
        if not is_ours:
            return Said("unnamed", hips, number=self._staging.numerals[int(number.value[0])])
        stage = self._staging.stages.get((str(system), number.value))
        return Said("stage", hips, stage) if stage else Said("unread", hips)

    def _is_denied(self, span: Span) -> bool:
        """Tell whether a stage is denied: not by what denies a shape before it.

        `Without collapse, Steinberg IIB`, `no collapse (ARCO II)`.
        """
        denials = self._denials.get(span.clause, ())
        if "negated" not in span.context or not denials:
            return False
        before = [denial for denial in denials[:1] if denial.end <= span.start]
        between = {word.span.start for word in self._shapes}
        return not any(
            place in between or self._raw[place] == "("
            for denial in before
            for place in range(denial.end, span.start)
        )

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
        return named is not None and named.label != "disease"

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


def _covers(stage: Said, word: _Dated) -> bool:
    """Tell whether a word says no more of a hip than its stage: arthritis, or a deformed head."""
    is_faint = word.said.says == "unread" and _meet(stage, word.said) and stage.says != "unread"
    return is_faint and (word.shapes == {"worn"} or (word.shapes == {"bent"} and _is_late(stage)))


def _not_outdated(past: Iterable[_Dated], words: Sequence[_Dated]) -> Iterator[Said]:
    """Yield the earlier stages of the hips of which no word tells the shape of today."""
    for one in past:
        hips = [word.hips for word in words if _outdates(word, one)]
        left = one.hips.difference(*hips)
        if not hips:
            yield one.said
        elif left:
            yield one.said._replace(hips=SidesSaid(left))


def _outdates(word: _Dated, stage: _Dated) -> bool:
    """Tell whether a word on the shape of today leaves nothing to ask of an earlier stage.

    What has collapsed is not round again.
    """
    is_later = word.rank > stage.rank and _meet(word.said, stage.said)
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


def _by_day(found: Iterable[_Dated]) -> tuple[list[Said], list[_Dated]]:
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
    past: list[_Dated] = []
    for one in told:
        left = frozenset(hip for hip in one.hips if last[hip] == one.rank)
        is_alone = all(first[hip] == one.rank for hip in left)
        is_year = one.day.is_near and not one.day.month
        if left == one.hips:
            is_past = one.rank == _PAST or (is_year and is_alone)
            if is_past:
                past.append(one)
            else:
                now.append(one.said)
        elif left and one.said.hips.sides:
            past.append(one._replace(said=one.said._replace(hips=SidesSaid(left))))
    return list(dict.fromkeys(now)), list(dict.fromkeys(past))


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


def _strongest(found: Iterable[_Dated]) -> Iterator[Said]:
    """Yield of each hip, and of none, what outweighs all else that words say of its shape.

    What is both said and denied of a shape on one day is unread.
    """
    told = list(_by_hip(found))
    kept: dict[tuple[SidesSaid, str], tuple[int, int]] = {}
    for hips, one in told:
        for shape in one.shapes if one.said.says == "intact" else ():
            kept[hips, shape] = max(kept.get((hips, shape), _PAST), one.rank)
    said: dict[SidesSaid, set[StageSays]] = {}
    for hips, one in told:
        clashes = one.rank <= max((kept.get((hips, s), _PAST) for s in one.shapes), default=_PAST)
        is_clash = clashes and one.said.says == "collapse"
        said.setdefault(hips, set()).add("unread" if is_clash else one.said.says)
    for strongest in _SHAPES:
        for hips, says in said.items():
            if strongest == next(one for one in _SHAPES if one in says):
                yield Said(strongest, hips)


def _by_hip(found: Iterable[_Dated]) -> Iterator[tuple[SidesSaid, _Dated]]:
    """Yield what is said, each once, by the hip that it is said of."""
    for one in dict.fromkeys(found):
        for side in one.said.hips.sides or (None,):
            hips = one.said.hips
            yield SidesSaid(frozenset({side}), hips.is_open) if side else hips, one
