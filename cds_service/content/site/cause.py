"""An error of our content that a site's folder caused -> the line of the folder that caused it."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from itertools import accumulate
from operator import or_
from typing import TypeVar

from cds_service.content.files.words import wrong
from cds_service.content.site.site import Site
from cds_service.errors import KnowledgeError

STAND_IN = "; a case of this name in the site's folder stands in for it"
ResultT = TypeVar("ResultT")
Change = frozenset[object]
"""Files and names of numbers that can only be added together."""


def blame_site(site: Site, attempt: Callable[[Site], ResultT]) -> ResultT:
    """Try with the whole folder; name the first change with which our content fails the same way.

    An error in a file of the folder, or of our content without the folder, is raised as it is.
    """
    try:
        return attempt(site)
    except KnowledgeError as error:
        cause = None if site.owns(error.file) else _cause(site, attempt, error.words)
        if cause is None:
            raise
        hint = STAND_IN if "/cases/" in error.file else ""
        raise KnowledgeError(*cause, f"with this, our content fails: {error}{hint}") from error


def _cause(site: Site, attempt: Callable[[Site], object], words: str) -> tuple[str, int] | None:
    if _fails(attempt, _part(site, ()), words):
        return None
    changes = list(_changes(site))
    growing = zip(changes, accumulate((change for _, change in changes), or_), strict=True)
    return next(place for (place, _), kept in growing if _fails(attempt, _part(site, kept), words))


def _fails(attempt: Callable[[Site], object], site: Site, words: str) -> bool:
    try:
        attempt(site)
    except KnowledgeError as error:
        return error.words == words
    return False


def _changes(site: Site) -> Iterator[tuple[tuple[str, int], Change]]:
    """Yield where each change of the folder stands; a language comes with all its texts."""
    for language, path in site.words.items():
        texts = (text for (_, its), text in site.texts.items() if its == language)
        yield (site.named(path), 1), frozenset({path, *texts})
    for path in (*site.texts.values(), *site.code_files):
        yield (site.named(path), 1), frozenset({path})
    for name, number in site.numbers.items():
        place = wrong(number, "")
        yield (place.file, place.line), frozenset({name})


def _part(site: Site, kept: Collection[object]) -> Site:
    """Return the folder with only these of its changes."""
    return replace(
        site,
        words={language: path for language, path in site.words.items() if path in kept},
        texts={key: path for key, path in site.texts.items() if path in kept},
        code_files=tuple(path for path in site.code_files if path in kept),
        numbers={name: number for name, number in site.numbers.items() if name in kept},
    )
