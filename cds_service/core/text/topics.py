"""Free text -> whether it names a topic, by the phrases of `cards/text-patterns/`.

A phrase counts on whole words, whatever the case, the width and the dashes; between Chinese
characters, which have no spaces, anywhere. A sentence with a negation names nothing.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce

from cds_service.core.text.normal import normal_text, sentences


class Topic:
    """The topics that the software reads (`cards/text-patterns/`)."""

    FEMORAL_HEAD_MENTION = "femoral-head-osteonecrosis"
    WEIGHT_BEARING = "weight-bearing"
    IMPACT_EXERCISE = "impact-exercise"
    HIP_IMAGING = "hip-imaging"
    HIP_REPLACEMENT = "hip-replacement"
    HEAD_PRESERVING = "head-preserving-surgery"
    BONE_DRUG = "bone-drug"
    GLUCOCORTICOID = "systemic-glucocorticoid"


TOPICS = frozenset(text for name, text in vars(Topic).items() if name.isupper())


@dataclass(frozen=True, slots=True)
class TextRule:
    """Words that name a topic: one of `says`, and in the same sentence one of `besides`, if any."""

    says: re.Pattern[str]
    besides: re.Pattern[str] | None


@dataclass(frozen=True, slots=True)
class TextPattern:
    """A topic: its rules, the negations, and the phrases that rule it out wherever they stand.

    `harmless` phrases hold a negation that negates nothing ("without contrast"). `of` says what
    kind of entry may name it; `reads_notes` whether also its notes, whatever its code.
    """

    id: str
    of: str
    reads_notes: bool
    rules: tuple[TextRule, ...]
    negations: re.Pattern[str] | None
    harmless: re.Pattern[str] | None
    exceptions: re.Pattern[str] | None


def is_named(pattern: TextPattern, texts: Iterable[str]) -> bool:
    """Tell whether one of the texts names the topic in a sentence without a negation."""
    return any(_names(pattern, sentence) for text in texts for sentence in sentences(text))


def is_ruled_out(pattern: TextPattern, texts: Iterable[str]) -> bool:
    """Tell whether one of the texts holds a phrase that rules the topic out."""
    exceptions = pattern.exceptions
    return exceptions is not None and any(exceptions.search(normal_text(text)) for text in texts)


def _names(pattern: TextPattern, sentence: str) -> bool:
    rules = [rule for rule in pattern.rules if _holds(rule, sentence)]
    if not rules or pattern.negations is None:
        return bool(rules)
    rest = reduce(_without_words, rules, sentence)
    rest = pattern.harmless.sub(" ", rest) if pattern.harmless else rest
    return not pattern.negations.search(rest)


def _holds(rule: TextRule, sentence: str) -> bool:
    is_said = rule.says.search(sentence) is not None
    return is_said and (rule.besides is None or rule.besides.search(sentence) is not None)


def _without_words(sentence: str, rule: TextRule) -> str:
    """Take the found words out: a negation within them (non weight bearing) negates nothing."""
    rest = rule.says.sub(" ", sentence)
    return rule.besides.sub(" ", rest) if rule.besides else rest
