"""An error of our content that a site's folder caused -> the line of the folder that caused it."""

from collections.abc import Callable, Iterator, Set
from dataclasses import replace
from itertools import accumulate
from operator import or_
from typing import TypeVar

from cds_service.content.files.words import place_of
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
        is_theirs = error.file.startswith(site.named(""))
        cause = None if is_theirs else _cause(site, attempt, error.words)
        if cause is None:
            raise
        hint = STAND_IN if "/cases/" in error.file else ""
        raise KnowledgeError(*cause, f"with this, our content fails: {error}{hint}") from error


def _cause(site: Site, attempt: Callable[[Site], object], words: str) -> tuple[str, int] | None:
    """Return the place of the first change that, with those before it, brings the error about."""
    if _fails(attempt, _part(site, frozenset()), words):
        return None
    changes = list(_changes(site))
    growing = zip(changes, accumulate((names for _, names in changes), or_), strict=True)
    return next(place for (place, _), kept in growing if _fails(attempt, _part(site, kept), words))


def _fails(attempt: Callable[[Site], object], site: Site, words: str) -> bool:
    try:
        attempt(site)
    except KnowledgeError as error:
        return error.words == words
    return False


def _changes(site: Site) -> Iterator[tuple[tuple[str, int], Set[str]]]:
    """Yield where each change stands, and its names; a language comes with all its texts."""
    for file in reversed(site.files):
        texts = (other for other in site.files if other["language"])
        its = {text.string for text in texts if text["language"] == file["words"]}
        yield (site.named(file.string), 1), {file.string, *its}
    for name, number in site.numbers.items():
        place = place_of(number)
        yield (place.file, place.line), {name}


def _part(site: Site, kept: Set[str]) -> Site:
    """Return the folder with only these of its changes."""
    return replace(
        site,
        files=tuple(file for file in site.files if file.string in kept),
        numbers={name: number for name, number in site.numbers.items() if name in kept},
    )
