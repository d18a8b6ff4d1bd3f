"""text-patterns/*.yaml -> the phrases that free text is read by: sides, sites, context, topics."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Literal, TypeVar

from msgspec import field

from cds_service.content.files.schema import File, Filled, Version
from cds_service.content.files.strict_yaml import read_yaml
from cds_service.content.files.words import each, raise_all, twice, unknown, wrong
from cds_service.core.words.changes import BONE_LOSS, CHANGES
from cds_service.core.words.context import CONTEXTS, Context, Reach, Says, Trigger
from cds_service.core.words.lexicon import NONE, Lexicon
from cds_service.core.words.load_plan import LOAD_PLAN
from cds_service.core.words.stages.staging import COLLAPSE, SHAPES, SYSTEM
from cds_service.core.words.studies import KIND, REGION
from cds_service.core.words.text import BESIDE_SIDES, CONTEXT, SIDE, SITE
from cds_service.core.words.tokens import (
    DASHES,
    SHORTEST_MISSPELT,
    Writing,
    misspellings,
    words_of,
)
from cds_service.core.words.topics import EXCEPTION, OPERATIONS, TOPICS, TextPattern, TextRule
from cds_service.errors import KnowledgeError

FOLDER = "text-patterns"
CONTEXT_FILE, SIDES_FILE, SITES_FILE = "context", "sides", "body-sites"
# How a study was made and of what, by its name; what reports say of the shape of a femoral head, of
# bone that is lost and of a necrosis that has grown, and of load.
FAMILY_FILES = {
    "imaging-kinds": KIND,
    "imaged-regions": REGION,
    COLLAPSE: COLLAPSE,
    CHANGES: CHANGES,
    LOAD_PLAN: LOAD_PLAN,
}
# For the sake of these an entry of any code is looked at.
_LOOKED_FOR = (*SHAPES, *BONE_LOSS)
SHARED = frozenset({CONTEXT_FILE, SIDES_FILE, SITES_FILE, *FAMILY_FILES})
# Every table speaks these; more where charts do.
LANGUAGES = ("en", "zh")
SPOKEN = "every topic speaks the languages of the cards"
SHORTEST_WORD = 2

PatternsT = TypeVar("PatternsT", bound="TopicFile | ContextFile | TermsFile")

Phrases = Mapping[str, Sequence[str]]
"""Phrases by language."""

Table = Mapping[str, Iterable[str]]
"""Phrases by label, in any language."""


class PatternsFile(File, frozen=True, kw_only=True):
    """What every file of text-patterns/ says of itself."""

    id: str
    version: Version
    status: Literal["draft", "active"]
    title: str
    description: str


class TermsFile(PatternsFile, frozen=True, kw_only=True):
    """Phrases by what they mean and by language: sides, sites, the kinds and regions of studies.

    Those of `beside` are none of the terms, and tell of what stands with them.
    """

    terms: dict[str, dict[str, Filled]]
    beside: dict[str, dict[str, Filled]] = field(default_factory=dict)


class TriggerFile(File, frozen=True):
    """Phrases that say something of what stands before or behind them."""

    says: Says
    phrases: dict[str, Filled]
    reaches: Reach = "forward"
    within: int | None = None
    in_clause: bool = False
    only: tuple[Context, ...] = CONTEXTS
    closes: bool = True
    over_comma: bool = False

    @property
    def trigger(self) -> Trigger:
        """What the phrases say, and how far."""
        closes = self.closes and self.says in CONTEXTS
        only = frozenset(self.only)
        reach = self.reaches, self.within, self.in_clause
        return Trigger(self.says, *reach, only, closes, self.over_comma)


class ContextFile(PatternsFile, frozen=True, kw_only=True):
    """text-patterns/context.yaml."""

    triggers: tuple[TriggerFile, ...]
    abbreviations: tuple[str, ...] = ()
    unfinished: tuple[str, ...] = ()
    misspelt: tuple[str, ...] = ()
    numbered: tuple[str, ...] = ()
    turns: tuple[str, ...] = ()
    asides: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    undoes: tuple[str, ...] = ()


class RuleFile(File, frozen=True):
    """One of the phrases `says`, with one of the phrases `with`, or of a site, in its sentence."""

    says: Filled
    besides: Filled | None = field(name="with", default=None)
    at: tuple[str, ...] = ()
    capitals: tuple[str, ...] = ()

    def table(self, place: int) -> Table:
        """Return the phrases by label, for a rule that stands at this place among all."""
        return {f"says {place}": self.says, f"with {place}": self.besides or ()}


class TopicFile(PatternsFile, frozen=True, kw_only=True):
    """text-patterns/<topic>.yaml; a phrase of `butNot` only holds an exception and is none."""

    of: Literal["condition", "service", "medication", "any"]
    reads: Literal["uncoded name", "name and notes"]
    phrases: dict[str, tuple[RuleFile, ...]]
    silenced_by: tuple[Context, ...]
    exceptions: dict[str, Filled] = field(name="except", default_factory=dict)
    but_not: dict[str, Filled] = field(default_factory=dict)

    @property
    def rules(self) -> list[RuleFile]:
        """The rules of all languages."""
        return [rule for rules in self.phrases.values() for rule in rules]


class Patterns(File, frozen=True):
    """All files of text-patterns/ as they are."""

    context: ContextFile
    sides: TermsFile
    sites: TermsFile
    families: tuple[TermsFile, ...]
    topics: tuple[TopicFile, ...]

    @property
    def tables(self) -> dict[str, Table]:
        """The phrases by family and label."""
        return {
            CONTEXT: {str(i): _all(one.phrases) for i, one in enumerate(self.context.triggers)},
            SIDE: {label: _all(phrases) for label, phrases in self.sides.terms.items()},
            BESIDE_SIDES: {label: _all(listed) for label, listed in self.sides.beside.items()},
            SITE: {label: _all(phrases) for label, phrases in self.sites.terms.items()},
            **{
                FAMILY_FILES[table.id]: {
                    label: _all(listed) for label, listed in table.terms.items()
                }
                for table in self.families
            },
            **{topic.id: _table(topic) for topic in self.topics},
        }

    def lexicon(self, more: Mapping[str, Table]) -> Lexicon:
        """Return what finds these phrases, and those of further families."""
        triggers = {str(i): one.trigger for i, one in enumerate(self.context.triggers)}
        entries = [topic for topic in self.topics if topic.of == "condition"]
        named = [topic for topic in self.topics if topic in entries or topic.id in OPERATIONS]
        rules = (rule for topic in named for rule in topic.rules)
        shapes = (_all(f.terms.get(label, {})) for f in self.families for label in _LOOKED_FOR)
        systems = (p for one in more.values() for label, p in one.items() if SYSTEM in label)
        anchors = chain.from_iterable((*(rule.says for rule in rules), *shapes, *systems))
        counted = (topic.id for topic in entries)
        tables = {**self.tables, **more}
        return Lexicon(tables, triggers, self._writing(tables), anchors, counted)

    def _writing(self, tables: Mapping[str, Table]) -> Writing:
        """Return how charts are written; a word that some table lists is not misspelt."""
        said = self.context
        listed = chain.from_iterable(chain.from_iterable(t.values() for t in tables.values()))
        known = {*said.misspelt, *chain.from_iterable(map(words_of, listed))}
        return Writing(
            frozenset(words_of(one.rstrip("."))[-1] for one in said.abbreviations),
            frozenset(said.unfinished),
            {one: word for one, word in misspellings(said.misspelt) if one not in known},
            frozenset(said.numbered),
            frozenset(said.turns),
            frozenset(chain.from_iterable(map(words_of, said.asides))),
            frozenset(said.excludes),
            frozenset(said.undoes),
        )

    def patterns(self) -> dict[str, TextPattern]:
        """Return the topics by id."""
        return {topic.id: _pattern(topic) for topic in self.topics}


def load_text_patterns(root: Path) -> Patterns:
    """Read every table; each speaks the languages of all, and each topic is one that is read."""
    names = [path.stem for path in sorted((root / FOLDER).glob("*.yaml"))]
    for name in names:
        if name not in TOPICS | SHARED:
            words = f"the software reads no topic `{name}`"
            raise KnowledgeError(f"{FOLDER}/{name}.yaml", 1, words)
    topics = (name for name in names if name in TOPICS)
    patterns = Patterns(
        context=_read(root, ContextFile, CONTEXT_FILE),
        sides=_read(root, TermsFile, SIDES_FILE),
        sites=_read(root, TermsFile, SITES_FILE),
        families=tuple(each(partial(_read, root, TermsFile), FAMILY_FILES)),
        topics=tuple(each(partial(_read, root, TopicFile), topics)),
    )
    for topic in patterns.topics:
        at = (site for rule in topic.rules for site in rule.at)
        raise_all(unknown(at, patterns.sites.terms, f"`{{}}` is not a site of {SITES_FILE}.yaml"))
    return patterns


def _read(root: Path, kind: type[PatternsT], name: str) -> PatternsT:
    content = read_yaml(root / FOLDER / f"{name}.yaml", root, kind)
    if content.id != name:
        raise wrong(content.id, f"the id must be the file's name, `{name}`")
    raise_all(_wrong(content))
    return content


def _wrong(content: TopicFile | ContextFile | TermsFile) -> Iterator[KnowledgeError]:
    if isinstance(content, TopicFile):
        yield from _wrong_topic(content)
    elif isinstance(content, ContextFile):
        for word in content.misspelt:
            if len(word) < SHORTEST_MISSPELT or words_of(word) != (word,):
                yield wrong(
                    word, f"`{word}` is no word of {SHORTEST_MISSPELT} small letters or more"
                )
        lists = [listed for row in content.triggers for listed in row.phrases.values()]
        yield from chain.from_iterable(twice(listed, normal=_normal) for listed in lists)
    else:
        for language in {name for phrases in content.terms.values() for name in phrases}:
            spoken = (phrases.get(language, ()) for phrases in content.terms.values())
            yield from twice(chain.from_iterable(spoken), normal=_normal)


def _wrong_topic(topic: TopicFile) -> Iterator[KnowledgeError]:
    for language in LANGUAGES:
        if language not in topic.phrases:
            yield wrong(topic.phrases, f"`{language}` is lacking: {SPOKEN}")
    yield from _wrong_phrases(rule.says for rule in topic.rules)
    yield from _wrong_phrases(rule.besides or () for rule in topic.rules)
    yield from _wrong_phrases((*topic.exceptions.values(), *topic.but_not.values()))


def _wrong_phrases(lists: Iterable[Sequence[str]]) -> Iterator[KnowledgeError]:
    for phrases in lists:
        yield from twice(phrases, normal=_normal)
        for phrase in phrases:
            normal = _normal(phrase)
            is_short = len(normal) < SHORTEST_WORD and normal.isascii() and normal != "?"
            if normal in DASHES or not normal or is_short:
                yield wrong(phrase, f"`{phrase}` is too short to tell anything")


def _normal(phrase: str) -> str:
    return " ".join(words_of(phrase))


def _all(phrases: Phrases) -> list[str]:
    return [phrase for listed in phrases.values() for phrase in listed]


def _table(topic: TopicFile) -> Table:
    """Return the phrases of a topic by the labels of its rules."""
    tables = (rule.table(i) for i, rule in enumerate(topic.rules))
    labels = chain.from_iterable(table.items() for table in tables)
    return {**dict(labels), EXCEPTION: _all(topic.exceptions), NONE: _all(topic.but_not)}


def _pattern(topic: TopicFile) -> TextPattern:
    return TextPattern(
        id=topic.id,
        of=topic.of,
        reads_notes=topic.reads == "name and notes",
        rules=tuple(
            TextRule(
                says=f"says {i}",
                besides=f"with {i}" if rule.besides else None,
                at=frozenset(rule.at),
                capitals=frozenset(rule.capitals),
            )
            for i, rule in enumerate(topic.rules)
        ),
        silenced_by=frozenset(topic.silenced_by),
    )
