"""The cases: what is otherwise than with the example patient, and what must come of it."""

from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Protocol, TypeVar

from cds_service.content.files.words import each, wrong
from cds_service.content.numbers import read_amount
from cds_service.core.hip.chart import Fact, Facts
from cds_service.core.knowledge import FactDeclaration, FactKind
from cds_service.core.values import UNKNOWN, Absence, DateRange, Value
from cds_service.errors import KnowledgeError
from cds_service.fhir.shapes.dates import parse_date
from cds_service.workbench.proof.schema import CaseFile

PATIENT = "cases/example-patient.yaml"
BETWEEN = "/"
Given = Mapping[str, str]
Declared = Mapping[str, FactDeclaration]
Problems = Iterator[KnowledgeError]


class Provable(Protocol):
    """A case of a card, of a population or of the schedule."""

    @property
    def name(self) -> str:
        """Its name, as its file has it."""

    def problems(self) -> Problems:
        """Yield what comes out otherwise than it expects."""


CaseT = TypeVar("CaseT", bound=Provable)


def read_cases(
    folders: tuple[Path, Path | None], files: str, read: Callable[[Path, Path], list[CaseT]]
) -> tuple[CaseT, ...]:
    """Read files of cases, by a pattern, of ours and of a site; return all that must hold.

    A site's case may have the name of one of ours only where ours no longer holds, and then stands
    in for it. So a proof of ours that the site's change breaks is named until the site gives its
    own answer. File names in errors begin with the name of a site's folder.
    """
    root, site = folders
    known = {str(case.name): case for case in _read(root, root, files, read)}
    added = {str(c.name): c for c in _read(site, site.parent, files, read)} if site else {}
    for name, case in added.items():
        if name in known and not any(known[name].problems()):
            words = f"our case `{name}` holds with your changes too: give yours another name"
            raise wrong(case.name, words)
    return tuple((known | added).values())


def read_facts(written: Given, declared: Mapping[str, FactDeclaration]) -> Facts:
    """Return the facts as a file has them written."""
    return {name: Fact(_value(name, text, declared)) for name, text in written.items()}


def facts_of(item: CaseFile, given: Given, declared: Declared, asked: Collection[str]) -> Facts:
    """Return all facts of a case; one that is asked for and never unknown must be given."""
    facts = {**read_facts({**given, **item.facts}, declared)}
    for name, fact in declared.items():
        if name not in facts and "unknown" in fact.may_be:
            facts[name] = Fact(UNKNOWN)
        elif name not in facts and name in asked:
            raise wrong(item, f"a case or {PATIENT} must give `{name}`: it is never unknown")
    return facts


def read_range(text: str) -> DateRange:
    """Read 2026-05-04, 2026-05, 2026 or 2026-05-04/2026-08-04."""
    first, _, second = text.partition(BETWEEN)
    earliest, latest = parse_date(first), parse_date(second or first)
    if earliest is None or latest is None:
        raise wrong(text, f"`{text}` is not a date such as 2026-05-04")
    return DateRange.between(earliest.earliest, latest.latest) if second else earliest


def _read(
    folder: Path, above: Path, files: str, read: Callable[[Path, Path], list[CaseT]]
) -> list[CaseT]:
    found = each(lambda path: read(path, above), sorted(folder.glob(files)))
    return [case for cases in found for case in cases]


def _value(name: str, text: str, declared: Declared) -> Value:
    if name not in declared:
        raise wrong(text, f"`{name}` is not in facts.yaml")
    fact = declared[name]
    if text in fact.may_be:
        return Absence(text)
    match fact.kind:
        case FactKind.TEXT:
            return str(text)
        case FactKind.DATE:
            return read_range(text)
        case FactKind.CHOICE:
            value: Value | None = str(text) if text in fact.choices else None
        case _:
            value = read_amount(text)
    if value is None:
        raise wrong(text, f"`{text}` is not an answer of `{name}`")
    return value
