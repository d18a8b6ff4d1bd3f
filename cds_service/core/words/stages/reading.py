"""A text -> what it says of the stage of each hip; what is doubtful is unread, never guessed."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from cds_service.core.record import NO_SIDE, SIDES, Side
from cds_service.core.words.context import Context
from cds_service.core.words.sides.said import OPEN, SIDES_OF, side_spans
from cds_service.core.words.stages.around import Surroundings
from cds_service.core.words.stages.aside import SetAside
from cds_service.core.words.stages.collapse import shape_words
from cds_service.core.words.stages.numbers import Number, Numbers
from cds_service.core.words.stages.staging import (
    COLLAPSE,
    NUMBER,
    STAGE,
    STAGING,
    SYSTEM,
    WHOLE,
    Staging,
)
from cds_service.core.words.stages.today import Dated, Said, holding_today, meet
from cds_service.core.words.stages.when import UNDATED, Days, Voices
from cds_service.core.words.text import (
    CONTEXT,
    SIDE,
    Span,
    Text,
    by_clause,
    by_sentence,
    grouped,
    kept,
)

_MANY = 3
# What speaks of a stage without its number.
_NAMING = frozenset({STAGE, "untold", "vague"})
# Of no hip of this patient, taken back, or what may come.
_UNTOLD: frozenset[Context] = frozenset({"family", "retracted", "hypothetical"})


@kept
def read_stages(text: Text, staging: Staging, *, is_about: bool = False) -> tuple[Said, ...]:
    """Return what a text says, once each; `is_about` where it is known to be about such a hip."""
    if not text.is_whole:
        return (Said("unread", OPEN),)
    if not _may_tell(text):
        return ()
    reading = _Reading(text, staging, is_about=is_about)
    if reading.explains:
        return ()
    stages = [*reading.stages()]
    stages += reading.staged_no_more(stages)
    found = list(reading.not_disputed(holding_today(stages, reading.shapes())))
    vague = [said for said in reading.vague() if not any(meet(said, one) for one in found)]
    return tuple(dict.fromkeys([*found, *vague]))


def _may_tell(text: Text) -> bool:
    """Tell whether anything of a text could be a stage, name one, or tell of a shape."""
    return bool(text.of(COLLAPSE)) or any(
        span.label in _NAMING or span.label.startswith((NUMBER, WHOLE, SYSTEM))
        for span in text.of(STAGING)
    )


class _Reading:
    """What stands in one text."""

    def __init__(self, text: Text, staging: Staging, *, is_about: bool) -> None:
        self._days, self._voices = Days(text), Voices(text)
        scan = Numbers(text, self._days)
        self._labelled = partial(text.labelled, STAGING)
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
        self._aside = SetAside(text, self._around, self._days)
        self._disputed = list(self._disputed_hips(text))
        self._is_about = is_about
        is_of_another = self._labelled("other") or text.labelled(COLLAPSE, "worn")
        self._is_all = is_about or (scan.says_nothing_else and not is_of_another)
        self._by_sentence: dict[int, list[Number]] = {}
        for number in self._numbers:
            self._by_sentence.setdefault(number.span.sentence, []).append(number)
        self._is_of_disease = self._speaks_of_the_disease()
        self._is_of_hip = self._is_of_disease or self._speaks_of_a_hip(text)
        self._is_of_hip |= scan.says_nothing_else
        self._only = self._system(span.label.removeprefix(SYSTEM) for span in self._systems())

    def _set_apart(self, text: Text) -> list[Span]:
        """Return where a hip is replaced, or normal: not its outline alone."""
        outlined = {span.clause for span in text.labelled(COLLAPSE, "outline")}
        normal = [one for one in self._labelled("apart") if one.clause not in outlined]
        replaced = [one for one in self._labelled("replaced") if "planned" not in one.context]
        return [*replaced, *normal]

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
        is_shaped = any(word.shapes != {"worn"} for word in self._shapes)
        is_shaped = is_shaped and (places == {"hip"} or (is_staged and not places))
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

    def stages(self) -> Iterator[Dated]:
        """Yield what each number says."""
        for number in self._numbers:
            is_told = not number.span.context & _UNTOLD and bool(self._place(number.span))
            is_told = is_told and not self._aside.holds(number.span)
            said = self._of_number(number) if is_told else None
            if said and not self._stands_for_another(number):
                voice = self._voices.of(number.span)
                yield Dated(said, number.day, voice, number.is_earlier)

    def staged_no_more(self, stages: Sequence[Dated]) -> Iterator[Dated]:
        """Yield where no stage is told of today, but only of a day before it."""
        told = dict.fromkeys((stage.said.hips, stage.rank) for stage in stages)
        for hips in dict.fromkeys(map(self._around.hips, self._untold)):
            one = Dated(Said("unread", hips), UNDATED)
            ranks = [
                rank for of, rank in told if not (of.sides and hips.sides) or of.sides & hips.sides
            ]
            if ranks and max(ranks) < one.rank:
                yield one

    def shapes(self) -> Iterator[Dated]:
        """Yield what words say of the shape of a head."""
        for word in self._shapes:
            is_told = self._is_of_hip or (word.says == "unread" and not self._around.places)
            is_told = is_told and not self._aside.holds(word.span)
            if is_told and self._place(word.span) == "hip":
                said = Said(word.says, self._aside.hips(word.span))
                day, voice = self._days.of(word.span), self._voices.of(word.span)
                yield Dated(said, day, voice, word.is_earlier, word.is_new, word.shapes)

    def not_disputed(self, found: Iterable[Said]) -> Iterator[Said]:
        """Yield what is said, unread where it is said that readers do not agree."""
        for said in found:
            is_disputed = any(
                not said.hips.sides or said.hips.sides & one for one in self._disputed
            )
            yield Said("unread", said.hips) if is_disputed else said

    def _disputed_hips(self, text: Text) -> Iterator[frozenset[Side]]:
        """Yield of which hips it is said: those of the sentence, else all."""
        sides = grouped(by_sentence, side_spans(text))
        for span in self._labelled("disputed"):
            named = sides.get(span.sentence, ())
            yield NO_SIDE.union(*(SIDES_OF[side.label] for side in named)) or SIDES

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
            is_told = not span.context & _UNTOLD and not self._aside.holds(span)
            is_told = is_told and not self._voices.of(span).is_retracted
            if is_staged and is_told and self._place(span):
                yield Said("unread", self._around.hips(span))

    def _of_number(self, number: Number) -> Said | None:
        span, hips = number.span, self._aside.hips(number.span)
        is_ours = bool(number.systems or self._only) and not number.is_foreign
        system = self._system(number.systems) if number.systems else self._only
        version = f"{system}-{number.version}"
        system = version if version in self._staging.systems else system
        needs_word = system is not None and self._staging.systems[system].needs_stage_word
        is_unworded = needs_word and bool(number.systems) and not number.is_worded
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
        stages, key = self._staging.stages, (str(system), number.value)
        stage = stages.get((key[0], key[1] + number.extent)) or stages.get(key)
        return Said("stage", hips, stage) if stage else Said("unread", hips)

    def _is_denied(self, span: Span) -> bool:
        """Tell whether a stage is denied: not by what denies a shape before it.

        `Without collapse, Steinberg IIB`, `no collapse (ARCO II)`; or behind it: `病期2、圧潰なし`.
        """
        denials = self._denials.get(span.clause, ())
        if "negated" not in span.context or not denials:
            return False
        first = denials[0]
        shapes = {word.span.start for word in self._shapes}
        if first.start >= span.end:
            return not any(place in shapes for place in range(span.end, first.start))
        return not any(
            place in shapes or self._raw[place] == "(" for place in range(first.end, span.start)
        )

    def _stands_for_another(self, number: Number) -> bool:
        """Tell whether a stage is denied beside the right one: `III, not II as dictated`."""
        hips = self._around.hips(number.span)
        return self._is_denied(number.span) and any(
            "negated" not in other.span.context and self._around.hips(other.span) == hips
            for other in self._by_sentence[number.span.sentence]
            if other.is_anchored
        )

    def _place(self, span: Span) -> str:
        """Return nothing for what is elsewhere, `unclear` if the text names other places only."""
        place = self._around.place(span)
        if place == "elsewhere":
            return ""
        is_elsewhere = self._around.places == {"elsewhere"} and not self._is_about
        return "unclear" if place == "notSaid" and is_elsewhere else "hip"

    def _untold_stages(self) -> list[Span]:
        """Return where it is said that a stage is not told: `unstaged`, `stage unknown`."""
        numbered = {number.span.clause for number in self._numbers}
        open_clauses = self._unsure - numbered
        return [
            span
            for span in self._spans
            if span.label == "untold" or (span.label == "stage" and span.clause in open_clauses)
        ]

    def _systems(self) -> list[Span]:
        return [span for span in self._spans if span.label.startswith(SYSTEM)]

    def _system(self, ids: Iterable[str]) -> str | None:
        """Return the one system of some, the more exact of a family (`ARCO 2019`); else none."""
        systems = {name: self._staging.systems[name] for name in ids}
        families = {system.family for system in systems.values()}
        return max(systems, key=len) if len(families) == 1 else None
