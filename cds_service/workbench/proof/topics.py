"""Proves the text patterns by their cases; refuses to correct anything.

Every rule, every language's exceptions and every language's negations are needed by a case: left
out, some text would be read otherwise.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec.structs import replace

from cds_service.content.files.schema import File
from cds_service.content.files.source import Document, read_document
from cds_service.content.files.words import wrong
from cds_service.content.terms.topics import (
    FOLDER,
    Phrases,
    TopicFile,
    read_negation,
    read_topic,
    text_pattern,
)
from cds_service.core.text.topics import TextPattern, is_named, is_ruled_out


class TextCase(File, frozen=True):
    """A text, and whether it names the topic."""

    text: str
    named: bool


class TextCasesFile(File, frozen=True):
    """text-patterns/cases/<topic>.yaml."""

    cases: list[TextCase]


def prove_text_patterns(topics: Iterable[str], root: Path) -> int:
    """Run every case of some topics; return how many there are, raise at the first that fails."""
    negations = read_negation(root).phrases
    return sum(_prove(root, name, negations) for name in sorted(topics))


def _prove(root: Path, name: str, negations: Phrases) -> int:
    content = read_topic(root, name)
    written = read_document(root / FOLDER / "cases" / f"{name}.yaml", root)
    cases = written.read_as(TextCasesFile).cases
    _prove_cases(written, cases, text_pattern(content, negations))
    for part, words, changed in _poorer(content, negations):
        if all(_is_named(changed, case.text) == case.named for case in cases):
            raise wrong(part, f"no case needs {words}")
    return len(cases)


def _prove_cases(written: Document, cases: list[TextCase], pattern: TextPattern) -> None:
    for i, case in enumerate(cases):
        if _is_named(pattern, case.text) != case.named:
            found = "is not named" if case.named else "is named"
            raise written.error(f"$.cases[{i}]", f"the topic {found} here: {case.text}")


def _is_named(pattern: TextPattern, text: str) -> bool:
    return is_named(pattern, [text]) and not is_ruled_out(pattern, [text])


def _poorer(content: TopicFile, negations: Phrases) -> Iterator[tuple[object, str, TextPattern]]:
    """Yield the topic without each of its parts, with the part and its name."""
    for language, rules in content.phrases.items():
        for rule in rules:
            kept = tuple(other for other in rules if other is not rule)
            fewer = replace(content, phrases={**content.phrases, language: kept})
            yield rule, "this rule", text_pattern(fewer, negations)
        words = f"the negations of `{language}`"
        silent = text_pattern(content, _without(negations, language))
        yield rules, words, silent
    for language, listed in content.harmless.items():
        fewer = replace(content, harmless=_without(content.harmless, language))
        yield listed, "these phrases", text_pattern(fewer, negations)
    for language, listed in content.exceptions.items():
        fewer = replace(content, exceptions=_without(content.exceptions, language))
        yield listed, "these exceptions", text_pattern(fewer, negations)


def _without(phrases: Phrases, language: str) -> Phrases:
    return {name: listed for name, listed in phrases.items() if name != language}
