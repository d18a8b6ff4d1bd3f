"""Tells quickly that a text names nothing: most of a chart's words are about something else."""

import re
from collections.abc import Iterable, Mapping

from cds_service.core.words.tokens import CJK, folded_words, plain_text, words_of

# Of ASCII: small letters and digits stay, capitals become small, all else parts words.
_FOLDED = bytes(ord(chr(i).lower()) if chr(i).isalnum() and i < 128 else 32 for i in range(256))
_CJK_RUN = re.compile(f"[{CJK}]+")


class Anchors:
    """The phrases for whose sake an entry of any code has to be looked at, misspelt or not.

    A phrase of words stands only where all of its words do: its longest is looked for first. Of a
    phrase with Chinese characters, those side by side are looked for.
    """

    def __init__(self, phrases: Iterable[str], misspelt: Mapping[str, str]) -> None:
        by_word: dict[str, set[frozenset[str]]] = {}
        runs: set[str] = set()
        for words in map(words_of, phrases):
            if found := _CJK_RUN.findall("".join(words)):
                runs.add(max(found, key=len))
            else:
                by_word.setdefault(max(words, key=len), set()).add(frozenset(words))
        self._by_word = by_word
        self._misspelt = misspelt
        words = (*by_word, *(wrong for wrong, word in misspelt.items() if word in by_word))
        self._keys = frozenset(_folded(word)[0] for word in words if word.isascii())
        self._runs = tuple(sorted(a for a in runs if not any(b in a for b in runs - {a})))

    def may_stand_in(self, text: str) -> bool:
        """Tell whether one of the phrases may stand in a text."""
        if text.isascii():
            if self._keys.isdisjoint(_folded(text)):
                return False
        else:
            folded = plain_text(text).casefold()
            if any(run in folded for run in self._runs):
                return True
        misspelt = self._misspelt
        words = frozenset(misspelt.get(word, word) for word in folded_words(text))
        found = (phrase for word in words & self._by_word.keys() for phrase in self._by_word[word])
        return any(phrase <= words for phrase in found)


def _folded(text: str) -> list[bytes]:
    return text.encode().translate(_FOLDED).split()
