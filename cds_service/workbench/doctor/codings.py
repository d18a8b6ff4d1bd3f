"""A raw resource -> the codings that the service looks at; refuses to know what they mean."""

from collections.abc import Iterator
from dataclasses import dataclass

from cds_service.fhir.read.orders import ORDER_TYPES
from cds_service.workbench.doctor.places import Located
from cds_service.workbench.doctor.words import reference_of

DEEPEST = 4
_OF_ORDERS = (
    "code",
    "bodySite",
    "codeCodeableConcept",
    "medication",
    "medicationCodeableConcept",
    "serviceRequested",
    "type",
    "item.code",
)
_OF_STUDIES = (
    "modality",
    "modalityList",
    "procedureCode",
    "procedure",
    "series.modality",
    "series.bodySite",
    "series.laterality",
)
_OF_CHART = ("code", "bodySite")


@dataclass(frozen=True, slots=True)
class SentCode:
    """A coding as sent; `code` is None where an element holds words alone."""

    reference: str
    resource_type: str
    element: str
    system: str | None
    code: str | None


def codings_of(found: Located) -> Iterator[SentCode]:
    """Yield each coding of the elements that the service reads from a type."""
    resource_type = str(found.content.get("resourceType"))
    for element in _elements(resource_type):
        for node in _at(found.content, element.split(".")):
            for system, code in _pairs(node, DEEPEST):
                yield SentCode(reference_of(found.content), resource_type, element, system, code)


def _elements(resource_type: str) -> tuple[str, ...]:
    if resource_type == "ImagingStudy":
        return _OF_STUDIES
    if resource_type in ("Condition", "Procedure"):
        return _OF_CHART
    return _OF_ORDERS if resource_type in ORDER_TYPES else ()


def _at(node: object, path: list[str]) -> Iterator[object]:
    """Yield each element at a path, one by one where it is a list."""
    nodes: list[object] = [node]
    for name in path:
        nodes = [n[name] for n in _flat(nodes) if isinstance(n, dict) and name in n]
    yield from _flat(nodes)


def _flat(nodes: list[object]) -> list[object]:
    return [m for node in nodes for m in (node if isinstance(node, list) else [node])]


def _pairs(node: object, depth: int) -> list[tuple[str | None, str | None]]:
    """Return (system, code) of an element; (None, None) where it has words and no code."""
    if isinstance(node, str):
        return [(None, node)]
    if not isinstance(node, dict) or not depth:
        return []
    system, code = node.get("system"), node.get("code")
    pairs: list[tuple[str | None, str | None]] = []
    if isinstance(code, str | int) and not isinstance(code, bool):
        pairs.append((system if isinstance(system, str) else None, str(code)))
    for name in ("coding", "concept"):
        for inner in _flat([node.get(name)]):
            pairs += _pairs(inner, depth - 1) if isinstance(inner, dict) else []
    coded = [pair for pair in pairs if pair[1] is not None]
    has_words = any(isinstance(node.get(name), str) for name in ("text", "display"))
    return coded or ([(None, None)] if has_words else [])
