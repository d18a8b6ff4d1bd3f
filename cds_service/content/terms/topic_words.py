"""text-patterns/*.yaml -> the same in plain words, for review and export; looks nothing up."""

from collections.abc import Iterator
from pathlib import Path

from cds_service.content.terms.topics import (
    NegationFile,
    Phrases,
    TopicFile,
    read_negation,
    read_topic,
)
from cds_service.core.text.topics import TOPICS, PublishedWords


def publish_text_words(root: Path) -> tuple[PublishedWords, ...]:
    """Return the negations and every topic, each rule as a line."""
    negation = read_negation(root)
    topics = (read_topic(root, name)[1] for name in sorted(TOPICS))
    return (
        _published(negation, _phrases("negates a sentence", negation.phrases)),
        *(_published(topic, _topic(topic)) for topic in topics),
    )


def _published(content: TopicFile | NegationFile, lines: Iterator[str]) -> PublishedWords:
    return PublishedWords(
        content.id,
        content.version,
        content.status,
        content.title,
        content.description,
        tuple(lines),
    )


def _topic(content: TopicFile) -> Iterator[str]:
    yield f"of a {content.of}, reads: {content.reads}"
    for language, rules in content.phrases.items():
        for rule in rules:
            besides = f", with one of: {', '.join(rule.besides)}" if rule.besides else ""
            yield f"{language}, one of: {', '.join(rule.says)}{besides}"
    yield from _phrases("harmless", content.harmless)
    yield from _phrases("except", content.exceptions)


def _phrases(what: str, phrases: Phrases) -> Iterator[str]:
    for language, listed in phrases.items():
        yield f"{language}, {what}: {', '.join(listed)}"
