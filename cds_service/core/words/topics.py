"""Free text -> whether it names a topic, by the phrases of `cards/text-patterns/`.

A phrase counts on whole words, whatever the case, the width and the dashes; between Chinese
characters, which have no spaces, anywhere.
"""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from cds_service.core.words.context import Context
from cds_service.core.words.sides.said import SidesSaid
from cds_service.core.words.sides.whole import sides_in
from cds_service.core.words.text import SITE, Span, Text, kept
from cds_service.core.words.tokens import is_cjk


class Topic:
    """The topics that the software reads (`cards/text-patterns/`)."""

    FEMORAL_HEAD_MENTION = "femoral-head-osteonecrosis"
    OTHER_OSTEONECROSIS = "other-osteonecrosis"
    HIP_PROSTHESIS = "hip-prosthesis"
    WEIGHT_BEARING = "weight-bearing"
    IMPACT_EXERCISE = "impact-exercise"
    HIP_REPLACEMENT = "hip-replacement"
    HEAD_PRESERVING = "head-preserving-surgery"
    BONE_DRUG = "bone-drug"
    GLUCOCORTICOID = "systemic-glucocorticoid"
    PHYSIOTHERAPY = "physiotherapy"
    ORTHOPAEDIC_REFERRAL = "orthopaedic-referral"
    OTHER_PURPOSE = "other-purpose"
    OTHER_TREATMENT = "other-treatment"
    PERIOPERATIVE = "perioperative"


TOPICS = frozenset(text for name, text in vars(Topic).items() if name.isupper())
OPERATIONS = frozenset({Topic.HEAD_PRESERVING})
"""The topics of orders that are asked of what was done, too."""
EXCEPTION = "except"


@dataclass(frozen=True, slots=True)
class TextRule:
    """Words that name a topic: the phrases labelled `says`, and in the same sentence one of
    `besides`, or a site `at` which it must be, where these are given. A phrase with one of the
    `capitals` counts only as written so: "ON" is no "on".
    """

    says: str
    besides: str | None = None
    at: frozenset[str] = frozenset()
    capitals: frozenset[str] = frozenset()

    def is_written(self, span: Span, text: Text) -> bool:
        """Tell whether a phrase holds what must stand in capitals in it, in a text in letters."""
        raw = text.tokens.raw
        is_in_capitals = not self.capitals.isdisjoint(raw[span.start : span.end])
        is_mixed = any(word.islower() or is_cjk(word) for word in raw)
        return not self.capitals or (is_in_capitals and is_mixed)

    def is_beside(self, span: Span, spans: Container[tuple[str | None, int]]) -> bool:
        """Tell whether a phrase of `besides`, if any, stands in its sentence."""
        return self.besides is None or (self.besides, span.sentence) in spans


@dataclass(frozen=True, slots=True)
class TextPattern:
    """A topic: its rules, and the contexts in which its words name it not.

    `of` says what kind of entry may name it; `reads_notes` whether also its notes, whatever its
    code. The lexicon lists its phrases under its id, by the labels of the rules; those labelled
    `except` rule the topic out wherever they stand.
    """

    id: str
    of: str
    reads_notes: bool
    rules: tuple[TextRule, ...]
    silenced_by: frozenset[Context]


class Named(NamedTuple):
    """A topic that a text names, the hips that it says it of, and what the context says of it."""

    topic: str
    said: SidesSaid
    context: frozenset[Context]
    span: Span


def named(text: Text, pattern: TextPattern) -> tuple[Named, ...]:
    """Return every place where a text names a topic, whatever the context says of it."""
    # Most texts name no topic.
    return _named(text, pattern) if text.of(pattern.id) else ()


@kept
def _named(text: Text, pattern: TextPattern) -> tuple[Named, ...]:
    return tuple(_places(text, pattern))


def _places(text: Text, pattern: TextPattern) -> Iterator[Named]:
    spans, sides = text.of(pattern.id), sides_in(text)
    for rule in pattern.rules:
        besides = {span.sentence for span in spans if span.label == rule.besides}
        sites = {span.sentence for span in text.of(SITE) if span.label in rule.at}
        for span in spans:
            is_besides = rule.besides is None or span.sentence in besides
            is_at = not rule.at or span.sentence in sites
            is_meant = is_besides and is_at and rule.is_written(span, text)
            if span.label == rule.says and is_meant:
                yield Named(pattern.id, sides.of(span), span.context, span)


def is_named(pattern: TextPattern, texts: Iterable[Text]) -> bool:
    """Tell whether one of the texts names the topic in a context that does not silence it."""
    return any(
        not one.context & pattern.silenced_by for text in texts for one in named(text, pattern)
    )


class TopicsSaid(NamedTuple):
    """The topics that a text names in a context that does not silence them, and rules out."""

    named: frozenset[str]
    ruled_out: frozenset[str]


@kept
def topics_in(text: Text, patterns: Mapping[str, TextPattern]) -> TopicsSaid:
    """Return what a text says of all topics."""
    mentioned = [pattern for pattern in patterns.values() if text.of(pattern.id)]
    return TopicsSaid(
        frozenset(p.id for p in mentioned if is_named(p, [text])),
        frozenset(p.id for p in mentioned if is_ruled_out(p, [text])),
    )


def is_ruled_out(pattern: TextPattern, texts: Iterable[Text]) -> bool:
    """Tell whether one of the texts holds a phrase that rules the topic out."""
    return any(span.label == EXCEPTION for text in texts for span in text.of(pattern.id))
