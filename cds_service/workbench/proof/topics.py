"""Proves the text patterns by their cases; refuses to correct anything.

Every rule, every language's exceptions and every language's negations are needed by a case: left
out, some text would be read otherwise.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TypeVar

from msgspec.structs import replace

from cds_service.content.files.schema import File
from cds_service.content.files.strict_yaml import read_yaml
from cds_service.content.files.words import each, raise_all, wrong
from cds_service.content.terms.topics import (
    FOLDER,
    Phrases,
    TopicFile,
    read_negation,
    read_topic,
    text_pattern,
)
from cds_service.core.text.topics import TextPattern, is_named, is_ruled_out
from cds_service.workbench.proof.cases import Problems
from cds_service.workbench.proof.run import Content

ListT = TypeVar("ListT")
LEFT_OUT = (("harmless", "these phrases"), ("exceptions", "these exceptions"))


class TextCase(File, frozen=True):
    """A text, and whether it names the topic."""

    text: str
    named: bool


class TextCasesFile(File, frozen=True):
    """text-patterns/cases/<topic>.yaml."""

    cases: list[TextCase]


def prove_topics(content: Content) -> Counter[str]:
    """Run the cases of each topic, and prove by them that each of its parts is needed."""
    root = content.root
    negations = read_negation(root).phrases

    def prove(name: str) -> int:
        path = root / FOLDER / "cases" / f"{name}.yaml"
        cases = read_yaml(path, root, TextCasesFile).cases
        raise_all(_unproved(read_topic(root, name), cases, negations))
        return len(cases)

    return Counter(cases=sum(each(prove, sorted(content.knowledge.topics))))


def _unproved(topic: TopicFile, cases: list[TextCase], negations: Phrases) -> Problems:
    """Yield the cases that fail, or else the parts that none of them needs."""
    pattern = text_pattern(topic, negations)
    failed = [case for case in cases if _is_named(pattern, case) != case.named]
    for case in failed:
        found = "is not named" if case.named else "is named"
        yield wrong(case.text, f"the topic {found} here: {case.text}")
    for part, words, poorer in () if failed else _poorer(topic, negations):
        if all(_is_named(poorer, case) == case.named for case in cases):
            yield wrong(part, f"no case needs {words}")


def _is_named(pattern: TextPattern, case: TextCase) -> bool:
    return is_named(pattern, [case.text]) and not is_ruled_out(pattern, [case.text])


def _poorer(topic: TopicFile, negations: Phrases) -> Iterator[tuple[object, str, TextPattern]]:
    """Yield the topic without each of its parts, with the part and its name."""
    for language, rules in topic.phrases.items():
        for rule in rules:
            kept = tuple(other for other in rules if other is not rule)
            fewer = replace(topic, phrases={**topic.phrases, language: kept})
            yield rule, "this rule", text_pattern(fewer, negations)
        silent = text_pattern(topic, _without(negations, language))
        yield rules, f"the negations of `{language}`", silent
    for name, words in LEFT_OUT:
        for language, listed in getattr(topic, name).items():
            fewer = replace(topic, **{name: _without(getattr(topic, name), language)})
            yield listed, words, text_pattern(fewer, negations)


def _without(phrases: Mapping[str, ListT], language: str) -> dict[str, ListT]:
    return {name: listed for name, listed in phrases.items() if name != language}
