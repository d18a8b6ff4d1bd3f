"""The languages that a site brings beside ours; refuses to weaken what a draft says of itself."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from cds_service.core.knowledge import Words
from cds_service.core.wording import fill
from cds_service.errors import KnowledgeError
from cds_service.loading.cards import SOURCE_LANGUAGE
from cds_service.loading.schema import OverrideReasonsFile
from cds_service.loading.site import Site
from cds_service.loading.source import Document, read_document
from cds_service.loading.templates import Names
from cds_service.loading.words import load_words

DRAFT_PHRASES = ("draftNotice", "draftLabel")


def with_site_words(
    ours: Mapping[str, Words], site: Site, names: Names, reasons: OverrideReasonsFile
) -> dict[str, Words]:
    """Return our languages and those of the site; each text of the site has its language."""
    words = dict(ours)
    for language, path in site.words.items():
        if language in words:
            raise KnowledgeError(site.named(path), 1, f"we have words.{language}.yaml already")
        document = read_document(path, site.above)
        words[language] = _with_our_notice(load_words(document, names, reasons), ours)
    for (_, language), path in site.texts.items():
        if language not in words:
            raise KnowledgeError(site.named(path), 1, f"there is no words.{language}.yaml")
    return words


def _with_our_notice(theirs: Words, ours: Mapping[str, Words]) -> Words:
    """In a language that only a site has, a draft says so in ours first, since we cannot check."""
    english = ours[SOURCE_LANGUAGE].phrases
    said = {
        name: (f"{fill(english[name], {})} {fill(theirs.phrases[name], {})}",)
        for name in DRAFT_PHRASES
    }
    return replace(theirs, phrases={**theirs.phrases, **said})


def words_document(root: Path, site: Site | None, language: str) -> Document:
    """Return the file of a language that is in force: ours, or the site's where we have none."""
    if site and language in site.words:
        return read_document(site.words[language], site.above)
    return read_document(root / f"words.{language}.yaml", root)
