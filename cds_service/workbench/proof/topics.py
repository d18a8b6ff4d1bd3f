"""Proves the text patterns by their cases; refuses to correct anything.

Every rule, row of triggers, side, site and list of exceptions of a language is needed by a case:
left out, some text would be read otherwise.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Generic, Literal, NamedTuple, TypeVar

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
    TopicFile,
    load_text_patterns,
)
from cds_service.core.words.context import Context
from cds_service.core.words.lexicon import NONE, Lexicon
from cds_service.core.words.sides.said import SIDES_OF
from cds_service.core.words.sides.whole import sides_in
from cds_service.core.words.text import CONTEXT, SIDE, SITE, Text
from cds_service.core.words.tokens import words_of
from cds_service.core.words.topics import EXCEPTION, TextPattern, is_named, is_ruled_out
from cds_service.workbench.proof.run import Content

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


class Part(NamedTuple):
    """A part of a table: its phrases by label, and the file whose cases must need it."""

    part: object
    name: str
    file: str
    family: str
    phrases: Mapping[str, Iterable[str]]


class Proven(NamedTuple):
    """The cases of a file, and what reads them."""

    cases: Sequence[WordCase]
    lexicon: Lexicon
    topic: TextPattern | None

    def read_otherwise(self, lexicon: Lexicon, cases: Iterable[WordCase]) -> Iterator[WordCase]:
        """Yield those of some cases that are not read as they say."""
        return (case for case in cases if not _is_right(case, lexicon.read(case.text), self.topic))

    def needs(self, part: Part) -> bool:
        """Tell whether a case that may hold a phrase of a part is read otherwise without it."""
        poorer = self.lexicon
        for label, phrases in part.phrases.items():
            poorer = poorer.without(part.family, label, phrases)
        begins = {words_of(one)[0] for one in chain.from_iterable(part.phrases.values())}
        near = (case for case in self.cases if not begins.isdisjoint(words_of(case.text)))
        return any(self.read_otherwise(poorer, near))


def prove_topics(content: Content) -> Counter[str]:
    """Run the cases of each table, and prove by them that each part of it is needed.

    The folder of a hospital changes none of it.
    """
    if content.site:
        return Counter()
    root = content.root
    patterns = load_text_patterns(root)
    names = [*FILE_OF, *(topic.id for topic in patterns.topics)]

    def read(name: str) -> Proven:
        path = root / FOLDER / "cases" / f"{name}.yaml"
        cases = read_yaml(path, root, FILE_OF.get(name, WordCases[TopicCase])).cases
        return Proven(cases, _lexicon(patterns, name, cases), patterns.patterns().get(name))

    files = dict(zip(names, each(read, names), strict=True))
    raise_all(
        wrong(case.text, f"{name} is read otherwise here: {case.text}")
        for name, file in files.items()
        for case in file.read_otherwise(file.lexicon, file.cases)
    )
    unneeded = (part for part in _parts(patterns) if not files[part.file].needs(part))
    raise_all(wrong(part.part, f"no case needs {part.name}") for part in unneeded)
    return Counter(cases=sum(len(file.cases) for file in files.values()))


def _lexicon(patterns: Patterns, name: str, cases: Sequence[WordCase]) -> Lexicon:
    """Return what reads the cases of a file: of the topics it knows that file's alone."""
    names = {case.finding for case in cases if isinstance(case, ContextCase)}
    topics = tuple(topic for topic in patterns.topics if topic.id == name)
    fewer = replace(patterns, topics=topics, families=())
    return fewer.lexicon({_finding(name): {name: [name]} for name in names})


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
            said = sides_in(text).said
            wanted = SIDES_OF.get(case.side, frozenset())
            return said.sides == wanted and said.is_open == (case.side == "open")
    return tuple(dict.fromkeys(span.label for span in text.of(SITE))) == case.sites


def _finding(words: str) -> str:
    """Return the family of the words of a case: its own, so that no other finding hides it."""
    return f"finding {words}"


def _parts(patterns: Patterns) -> Iterator[Part]:
    """Yield what has to be needed: each rule, list of exceptions, row of triggers, side, site."""
    yield from chain.from_iterable(map(_parts_of, patterns.topics))
    for i, row in enumerate(patterns.context.triggers):
        for listed in row.phrases.values():
            yield Part(listed, "these triggers", CONTEXT_FILE, CONTEXT, {str(i): listed})
    for table, family in ((patterns.sides, SIDE), (patterns.sites, SITE)):
        for label, phrases in table.terms.items():
            for listed in phrases.values():
                yield Part(listed, "these words", table.id, family, {label: listed})


def _parts_of(topic: TopicFile) -> Iterator[Part]:
    for i, rule in enumerate(topic.rules):
        yield Part(rule, "this rule", topic.id, topic.id, rule.table(i))
    for listed in topic.exceptions.values():
        yield Part(listed, "these exceptions", topic.id, topic.id, {EXCEPTION: listed})
    for listed in topic.but_not.values():
        yield Part(listed, "these phrases", topic.id, topic.id, {NONE: listed})
