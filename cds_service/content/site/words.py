"""Our languages, and those that a site brings; refuses to weaken what a draft says of itself."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from cds_service.content.cards.translation import other_words
from cds_service.content.files.words import each, raise_all
from cds_service.content.languages import SOURCE_LANGUAGE, WordsFile, read_language
from cds_service.content.site.site import Site
from cds_service.core.knowledge import Words
from cds_service.core.wording import fill, write_phrase
from cds_service.errors import KnowledgeError

DRAFT_PHRASES = ("draftNotice", "draftMeaning", "draftLabel")


def read_languages(root: Path, site: Site | None) -> dict[str, WordsFile]:
    """Return the files of our languages and the site's; each text of the site has its language."""
    paths = {root / f"words.{SOURCE_LANGUAGE}.yaml", *root.glob("words.*.yaml")}
    ours = each(partial(read_language, root=root), sorted(paths))
    languages = {str(content.language): content for content in ours}
    original = languages[SOURCE_LANGUAGE]
    raise_all(error for content in ours for error in other_words(original, content))
    return _with_theirs(languages, site) if site else languages


def _with_theirs(languages: dict[str, WordsFile], site: Site) -> dict[str, WordsFile]:
    for language in site.words:
        file = f"words.{language}.yaml"
        if language in languages:
            raise KnowledgeError(site.named(file), 1, f"we have {file} already")
        languages[language] = read_language(site.root / file, site.above)
    for card, language in site.texts:
        if language not in languages:
            file = f"{card}/card.{language}.md"
            raise KnowledgeError(site.named(file), 1, f"there is no words.{language}.yaml")
    return languages


def with_our_notice(words: Mapping[str, Words], site: Site | None) -> dict[str, Words]:
    """In a language that only a site has, a draft says so in ours first, since we cannot check."""
    english = words[SOURCE_LANGUAGE].phrases
    ours = {name: fill(english[name], {}) for name in DRAFT_PHRASES}
    told = dict(words)
    for language in site.words if site else ():
        theirs = words[language]
        said = {name: (f"{ours[name]} {write_phrase(name, theirs)}",) for name in DRAFT_PHRASES}
        told[language] = replace(theirs, phrases={**theirs.phrases, **said})
    return told
