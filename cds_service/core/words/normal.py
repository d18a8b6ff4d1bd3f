"""How free text is made comparable and cut into sentences, and how listed words are looked for.

All that reads free text (topics, stages, sides) stands on this and on words that are data, so a
rule on text in general, such as what a negation reaches, has its place beside `sentences`.

There are two forms of a text. `normal_text` folds case, width and dashes: enough to look for
phrases. `one_line` keeps case and signs, since a stage hangs on them: `IIIA` is not `III a`, and
`2-3` is a range.
"""

import re
import unicodedata
from collections.abc import Iterable
from itertools import pairwise
from re import Pattern

# What ends a word of a stage: `2019` goes on after `2`, but a Chinese character after it does not.
ALNUM = "A-Za-z0-9"

_DASHES = re.compile("[-\u2010-\u2015\u2212]")
_APOSTROPHE = str.maketrans("\u2019", "'")
# A full stop ends a sentence only before a capital: `approx. 3 cm` goes on.
_SENTENCE_END = re.compile(r"(?<=[.!])\s+(?=[A-Z])|(?<=\u3002)")
_PARAGRAPH = re.compile(r"\s*\n\s*\n\s*")
# A letter or digit of a script that puts spaces between words; Chinese and Japanese do not.
_LETTER = r"[^\W\u3040-\u30ff\u3400-\u9fff]"
_NOT_INSIDE_A_WORD = f"(?!(?<={_LETTER}){_LETTER})"


def normal_text(text: str) -> str:
    """Return the form in which texts and phrases are compared."""
    folded = unicodedata.normalize("NFKC", text).translate(_APOSTROPHE).casefold()
    return " ".join(_DASHES.sub(" ", folded).split())


def one_line(text: str) -> str:
    """Return the text with Roman numerals and wide signs as plain letters, on one line.

    An empty line ends a sentence, so it becomes a full stop (the Chinese one, which is no sign of
    a number).
    """
    paragraphs = _PARAGRAPH.sub("。", text)
    return " ".join(unicodedata.normalize("NFKC", paragraphs).split())


def sentences(text: str) -> list[str]:
    """Return the sentences of a text, each in its normal form."""
    return [normal_text(part) for part in _SENTENCE_END.split(unicodedata.normalize("NFKC", text))]


def stretches(text: str, ends: Pattern[str]) -> list[tuple[int, int]]:
    """Return where the parts of a text begin and end, cut behind each of `ends`."""
    cuts = [0, *(match.end() for match in ends.finditer(text)), len(text) + 1]
    return list(pairwise(cuts))


def any_of(phrases: Iterable[str]) -> Pattern[str] | None:
    """Return what finds any of some phrases in a `normal_text`; None without phrases."""
    normal = sorted({normal_text(phrase) for phrase in phrases}, key=lambda p: (-len(p), p))
    listed = "|".join(map(re.escape, normal))
    return re.compile(f"{_NOT_INSIDE_A_WORD}(?:{listed}){_NOT_INSIDE_A_WORD}") if normal else None


def any_word(words: Iterable[str]) -> str:
    """Match any of the words in `one_line`: Chinese anywhere, everything else on whole words.

    The longest is tried first, so that `stage` does not hide `staged as`.
    """
    ordered = sorted(words, key=len, reverse=True)
    return "(?:" + "|".join(map(_whole_word, ordered)) + ")"


def spelled(phrase: str) -> str:
    """Match a phrase with any, or no, white space between its words and around its brackets.

    `Ficat (Arlet)` is also written `Ficat(Arlet)` and `Ficat ( Arlet )`.
    """
    loose = re.sub(r"([(&+/)])", r" \1 ", phrase).split()
    return r"\s*".join(map(re.escape, loose))


def _whole_word(word: str) -> str:
    before = rf"(?<![{ALNUM}])" if word[0].isascii() and word[0].isalnum() else ""
    after = rf"(?![{ALNUM}])" if word[-1].isascii() and word[-1].isalnum() else ""
    return f"{before}{spelled(word)}{after}"
