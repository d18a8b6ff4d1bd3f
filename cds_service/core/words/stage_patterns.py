"""The words of `staging.yaml` -> the regular expressions that find a stage in one line of text."""

import re
from collections.abc import Iterable, Sequence
from re import Pattern

from msgspec.structs import asdict

from cds_service.core.words.normal import ALNUM, any_word, spelled
from cds_service.core.words.staging import StagingSystem, Wording

_LETTER = r"[A-Da-d]"
_CJK = "\u4e00-\u9fff"
# Signs that make a range or a list of two numbers.
_SIGNS = r"[-–—~/+&<>、]|±"
_MOST_BETWEEN = 24


class Staging:
    """The staging systems by id, and what finds their stages in one line of text.

    A text that holds none of `stems` names no system: this is asked first, as it costs little.

    `forward` and `type_only` are by system id and begin where the name of the system ends;
    `backward` ends where the name begins.
    """

    def __init__(self, systems: Iterable[StagingSystem], wording: Wording) -> None:
        parts = _Parts(wording)
        self.systems = {system.id: system for system in systems}
        self.numbers = numbers_of(wording.numerals)
        self.levels = {
            (system.id, self.numbers[level.name.upper()]): level
            for system in self.systems.values()
            for level in system.stages
        }
        by_name = {name: system for system in self.systems.values() for name in system.names}
        names = sorted(by_name, key=len, reverse=True)
        self.stems = frozenset(_stem(name) for name in names)
        self.named = {f"n{i}": by_name[name] for i, name in enumerate(names)}
        mention = "|".join(f"(?P<n{i}>{spelled(name)})" for i, name in enumerate(names))
        self.mention = _compiled(rf"(?<![{ALNUM}])(?:{mention})(?={parts.whole}|[^A-Za-z]|$)")
        self.forward = {name: _compiled(parts.forward(one)) for name, one in self.systems.items()}
        self.type_only = {
            name: _compiled(f"{parts.gap(one)}(?:{_types(one)})(?![{ALNUM}])")
            for name, one in self.systems.items()
            if one.types
        }
        self.backward = _compiled(parts.backward())
        joins = any_word(wording.joins)
        self.joined_before = _compiled(rf"(?:{_SIGNS}|\b(?:{joins}))\s*$")
        self.stray = _compiled(parts.stray())
        self.sentence_end = _compiled(parts.sentence_end())
        self.clause_end = _compiled(rf"[,;。、]|\.(?=\s|$)|{joins}")
        sides = asdict(wording.sides).items()
        self.side = _compiled("|".join(f"(?P<{side}>{any_word(words)})" for side, words in sides))
        self.stage_word = _compiled(any_word(wording.stage_words))
        self.doubt = _compiled(any_word(wording.doubts))
        self.hip = _compiled(any_word(wording.hip_words))
        self.other_site = _compiled(any_word(wording.other_sites))


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
        self._joint = rf"(?:{_SIGNS}|{any_word(wording.joins)})"
        # A whole number of a stage, as in `ARCO2` or `ARCO IIIA`, where no letter follows.
        self.whole = rf"(?:{self._number}){_LETTER}?(?![{ALNUM}])"

    def forward(self, system: StagingSystem) -> str:
        """Match from the end of a name: what may stand between, the number, and what follows.

        `ARCO stage III A`, `ARCO: IIIA`, `ARCO III期`. With a suffix (`期`) any word may follow;
        without one no letter may, or the `I` of `ARCO Imaging` would be a stage.
        """
        return (
            rf"(?P<gap>{self.gap(system)})(?P<number>{self._number})"
            rf"(?:(?P<space>[\s-]?)(?P<letter>{_LETTER}))?"
            rf"(?P<suffix>\s*(?:{self._suffix}))?"
            rf"(?(suffix)|(?![{ALNUM}{_CJK}])){self._not_after()}"
        )

    def backward(self) -> str:
        """Match a stage that ends where a name begins: `stage II according to`, `II期(`.

        A number alone is none: in `grade 2 ARCO` it needs the word, in `II期 ARCO` the suffix.
        """
        links = rf"(?:\s|[(\[,:]|{any_word((*self._wording.between, *self._wording.links))})*"
        number = rf"(?:{self._number})(?:[\s-]?{_LETTER})?"
        return (
            rf"(?<![{ALNUM}])(?:(?:{any_word(self._wording.stage_words)})[\s:]*"
            rf"(?P<worded>{number})(?![{ALNUM}])(?:\s*(?:{self._suffix}))?"
            rf"|(?P<suffixed>{number})\s*(?:{self._suffix})){links}$"
        )

    def gap(self, system: StagingSystem) -> str:
        """Match what may stand between a name and its number: `ARCO classification, stage: "`.

        A dash counts only where no digit follows it, as it may be a minus or the sign of a range.
        At most so many pieces, so that a number far away is not taken for the stage.
        """
        between = (*self._wording.stage_words, *self._wording.between, *self._wording.type_words)
        types = rf"|(?:{_types(system)})(?![{ALNUM}])" if system.types else ""
        words = rf"{any_word(between)}{types}"
        return rf"(?:\s|[:=(\[)\]\"',]|-(?!\d)|{words}){{0,{_MOST_BETWEEN}}}"

    def stray(self) -> str:
        """Match what looks like a stage, wherever it stands: it makes the whole text unread.

        Where one stage is read and `stage 3`, `III` or a year is left over, the text may speak of
        a second stage or of an earlier day. A lone `I` is a word of English, so it is not here.
        """
        number = rf"(?:{self._number}){_LETTER}?(?![{ALNUM}])"
        return (
            rf"(?<![{ALNUM}])(?:(?:{any_word(self._wording.stage_words)})s?[\s:]*{number}"
            rf"|(?:{self._number})\s*{_LETTER}?\s*(?:{self._suffix})"
            rf"|(?-i:II|III){_LETTER}?(?![{ALNUM}])|(?:19|20)\d\d(?!\d))"
        )

    def sentence_end(self) -> str:
        """Match the end of a sentence, but no full stop of a number or an abbreviation."""
        shortened = "".join(rf"(?<!\b{re.escape(a)})" for a in self._wording.abbreviations)
        return rf"{shortened}\.(?=\s|$)|[;。!]"

    def _not_after(self) -> str:
        """Refuse a number that goes on.

        `II/III` and `II or III` (a range), `II (III)` (two opinions), `2 cm` (a unit), `2.5`, `2+`,
        `II, III` (a list), `3 B` (a letter that was not taken with the number).
        """
        other = rf"(?:{self._number}|{_LETTER})(?![A-Za-z])"
        units = "|".join(map(re.escape, self._wording.units))
        return (
            rf"(?!\s*{self._joint}\s*{other})(?!\s*[(\[]\s*{other})(?!\s*(?:{units}))"
            rf"(?!\.\d)(?!\s*\+)(?!,\s*{self.whole})(?!\s*(?-i:[A-D])(?![A-Za-z]))"
        )


def _stem(name: str) -> str:
    """Return the longest run of letters of a name: a text without any of these names no system."""
    runs: list[str] = re.findall(r"[^\W\d_]+", name.casefold())
    return max(runs, key=len)


def _types(system: StagingSystem) -> str:
    return "|".join(map(re.escape, sorted(system.types, key=len, reverse=True)))


def _compiled(pattern: str) -> Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)
