"""A text -> its words and signs in order, in one pass whose cost grows with the text alone.

Chinese and Japanese, which put no spaces between words, give one token a character.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from string import ascii_lowercase

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
_MAY_END = frozenset(".!。;,")
# A misspelt word begins as the word that is meant; shorter ones are too much like others.
SHORTEST_MISSPELT = 6
# "Fracture: no": what stands behind one of these is an answer.
_ANSWERED = ([":"], ["-"], ["="])


@dataclass(frozen=True, slots=True)
class Writing:
    """How charts are written: which full stops and line ends end no sentence, and misspelt words.

    `misspelt` has, for a word with one letter wrong, the word that is meant.
    """

    abbreviations: frozenset[str] = frozenset()
    unfinished: frozenset[str] = frozenset()
    misspelt: Mapping[str, str] = field(default_factory=dict)


PLAIN = Writing()


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens as written and folded; by token, the numbers of its sentence, scope and clause.

    A scope is as far as a trigger of context may reach: a sentence, or less where a semicolon or a
    Chinese comma ends it.
    """

    raw: list[str] = field(default_factory=list)
    folded: list[str] = field(default_factory=list)
    sentences: list[int] = field(default_factory=list)
    scopes: list[int] = field(default_factory=list)
    clauses: list[int] = field(default_factory=list)


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
    sentence = scope = clause = newlines = end = 0
    last = ""
    for match in _TOKEN.finditer(plain_text(text)):
        raw = match[0]
        if raw == "\n":
            newlines += not _goes_on(found.raw, writing)
            continue
        if (newlines or last in _MAY_END) and last:
            level = _ended(found, raw, writing, newlines, has_gap=match.start() > end)
            sentence += level >= _SENTENCE
            scope += level >= _SCOPE
            clause += level >= _CLAUSE
        found.raw.append(raw)
        found.sentences.append(sentence)
        found.scopes.append(scope)
        found.clauses.append(clause)
        last, newlines, end = raw, 0, match.end()
    folded = map(str.casefold, found.raw)
    found.folded.extend(writing.misspelt.get(word, word) for word in folded)
    return found


def _goes_on(raw: Sequence[str], writing: Writing) -> bool:
    """Tell whether a line ends with a word that asks for another one, and is no answer: "no"."""
    return bool(raw) and raw[-1].casefold() in writing.unfinished and raw[-2:-1] not in _ANSWERED


def _ended(found: Tokens, raw: str, writing: Writing, newlines: int, *, has_gap: bool) -> int:
    """Tell what has ended between the last token and the next one."""
    last, before = found.raw[-1], found.raw[-2].casefold() if len(found.raw) > 1 else ""
    is_cjk_word = is_cjk(raw)
    is_start = is_cjk_word or raw[0].isupper() or raw[0].isdigit() or raw in _BULLETS
    if last == "。" or newlines > 1 or (newlines and is_start):
        return _SENTENCE
    is_last_word = len(before) >= SHORTEST_LAST_WORD and before.isalpha()
    if last in {".", "!"} and (is_cjk_word or (has_gap and (is_start or is_last_word))):
        return 0 if last == "." and before in writing.abbreviations else _SENTENCE
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
