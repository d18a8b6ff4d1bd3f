"""The texts of a card in one language, with a code span for each value of the chart."""

from collections.abc import Iterable, Mapping
from itertools import chain

from cds_service.core.knowledge import CardDefinition, Words
from cds_service.core.texts import Notes, Template

# What a page says, as JSON names it. Texts of the content are Markdown.
Document = Mapping[str, object]


def card_words(card: CardDefinition, language: str, words: Words) -> Document:
    """Return the texts of a card in a language; what all variants say alike stands there once."""
    text = card.texts[language]
    details = {name: _named(text.detail[name]).splitlines() for name in card.indicators}
    shared = _shared(details.values())
    return {
        "language": language,
        "title": text.title,
        "sourceLabel": text.source_label,
        "draftMeaning": _named(words.phrases["draftMeaning"]),
        "page": _named(text.page),
        "variants": [
            {
                "variant": variant,
                "indicator": indicator,
                "summary": _named(text.summary[variant]),
                "detail": "\n".join(line for line in details[variant] if line not in shared),
            }
            for variant, indicator in card.indicators.items()
        ],
        "detailOfAll": "\n".join(shared),
        "trust": _named(text.trust),
        "findings": _once(map(_notes, text.findings.values())),
        "notes": _once(map(_notes, text.notes.values())),
        "suggestions": [
            {"order": order, "label": _named(one.label), "description": _named(one.description)}
            for order, one in text.suggestions.items()
        ],
        "rationale": _named(text.rationale),
    }


def _notes(notes: Notes) -> list[Document]:
    """Return sentences, each with the answer that it is said of."""
    return [
        {"fact": fact, "answer": answer, "sentence": _named(note)}
        for (fact, answer), note in notes.items()
    ]


def _named(template: Template) -> str:
    """Write a template with a code span for each placeholder: its name, and what if not known."""
    parts = (
        part
        if isinstance(part, str)
        else f"`{' | '.join(filter(None, (part.name, part.otherwise)))}`"
        for part in template
    )
    return "".join(parts).strip()


def _once(said: Iterable[list[Document]]) -> list[Document]:
    """Return what several variants say of answers, each sentence once."""
    every = list(chain(*said))
    return [one for place, one in enumerate(every) if one not in every[:place]]


def _shared(details: Iterable[list[str]]) -> list[str]:
    """Return the lines that all of several details have, in their order."""
    first, *others = details
    return [line for line in first if others and all(line in other for other in others)]
