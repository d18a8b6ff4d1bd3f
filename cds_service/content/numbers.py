"""Facts, parameters and evidence: the declared names and numbers of the content."""

import re
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal

from cds_service.content.files.schema import (
    EvidenceFile,
    FactFile,
    FactsFile,
    ParameterFile,
    ParametersFile,
)
from cds_service.content.files.source import Document
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

_PERIOD = re.compile(r"P(?:(\d{1,2})Y)?(?:(\d{1,3})M)?(?:(\d{1,3})D)?")
_QUANTITY = re.compile(r"([0-9]{1,3}) (\S+)")
_SEMANTIC_VERSION = re.compile(r"\d+\.\d+\.\d+")


def load_facts(document: Document) -> dict[str, FactDeclaration]:
    """Read facts.yaml; every fact must have a function that gathers it."""
    facts: dict[str, FactDeclaration] = {}
    for i, item in enumerate(document.read_as(FactsFile).facts):
        place = f"$.facts[{i}]"
        if item.name in facts:
            raise document.error(f"{place}.name", f"fact `{item.name}` stands here twice")
        if item.name not in FACTS:
            raise document.error(f"{place}.name", f"the software has no fact `{item.name}`")
        if len(set(item.choices)) < len(item.choices):
            raise document.error(f"{place}.choices", "a choice stands here twice")
        if (item.kind == "choice") != bool(item.choices):
            raise document.error(place, "a choice lists its `choices`, and nothing else does")
        if (item.kind == "quantity") != (item.unit in UCUM_WORDS):
            raise document.error(place, "a quantity has a `unit`: a, mo or d")
        facts[item.name] = _declaration(item)
    return facts


def check_value_sets(
    document: Document, facts: Mapping[str, FactDeclaration], known: Collection[str]
) -> None:
    """Raise where a fact is said to be read from a value set that there is not."""
    for i, fact in enumerate(facts.values()):
        for name in fact.value_sets:
            if name not in known:
                raise document.error(f"$.facts[{i}].valueSets", f"there is no value set `{name}`")


def load_evidence(document: Document) -> dict[str, Citation]:
    """Read evidence.yaml."""
    evidence: dict[str, Citation] = {}
    for i, item in enumerate(document.read_as(EvidenceFile).evidence):
        place = f"$.evidence[{i}]"
        if item.id in evidence:
            raise document.error(f"{place}.id", f"evidence `{item.id}` stands here twice")
        if item.url and not item.url.startswith("https://"):
            raise document.error(f"{place}.url", "a link must begin with https://")
        evidence[item.id] = Citation(item.id, item.kind, item.citation, item.url, item.says)
    return evidence


def load_parameters(document: Document, evidence: Mapping[str, Citation]) -> dict[str, Parameter]:
    """Read parameters.yaml."""
    return read_parameters(document, document.read_as(ParametersFile).parameters, evidence)


def check_version(document: Document, place: str, version: str) -> None:
    """Raise where a version is not a semantic version."""
    if not _SEMANTIC_VERSION.fullmatch(version):
        raise document.error(place, f"`{version}` is not a version such as 1.2.0")


def read_amount(text: str) -> ParameterValue | None:
    """Return P3M as a period and `18 a` as a quantity; None where it is neither."""
    period = _PERIOD.fullmatch(text)
    if period and text != "P":
        years, months, days = (int(part or 0) for part in period.groups())
        is_one_kind = not ((years or months) and days) and (years or months or days)
        return Period(years * 12 + months, days) if is_one_kind else None
    quantity = _QUANTITY.fullmatch(text)
    if quantity and quantity[2] in UCUM_WORDS:
        return Quantity.exactly(Decimal(quantity[1]), quantity[2])
    return None


def _declaration(item: FactFile) -> FactDeclaration:
    return FactDeclaration(
        name=item.name,
        kind=FactKind(item.kind),
        choices=item.choices,
        unit=item.unit,
        may_be=frozenset(item.may_be),
        read_from=tuple(item.read_from),
        meaning=item.meaning,
        absence=item.absence,
        patient_attributes=item.patient_attributes,
        value_sets=item.value_sets,
        text_patterns=item.text_patterns,
    )


def read_parameters(
    document: Document, items: Sequence[ParameterFile], evidence: Mapping[str, Citation]
) -> dict[str, Parameter]:
    parameters: dict[str, Parameter] = {}
    for i, item in enumerate(items):
        place = f"$.parameters[{i}]"
        value = read_amount(item.value)
        if value is None:
            raise document.error(
                f"{place}.value",
                f"`{item.value}` is neither a period such as P3M nor a number such as 18 a",
            )
        if item.evidence not in evidence:
            raise document.error(f"{place}.evidence", f"`{item.evidence}` is not in evidence.yaml")
        if item.name in parameters:
            raise document.error(f"{place}.name", f"parameter `{item.name}` stands here twice")
        parameters[item.name] = Parameter(item.name, value, item.meaning, item.evidence)
    return parameters
