"""A text -> its words and signs in order, in one pass whose cost grows with the text alone.

Chinese and Japanese, which put no spaces between words, give one token a character.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate
from string import ascii_lowercase

from cds_service.core.words.layout import FIRST_ITEM, ITEM, in_items, in_lines

# A phrase is asked for again for each table that is proved without a part of it.
REMEMBERED_PHRASES = 32_768
# A longer text is not read, and that is said: no entry, order or report that people write is.
LONGEST_TEXT = 16_384
# No more than so many tokens stand in a sentence of a text that is read: what is worked out by
# sentence costs as much as its square.
LONGEST_SENTENCE = 1_000
# A word of fewer letters, with a full stop behind it and no capital, may be an abbreviation.
SHORTEST_LAST_WORD = 4
DASHES = frozenset("-\u2010\u2011\u2012\u2013\u2014\u2015\u2212")

CJK = "\u3005\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD = rf"[^\W_{CJK}]+"
_TOKEN = re.compile(rf"{_WORD}(?:'{_WORD})*|\n|\S")
_IS_CJK = re.compile(f"[{CJK}]")
# A Roman numeral in one character is a word of its own: `ARCOⅢA期`.
_ROMAN = re.compile("[\u2160-\u217f]+(?:[A-Da-d](?![A-Za-z]))?")
_APOSTROPHE = str.maketrans("\u2019", "'")
_FIRST_CJK = "\u3005"
_BULLETS = DASHES | frozenset("*•·#")
# What ends between two tokens; each level ends those below it too.
_CLAUSE, _SCOPE, _SENTENCE = 1, 2, 3
_LINES = frozenset({"\n", FIRST_ITEM, ITEM})
# So many ends of lines end a sentence, whatever begins behind them.
_PARAGRAPH = 2
_MAY_END = frozenset(".!。;,")
# A misspelt word begins as the word that is meant; shorter ones are too much like others.
SHORTEST_MISSPELT = 6
# "Fracture: no": what stands behind one of these is an answer.
_ANSWERED = ([":"], ["-"], ["="])


@dataclass(frozen=True, slots=True)
class Writing:
    """How charts are written: which full stops and line ends end no sentence, and misspelt words.

    `misspelt` has, for a word with one letter wrong, the word that is meant. A number behind a
    `numbered` word begins no item of a list; one of `turns` behind another, with a full stop
    between them, begins a sentence: "THA R. L hip OA". Of `asides` what is said behind a comma
    is said of what stands before it: "AVN, MRI 2023: resolved". A word that `excludes` is a doubt
    behind one that `undoes` it: "not yet excluded".
    """

    abbreviations: frozenset[str] = frozenset()
    unfinished: frozenset[str] = frozenset()
    misspelt: Mapping[str, str] = field(default_factory=dict)
    numbered: frozenset[str] = frozenset()
    turns: frozenset[str] = frozenset()
    asides: frozenset[str] = frozenset()
    excludes: frozenset[str] = frozenset()
    undoes: frozenset[str] = frozenset()


PLAIN = Writing()


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens as written and folded; by token, the numbers of its sentence, scope and clause.

    A scope is as far as a trigger of context may reach: a sentence, or less where a semicolon or a
    Chinese comma ends it. `items` has, of each item of a list on one line, the first token
    of the list and its own.
    """

    raw: list[str] = field(default_factory=list)
    folded: list[str] = field(default_factory=list)
    sentences: list[int] = field(default_factory=list)
    scopes: list[int] = field(default_factory=list)
    clauses: list[int] = field(default_factory=list)
    items: list[tuple[int, int]] = field(default_factory=list)


def plain_text(text: str) -> str:
    """Return a text with wide signs, ligatures and Roman numerals as plain letters."""
    spaced = text if text.isascii() else _ROMAN.sub(r" \g<0> ", text)
    return unicodedata.normalize("NFKC", spaced).translate(_APOSTROPHE)


@lru_cache(REMEMBERED_PHRASES)
def words_of(phrase: str) -> tuple[str, ...]:
    """Return the folded tokens by which a phrase is looked for; dashes within it say nothing.

    It remembers what it was asked, so no text of a patient is given to it.
    """
    return folded_words(phrase)


def folded_words(text: str) -> tuple[str, ...]:
    """Return the folded tokens of a text; dashes between them say nothing."""
    found = [token.casefold() for token in _TOKEN.findall(plain_text(text))]
    return tuple(token for token in found if token not in DASHES) or tuple(found)


def misspellings(words: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield each word with one letter dropped, added, changed or swapped, and what it means."""
    for word in words:
        for i in range(1, len(word) + 1):
            before, behind = word[:i], word[i:]
            rest = behind[1:]
            changed = [before + letter + behind for letter in ascii_lowercase]
            if behind:
                changed += [before + letter + rest for letter in ("", *ascii_lowercase)]
                changed.append(before + behind[1::-1] + behind[2:])
            yield from ((one, word) for one in changed)


def tokens_of(text: str, writing: Writing) -> Tokens:
    """Return the tokens of a text: as written, and folded as they are meant."""
    found = Tokens()
    levels: list[int] = []
    newlines = end = 0
    for match in _TOKEN.finditer(in_items(plain_text(in_lines(text)), writing.numbered)):
        raw = match[0]
        if raw in _LINES:
            newlines = _newlines(found, raw, newlines, writing)
            continue
        level = 0
        if found.raw and (newlines or found.raw[-1] in _MAY_END):
            level = _ended(found, raw, writing, newlines, has_gap=match.start() > end)
        found.raw.append(raw)
        levels.append(level)
        newlines, end = 0, match.end()
    found.sentences.extend(accumulate(int(level >= _SENTENCE) for level in levels))
    found.scopes.extend(accumulate(int(level >= _SCOPE) for level in levels))
    found.clauses.extend(accumulate(int(level >= _CLAUSE) for level in levels))
    folded = map(str.casefold, found.raw)
    found.folded.extend(writing.misspelt.get(word, word) for word in folded)
    return found


def _newlines(found: Tokens, raw: str, newlines: int, writing: Writing) -> int:
    """Return how many lines have ended, with this end of one or mark of an item of a list."""
    place = len(found.raw)
    if raw == "\n":
        return newlines + (not _goes_on(found.raw, writing))
    if raw == FIRST_ITEM or not found.items:
        found.items.append((place, place))
        return newlines
    found.items.append((found.items[-1][0], place))
    return _PARAGRAPH


def _goes_on(raw: Sequence[str], writing: Writing) -> bool:
    """Tell whether a line ends with a word that asks for another one, and is no answer: "no"."""
    return bool(raw) and raw[-1].casefold() in writing.unfinished and raw[-2:-1] not in _ANSWERED


def _ended(found: Tokens, raw: str, writing: Writing, newlines: int, *, has_gap: bool) -> int:
    """Tell what has ended between the last token and the next one."""
    last, before = found.raw[-1], found.raw[-2].casefold() if len(found.raw) > 1 else ""
    is_cjk_word = is_cjk(raw)
    is_start = is_cjk_word or raw[0].isupper() or raw[0].isdigit() or raw in _BULLETS
    if last == "。" or newlines >= _PARAGRAPH or (newlines and is_start):
        return _SENTENCE
    if last in {".", "!"}:
        is_turn = before in writing.turns and raw.casefold() in writing.turns
        is_numbered = found.items[-1:] != [] and found.items[-1][1] == len(found.raw) - 2
        is_short = is_numbered or (before in writing.abbreviations and not is_turn)
        is_last_word = len(before) >= SHORTEST_LAST_WORD and before.isalpha()
        is_new = is_cjk_word or is_turn or (has_gap and (is_start or is_last_word))
        return _SENTENCE if is_new and not (is_short and last == ".") else 0
    if last == ";":
        return _SCOPE
    if last == ",":
        return _SCOPE if is_cjk_word or is_cjk(before) else _CLAUSE
    return 0


def longest_sentence(tokens: Tokens) -> int:
    """Return how many tokens the longest sentence has."""
    return max(Counter(tokens.sentences).values(), default=0)


def is_cjk(token: str) -> bool:
    """Tell whether a token is a Chinese or Japanese character."""
    return token >= _FIRST_CJK and _IS_CJK.match(token) is not None
