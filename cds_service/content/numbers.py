"""Facts, parameters and evidence: the declared names and numbers of the content."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from msgspec import field

from cds_service.content.files.schema import File
from cds_service.content.files.strict_yaml import read_yaml
from cds_service.content.files.words import raise_all, twice, unknown, wrong
from cds_service.core.facts.table import FACTS
from cds_service.core.knowledge import (
    Citation,
    FactDeclaration,
    FactKind,
    Parameter,
    ParameterValue,
)
from cds_service.core.values import Period, Quantity
from cds_service.core.wording import UCUM_WORDS
from cds_service.errors import KnowledgeError

_NO_AMOUNT = "`{}` is neither a period such as P3M nor a number such as 18 a"
_PERIOD = re.compile(r"P(?:(\d{1,2})Y)?(?:(\d{1,3})M)?(?:(\d{1,3})D)?")
_QUANTITY = re.compile(r"([0-9]{1,3}) (\S+)")


class FactsFile(File, frozen=True):
    """facts.yaml."""

    facts: tuple[FactDeclaration, ...]


class EvidenceItem(Citation, frozen=True, kw_only=True):
    """A source with the numbers that it says, by the names of our parameters."""

    numbers: dict[str, str] = field(default_factory=dict)

    @property
    def as_citation(self) -> Citation:
        """The source without its numbers, as pages show it."""
        return Citation(
            id=self.id, kind=self.kind, citation=self.citation, url=self.url, says=self.says
        )


class EvidenceFile(File, frozen=True):
    """evidence.yaml."""

    evidence: tuple[EvidenceItem, ...]


class ParameterFile(File, frozen=True):
    """A number with its evidence."""

    name: str
    value: str
    meaning: str
    evidence: str


class ParametersFile(File, frozen=True):
    """parameters.yaml."""

    parameters: tuple[ParameterFile, ...]


def load_facts(path: Path, root: Path) -> dict[str, FactDeclaration]:
    """Read facts.yaml; every fact must have a function that gathers it."""
    facts = read_yaml(path, root, FactsFile).facts
    raise_all(_wrong_facts(facts))
    return {fact.name: fact for fact in facts}


def check_value_sets(facts: Mapping[str, FactDeclaration], known: Collection[str]) -> None:
    """Raise where a fact is said to be read from a value set that there is not."""
    named = (name for fact in facts.values() for name in fact.value_sets)
    raise_all(unknown(named, known, "there is no value set `{}`"))


def load_evidence(path: Path, root: Path) -> dict[str, Citation]:
    """Read evidence.yaml."""
    evidence = read_yaml(path, root, EvidenceFile).evidence
    raise_all(
        [
            *twice((item.id for item in evidence), "evidence "),
            *(
                wrong(item.url, "a link must begin with https://")
                for item in evidence
                if item.url and not item.url.startswith("https://")
            ),
        ]
    )
    return {item.id: item.as_citation for item in evidence}


def load_parameters(
    path: Path, root: Path, evidence: Mapping[str, Citation]
) -> dict[str, Parameter]:
    """Read parameters.yaml."""
    return read_parameters(read_yaml(path, root, ParametersFile).parameters, evidence)


def read_parameters(
    items: Iterable[ParameterFile], evidence: Mapping[str, Citation]
) -> dict[str, Parameter]:
    """Return the parameters by name."""
    values = [(item, read_amount(item.value)) for item in items]
    raise_all(
        [
            *twice((item.name for item in items), "parameter "),
            *unknown((i.evidence for i in items), evidence, "`{}` is not in evidence.yaml"),
            *(
                wrong(item.value, _NO_AMOUNT.format(item.value))
                for item, value in values
                if value is None
            ),
        ]
    )
    return {
        item.name: Parameter(item.name, value, item.meaning, item.evidence)
        for item, value in values
        if value is not None
    }


def with_published(
    parameters: Mapping[str, Parameter], path: Path, root: Path
) -> dict[str, Parameter]:
    """Return the parameters, each with the number of the source that our policy departs from."""
    published: dict[str, Parameter] = {}
    for source in read_yaml(path, root, EvidenceFile).evidence:
        for name, text in source.numbers.items():
            value = read_amount(text)
            if value is None:
                raise wrong(text, _NO_AMOUNT.format(text))
            published.setdefault(name, Parameter(name, value, "", source.id))
    return {
        name: _departing(number, published[name]) if name in published else number
        for name, number in parameters.items()
    }


def _departing(number: Parameter, published: Parameter) -> Parameter:
    if number.replaces:
        return replace(number, replaces=_departing(number.replaces, published))
    is_other = number.value != published.value
    return replace(number, replaces=published) if is_other else number


def read_amount(text: str) -> ParameterValue | None:
    """Return P3M as a period and `18 a` as a quantity; None where it is neither."""
    period = _PERIOD.fullmatch(text)
    if period and text != "P":
        years, months, days = (int(part or 0) for part in period.groups())
        is_one_kind = not ((years or months) and days) and (years or months or days)
        return Period(years * 12 + months, days) if is_one_kind else None
    quantity = _QUANTITY.fullmatch(text)
    if quantity and quantity[2] in UCUM_WORDS:
        return Quantity.exactly(Decimal(quantity[1]), str(quantity[2]))
    return None


def _wrong_facts(facts: Iterable[FactDeclaration]) -> Iterator[KnowledgeError]:
    yield from twice((fact.name for fact in facts), "fact ")
    yield from unknown((f.name for f in facts), FACTS, "the software has no fact `{}`")
    for fact in facts:
        yield from twice(fact.choices, "choice ")
        if (fact.kind is FactKind.CHOICE) != bool(fact.choices):
            yield wrong(fact.name, "a choice lists its `choices`, and nothing else does")
        if (fact.kind is FactKind.QUANTITY) != (fact.unit in UCUM_WORDS):
            yield wrong(fact.name, "a quantity has a `unit`: a, mo or d")
