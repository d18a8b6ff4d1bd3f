"""How long a card can become, against what a reader takes in at a glance."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cds_service.content.files.templates import Names, longest
from cds_service.core.knowledge import Words
from cds_service.core.texts import CardText, Notes
from cds_service.core.wording import write_phrase

_NO_SPACES = r"\u3040-\u30ff\u3400-\u9fff"
_LETTER = rf"[^\W_{_NO_SPACES}]"
_WORD = re.compile(rf"[{_NO_SPACES}]|{_LETTER}+(?:['’./-]{_LETTER}+)*")
# An answer that is no answer: what could not be checked is not counted.
_INCOMPLETE = "unknown"


@dataclass(frozen=True, slots=True)
class Length:
    """What one variant of a card can reach in one language: its detail, and its summary."""

    card: str
    variant: str
    language: str
    words: int
    characters: int


def count_words(text: str) -> int:
    """Count the words of a text, as a reader meets them; a 字 is one where no spaces part words.

    Letters and digits that stand together are one word, also with a hyphen, a point or an
    apostrophe between ("frog-leg", "2019", "3.5"); each Chinese or Japanese character is one.
    Marks of Markdown and of punctuation are none.
    """
    return len(_WORD.findall(text))


def lengths(
    card: str, texts: Mapping[str, CardText], names: Names, words: Mapping[str, Words]
) -> Iterator[Length]:
    """Yield what each variant of a card can reach in each language, whatever is filled in.

    The words are those of a patient without gaps: the detail, one finding a fact, the longest that
    this variant can say, and the line of trust and draft. What may void the card, what could not be
    checked, and a hospital's own number are more.
    """
    for language, text in sorted(texts.items()):
        of = words[language]
        trust = count_words(f"{''.join(map(str, text.trust))}{write_phrase('draftNotice', of)}")
        for variant, detail in text.detail.items():
            said = longest(detail, names, of, count_words)
            said += _found(text.findings[variant], names, of)
            summary = longest(text.summary[variant], names, of)
            yield Length(card, variant, language, said + trust, summary)


def _found(findings: Notes, names: Names, words: Words) -> int:
    """Return the words of the longest finding on each fact, added up."""
    most: dict[str, int] = {}
    for (fact, answer), finding in findings.items():
        if answer != _INCOMPLETE and (fact, answer) not in words.said_first:
            most[fact] = max(most.get(fact, 0), longest(finding, names, words, count_words))
    return sum(most.values())
