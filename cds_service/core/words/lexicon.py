"""Finds every listed phrase of a text in one pass, with what its context says of it."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Self

from cds_service.core.words.anchors import Anchors
from cds_service.core.words.context import (
    CONTEXTS,
    Context,
    Place,
    PlacedTrigger,
    Trigger,
    contexts_of,
)
from cds_service.core.words.forms import written_out
from cds_service.core.words.kept import Kept
from cds_service.core.words.text import CONTEXT, Span, Text
from cds_service.core.words.tokens import (
    DASHES,
    LONGEST_SENTENCE,
    LONGEST_TEXT,
    PLAIN,
    Tokens,
    Writing,
    is_cjk,
    longest_sentence,
    tokens_of,
    words_of,
)

MOST_FINDINGS = 40
LONGEST_KEPT = 120
# The label of what only looks like a phrase of its family: neither it nor those in it count.
NONE = "none"
# In a phrase, behind its first word: any number in digits or in Chinese signs.
ANY_NUMBER = "#"

_CLOSING = frozenset(".!,;。")
# How near stands what a trigger that closes its clause speaks of. Chinese and Japanese put a space
# where others put a comma, and a token is one character there.
_CLOSED_WITHIN, _CLOSED_WITHIN_CJK = 8, 3
# A list begins so near to its heading: "鉴别诊断：1.".
_HEADED_WITHIN = 4
# So near before a word that excludes stands one that undoes it: "not yet been excluded".
_UNDONE_WITHIN = 4
_UNDONE = Trigger("doubted", "both"), Trigger("ends", only=frozenset({"negated"}))
_NO_CONTEXT: frozenset[Context] = frozenset()
# So far before a trigger a comma is looked for.
_OVER_COMMAS = 20


class _Listed(NamedTuple):
    family: str
    label: str
    start: int
    end: int


@dataclass(slots=True)
class Phrases:
    """Phrases that begin alike, by how they go on; `ends` are (family, label) that end here."""

    then: dict[str, "Phrases"] = field(default_factory=dict)
    ends: tuple[tuple[str, str], ...] = ()

    def without(self, words: Sequence[str], end: tuple[str, str]) -> "Phrases":
        """Return a node at which these words do not end so; what lies beside them is shared."""
        if words:
            poorer = self.then[words[0]].without(words[1:], end)
            return Phrases({**self.then, words[0]: poorer}, self.ends)
        return Phrases(self.then, tuple(other for other in self.ends if other != end))


class Lexicon:
    """The phrases of all tables; `tables` are by family, and in them by label.

    Of phrases of one family that overlap, the one that begins first counts, then the longest. A
    text with more than MOST_FINDINGS of a family among `counted` is not read: each of them is
    looked at with all that stands around it, and nobody writes so many.
    """

    def __init__(
        self,
        tables: Mapping[str, Mapping[str, Iterable[str]]],
        triggers: Mapping[str, Trigger],
        writing: Writing = PLAIN,
        anchors: Iterable[str] = (),
        counted: Iterable[str] = (),
    ) -> None:
        self.triggers = triggers
        self._counted = frozenset(counted)
        self.anchors = Anchors(anchors, writing.misspelt)
        self._writing = writing
        self.phrases = Phrases()
        for family, labels in tables.items():
            for label, phrases in labels.items():
                for phrase in phrases:
                    self._add(words_of(phrase), family, label)
        self.known = Kept[str, Text]()

    def without(self, family: str, label: str, phrases: Iterable[str]) -> Self:
        """Return a lexicon that lacks these phrases of a table; they are still looked for first."""
        poorer = copy(self)
        for phrase in phrases:
            poorer.phrases = poorer.phrases.without(words_of(phrase), (family, label))
        poorer.known = Kept()
        return poorer

    def read(self, text: str) -> Text:
        """Return what stands in a text; one that is too long, or a sentence of it, is not read."""
        if len(text) > LONGEST_KEPT:
            return self._read(text)
        found = self.known.get(text)
        if found is None:
            found = self.known[text] = self._read(text)
        return found

    def _read(self, text: str) -> Text:
        is_long = len(text) > LONGEST_TEXT
        tokens = Tokens() if is_long else tokens_of(written_out(text), self._writing)
        if is_long or longest_sentence(tokens) > LONGEST_SENTENCE:
            return Text(Tokens(), {}, is_whole=False)
        listed = list(self._listed(tokens.folded))
        findings = Counter(one.family for one in listed if one.family in self._counted)
        if max(findings.values(), default=0) > MOST_FINDINGS:
            return Text(Tokens(), {}, is_whole=False)
        triggers = [one for one in listed if one.family == CONTEXT]
        others = [one for one in listed if one.family != CONTEXT and one.label != NONE]
        placed = [
            place
            for one in triggers
            for trigger in _meant(one, self.triggers[one.label], tokens, self._writing)
            for place in _placed_triggers(one, trigger, tokens, self._writing)
        ]
        contexts = [_NO_CONTEXT] * len(others)
        if placed:
            contexts = contexts_of([_place(one, tokens) for one in others], placed)
        spans: dict[str, list[Span]] = {}
        for one, context in zip(others, contexts, strict=True):
            spans.setdefault(one.family, []).append(_span(one, tokens, context))
        if triggers:
            told = (one._replace(label=self.triggers[one.label].says) for one in triggers)
            spans[CONTEXT] = [_span(one, tokens, frozenset()) for one in told]
        return Text(tokens, spans)

    def _add(self, words: Iterable[str], family: str, label: str) -> None:
        node = self.phrases
        for word in words:
            node = node.then.setdefault(word, Phrases())
        node.ends = (*node.ends, (family, label))

    def _listed(self, tokens: Sequence[str]) -> Iterator[_Listed]:
        free_from: dict[str, int] = {}
        begins = self.phrases.then
        for start, token in enumerate(tokens):
            if token in begins:
                found = list(self._at(start, tokens))
                # The longest of a family stands last.
                ends = {one.family: one.end for one in found}
                free = {f for f in ends if free_from.get(f, 0) <= start}
                free_from |= {f: ends[f] for f in free}
                yield from (o for o in found if o.family in free and o.end == ends[o.family])

    def _at(self, start: int, tokens: Sequence[str]) -> Iterator[_Listed]:
        """Yield every listed phrase that begins here, the longest last; dashes are passed over."""
        node = self.phrases
        for place in range(start, len(tokens)):
            then = node.then.get(tokens[place])
            if then is None and tokens[place].isnumeric():
                then = node.then.get(ANY_NUMBER)
            if then is not None:
                node = then
                for family, label in node.ends:
                    yield _Listed(family, label, start, place + 1)
            elif tokens[place] not in DASHES:
                return


def _meant(one: _Listed, trigger: Trigger, tokens: Tokens, writing: Writing) -> tuple[Trigger, ...]:
    """Return what a trigger says; a denial that is itself denied, or to be made, is a doubt."""
    own, before = tokens.folded[one.start : one.end], max(one.start - _UNDONE_WITHIN, 0)
    if trigger.says not in {"negated", "doubted"} or writing.excludes.isdisjoint(own):
        return (trigger,)
    first = max(before, bisect_left(tokens.clauses, tokens.clauses[one.start]))
    is_undone = not writing.undoes.isdisjoint(tokens.folded[first : one.start])
    return _UNDONE if is_undone else (trigger,)


def _placed_triggers(
    one: _Listed, trigger: Trigger, tokens: Tokens, writing: Writing
) -> Iterator[PlacedTrigger]:
    """Yield a trigger where it stands, where it looks back over commas, and at items of a list."""
    placed = _placed_trigger(one, trigger, tokens)
    yield placed
    if placed.looks_ahead:
        yield from _at_items(one, placed, tokens)
    for comma in _commas_before(one.start, tokens, writing) if trigger.over_comma else ():
        at = _place(_Listed(CONTEXT, one.label, comma, comma + 1), tokens)
        yield PlacedTrigger(at, trigger, opens_list=False, closes=None, closes_within=0)


def _commas_before(start: int, tokens: Tokens, writing: Writing) -> Iterator[int]:
    """Yield the commas before a trigger behind which nothing else stands: "AVN, MRI: resolved".

    A side may stand there, if it is none of another hip: "AVN of hip, left - entered in error".
    """
    is_apart = is_sided = False
    small = DASHES | writing.asides
    for at in range(start - 1, max(start - _OVER_COMMAS, 0) - 1, -1):
        word = tokens.folded[at]
        is_side = word in writing.turns
        if tokens.sentences[at] != tokens.sentences[start]:
            return
        if word == ",":
            before = tokens.folded[bisect_left(tokens.clauses, tokens.clauses[at]) : at]
            if is_sided and not writing.turns.isdisjoint(before):
                return
            yield at
        elif not (word in small or word.isnumeric() or (is_side and is_apart)):
            return
        is_apart = is_apart or word == "," or word in DASHES
        is_sided = is_sided or is_side


def _at_items(one: _Listed, placed: PlacedTrigger, tokens: Tokens) -> Iterator[PlacedTrigger]:
    """Yield a trigger before each further item of a list that it heads: "DD: 1) OA 2) AVN"."""
    for first, item in tokens.items if placed.trigger.says in CONTEXTS else ():
        if first < item and 0 <= first - one.end <= _HEADED_WITHIN:
            at = tokens.clauses[item], tokens.scopes[item], tokens.sentences[item]
            yield replace(placed, place=Place(item - 1, item, *at))


def _placed_trigger(one: _Listed, trigger: Trigger, tokens: Tokens) -> PlacedTrigger:
    place, closes = _place(one, tokens), None
    can_close = trigger.reaches == "forward" and trigger.closes
    if can_close and _is_closing(one, tokens):
        before = one.start - 1
        is_apart = before < 0 or tokens.raw[before] != ","
        closes = place if is_apart else _place(one, tokens, before)
    within = _CLOSED_WITHIN_CJK if is_cjk(tokens.raw[one.start]) else _CLOSED_WITHIN
    return PlacedTrigger(place, trigger, ":" in tokens.raw[one.end : one.end + 1], closes, within)


def _is_closing(one: _Listed, tokens: Tokens) -> bool:
    """Tell whether no word of its clause stands behind a phrase."""
    clause, end = tokens.clauses[one.end - 1], one.end
    if tokens.raw[end : end + 1] == [")"]:
        return True
    if "".join(tokens.raw[end : end + 1]) in _CLOSING:
        end += 1
    return clause not in tokens.clauses[end : end + 1]


def _place(one: _Listed, tokens: Tokens, at: int | None = None) -> Place:
    """Return where a phrase stands: in the clause of its first token, or of the one given."""
    at = one.start if at is None else at
    return Place(one.start, one.end, tokens.clauses[at], tokens.scopes[at], tokens.sentences[at])


def _span(one: _Listed, tokens: Tokens, context: frozenset[Context]) -> Span:
    sentence, clause = tokens.sentences[one.start], tokens.clauses[one.start]
    return Span(*one, sentence, clause, context)
