"""A site's cases with ours: none of our proofs is lost unseen."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from cds_service.content.files.words import wrong
from cds_service.errors import KnowledgeError

CaseT = TypeVar("CaseT")
Problems = Callable[[CaseT], Iterator[KnowledgeError]]


def with_site_cases(
    ours: Iterable[CaseT],
    theirs: Iterable[CaseT],
    name_of: Callable[[CaseT], str],
    problems: Problems[CaseT],
) -> tuple[CaseT, ...]:
    """Return all cases that must hold for the sum of ours and the site's.

    A site's case may have the name of one of ours only where ours no longer holds, and then stands
    in for it. So a proof of ours that the site's change breaks is named until the site gives its
    own answer.
    """
    known = {str(name_of(case)): case for case in ours}
    added = {str(name_of(case)): case for case in theirs}
    for name, case in added.items():
        if name in known and not any(problems(known[name])):
            words = f"our case `{name}` holds with your changes too: give yours another name"
            raise wrong(name_of(case), words)
    return tuple((known | added).values())
