"""The texts of a card in one language, with a code span for each value of the chart."""

from collections.abc import Iterator, Mapping
from itertools import takewhile

from cds_service.core.knowledge import CardDefinition, CardText, Template, Words

PARAGRAPH = "\n\n"
# What a page says, as JSON names it. Texts of the content are Markdown.
Document = Mapping[str, object]


def card_words(card: CardDefinition, language: str, words: Words) -> Document:
    """Return the texts of a card in a language; what all variants end with stands there once."""
    text = card.texts[language]
    details = {variant: _named(text.detail[variant]) for variant in card.indicators}
    shared = _shared_end(list(details.values()))
    return {
        "language": language,
        "title": text.title,
        "sourceLabel": text.source_label,
        "draftNotice": _named(words.phrases["draftNotice"]),
        "variants": [
            {
                "variant": variant,
                "indicator": indicator,
                "summary": _named(text.summary[variant]),
                "detail": details[variant].removesuffix(shared).strip(),
            }
            for variant, indicator in card.indicators.items()
        ],
        "detailOfAll": shared,
        "notes": list(_notes(card, text, words)),
        "suggestions": [
            {"order": order, "label": _named(one.label), "description": _named(one.description)}
            for order, one in text.suggestions.items()
        ],
        "rationale": _named(text.rationale),
    }


def _notes(card: CardDefinition, text: CardText, words: Words) -> Iterator[Document]:
    """Return the notes that this card can say; its own sentence goes before the shared one."""
    said = {**words.notes, **text.notes}
    for (fact, answer), note in [*text.findings.items(), *said.items()]:
        if fact in card.noted_facts:
            yield {"fact": fact, "answer": answer, "sentence": _named(note)}


def _named(template: Template) -> str:
    """Write a template with a code span for each placeholder: its name, and what if not known."""
    parts = (
        part
        if isinstance(part, str)
        else f"`{' | '.join(filter(None, (part.name, part.otherwise)))}`"
        for part in template
    )
    return "".join(parts).strip()


def _shared_end(details: list[str]) -> str:
    """Return the paragraphs that all of several texts end with."""
    if len(details) == 1:
        return ""
    from_the_end = zip(*(reversed(detail.split(PARAGRAPH)) for detail in details), strict=False)
    shared = [paragraphs[0] for paragraphs in takewhile(lambda p: len(set(p)) == 1, from_the_end)]
    return PARAGRAPH.join(reversed(shared))
