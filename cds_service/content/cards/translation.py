"""A translation beside its original: same parts, same placeholders, same numbers, same lines.

No language is known here, so nobody can tell whether both mean the same; a reader can, line by
line, because they stand alike.
"""

import re
from collections import Counter
from collections.abc import Iterator

from cds_service.content.cards.card_schema import CardFile, TranslationFile
from cds_service.content.files.markdown import Sections
from cds_service.content.files.templates import wrong_marks
from cds_service.content.files.words import wrong
from cds_service.content.languages import WordsFile, texts_of
from cds_service.core.texts import CardText
from cds_service.errors import KnowledgeError

_VALUE = re.compile(r"\{\{ ([A-Za-z]+)|(\d+(?:[.,]\d+)*)")
_NOTE_KEY = re.compile(r"^(- [A-Za-z]+ [A-Za-z]+:)", re.MULTILINE)
NOTES = "Missing data"

Errors = Iterator[KnowledgeError]


def other_header(header: TranslationFile, original: CardFile) -> Errors:
    """Yield why a header is not that of a translation of this version of this card."""
    yield from wrong_marks(header.title, header.source_label)
    if header.id != original.id:
        yield wrong(header.id, f"the id must be `{original.id}`")
    if header.translates != original.version:
        words = f"this translates {header.translates}, the card is {original.version}"
        yield wrong(header.translates, words)


def other_findings(header: TranslationFile, text: CardText, original: CardText) -> Errors:
    """Yield the findings that one of two languages lacks."""
    for variant, findings in original.findings.items():
        for fact, answer in sorted(findings.keys() ^ text.findings[variant].keys()):
            where = f" of `{variant}`" if variant else ""
            words = f"the finding `{fact} {answer}`{where} stands in one language only"
            yield wrong(header, words)


def other_sections(original: Sections, translated: Sections) -> Errors:
    """Yield each section that says more or less than that of the original."""
    for heading in (name for name in original if name in translated):
        parts, others = original[heading], translated[heading]
        for name in sorted(parts.keys() - others.keys()):
            yield wrong(others[""], f"`## {name}` of the original is missing here")
        for name, section in others.items():
            if name not in parts:
                yield wrong(section, f"the original has no `## {name}` here")
                continue
            yield from _other_text(parts[name], section)
            if heading == NOTES:
                yield from _other_counts(_NOTE_KEY, parts[name], section)


def other_words(original: WordsFile, translated: WordsFile) -> Errors:
    """Yield each sentence of a language file that the original has not, or has unlike."""
    ours, theirs = texts_of(original), texts_of(translated)
    for name in [name for name in ours if name not in theirs]:
        table = [text for other, text in theirs.items() if _table(other) == _table(name)]
        yield wrong((table, translated), f"`{name}` is missing")
    for name, text in theirs.items():
        if name in ours:
            yield from _other_text(ours[name], text)
        else:
            yield wrong(text, f"words.en.yaml has no `{name}`")


def _table(name: str) -> str:
    return name.rpartition(".")[0]


def _other_text(original: str, translated: str) -> Errors:
    yield from _other_counts(_VALUE, original, translated)
    lines, others = (len(list(filter(str.strip, t.splitlines()))) for t in (original, translated))
    if lines != others:
        yield wrong(translated, f"this text has {others} lines, the original {lines}")


def _other_counts(pattern: re.Pattern[str], original: str, translated: str) -> Errors:
    """Yield each value that stands more often in one of the texts than in the other."""
    ours, theirs = (
        Counter(found[found.lastindex or 0] for found in pattern.finditer(text))
        for text in (original, translated)
    )
    for value in sorted(ours.keys() | theirs.keys()):
        if ours[value] != theirs[value]:
            found = f"{theirs[value]} times here, {ours[value]} times in the original"
            yield wrong(translated, f"`{value}` stands {found}")
