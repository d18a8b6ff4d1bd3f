"""text-patterns/*.yaml -> the topics that free text may name."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Literal

from msgspec import field

from cds_service.content.files.schema import File, Filled, Version
from cds_service.content.files.strict_yaml import read_yaml
from cds_service.content.files.words import each, raise_all, twice, wrong
from cds_service.core.text.normal import any_of, normal_text
from cds_service.core.text.topics import TOPICS, TextPattern, TextRule
from cds_service.errors import KnowledgeError

FOLDER = "text-patterns"
NEGATION = "negation"
SHORTEST_WORD = 2

Phrases = Mapping[str, Sequence[str]]


class RuleFile(File, frozen=True):
    """One of the phrases `says`, with one of the phrases `with` in the same sentence, if given."""

    says: Filled
    besides: Filled | None = field(name="with", default=None)


class PatternsFile(File, frozen=True, kw_only=True):
    """What every file of text-patterns/ says of itself."""

    id: str
    version: Version
    status: Literal["draft", "active"]
    title: str
    description: str


class TopicFile(PatternsFile, frozen=True, kw_only=True):
    """text-patterns/<topic>.yaml."""

    of: Literal["condition", "service", "medication"]
    reads: Literal["uncoded name", "name and notes"]
    phrases: dict[str, tuple[RuleFile, ...]]
    harmless: dict[str, Filled] = field(default_factory=dict)
    exceptions: dict[str, Filled] = field(name="except", default_factory=dict)


class NegationFile(PatternsFile, frozen=True, kw_only=True):
    """text-patterns/negation.yaml."""

    phrases: dict[str, Filled]


def load_text_patterns(root: Path) -> dict[str, TextPattern]:
    """Read every topic; each must speak the languages of the negations, and be one that is read."""
    negation = read_negation(root).phrases
    names = [path.stem for path in sorted((root / FOLDER).glob("*.yaml"))]
    for name in names:
        if name not in TOPICS | {NEGATION}:
            words = f"the software reads no topic `{name}`"
            raise KnowledgeError(f"{FOLDER}/{name}.yaml", 1, words)
    topics = each(partial(read_topic, root), [name for name in names if name != NEGATION])
    for topic in topics:
        for language in sorted(negation.keys() ^ topic.phrases.keys()):
            words = f"`{language}` stands only here or only in {NEGATION}.yaml"
            raise wrong(topic.phrases, words)
    return {topic.id: text_pattern(topic, negation) for topic in topics}


def read_negation(root: Path) -> NegationFile:
    """Read the words that negate a sentence, whatever its topic."""
    content = read_yaml(root / FOLDER / f"{NEGATION}.yaml", root, NegationFile)
    raise_all(_wrong_phrases(content.phrases.values()))
    return content


def read_topic(root: Path, name: str) -> TopicFile:
    """Read one topic as its file has it."""
    content = read_yaml(root / FOLDER / f"{name}.yaml", root, TopicFile)
    if content.id != name:
        raise wrong(content.id, f"the id must be the file's name, `{name}`")
    rules = [rule for rules in content.phrases.values() for rule in rules]
    said = [listed for rule in rules for listed in (rule.says, rule.besides or ())]
    others = (*content.harmless.values(), *content.exceptions.values())
    raise_all(_wrong_phrases((*said, *others)))
    return content


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


def _wrong_phrases(lists: Iterable[Sequence[str]]) -> Iterator[KnowledgeError]:
    for phrases in lists:
        yield from twice(phrases, normal=normal_text)
        for phrase in phrases:
            normal = normal_text(phrase)
            is_word = len(normal) >= SHORTEST_WORD or not normal.isascii() or normal == "?"
            if not normal or not is_word:
                yield wrong(phrase, f"`{phrase}` is too short to tell anything")
