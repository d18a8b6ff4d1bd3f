"""The numbers of a text that may be stages: what stands by them, and whether they are clear."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise, takewhile

from cds_service.core.words.stages.diseases import Diseases
from cds_service.core.words.stages.staging import (
    COLLAPSE,
    LETTERS,
    NUMBER,
    SHAPES,
    STAGE,
    STAGING,
    SYSTEM,
    VERSION,
    WHOLE,
)
from cds_service.core.words.stages.turns import told_in_order
from cds_service.core.words.stages.when import UNDATED, Day, Days, mark_earlier
from cds_service.core.words.text import CONTEXT, SIDE, SITE, Span, Text
from cds_service.core.words.tokens import DASHES

# Signs that may stand between a name and its number, or between two numbers.
_QUIET = DASHES | frozenset(":=([)]\"',.;/&~|\u201c\u201d\u3001\u3002")
_BREAKS = frozenset(",)]")
_BEFORE_A_LETTER = DASHES | frozenset("(/")
_ASKS = frozenset(":=")
_DECIMAL = re.compile(r"\d\.\d")
# So many words may stand between a side and its number.
_SMALL = 2
# What numbers such as `IIIa` are written with.
_ROMAN = frozenset("ivxabcd")
_BOUNDS = frozenset("\u2265\u2264")
_JOINS = frozenset({"join", "to", "stage", "suffix"})
_KNOWN = (STAGING, COLLAPSE, SIDE, SITE, CONTEXT)
_BARE = len("(y)")


@dataclass(slots=True)
class Number:
    """A number such as `3A`; `systems` are named before it.

    It is worded where a word for a stage or a suffix stands by it, foreign where a system that is
    not ours does. It is not clear where it may be a range, an amount or a word of English.
    """

    span: Span
    value: str
    systems: frozenset[str]
    is_worded: bool
    is_foreign: bool
    is_clear: bool
    is_amount: bool
    version: str = ""
    extent: str = ""
    is_earlier: bool = False
    day: Day = UNDATED

    @property
    def is_anchored(self) -> bool:
        """Whether something beside it says that it is a stage."""
        return bool(self.systems) or self.is_worded or self.is_foreign


@dataclass(slots=True)
class _Ahead:
    """What stands before a number and may belong to it."""

    end: int = 0
    sentence: int = -1
    systems: set[str] = field(default_factory=set)
    labels: set[str] = field(default_factory=set)
    is_typed: bool = False

    def name(self, system: str) -> None:
        """Take a system; one behind a type stands alone: `JIC type C2, Ficat III`."""
        if self.is_typed:
            self.systems.clear()
        self.systems.add(system)


class Numbers:
    """Finds the numbers of a text that may be stages.

    Those without an anchor count beside others, or where the text says nothing else.
    """

    def __init__(self, text: Text, days: Days) -> None:
        self._text, self._tokens, self._spans = text, text.tokens, text.of(STAGING)
        self._days = days
        self._side_starts = {span.start for span in text.of(SIDE)}
        self._changes = {span.end for span in self._spans if span.label == "became"}
        self._small = {s.start: s.end for s in self._spans if s.label == "between"}
        self._side_ends = {end for span in text.of(SIDE) for end in self._ends(span.end)}
        shapes = {span.sentence for span in text.of(COLLAPSE) if span.label in SHAPES}
        amounts = (span for span in text.of(COLLAPSE) if span.label == "amount")
        self._amounts = {span.start for span in amounts if span.sentence in shapes}
        joins = (span for span in self._spans if span.label in _JOINS)
        scopes, named = text.tokens.scopes, (SYSTEM, WHOLE, STAGE)
        self._staged = {scopes[s.start] for s in self._spans if s.label.startswith(named)}
        self._ordered = told_in_order(text)
        # A year in brackets alone may be that of a film.
        self._versions: dict[int, set[str]] = {}
        for span in self._spans:
            is_bare = span.end - span.start == _BARE and text.tokens.raw[span.start] == "("
            if span.label.startswith(VERSION) and not is_bare:
                version = span.label.removeprefix(VERSION)
                self._versions.setdefault(span.sentence, set()).add(version)
        self._loud = strange(text, (span for family in _KNOWN for span in text.of(family)))
        self._unjoined = strange(text, joins)
        joining = (s for s in self._spans if s.label in _JOINS | {"between", "disease"})
        self._apart = strange(text, (*joining, *text.of(SIDE), *text.of(SITE)))
        self.says_nothing_else = not self._loud[-1]
        self._diseases = Diseases(text, self._loud)

    def found(self) -> list[Number]:
        """Return the numbers in the order of the text."""
        numbers = [number for number in self._numbers() if self._may_be_a_stage(number)]
        for number in numbers:
            number.day = self._days.of(number.span)
        mark_earlier([n for n in numbers if not n.is_amount], self._text)
        self._mark_ranges(numbers)
        self._give_extents(numbers)
        self._spread_version(numbers, is_dated=bool(self._days.clauses))
        is_about = self.says_nothing_else or any(
            span.label.startswith(SYSTEM) or span.label == "stage" for span in self._spans
        )
        is_about = is_about or any(number.is_anchored for number in numbers)
        numbers = [n for n in numbers if n.systems or n.span.end not in self._amounts]
        return list(self._anchored_or_listed(numbers, is_about=is_about))

    def _anchored_or_listed(self, numbers: Iterable[Number], *, is_about: bool) -> Iterator[Number]:
        """Yield the stages; a list of something else has none: `VAS: right 3, left 5`."""
        apart = last = -1
        for number in numbers:
            start = number.span.start
            is_beside = self._stands_by_a_side(number)
            goes_on = apart >= 0 and self._loud[start] == self._loud[apart]
            if not number.is_anchored and is_beside and (goes_on or self._names_another(start)):
                apart = number.span.end
                continue
            is_next = last >= 0 and self._goes_on(number, last)
            is_listed = is_about and (is_beside or self._is_roman(start))
            if number.is_anchored or (not number.is_amount and (is_listed or is_next)):
                last = number.span.end
                yield number

    def _goes_on(self, number: Number, last: int) -> bool:
        """Tell whether a number goes on with the last: `III and II`, `3 right and 2 on left`."""
        start, end = number.span.start, number.span.end
        is_sided = any(place in self._side_starts for place in self._ends(end))
        is_ordered = number.span.sentence in self._ordered
        if is_ordered and self._unjoined[start] == self._unjoined[last]:
            return True
        return is_sided and self._apart[start] == self._apart[last]

    def _may_be_a_stage(self, number: Number) -> bool:
        """Refuse what counts items, and the stage of another disease."""
        span = number.span
        is_another = not number.systems and self._diseases.is_of_another(span)
        return not (is_another or span.start in self._diseases.marks)

    def _numbers(self) -> Iterator[Number]:
        ahead = _Ahead()
        for place, span in enumerate(self._spans):
            if span.sentence != ahead.sentence or self._loud[span.start] > self._loud[ahead.end]:
                ahead = _Ahead(sentence=span.sentence)
            elif _BREAKS.intersection(self._tokens.raw[ahead.end : span.start]):
                ahead.labels = {one for one in ahead.labels if one.startswith(VERSION)}
            if span.label.startswith(WHOLE):
                of = span.label.split(" ")[1]
                (ahead.labels if of == STAGE else ahead.systems).add(of)
            if self._is_number(span, ahead):
                yield self._number(span, ahead, self._spans[place + 1 : place + 5])
                ahead = _Ahead()
            elif span.label.startswith(SYSTEM):
                ahead.name(span.label.removeprefix(SYSTEM))
            elif span.label == "other":
                ahead = _Ahead()
            else:
                ahead.labels.add(span.label)
                ahead.is_typed |= span.label == "typed"
            ahead.end = span.end

    def _is_number(self, span: Span, ahead: _Ahead) -> bool:
        """Tell whether a phrase is a number; a word is one behind a name: `stage two`."""
        word = self._tokens.folded[span.start]
        is_word = word.isascii() and word.isalpha() and not set(word) <= _ROMAN
        is_named = STAGE in ahead.labels or bool(ahead.systems)
        return span.label.startswith((NUMBER, WHOLE)) and (is_named or not is_word)

    def _number(self, span: Span, ahead: _Ahead, behind: Sequence[Span]) -> Number:
        value, end = span.label.rsplit(" ", 1)[1], span.end
        if value[-1] in LETTERS and end - 1 in self._side_starts:
            value, end = value[:-1], end - 1
        next_label = behind[0].label if behind and behind[0].start == end else ""
        is_worded = bool({"stage", "vague"} & ahead.labels) or next_label == "suffix"
        is_worded |= next_label == "lesion" and bool(ahead.systems) and "type" not in ahead.labels
        is_typed = next_label == "type" or ("type" in ahead.labels and not is_worded)
        is_amount = next_label == "unit" or self._is_in_decimal(span)
        return Number(
            span,
            value,
            frozenset(ahead.systems),
            is_worded=is_worded,
            is_foreign="foreign" in ahead.labels,
            is_amount=is_amount,
            is_clear=not (is_typed or is_amount)
            and self._ends_clearly(span, end, is_worded=is_worded)
            and self._tokens.raw[max(span.start - 1, 0)] not in _BOUNDS,
            version=self._version(span, ahead, behind),
        )

    def _is_in_decimal(self, span: Span) -> bool:
        """Tell whether a number is a part of one such as 2.5."""
        raw = "".join(self._tokens.raw[max(span.start - 2, 0) : span.end + 2])
        return _DECIMAL.search(raw) is not None

    def _version(self, span: Span, ahead: _Ahead, behind: Sequence[Span]) -> str:
        """Return the version that stands between a system and its number, or behind the number."""
        near = (
            s
            for s in behind
            if self._loud[s.start] == self._loud[span.end]
            if s.clause == span.clause or s.end - s.start != _BARE
        )
        quiet = takewhile(lambda s: not s.label.startswith(NUMBER), near)
        labels = [*ahead.labels, *(s.label for s in quiet if s.sentence == span.sentence)]
        found = [label.removeprefix(VERSION) for label in labels if label.startswith(VERSION)]
        named = self._versions.get(span.sentence, set())
        return next(iter(found or (named if len(named) == 1 else ())), "")

    def _spread_version(self, numbers: Sequence[Number], *, is_dated: bool) -> None:
        """Give a version that is named once to all; a bare year only where no date stands."""
        ids = {one for number in numbers for one in number.systems}
        named = {one.rpartition("-")[2] for one in ids if one[-1].isdigit()}
        named = named.union(*self._versions.values())
        if not named and not is_dated:
            named = {n.version for n in numbers if n.version and n.is_anchored}
        if len(named) == 1:
            for number in numbers:
                number.version = number.version or min(named)

    def _ends_clearly(self, span: Span, end: int, *, is_worded: bool) -> bool:
        """Refuse what goes on (`II (b)`, `2+`) and words: `ARCO I think`, `II a lesion`."""
        raw, sentences = self._tokens.raw, self._tokens.sentences
        behind = [
            raw[i] for i in range(end, min(end + 2, len(raw))) if sentences[i] == span.sentence
        ]
        if not behind:
            return True
        follows, then = behind[0], behind[1] if len(behind) > 1 else ""
        is_letter = then.upper() in tuple(LETTERS) and end + 1 not in self._side_starts
        if follows == "+" or (follows in _BEFORE_A_LETTER and is_letter):
            return False
        is_loud = self._loud[end + 1] > self._loud[end]
        is_word = raw[end - 1].islower() and end - span.start > 1 and follows.islower()
        is_short = len(raw[span.start]) == 1 and not is_worded
        return not (is_loud and (is_word or is_short))

    def _is_roman(self, start: int) -> bool:
        raw = self._tokens.raw[start]
        return len(raw) > 1 and raw.isupper() and raw[0] in "IV"

    def _ends(self, end: int) -> Iterator[int]:
        """Yield where a phrase ends, and small words or a colon behind it: `right: 2`."""
        yield end
        for _ in range(_SMALL):
            is_asked = "".join(self._tokens.raw[end : end + 1]) in _ASKS
            end = self._small.get(end, end + is_asked)
            yield end

    def _stands_by_a_side(self, number: Number) -> bool:
        """Tell whether a number goes on a list without an anchor: `right 2`, `L: 3`."""
        start, end = number.span.start, number.span.end
        raw = self._tokens.raw
        is_before = raw[end : end + 1] == ["("] and end + 1 in self._side_starts
        is_next = start in self._side_ends or start in self._changes or is_before
        return is_next and raw[start].isascii() and not self._is_roman(start)

    def _names_another(self, start: int) -> bool:
        """Tell whether the part of a sentence before a number names something else."""
        scopes = self._tokens.scopes
        begin = bisect_left(scopes, scopes[start])
        return self._apart[start] > self._apart[begin] and scopes[start] not in self._staged

    def _give_extents(self, numbers: Sequence[Number]) -> None:
        """Give a number the letter that is told apart from it: `Stage: IV. Extent: B`."""
        starts = [number.span.start for number in numbers]
        for span in self._spans:
            at = bisect_left(starts, span.start)
            near = self._tokens.raw[span.end : span.end + 2] if span.label == "extent" else []
            letters = [token.upper() for token in near if token not in _QUIET]
            if at and letters and letters[0] in tuple(LETTERS):
                numbers[at - 1].extent = letters[0]

    def _mark_ranges(self, numbers: Sequence[Number]) -> None:
        """Mark `II-III`, `2 or 3`, `II, III` as not clear, but not `from II to III`.

        Where a word says that it has `grown` the first is an earlier one: `II to III`.
        """
        ends = [span.start for span in self._spans if span.label == "to"]
        grown = {span.sentence for span in self._spans if span.label == "grown"}
        told = (n for n in numbers if n.is_anchored or not n.is_amount)
        for one, other in pairwise(told):
            start, end = one.span.end, other.span.start
            is_led = bisect_left(ends, start) < bisect_left(ends, end)
            is_apart = one.span.sentence != other.span.sentence or (one.is_earlier and is_led)
            if is_apart or one.span.sentence in self._ordered:
                continue
            if is_led and one.span.sentence in grown and self._loud[start] == self._loud[end]:
                one.is_earlier = True
            elif self._unjoined[start] == self._unjoined[end]:
                one.is_clear = other.is_clear = False


def strange(text: Text, known: Iterable[Span]) -> list[int]:
    """Count, up to each token, those that are no quiet sign and that no known phrase covers."""
    found = [token not in _QUIET for token in text.tokens.raw]
    for span in known:
        found[span.start : span.end] = [False] * (span.end - span.start)
    return [0, *accumulate(found)]
