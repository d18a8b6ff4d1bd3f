"""The cases: what is otherwise than with the example patient, and what must come of it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from cds_service.content.cards.card_schema import CaseFile, CasesFile, PatientFile
from cds_service.content.files.strict_yaml import read_yaml
from cds_service.content.files.words import each, wrong
from cds_service.content.numbers import read_amount
from cds_service.core.hip.chart import Fact, Facts
from cds_service.core.knowledge import FactDeclaration, FactKind
from cds_service.core.values import UNKNOWN, Absence, DateRange, Value
from cds_service.errors import KnowledgeError
from cds_service.fhir.shapes.dates import parse_date

PATIENT = "cases/example-patient.yaml"
BETWEEN = "/"
Given = Mapping[str, str]
CaseT = TypeVar("CaseT")


@dataclass(frozen=True, slots=True)
class Case:
    """One case with its facts read; `given` is what all cases of its file have otherwise."""

    given: Given
    expected: CaseFile
    facts: Facts

    def error(self, words: str) -> KnowledgeError:
        """Return an error at this case that names it."""
        return wrong(self.expected, f"`{self.expected.name}`: {words}")


@dataclass(frozen=True, slots=True)
class ExamplePatient:
    """The patient that every case begins with, and the facts there are."""

    given: Given
    declared: Mapping[str, FactDeclaration]

    def read_cases(self, paths: Iterable[Path], root: Path, asked: frozenset[str]) -> list[Case]:
        """Read files of cases; a fact that is asked for and never unknown must be given."""
        cases = []
        for path in paths:
            content = read_yaml(path, root, CasesFile)
            cases += each(lambda item: self._case(content.given, item, asked), content.cases)  # noqa: B023
        return cases

    def check(self, written: Given) -> None:
        """Raise where a fact is not one, or its answer none."""
        for name, text in written.items():
            if name not in self.declared:
                raise wrong(text, f"`{name}` is not in facts.yaml")
            _value(text, self.declared[name])

    def _case(self, given: Given, item: CaseFile, asked: frozenset[str]) -> Case:
        written = {**self.given, **given, **item.facts}
        self.check(written)
        facts = {}
        for name, fact in self.declared.items():
            if name in written:
                facts[name] = Fact(_value(written[name], fact))
            elif "unknown" in fact.may_be:
                facts[name] = Fact(UNKNOWN)
            elif name in asked:
                raise wrong(item, f"a case or {PATIENT} must give `{name}`: it is never unknown")
        return Case(given, item, facts)


def read_patient(root: Path, facts: Mapping[str, FactDeclaration]) -> ExamplePatient:
    """Read the example patient."""
    patient = ExamplePatient(read_yaml(root / PATIENT, root, PatientFile).facts, facts)
    patient.check(patient.given)
    return patient


def read_range(text: str) -> DateRange:
    """Read 2026-05-04, 2026-05, 2026 or 2026-05-04/2026-08-04."""
    first, _, second = text.partition(BETWEEN)
    earliest, latest = parse_date(first), parse_date(second or first)
    if earliest is None or latest is None:
        raise wrong(text, f"`{text}` is not a date such as 2026-05-04")
    return DateRange.between(earliest.earliest, latest.latest) if second else earliest


def _value(text: str, fact: FactDeclaration) -> Value:
    if text in fact.may_be:
        return Absence(text)
    match fact.kind:
        case FactKind.TEXT:
            return str(text)
        case FactKind.DATE:
            return read_range(text)
        case FactKind.CHOICE:
            if text in fact.choices:
                return str(text)
        case _:
            amount = read_amount(text)
            if amount is not None:
                return amount
    raise wrong(text, f"`{text}` is not an answer of `{fact.name}`")


def with_site_cases(
    ours: Iterable[CaseT],
    theirs: Iterable[CaseT],
    name_of: Callable[[CaseT], str],
    problems: Callable[[CaseT], Iterator[KnowledgeError]],
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
