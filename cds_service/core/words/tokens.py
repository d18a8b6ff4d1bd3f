"""A text -> its words and signs in order, in one pass whose cost grows with the text alone.

Chinese and Japanese, which put no spaces between words, give one token a character.
"""

import re
import unicodedata
from collections.abc import Container
from dataclasses import dataclass, field
from enum import IntEnum

# A longer text is not read, and that is said: no entry, order or report that people write is.
LONGEST_TEXT = 32_768
DASHES = frozenset("-\u2010\u2011\u2012\u2013\u2014\u2015\u2212")

_CJK = "\u3005\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD = rf"[^\W_{_CJK}]+"
_TOKEN = re.compile(rf"{_WORD}(?:'{_WORD})*|\n|\S")
_IS_CJK = re.compile(f"[{_CJK}]")
# A Roman numeral in one character is a word of its own: `ARCOⅢA期`.
_ROMAN = re.compile("[\u2160-\u217f]+(?:[A-Da-d](?![A-Za-z]))?")
_APOSTROPHE = str.maketrans("\u2019", "'")
_BULLETS = DASHES | frozenset("*•·#")


class _Cut(IntEnum):
    """How much ends between two tokens: each level ends those before it too."""

    NOTHING = 0
    CLAUSE = 1
    SCOPE = 2
    SENTENCE = 3


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

    def add(self, raw: str, cut: int) -> None:
        """Add a token behind a cut."""
        self.raw.append(raw)
        self.folded.append(raw.casefold())
        for numbers, level in (
            (self.sentences, _Cut.SENTENCE),
            (self.scopes, _Cut.SCOPE),
            (self.clauses, _Cut.CLAUSE),
        ):
            numbers.append((numbers[-1] if numbers else 0) + (cut >= level))


def plain_text(text: str) -> str:
    """Return a text with wide signs, ligatures and Roman numerals as plain letters."""
    spaced = text if text.isascii() else _ROMAN.sub(r" \g<0> ", text)
    return unicodedata.normalize("NFKC", spaced).translate(_APOSTROPHE)


def words_of(phrase: str) -> tuple[str, ...]:
    """Return the folded tokens by which a phrase is looked for; dashes within it say nothing."""
    found = [token.casefold() for token in _TOKEN.findall(plain_text(phrase))]
    return tuple(token for token in found if token not in DASHES) or tuple(found)


def tokens_of(text: str, abbreviations: Container[str]) -> Tokens:
    """Return the tokens of a text; a full stop behind one of the abbreviations ends no sentence."""
    found, newlines, end = Tokens(), 0, 0
    for match in _TOKEN.finditer(plain_text(text)):
        raw = match[0]
        if raw == "\n":
            newlines += 1
            continue
        cut = _Cut.NOTHING
        if found.raw:
            is_start = raw[0].isupper() or raw[0].isdigit() or raw in _BULLETS or _is_cjk(raw)
            if newlines > 1 or (newlines and is_start):
                cut = _Cut.SENTENCE
            else:
                cut = _cut(found, raw, abbreviations, is_start=is_start and match.start() > end)
        found.add(raw, cut)
        newlines, end = 0, match.end()
    return found


def _cut(found: Tokens, raw: str, abbreviations: Container[str], *, is_start: bool) -> _Cut:
    """Tell what ends between two tokens of a line."""
    last, before = found.raw[-1], found.folded[-2] if len(found.raw) > 1 else ""
    if last in {".", "!"} and (is_start or _is_cjk(raw)):
        return _Cut.NOTHING if last == "." and before in abbreviations else _Cut.SENTENCE
    if last == "。":
        return _Cut.SENTENCE
    if last == ";":
        return _Cut.SCOPE
    if last == ",":
        return _Cut.SCOPE if _is_cjk(raw) or _is_cjk(before) else _Cut.CLAUSE
    return _Cut.NOTHING


def _is_cjk(token: str) -> bool:
    return _IS_CJK.match(token) is not None
