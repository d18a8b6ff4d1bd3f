"""text-patterns/*.yaml -> the topics that free text may name; refuses to know who reads them."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from msgspec import field

from cds_service.content.files.schema import File, Version
from cds_service.content.files.source import Document, read_document
from cds_service.core.text.normal import any_of, normal_text
from cds_service.core.text.topics import (
    TOPICS,
    TextPattern,
    TextRule,
)
from cds_service.errors import KnowledgeError

FOLDER = "text-patterns"
NEGATION = "negation"
SHORTEST_WORD = 2

Phrases = Mapping[str, list[str]]


class RuleFile(File, frozen=True):
    """One of the phrases `says`, with one of the phrases `with` in the same sentence, if given."""

    says: list[str]
    besides: list[str] | None = field(name="with", default=None)


class TopicFile(File, frozen=True):
    """text-patterns/<topic>.yaml."""

    id: str
    version: Version
    status: Literal["draft", "active"]
    title: str
    description: str
    of: Literal["condition", "service", "medication"]
    reads: Literal["uncoded name", "name and notes"]
    phrases: dict[str, list[RuleFile]]
    harmless: dict[str, list[str]] = field(default_factory=dict)
    exceptions: dict[str, list[str]] = field(name="except", default_factory=dict)


class NegationFile(File, frozen=True):
    """text-patterns/negation.yaml."""

    id: str
    version: Version
    status: Literal["draft", "active"]
    title: str
    description: str
    phrases: dict[str, list[str]]


def load_text_patterns(root: Path) -> dict[str, TextPattern]:
    """Read every topic; each must speak the languages of the negations, and be one that is read."""
    negation = read_negation(root)
    patterns = {}
    for path in sorted((root / FOLDER).glob("*.yaml")):
        name = path.stem
        if name not in TOPICS | {NEGATION}:
            raise KnowledgeError(
                str(path.relative_to(root)), 1, f"the software reads no topic `{name}`"
            )
        if name == NEGATION:
            continue
        document, content = read_topic(root, name)
        for language in sorted(negation.phrases.keys() ^ content.phrases.keys()):
            raise document.error(
                "$.phrases", f"`{language}` stands only here or only in {NEGATION}.yaml"
            )
        patterns[name] = text_pattern(content, negation.phrases)
    return patterns


def read_negation(root: Path) -> NegationFile:
    """Read the words that negate a sentence, whatever its topic."""
    document = read_document(root / FOLDER / f"{NEGATION}.yaml", root)
    content = document.read_as(NegationFile)
    for language, phrases in content.phrases.items():
        _check_phrases(document, f"$.phrases.{language}", phrases)
    return content


def read_topic(root: Path, name: str) -> tuple[Document, TopicFile]:
    """Read one topic as its file has it."""
    document = read_document(root / FOLDER / f"{name}.yaml", root)
    content = document.read_as(TopicFile)
    if content.id != name:
        raise document.error("$.id", f"the id must be the file's name, `{name}`")
    for place, phrases in _lists(content):
        _check_phrases(document, place, phrases)
    return document, content


def text_pattern(content: TopicFile, negations: Phrases) -> TextPattern:
    """Return a topic ready to be looked for."""
    return TextPattern(
        id=content.id,
        of=content.of,
        reads_notes=content.reads == "name and notes",
        rules=tuple(
            TextRule(says, any_of(rule.besides or ()))
            for rules in content.phrases.values()
            for rule in rules
            if (says := any_of(rule.says))
        ),
        negations=_any_language(negations),
        harmless=_any_language(content.harmless),
        exceptions=_any_language(content.exceptions),
    )


def _any_language(phrases: Phrases) -> re.Pattern[str] | None:
    return any_of(phrase for listed in phrases.values() for phrase in listed)


def _lists(content: TopicFile) -> Iterator[tuple[str, list[str]]]:
    for language, rules in content.phrases.items():
        for i, rule in enumerate(rules):
            place = f"$.phrases.{language}[{i}]"
            yield f"{place}.says", rule.says
            if rule.besides is not None:
                yield f"{place}.with", rule.besides
    for language, phrases in content.harmless.items():
        yield f"$.harmless.{language}", phrases
    for language, phrases in content.exceptions.items():
        yield f"$.except.{language}", phrases


def _check_phrases(document: Document, place: str, phrases: list[str]) -> None:
    if not phrases:
        raise document.error(place, "this list is empty")
    seen: set[str] = set()
    for i, phrase in enumerate(phrases):
        normal = normal_text(phrase)
        is_word = len(normal) >= SHORTEST_WORD or not normal.isascii() or normal == "?"
        if not normal or not is_word:
            raise document.error(f"{place}[{i}]", f"`{phrase}` is too short to tell anything")
        if normal in seen:
            raise document.error(f"{place}[{i}]", f"`{phrase}` stands here twice")
        seen.add(normal)
