"""The sentences of a card file and of the shared notes, each with its origins."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

from cds_service.content.cards.card_text import FOR_ALL
from cds_service.content.cards.cards import SOURCE_LANGUAGE
from cds_service.content.files.markdown import ORIGINS, Section, read_card_file
from cds_service.content.files.schema import WordsFile
from cds_service.content.files.source import read_document

FINDINGS, MISSING_DATA = "Findings", "Missing data"
NOTES = "notes"
_OTHERWISE = re.compile(r' \| otherwise\("[^"{}]*"\)')
_NOTE_KEY = re.compile(r"([A-Za-z]+ [A-Za-z]+): ")
_BETWEEN = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9{\"'])")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence without bold and without `otherwise`, and the origins that stand behind it.

    `heading` is that of the card file, or `notes` of the shared words; `part` is the subheading (a
    variant or a suggestion; "" where all variants say it), or the `fact answer` of a note.
    """

    file: str
    line: int
    heading: str
    part: str
    text: str
    origins: tuple[str, ...]


def read_card_sentences(card_id: str, root: Path) -> list[Sentence]:
    """Return every sentence below the front matter of a card, in the source language."""
    _, sections = read_card_file(root / card_id / "card.md", root)
    return [
        sentence
        for heading, parts in sections.items()
        for part, section in parts.items()
        for sentence in _in_section(heading, "" if part == FOR_ALL else part, section)
    ]


def read_shared_sentences(root: Path) -> list[Sentence]:
    """Return every sentence of the notes that all cards share, in the source language."""
    document = read_document(root / f"words.{SOURCE_LANGUAGE}.yaml", root)
    return [
        Sentence(
            document.file, document.lines[f"$.notes.{fact}.{answer}"], NOTES, key, text, origins
        )
        for fact, answers in document.read_as(WordsFile).notes.items()
        for answer, note in answers.items()
        for key in [f"{fact} {answer}"]
        for text, origins in _split(note)
    ]


def _in_section(heading: str, part: str, section: Section) -> Iterator[Sentence]:
    for token in MarkdownIt().parse(section.written):
        if token.type == "inline" and token.map:
            line, text, name = section.starts + token.map[0], token.content, part
            note = _NOTE_KEY.match(text) if heading in (FINDINGS, MISSING_DATA) else None
            if note:
                text, name = text[note.end() :], note[1]
            for sentence, origins in _split(text):
                yield Sentence(section.file, line, heading, name, sentence, origins)


def _split(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each sentence with its origins; none where another sentence stands in between."""
    *marked, rest = ORIGINS.split(text)
    for written, origins in zip(marked[::2], marked[1::2], strict=True):
        *bare, last = _sentences(written) or [f"[{origins}]", ""]
        yield from ((sentence, ()) for sentence in bare)
        yield last, tuple(origins.split(", "))
    yield from ((sentence, ()) for sentence in _sentences(rest))


def _sentences(text: str) -> list[str]:
    plain = " ".join(_OTHERWISE.sub("", text).replace("**", "").split())
    return _BETWEEN.split(plain) if plain else []
