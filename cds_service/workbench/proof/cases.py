"""cases/*.yaml -> the facts and the expected answers; refuses to run them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cds_service.content.cards.card_schema import (
    CaseFile,
    CasesFile,
    ScheduleCase,
    ScheduleCasesFile,
)
from cds_service.content.files.source import Document, read_document
from cds_service.content.numbers import read_amount
from cds_service.core.hip.chart import Fact, Facts
from cds_service.core.knowledge import FactDeclaration, FactKind
from cds_service.core.values import UNKNOWN, Absence, DateRange, Value
from cds_service.errors import KnowledgeError
from cds_service.fhir.shapes.dates import parse_date

BETWEEN = "/"
PlacedScheduleCase = tuple[Document, str, ScheduleCase]


@dataclass(frozen=True, slots=True)
class Case:
    """One case with its facts read; `place` and `document` say where it stands."""

    document: Document
    place: str
    expected: CaseFile
    facts: Facts

    def error(self, words: str) -> KnowledgeError:
        """Return an error at this case that names it."""
        return self.document.error(self.place, f"`{self.expected.name}`: {words}")


def load_cases(directory: Path, root: Path, facts: Mapping[str, FactDeclaration]) -> list[Case]:
    """Read every case of a card."""
    cases = []
    for path in sorted(directory.glob("*.yaml")):
        document = read_document(path, root)
        content = document.read_as(CasesFile)
        for i, item in enumerate(content.cases):
            place = f"$.cases[{i}]"
            given = {name: (f"$.given.{name}", text) for name, text in content.given.items()}
            given |= {name: (f"{place}.facts.{name}", t) for name, t in item.facts.items()}
            cases.append(Case(document, place, item, _facts(document, place, given, facts)))
    return cases


def load_schedule_cases(directory: Path, root: Path) -> list[PlacedScheduleCase]:
    """Read every case of the review schedule."""
    return [
        (document, f"$.cases[{i}]", item)
        for path in sorted(directory.glob("*.yaml"))
        for document in [read_document(path, root)]
        for i, item in enumerate(document.read_as(ScheduleCasesFile).cases)
    ]


def read_range(document: Document, place: str, text: str) -> DateRange:
    """Read 2026-05-04, 2026-05, 2026 or 2026-05-04/2026-08-04."""
    first, _, second = text.partition(BETWEEN)
    earliest, latest = parse_date(first), parse_date(second or first)
    if earliest is None or latest is None:
        raise document.error(place, f"`{text}` is not a date such as 2026-05-04")
    return DateRange.between(earliest.earliest, latest.latest) if second else earliest


def _facts(
    document: Document,
    place: str,
    given: Mapping[str, tuple[str, str]],
    declared: Mapping[str, FactDeclaration],
) -> dict[str, Fact]:
    for name in given:
        if name not in declared:
            raise document.error(given[name][0], f"`{name}` is not in facts.yaml")
    read = {}
    for name, declaration in declared.items():
        if name in given:
            at, text = given[name]
            read[name] = Fact(_value(document, at, text, declaration))
        elif "unknown" in declaration.may_be:
            read[name] = Fact(UNKNOWN)
        else:
            raise document.error(place, f"a case must give `{name}`: it is never unknown")
    return read


def _value(document: Document, place: str, text: str, fact: FactDeclaration) -> Value:
    if text in fact.may_be:
        return Absence(text)
    match fact.kind:
        case FactKind.TEXT:
            return text
        case FactKind.DATE:
            return read_range(document, place, text)
        case FactKind.CHOICE:
            if text in fact.choices:
                return text
        case _:
            amount = read_amount(text)
            if amount is not None:
                return amount
    raise document.error(place, f"`{text}` is not an answer of `{fact.name}`")
