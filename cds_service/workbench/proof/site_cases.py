"""A site's cases with ours: none of our proofs is lost unseen; refuses to know what a case asks."""

from collections.abc import Callable, Collection, Iterable
from typing import TypeVar

from cds_service.content.files.source import Document
from cds_service.errors import KnowledgeError

CaseT = TypeVar("CaseT")


def with_site_cases(
    ours: Collection[tuple[str, CaseT]],
    theirs: Iterable[tuple[Document, str, str, CaseT]],
    prove: Callable[[CaseT], object],
) -> list[CaseT]:
    """Return all cases that must hold for the sum: ours, and the site's (document, place, name).

    A site's case may have the name of one of ours only where ours no longer holds, and then stands
    in for it. So a proof of ours that the site's change breaks is named until the site gives its
    own answer.
    """
    added, replaced = [], set()
    for document, place, name, case in theirs:
        if any(_holds(one, prove) for known, one in ours if known == name):
            words = f"our case `{name}` holds with your changes too: give yours another name"
            raise document.error(place, words)
        replaced.add(name)
        added.append(case)
    return [*(case for name, case in ours if name not in replaced), *added]


def _holds(case: CaseT, prove: Callable[[CaseT], object]) -> bool:
    try:
        prove(case)
    except KnowledgeError:
        return False
    return True
