"""Proves the text patterns by their cases; refuses to correct anything.

Every rule, row of triggers, side, site and list of exceptions of a language is needed by a case:
left out, some text would be read otherwise.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Generic, Literal, TypeVar

from msgspec.structs import replace

from cds_service.content.files.schema import File
from cds_service.content.files.strict_yaml import read_yaml
from cds_service.content.files.words import each, raise_all, wrong
from cds_service.content.terms.topics import (
    CONTEXT_FILE,
    FOLDER,
    SIDES_FILE,
    SITES_FILE,
    Patterns,
    TermsFile,
    TopicFile,
    load_text_patterns,
)
from cds_service.core.words.context import Context
from cds_service.core.words.lexicon import SITE, Text
from cds_service.core.words.sides import SIDES_OF, Sides
from cds_service.core.words.topics import TextPattern, is_named, is_ruled_out
from cds_service.workbench.proof.cases import Problems
from cds_service.workbench.proof.run import Content

ListT = TypeVar("ListT")
CaseT_co = TypeVar("CaseT_co", covariant=True)


class TopicCase(File, frozen=True):
    """A text, and whether it names the topic."""

    text: str
    named: bool


class ContextCase(File, frozen=True):
    """A text, words in it, and what the words around them say of them."""

    text: str
    finding: str
    says: tuple[Context, ...]


class SideCase(File, frozen=True):
    """A text, and the side that it names."""

    text: str
    side: Literal["right", "left", "both", "open", "none"]


class SiteCase(File, frozen=True):
    """A text, and the sites that it names."""

    text: str
    sites: tuple[str, ...]


class WordCases(File, Generic[CaseT_co], frozen=True):
    """text-patterns/cases/<table>.yaml."""

    cases: tuple[CaseT_co, ...]


WordCase = TopicCase | ContextCase | SideCase | SiteCase
FILE_OF: Mapping[str, type[WordCases[WordCase]]] = {
    CONTEXT_FILE: WordCases[ContextCase],
    SIDES_FILE: WordCases[SideCase],
    SITES_FILE: WordCases[SiteCase],
}
Cases = Mapping[str, Sequence[WordCase]]
Poorer = tuple[object, str, str, Patterns]
"""A part, its name, the file whose cases must need it, and the patterns without it."""


def prove_topics(content: Content) -> Counter[str]:
    """Run the cases of each table, and prove by them that each part of it is needed."""
    root = content.root
    patterns = load_text_patterns(root)
    names = [*FILE_OF, *(topic.id for topic in patterns.topics)]

    def read(name: str) -> Sequence[WordCase]:
        path = root / FOLDER / "cases" / f"{name}.yaml"
        return read_yaml(path, root, FILE_OF.get(name, WordCases[TopicCase])).cases

    cases: Cases = dict(zip(names, each(read, names), strict=True))
    failed = [(name, case) for name in names for case in _otherwise(patterns, cases, name)]
    raise_all(
        wrong(case.text, f"{name} is read otherwise here: {case.text}") for name, case in failed
    )
    raise_all(_unneeded(patterns, cases))
    return Counter(cases=sum(map(len, cases.values())))


def _otherwise(patterns: Patterns, cases: Cases, name: str) -> Iterator[WordCase]:
    """Yield the cases of a file that are not read as they say."""
    own = cases[name]
    names = {case.finding for case in own if isinstance(case, ContextCase)}
    findings = {_finding(name): {name: [name]} for name in names}
    lexicon, topic = patterns.lexicon(findings), patterns.patterns().get(name)
    yield from (case for case in own if not _is_right(case, lexicon.read(case.text), topic))


def _is_right(case: WordCase, text: Text, topic: TextPattern | None) -> bool:
    match case:
        case TopicCase():
            read = [text]
            is_read = topic and is_named(topic, read) and not is_ruled_out(topic, read)
            return bool(is_read) == case.named
        case ContextCase():
            found = [span.context for span in text.of(_finding(case.finding))]
            return found[:1] == [frozenset(case.says)]
        case SideCase():
            said = Sides(text).said
            wanted = SIDES_OF.get(case.side, frozenset())
            return said.sides == wanted and said.is_open == (case.side == "open")
    return tuple(dict.fromkeys(span.label for span in text.of(SITE))) == case.sites


def _finding(words: str) -> str:
    """Return the family of the words of a case: its own, so that no other finding hides it."""
    return f"finding {words}"


def _unneeded(patterns: Patterns, cases: Cases) -> Problems:
    for part, words, name, poorer in _poorer(patterns):
        if not any(_otherwise(poorer, cases, name)):
            yield wrong(part, f"no case needs {words}")


def _poorer(patterns: Patterns) -> Iterator[Poorer]:
    """Yield the patterns without each of their parts."""
    for topic in patterns.topics:
        for part, words, fewer in _poorer_topic(topic):
            yield part, words, topic.id, replace(patterns, topics=(fewer,), families=())
    patterns = replace(patterns, topics=(), families=())
    rows = patterns.context.triggers
    for i, row in enumerate(rows):
        for language, listed in row.phrases.items():
            trigger = replace(row, phrases=_without(row.phrases, language))
            context = replace(patterns.context, triggers=(*rows[:i], trigger, *rows[i + 1 :]))
            yield listed, "these triggers", CONTEXT_FILE, replace(patterns, context=context)
    for part, terms in _poorer_terms(patterns.sides):
        yield part, "these words", SIDES_FILE, replace(patterns, sides=terms)
    for part, terms in _poorer_terms(patterns.sites):
        yield part, "these words", SITES_FILE, replace(patterns, sites=terms)


def _poorer_topic(topic: TopicFile) -> Iterator[tuple[object, str, TopicFile]]:
    for language, rules in topic.phrases.items():
        for rule in rules:
            kept = tuple(other for other in rules if other is not rule)
            yield rule, "this rule", replace(topic, phrases={**topic.phrases, language: kept})
    for language, listed in topic.exceptions.items():
        fewer = _without(topic.exceptions, language)
        yield listed, "these exceptions", replace(topic, exceptions=fewer)


def _poorer_terms(table: TermsFile) -> Iterator[tuple[object, TermsFile]]:
    for label, phrases in table.terms.items():
        for language, listed in phrases.items():
            fewer = {**table.terms, label: _without(phrases, language)}
            yield listed, replace(table, terms=fewer)


def _without(phrases: Mapping[str, ListT], language: str) -> dict[str, ListT]:
    return {name: listed for name, listed in phrases.items() if name != language}
