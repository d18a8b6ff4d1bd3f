"""An error of our content that a site's folder caused -> the line of the folder that caused it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar

from cds_service.content.site.site import Site
from cds_service.errors import KnowledgeError

STAND_IN = "; a case of this name in the site's folder stands in for it"
ResultT = TypeVar("ResultT")


def blame_site(site: Site, attempt: Callable[[Site], ResultT]) -> ResultT:
    """Try with the whole folder; name the first change with which our content fails the same way.

    An error in a file of the folder, or of our content without the folder, is raised as it is.
    """
    try:
        return attempt(site)
    except KnowledgeError as error:
        cause = None if site.owns(error.file) else _cause(site, attempt, str(error))
        if cause is None:
            raise
        hint = STAND_IN if "/cases/" in error.file else ""
        raise KnowledgeError(*cause, f"with this, our content fails: {error}{hint}") from error


def _cause(site: Site, attempt: Callable[[Site], object], words: str) -> tuple[str, int] | None:
    bare = replace(site, numbers={}, code_files=(), texts={}, words={})
    if _fails(attempt, bare, words):
        return None
    grown = list(_growing(bare, site))
    return next((file, line) for file, line, part in grown if _fails(attempt, part, words))


def _fails(attempt: Callable[[Site], object], site: Site, words: str) -> bool:
    try:
        attempt(site)
    except KnowledgeError as error:
        return str(error) == words
    return False


def _growing(bare: Site, site: Site) -> Iterator[tuple[str, int, Site]]:
    """Yield the folder with one change more each time, and where that change stands."""
    grown = bare
    for language, path in site.words.items():
        texts = {key: text for key, text in site.texts.items() if key[1] == language}
        grown = replace(
            grown, words={**grown.words, language: path}, texts={**grown.texts, **texts}
        )
        yield site.named(path), 1, grown
    for key, path in site.texts.items():
        grown = replace(grown, texts={**grown.texts, key: path})
        yield site.named(path), 1, grown
    for path in site.code_files:
        grown = replace(grown, code_files=(*grown.code_files, path))
        yield site.named(path), 1, grown
    for name, number in site.numbers.items():
        grown = replace(grown, numbers={**grown.numbers, name: number})
        yield number.document.file, number.document.lines[number.place], grown
