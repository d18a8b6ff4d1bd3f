"""Expansions against the value sets -> what is new."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from cds_service.content.files.schema import UNREVIEWED, ConceptFile, IncludeFile
from cds_service.core.record import Recognise
from cds_service.core.vocabulary import CodeSystem, normal_code
from cds_service.workbench.value_sets.expansion import FoundCode

PROPOSED = "# unreviewed"
INACTIVE = "# inactive on the terminology server"


@dataclass(frozen=True, slots=True)
class Findings:
    """What expansions say of one list of codes.

    `listed_inactive` holds places in the list; `unexpanded` the codes that no definition gives.
    """

    new: tuple[FoundCode, ...]
    elsewhere: tuple[tuple[FoundCode, str], ...]
    listed_inactive: tuple[int, ...]
    unexpanded: tuple[str, ...]


def compare(
    value_set: str,
    include: IncludeFile,
    system: CodeSystem,
    found: Sequence[FoundCode],
    recognise: Recognise,
) -> Findings:
    """Sort codes by what the value sets know of them; a code known in another set is not new."""
    places = {normal_code(item.code, system): i for i, item in enumerate(include.concept)}
    expanded = {normal_code(item.code, system): item for item in found}
    sets = {code: {c.value_set for c in recognise(system.url, code)} for code in expanded}
    return Findings(
        new=tuple(item for code, item in expanded.items() if not sets[code]),
        elsewhere=tuple(
            (item, ", ".join(sorted(sets[code])))
            for code, item in expanded.items()
            if sets[code] and value_set not in sets[code]
        ),
        listed_inactive=tuple(
            places[code] for code, item in expanded.items() if item.is_inactive and code in places
        ),
        unexpanded=tuple(
            item.code
            for item in include.concept
            if normal_code(item.code, system) not in expanded and not item.match_prefix
        ),
    )


def propose(findings: Findings, beside: Iterable[ConceptFile]) -> list[str]:
    """Return a line for each new code, with a `?` for each word that a reviewer must settle.

    Asked for is what the value set's other codes say: a label always, a side where any has one.
    """
    words = _words_of(beside)
    return [_line(item, words) for item in sorted(findings.new, key=lambda item: item.code)]


def _words_of(beside: Iterable[ConceptFile]) -> list[str]:
    said = {name for item in beside for name in _said(item)}
    known = ("laterality", "precision", "role", "siteGroup")
    return ["display", *(name for name in known if name in said)]


def _said(item: ConceptFile) -> Iterator[str]:
    named = {
        "laterality": item.laterality,
        "precision": item.precision,
        "role": item.role,
        "siteGroup": item.site_group,
    }
    yield from (name for name, value in named.items() if value)


def _line(item: FoundCode, words: list[str]) -> str:
    asked = ", ".join(f'{word}: "{UNREVIEWED}"' for word in words)
    comment = f"{PROPOSED}; {INACTIVE.removeprefix('# ')}" if item.is_inactive else PROPOSED
    return f'- {{code: "{item.code}", {asked}}}  {comment}'
