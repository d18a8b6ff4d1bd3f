"""actions/*.yaml -> the orders that a card may offer, proved as FHIR.

This is the one place that imports fhir.resources while content is loaded, and only to prove: a
worker, which is given the content, does without it (140 ms and 27 MB, performance budget).
"""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from cds_service.content.files.strict_yaml import read_yaml
from cds_service.content.files.words import each, plain, raise_all, wrong
from cds_service.core.knowledge import FactDeclaration, FactKind, OrderTemplate
from cds_service.core.record import Recognise
from cds_service.core.suggest import fill_resource
from cds_service.errors import KnowledgeError

EXAMPLE_SCALARS = {"label": "Example", "patientId": "example"}
EXAMPLE_LISTS = {"conditions": ({"reference": "Condition/example"},)}
EXAMPLE_DATE = "2000-01-31"
NO_RESOURCE = "`resourceType` is not a FHIR R4 resource"
_PLACEHOLDER = re.compile(r"\{\{ ([A-Za-z]+) \}\}")

Facts = Mapping[str, FactDeclaration]
Errors = Iterator[KnowledgeError]


def load_actions(root: Path, facts: Facts, recognise: Recognise) -> dict[str, OrderTemplate]:
    """Read the actions by id; codes must be in a value set, placeholders must have a filling."""
    paths = sorted((root / "actions").glob("*.yaml"))
    orders = each(partial(_read, root, facts, recognise), paths)
    return {order.id: order for order in orders}


def _read(root: Path, facts: Facts, recognise: Recognise, path: Path) -> OrderTemplate:
    order = read_yaml(path, root, OrderTemplate)
    if order.id != path.stem:
        raise wrong(order.id, f"the id must be the file's name, `{path.stem}`")
    raise_all(_wrong(order, facts, recognise))
    _prove(order)
    return order


def _wrong(order: OrderTemplate, facts: Facts, recognise: Recognise) -> Errors:
    for node in _nodes(order.resource):
        if isinstance(node, str):
            yield from _wrong_placeholders(node, facts)
        elif isinstance(node, Mapping):
            yield from _unknown_codes(node.get("coding"), recognise)


def _nodes(node: object) -> Iterator[object]:
    """Yield a node of a resource, and every node in it."""
    yield node
    members = node.values() if isinstance(node, Mapping) else node if isinstance(node, list) else ()
    for member in members:
        yield from _nodes(member)


def _wrong_placeholders(text: str, facts: Facts) -> Errors:
    for name in _PLACEHOLDER.findall(text):
        is_date = name in facts and facts[name].kind is FactKind.DATE and not facts[name].may_be
        if not is_date and name not in EXAMPLE_SCALARS and name not in EXAMPLE_LISTS:
            yield wrong(text, f"nothing fills the placeholder `{name}`")
        if name in EXAMPLE_LISTS and text != f"{{{{ {name} }}}}":
            yield wrong(text, f"`{name}` is a list and stands alone")
    rest = _PLACEHOLDER.sub("", text)
    if "{{" in rest or "}}" in rest:
        yield wrong(text, "a placeholder is written {{ name }}")


def _unknown_codes(codings: object, recognise: Recognise) -> Errors:
    for coding in codings if isinstance(codings, list) else ():
        match coding:
            case {"code": str(code), **rest}:
                system = rest.get("system")
                if not (system and recognise(str(system), str(code))):
                    yield wrong(code, f"`{code}` of `{system}` is in none of the value sets")


def _prove(order: OrderTemplate) -> None:
    """Fill a template with examples and prove the result with fhir.resources (R4B)."""
    from fhir.resources.R4B import get_fhir_model_class  # noqa: PLC0415 (see the module's docstring)
    from fhir.resources.R4B.domainresource import DomainResource  # noqa: PLC0415

    template = plain(order.resource)
    texts = " ".join(node for node in _nodes(template) if isinstance(node, str))
    dates = dict.fromkeys(_PLACEHOLDER.findall(texts), EXAMPLE_DATE)
    filled = fill_resource(template, {**dates, **EXAMPLE_SCALARS, **EXAMPLE_LISTS})
    where = (order.resource.get("resourceType"), order.resource, order)
    try:
        model = get_fhir_model_class(str(filled.get("resourceType")))
    except (LookupError, ValueError) as error:
        raise wrong(where, NO_RESOURCE) from error
    if not issubclass(model, DomainResource):
        raise wrong(where, NO_RESOURCE)
    try:
        model.model_validate(filled)
    except ValueError as error:
        first = " ".join(str(error).splitlines()[1:3])
        raise wrong(where, f"not a valid FHIR R4 resource: {first}") from error
