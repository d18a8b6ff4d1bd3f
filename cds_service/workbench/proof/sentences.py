"""The sentences of a card file and of the shared notes, each with its origins."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

from cds_service.content.cards.card_schema import CardFile
from cds_service.content.cards.card_text import FOR_ALL
from cds_service.content.files.markdown import ORIGINS, Section, read_card_file
from cds_service.content.files.words import Word, place_of
from cds_service.content.languages import SOURCE_LANGUAGE, read_language

NOTED = ("Findings", "Missing data")
NOTES = "notes"
_OTHERWISE = re.compile(r' \| otherwise\("[^"{}]*"\)')
_NOTE_KEY = re.compile(r"([A-Za-z]+ [A-Za-z]+): ")
_BETWEEN = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9{\"'])")
# Paragraphs and list items; what is bold or a link within them is not looked at.
_BLOCKS = MarkdownIt().disable("inline")
Origins = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence without bold and without `otherwise`, and the origins that stand behind it.

    `owner` is the card whose file holds it, or "" for a note that all cards share. `heading` is
    that of the card file, or `notes` of the shared words; `part` is the subheading (a variant or a
    suggestion; "" where all variants say it), or the `fact answer` of a note.
    """

    owner: str
    heading: str
    part: str
    text: Word
    origins: Origins


def read_front_matter(card_id: str, root: Path) -> CardFile:
    """Return the block at the top of a card, with the places of its words."""
    return read_card_file(root / card_id / "card.md", root, CardFile)[0]


def card_sentences(card_id: str, root: Path) -> list[Sentence]:
    """Return every sentence below the front matter of a card, in the source language."""
    _, sections = read_card_file(root / card_id / "card.md", root, CardFile)
    return [
        Sentence(card_id, heading, note or ("" if part == FOR_ALL else part), sentence, origins)
        for heading, parts in sections.items()
        for part, section in parts.items()
        for note, text in _paragraphs(section, may_be_notes=heading in NOTED)
        for sentence, origins in _split(text)
    ]


def shared_sentences(root: Path) -> list[Sentence]:
    """Return every sentence of the notes that all cards share, in the source language."""
    words = read_language(root / f"words.{SOURCE_LANGUAGE}.yaml", root)
    return [
        Sentence("", NOTES, f"{fact} {answer}", sentence, origins)
        for fact, answers in words.notes.items()
        for answer, note in answers.items()
        for sentence, origins in _split(note)
    ]


def _paragraphs(section: Section, *, may_be_notes: bool) -> Iterator[tuple[str, Word]]:
    """Yield each text; that of a note with its `fact answer`."""
    for token in _BLOCKS.parse(section.written):
        if token.type == "inline" and token.map:
            note = _NOTE_KEY.match(token.content) if may_be_notes else None
            text = token.content[note.end() :] if note else token.content
            line = section.starts + token.map[0]
            yield note[1] if note else "", Word(text, section.file, line)


def _split(text: str) -> Iterator[tuple[Word, Origins]]:
    """Yield each sentence of a word, at its place, with its origins.

    A sentence has none where another one stands between it and the next origins.
    """
    place = place_of(text)
    *marked, rest = ORIGINS.split(text)
    found: list[tuple[str, Origins]] = []
    for written, origins in zip(marked[::2], marked[1::2], strict=True):
        *bare, last = _sentences(written) or [f"[{origins}]", ""]
        found += [*((one, ()) for one in bare), (last, tuple(origins.split(", ")))]
    found += [(one, ()) for one in _sentences(rest)]
    yield from ((Word(one, place.file, place.line), origins) for one, origins in found)


def _sentences(text: str) -> list[str]:
    plain = " ".join(_OTHERWISE.sub("", text).replace("**", "").split())
    return _BETWEEN.split(plain) if plain else []
