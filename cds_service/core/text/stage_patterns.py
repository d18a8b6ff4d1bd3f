"""The words of staging -> regular expressions over normalised text; refuses to know any stage."""

import re
from collections.abc import Iterable, Mapping, Sequence
from re import Pattern

from msgspec.structs import asdict

from cds_service.core.text.staging import Patterns, StagingSystem, Wording

_LETTER = r"[A-Da-d]"
_ALNUM = "A-Za-z0-9"
_CJK = "\u4e00-\u9fff"
# Signs that make a range or a list of two numbers.
_SIGNS = r"[-–—~/+&<>、]|±"
_MOST_BETWEEN = 24


def make_patterns(systems: Mapping[str, StagingSystem], wording: Wording) -> Patterns:
    """Compile what finds the systems of `systems` in the words of `wording`."""
    parts = _Parts(wording)
    spelled = {name: system for system in systems.values() for name in system.names}
    names = sorted(spelled, key=len, reverse=True)
    mention = "|".join(f"(?P<n{i}>{_spelled(name)})" for i, name in enumerate(names))
    return Patterns(
        mention=_compiled(rf"(?<![{_ALNUM}])(?:{mention})(?={parts.whole}|[^A-Za-z]|$)"),
        stems=frozenset(_stem(name) for name in names),
        systems={f"n{i}": spelled[name] for i, name in enumerate(names)},
        forward={name: _compiled(parts.forward(system)) for name, system in systems.items()},
        type_only={
            name: _compiled(f"{parts.gap(system)}(?:{_types(system)})(?![{_ALNUM}])")
            for name, system in systems.items()
            if system.types
        },
        backward=_compiled(parts.backward()),
        joined_before=_compiled(rf"(?:{_SIGNS}|\b(?:{_words(wording.joins)}))\s*$"),
        stage_word=_compiled(_words(wording.stage_words)),
        stray=_compiled(parts.stray()),
        sentence_end=_compiled(parts.sentence_end()),
        clause_end=_compiled(rf"[,;。、]|\.(?=\s|$)|{_words(wording.joins)}"),
        doubt=_compiled(_words(wording.doubts)),
        side=_compiled(
            "|".join(
                f"(?P<{side}>{_words(words)})" for side, words in asdict(wording.sides).items()
            )
        ),
        hip=_compiled(_words(wording.hip_words)),
        other_site=_compiled(_words(wording.other_sites)),
        numbers=numbers_of(wording.numerals),
    )


def numbers_of(numerals: Sequence[Sequence[str]]) -> dict[str, int]:
    """Return each spelling of a number in capitals, with the number: the place of its row."""
    return {word.upper(): number for number, row in enumerate(numerals) for word in row}


class _Parts:
    """The pieces that several expressions share."""

    def __init__(self, wording: Wording) -> None:
        self._wording = wording
        spellings = sorted((s for row in wording.numerals for s in row), key=len, reverse=True)
        self._number = "|".join(map(re.escape, spellings))
        self._suffix = "|".join(map(re.escape, wording.suffixes))
        self._joint = rf"(?:{_SIGNS}|{_words(wording.joins)})"
        self.whole = rf"(?:{self._number}){_LETTER}?(?![{_ALNUM}])"

    def forward(self, system: StagingSystem) -> str:
        """Match from the end of a name: what may stand between, the number, and what follows."""
        return (
            rf"(?P<gap>{self.gap(system)})(?P<number>{self._number})"
            rf"(?:(?P<space>[\s-]?)(?P<letter>{_LETTER}))?"
            rf"(?P<suffix>\s*(?:{self._suffix}))?"
            rf"(?(suffix)|(?![{_ALNUM}{_CJK}])){self._not_after()}"
        )

    def backward(self) -> str:
        """Match a stage that ends where a name begins: `stage II according to`, `II期(`."""
        links = rf"(?:\s|[(\[,:]|{_words((*self._wording.between, *self._wording.links))})*"
        number = rf"(?:{self._number})(?:[\s-]?{_LETTER})?"
        return (
            rf"(?<![{_ALNUM}])(?:(?:{_words(self._wording.stage_words)})[\s:]*"
            rf"(?P<worded>{number})(?![{_ALNUM}])(?:\s*(?:{self._suffix}))?"
            rf"|(?P<suffixed>{number})\s*(?:{self._suffix})){links}$"
        )

    def gap(self, system: StagingSystem) -> str:
        """Match what may stand between a name and its number."""
        between = (*self._wording.stage_words, *self._wording.between, *self._wording.type_words)
        types = rf"|(?:{_types(system)})(?![{_ALNUM}])" if system.types else ""
        words = rf"{_words(between)}{types}"
        return rf"(?:\s|[:=(\[)\]\"',]|-(?!\d)|{words}){{0,{_MOST_BETWEEN}}}"

    def stray(self) -> str:
        """Match what looks like a stage, wherever it stands."""
        number = rf"(?:{self._number}){_LETTER}?(?![{_ALNUM}])"
        return (
            rf"(?<![{_ALNUM}])(?:(?:{_words(self._wording.stage_words)})s?[\s:]*{number}"
            rf"|(?:{self._number})\s*{_LETTER}?\s*(?:{self._suffix})"
            rf"|(?-i:II|III){_LETTER}?(?![{_ALNUM}])|(?:19|20)\d\d(?!\d))"
        )

    def sentence_end(self) -> str:
        """Match the end of a sentence, but no full stop of a number or an abbreviation."""
        shortened = "".join(rf"(?<!\b{re.escape(a)})" for a in self._wording.abbreviations)
        return rf"{shortened}\.(?=\s|$)|[;。!]"

    def _not_after(self) -> str:
        other = rf"(?:{self._number}|{_LETTER})(?![A-Za-z])"
        units = "|".join(map(re.escape, self._wording.units))
        return (
            rf"(?!\s*{self._joint}\s*{other})(?!\s*[(\[]\s*{other})(?!\s*(?:{units}))"
            rf"(?!\.\d)(?!\s*\+)(?!,\s*{self.whole})(?!\s*(?-i:[A-D])(?![A-Za-z]))"
        )


def _words(words: Iterable[str]) -> str:
    """Match any of the words: Chinese anywhere, everything else on whole words."""
    ordered = sorted(words, key=len, reverse=True)
    return "(?:" + "|".join(map(_word, ordered)) + ")"


def _word(word: str) -> str:
    before = rf"(?<![{_ALNUM}])" if word[0].isascii() and word[0].isalnum() else ""
    after = rf"(?![{_ALNUM}])" if word[-1].isascii() and word[-1].isalnum() else ""
    return f"{before}{_spelled(word)}{after}"


def _spelled(phrase: str) -> str:
    """Match a phrase with any, or no, white space between its words and around its brackets."""
    loose = re.sub(r"([(&+/)])", r" \1 ", phrase).split()
    return r"\s*".join(map(re.escape, loose))


def _stem(name: str) -> str:
    """Return the longest run of letters of a name: a text without any of these names no system."""
    runs: list[str] = re.findall(r"[^\W\d_]+", name.casefold())
    return max(runs, key=len)


def _types(system: StagingSystem) -> str:
    return "|".join(map(re.escape, sorted(system.types, key=len, reverse=True)))


def _compiled(pattern: str) -> Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)
