"""Our languages, and those that a site brings; refuses to weaken what a draft says of itself."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from cds_service.content.cards.cards import SOURCE_LANGUAGE
from cds_service.content.cards.translation import check_same_words
from cds_service.content.files.schema import OverrideReasonsFile
from cds_service.content.files.source import Document, read_document
from cds_service.content.files.templates import Names
from cds_service.content.languages import load_words
from cds_service.content.site.site import Site
from cds_service.core.knowledge import Words
from cds_service.core.record import Concept
from cds_service.core.wording import fill, write_phrase
from cds_service.errors import KnowledgeError

ValueSets = Mapping[str, tuple[Concept, ...]]
DRAFT_PHRASES = ("draftNotice", "draftLabel")


def load_languages(
    root: Path, site: Site | None, names: Names, value_sets: ValueSets
) -> dict[str, Words]:
    """Return our languages and those of the site; each text of the site has its language."""
    reasons = read_document(root / "override-reasons.yaml", root).read_as(OverrideReasonsFile)
    ours = {
        path.name.split(".")[1]: read_document(path, root)
        for path in sorted(root.glob("words.*.yaml"))
    }
    words = {
        language: load_words(document, names, reasons, value_sets)
        for language, document in ours.items()
    }
    for document in ours.values():
        check_same_words(ours[SOURCE_LANGUAGE], document)
    return words if site is None else _with_site(words, site, names, (reasons, value_sets))


def _with_site(
    ours: Mapping[str, Words],
    site: Site,
    names: Names,
    shared: tuple[OverrideReasonsFile, ValueSets],
) -> dict[str, Words]:
    words = dict(ours)
    for language in site.words:
        file = f"words.{language}.yaml"
        if language in words:
            raise KnowledgeError(site.named(file), 1, f"we have {file} already")
        document = read_document(site.root / file, site.above)
        words[language] = _with_our_notice(load_words(document, names, *shared), ours)
    for card, language in site.texts:
        if language not in words:
            file = f"{card}/card.{language}.md"
            raise KnowledgeError(site.named(file), 1, f"there is no words.{language}.yaml")
    return words


def _with_our_notice(theirs: Words, ours: Mapping[str, Words]) -> Words:
    """In a language that only a site has, a draft says so in ours first, since we cannot check."""
    english = ours[SOURCE_LANGUAGE].phrases
    said = {
        name: (f"{fill(english[name], {})} {write_phrase(name, theirs)}",) for name in DRAFT_PHRASES
    }
    return replace(theirs, phrases={**theirs.phrases, **said})


def words_document(root: Path, site: Site | None, language: str) -> Document:
    """Return the file of a language that is in force: ours, or the site's where we have none."""
    file = f"words.{language}.yaml"
    if site and language in site.words:
        return read_document(site.root / file, site.above)
    return read_document(root / file, root)
