"""The texts of a card with its placeholders named, in each language."""

from collections.abc import Iterator
from itertools import takewhile

from msgspec import Struct

from cds_service.core.knowledge import CardDefinition, CardText, Template, Words

PARAGRAPH = "\n\n"


class VariantWords(Struct, frozen=True, rename="camel"):
    """What a card says for one answer of the fact that picks its text; Markdown."""

    variant: str
    indicator: str
    summary: str
    detail: str


class NoteWords(Struct, frozen=True):
    """What a card adds where a fact has this answer; Markdown."""

    fact: str
    answer: str
    sentence: str


class SuggestionWords(Struct, frozen=True):
    """What a suggested order is called; Markdown."""

    order: str
    label: str
    description: str


class CardWords(Struct, frozen=True, rename="camel"):
    """Every word of a card in one language. A code span stands for a value of the chart."""

    language: str
    title: str
    source_label: str
    draft_notice: str
    variants: tuple[VariantWords, ...]
    detail_of_all: str
    notes: tuple[NoteWords, ...]
    suggestions: tuple[SuggestionWords, ...]
    rationale: str


def card_words(card: CardDefinition, language: str, words: Words) -> CardWords:
    """Return the texts of a card in a language; what all variants end with stands there once."""
    text = card.texts[language]
    details = {variant: _named(text.detail[variant]) for variant in card.indicators}
    shared = _shared_end(list(details.values()))
    return CardWords(
        language=language,
        title=text.title,
        source_label=text.source_label,
        draft_notice=_named(words.phrases["draftNotice"]),
        variants=tuple(
            VariantWords(
                variant=variant,
                indicator=indicator,
                summary=_named(text.summary[variant]),
                detail=details[variant].removesuffix(shared).strip(),
            )
            for variant, indicator in card.indicators.items()
        ),
        detail_of_all=shared,
        notes=tuple(_notes(card, text, words)),
        suggestions=tuple(
            SuggestionWords(order, _named(suggestion.label), _named(suggestion.description))
            for order, suggestion in text.suggestions.items()
        ),
        rationale=_named(text.rationale),
    )


def _notes(card: CardDefinition, text: CardText, words: Words) -> Iterator[NoteWords]:
    """Return the notes that this card can say; its own sentence goes before the shared one."""
    said = {**words.notes, **text.notes}
    for (fact, answer), note in [*text.findings.items(), *said.items()]:
        if fact in card.noted_facts:
            yield NoteWords(fact, answer, _named(note))


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
