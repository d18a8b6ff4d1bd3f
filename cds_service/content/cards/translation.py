"""A translation beside its original: same parts, same placeholders, same numbers, same lines.

Refuses to know any language, so it cannot tell whether both mean the same; a reader can, line by
line, because they stand alike.
"""

import re
from collections import Counter
from collections.abc import Mapping
from functools import partial

from cds_service.content.cards.card_schema import CardFile, TranslationFile
from cds_service.content.files.markdown import Sections
from cds_service.content.files.schema import WordsFile
from cds_service.content.files.source import Document
from cds_service.content.files.templates import Fail, check_plain
from cds_service.content.languages import texts_of

_VALUE = re.compile(r"\{\{ [A-Za-z]+|\d+(?:[.,]\d+)*")
_NOTE_KEY = re.compile(r"^- [A-Za-z]+ [A-Za-z]+:", re.MULTILINE)
NOTES = "Missing data"


def read_header(document: Document, original: CardFile) -> TranslationFile:
    """Return the block at the top of a translation of this version of this card."""
    header = document.read_as(TranslationFile)
    check_plain(header.title, partial(document.error, "$.title"))
    check_plain(header.source_label, partial(document.error, "$.sourceLabel"))
    if header.id != original.id:
        raise document.error("$.id", f"the id must be `{original.id}`")
    if header.translates != original.version:
        raise document.error(
            "$.translates", f"this translates {header.translates}, the card is {original.version}"
        )
    return header


def check_same_sections(original: Sections, translated: Sections) -> None:
    """Raise at the first section that says more or less than that of the original."""
    for heading in (name for name in original if name in translated):
        parts, others = original[heading], translated[heading]
        for name in sorted(parts.keys() - others.keys()):
            raise others[""].error(f"`## {name}` of the original is missing here")
        for name, section in others.items():
            if name not in parts:
                raise section.error(f"the original has no `## {name}` here")
            _check_same(parts[name].text, section.text, section.error)
            if heading == NOTES:
                _check_counts(_NOTE_KEY, parts[name].text, section.text, section.error)


def check_same_words(original: Document, translated: Document) -> None:
    """Raise at the first sentence of a language file that the original has not, or has unlike."""
    ours = texts_of(original.read_as(WordsFile))
    theirs = texts_of(translated.read_as(WordsFile))
    for place in [place for place in ours if place not in theirs]:
        raise translated.error(place, f"`{place.removeprefix('$.')}` is missing")
    for place, text in theirs.items():
        if place not in ours:
            raise translated.error(place, f"words.en.yaml has no `{place.removeprefix('$.')}`")
        _check_same(ours[place], text, partial(translated.error, place))


def _check_same(original: str, translated: str, fail: Fail) -> None:
    _check_counts(_VALUE, original, translated, fail)
    lines, others = (len(list(filter(str.strip, t.splitlines()))) for t in (original, translated))
    if lines != others:
        raise fail(f"this text has {others} lines, the original {lines}")


def _check_counts(pattern: re.Pattern[str], original: str, translated: str, fail: Fail) -> None:
    """Raise where a value stands more often in one of the texts than in the other."""
    ours, theirs = (_counts(pattern, text) for text in (original, translated))
    for value in sorted(ours.keys() | theirs.keys()):
        if ours[value] != theirs[value]:
            found = f"{theirs[value]} times here, {ours[value]} times in the original"
            raise fail(f"`{value.removeprefix('{{ ')}` stands {found}")


def _counts(pattern: re.Pattern[str], text: str) -> Mapping[str, int]:
    return Counter(pattern.findall(text))
