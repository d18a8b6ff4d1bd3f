"""Facts, parameters and evidence: the declared names and numbers of the content."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from msgspec import field

from cds_service.content.answers import wrong_answers
from cds_service.content.files.schema import File
from cds_service.content.files.strict_yaml import read_list
from cds_service.content.files.words import both, each, raise_all, twice, unknown, wrong
from cds_service.core.facts.table import FACTS
from cds_service.core.knowledge import (
    Citation,
    FactDeclaration,
    FactKind,
    Parameter,
    ParameterValue,
)
from cds_service.core.values import Period, Quantity
from cds_service.core.wording import PLAIN_NUMBER, UCUM_WORDS
from cds_service.errors import KnowledgeError

_PERIOD = re.compile(r"P(?:(\d{1,2})Y)?(?:(\d{1,3})M)?(?:(\d{1,3})D)?")
_QUANTITY = re.compile(r"([0-9]{1,3}) (\S+)")
_PLAIN = re.compile(rf"(-?[0-9]{{1,3}}\.[0-9]) {PLAIN_NUMBER}")


class EvidenceItem(Citation, frozen=True, kw_only=True):
    """A source with the numbers that it says, by the names of our parameters."""

    numbers: dict[str, str] = field(default_factory=dict)

    @property
    def as_citation(self) -> Citation:
        """The source without its numbers, as pages show it."""
        return Citation(
            id=self.id, kind=self.kind, citation=self.citation, url=self.url, says=self.says
        )


class ParameterFile(File, frozen=True):
    """A number with its evidence."""

    name: str
    value: str
    meaning: str
    evidence: str


def load_facts(root: Path) -> dict[str, FactDeclaration]:
    """Read facts.yaml; every fact must have a function that gathers it."""
    facts = read_list(root / "facts.yaml", root, FactDeclaration)
    raise_all(_wrong_facts(facts))
    return {fact.name: fact for fact in facts}


def load_evidence(root: Path) -> dict[str, EvidenceItem]:
    """Read evidence.yaml."""
    evidence = read_list(root / "evidence.yaml", root, EvidenceItem)
    urls = (item.url for item in evidence if item.url and not item.url.startswith("https://"))
    both(
        lambda: raise_all(
            [
                *twice((item.id for item in evidence), "evidence "),
                *(wrong(url, "a link must begin with https://") for url in urls),
            ]
        ),
        lambda: each(_amount, [text for item in evidence for text in item.numbers.values()]),
    )
    return {item.id: item for item in evidence}


def load_parameters(root: Path, evidence: Mapping[str, Citation]) -> dict[str, Parameter]:
    """Read parameters.yaml."""
    return read_parameters(read_list(root / "parameters.yaml", root, ParameterFile), evidence)


def read_parameters(
    items: Iterable[ParameterFile], evidence: Mapping[str, Citation]
) -> dict[str, Parameter]:
    """Return the parameters by name."""
    _, parameters = both(
        lambda: raise_all(
            [
                *twice((item.name for item in items), "parameter "),
                *unknown((i.evidence for i in items), evidence, "`{}` is not in evidence.yaml"),
            ]
        ),
        lambda: each(_parameter, items),
    )
    return {parameter.name: parameter for parameter in parameters}


def with_published(
    parameters: Mapping[str, Parameter], evidence: Iterable[EvidenceItem]
) -> dict[str, Parameter]:
    """Return the parameters, each with the number of the source that our policy departs from."""
    published: dict[str, Parameter] = {}
    for source in evidence:
        for name, text in source.numbers.items():
            published.setdefault(name, Parameter(name, _amount(text), "", source.id))
    return {
        name: _departing(number, published[name]) if name in published else number
        for name, number in parameters.items()
    }


def _parameter(item: ParameterFile) -> Parameter:
    return Parameter(item.name, _amount(item.value), item.meaning, item.evidence)


def _amount(text: str) -> ParameterValue:
    value = read_amount(text)
    if value is None:
        words = f"`{text}` is neither a period such as P3M nor a number such as 18 a"
        raise wrong(text, words)
    return value


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
    number = _PLAIN.fullmatch(text)
    if number:
        return Quantity.exactly(Decimal(number[1]), PLAIN_NUMBER)
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
        if fact.name in FACTS:
            yield from wrong_answers(fact)
        if (fact.kind is FactKind.TEXT) != bool(fact.longest):
            yield wrong(fact.name, "a text says its `longest` value, and nothing else does")
