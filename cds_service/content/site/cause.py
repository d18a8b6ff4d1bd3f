"""An error of our content that a site's folder caused -> the line of the folder that caused it."""

from collections.abc import Callable, Iterator, Set
from dataclasses import replace
from typing import TypeVar

from cds_service.content.files.words import Errors, all_of, place_of
from cds_service.content.site.site import Site
from cds_service.errors import KnowledgeError

STAND_IN = "; a case of this name in the site's folder stands in for it"
ResultT = TypeVar("ResultT")
Place = tuple[str, int]
"""A file and a line."""


def blame_site(site: Site, attempt: Callable[[Site], ResultT]) -> ResultT:
    """Try with the whole folder; lay each error of our content at the change that brings it about.

    An error in a file of the folder, or of our content without the folder, is raised as it is.
    """
    try:
        return attempt(site)
    except KnowledgeError as error:
        told = all_of(error)
        ours = {str(one) for one in told if not one.file.startswith(site.named(""))}
        causes = _causes(site, attempt, ours)
        raise Errors(_blamed(one, causes.get(str(one))) for one in told) from error


def _blamed(error: KnowledgeError, cause: Place | None) -> KnowledgeError:
    if cause is None:
        return error
    hint = STAND_IN if "/cases/" in error.file else ""
    return KnowledgeError(*cause, f"with this, our content fails: {error}{hint}")


def _causes(
    site: Site, attempt: Callable[[Site], object], errors: Set[str]
) -> dict[str, Place | None]:
    """Return the first change that, with those before it, brings each of the errors about.

    None where our content has the error without the folder.
    """
    causes: dict[str, Place | None] = {}
    kept = frozenset[str]()
    for place, names in [(None, kept), *_changes(site)]:
        kept |= names
        if without_cause := errors - causes.keys():
            found = without_cause & _failing(attempt, _part(site, kept))
            causes |= dict.fromkeys(found, place)
    return causes


def _failing(attempt: Callable[[Site], object], site: Site) -> Set[str]:
    try:
        attempt(site)
    except KnowledgeError as error:
        return {str(one) for one in all_of(error)}
    return frozenset()


def _changes(site: Site) -> Iterator[tuple[Place, Set[str]]]:
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
