"""Finds the phrases of a table that no text needs."""

from collections.abc import Callable, Iterable, Mapping

from cds_service.core.words.lexicon import ANY_NUMBER, Lexicon
from cds_service.core.words.tokens import words_of

Reading = Callable[[str, Lexicon], object]


def unneeded(
    family: str,
    table: Mapping[str, Iterable[str]],
    lexicon: Lexicon,
    texts: Iterable[str],
    read: Reading,
) -> list[str]:
    """Return the phrases of a family's `table` without which every text is read as before."""
    by_word: dict[str, list[str]] = {}
    for text in texts:
        for word in set(words_of(text)):
            by_word.setdefault(word, []).append(text)
    before = {text: read(text, lexicon) for text in {t for each in by_word.values() for t in each}}

    def is_needed(label: str, phrase: str) -> bool:
        poorer = lexicon.without(family, label, [phrase])
        words = (word for word in words_of(phrase) if word != ANY_NUMBER)
        near = min((by_word.get(word, []) for word in words), key=len)
        return any(read(text, poorer) != before[text] for text in near)

    return [
        f"{family} {label}: {phrase}"
        for label, phrases in table.items()
        for phrase in phrases
        if not is_needed(label, phrase)
    ]
