"""actions/*.yaml -> resource templates, proved as FHIR; refuses to know which card offers them.

This is the one place that imports fhir.resources while content is loaded, and only to prove: a
worker, which is given the content, does without it (140 ms and 27 MB, performance budget).
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from cds_service.content.cards.card_schema import ActionFile
from cds_service.content.files.source import Document, read_document
from cds_service.core.knowledge import FactDeclaration, FactKind, OfferedOrder
from cds_service.core.record import Recognise
from cds_service.core.suggest import fill_resource

EXAMPLE_SCALARS = {"label": "Example", "patientId": "example"}
EXAMPLE_LISTS = {"conditions": ({"reference": "Condition/example"},)}
NO_RESOURCE = "`resourceType` is not a FHIR R4 resource"
EXAMPLE_DATE = "2000-01-31"
_PLACEHOLDER = re.compile(r"\{\{ ([A-Za-z]+) \}\}")

# What an update is proved upon: the least that makes a draft order.
EXAMPLE_DRAFT = MappingProxyType(
    {"status": "draft", "intent": "order", "subject": {"reference": "Patient/example"}}
)

Resource = Mapping[str, object]
Action = tuple[OfferedOrder, Document]


def load_actions(
    directory: Path, root: Path, facts: Mapping[str, FactDeclaration], recognise: Recognise
) -> dict[str, Action]:
    """Read the actions by id; codes must be in a value set, placeholders must have a filling."""
    actions: dict[str, Action] = {}
    for path in sorted(directory.glob("*.yaml")):
        document = read_document(path, root)
        content = document.read_as(ActionFile)
        if content.id != path.stem:
            raise document.error("$.id", f"the id must be the file's name, `{path.stem}`")
        for place, text in _texts(content.resource, "$.resource"):
            _check_placeholders(document, place, text, facts)
        _check_codes(document, content.resource, recognise)
        _check_target(document, content, facts)
        order = OfferedOrder(
            content.id,
            content.resource,
            (),
            content.type,
            content.of or "",
            content.not_with,
        )
        actions[content.id] = (order, document)
    return actions


def prove_action(order: OfferedOrder, document: Document) -> None:
    """Fill a template with examples and prove the result with fhir.resources (R4B)."""
    if order.type == "delete":
        return
    from fhir.resources.R4B import get_fhir_model_class  # noqa: PLC0415 (see the module's docstring)
    from fhir.resources.R4B.domainresource import DomainResource  # noqa: PLC0415

    base = EXAMPLE_DRAFT if order.type == "update" else {}
    filled = {**base, **example_of(order.resource)}
    try:
        model = get_fhir_model_class(str(filled.get("resourceType")))
    except (LookupError, ValueError) as error:
        raise document.error("$.resource.resourceType", NO_RESOURCE) from error
    if not issubclass(model, DomainResource):
        raise document.error("$.resource.resourceType", NO_RESOURCE)
    try:
        model.model_validate(filled)
    except ValueError as error:
        first = str(error).splitlines()[1:3]
        raise document.error(
            "$.resource", f"not a valid FHIR R4 resource: {' '.join(first)}"
        ) from error


def example_of(resource: Resource) -> dict[str, object]:
    """Return the template filled with invented values."""
    dates = {
        name: EXAMPLE_DATE
        for _, text in _texts(resource, "$")
        for name in _PLACEHOLDER.findall(text)
    }
    return fill_resource(resource, {**dates, **EXAMPLE_SCALARS, **EXAMPLE_LISTS})


def _texts(node: object, place: str) -> Iterator[tuple[str, str]]:
    match node:
        case str():
            yield place, node
        case Mapping():
            for name, member in node.items():
                yield from _texts(member, f"{place}.{name}")
        case list():
            for i, member in enumerate(node):
                yield from _texts(member, f"{place}[{i}]")


def _check_target(
    document: Document, content: ActionFile, facts: Mapping[str, FactDeclaration]
) -> None:
    """A change is about the drafts that a fact on the draft orders names."""
    if content.type == "create":
        if content.of is not None or content.not_with:
            raise document.error("$", "only an update or a delete is `of` some drafts")
        return
    target = facts.get(content.of or "")
    if target is None or target.read_from:
        raise document.error("$.of", "`of` names a fact on the draft orders")
    if (content.type == "delete") == bool(content.resource):
        raise document.error("$.resource", "an update has a `resource`, a delete has none")
    if content.type == "delete" and content.not_with:
        raise document.error("$.notWith", "`notWith` means nothing for a delete")


def _check_placeholders(
    document: Document, place: str, text: str, facts: Mapping[str, FactDeclaration]
) -> None:
    for name in _PLACEHOLDER.findall(text):
        is_date = name in facts and facts[name].kind is FactKind.DATE and not facts[name].may_be
        if not is_date and name not in EXAMPLE_SCALARS and name not in EXAMPLE_LISTS:
            raise document.error(place, f"nothing fills the placeholder `{name}`")
        if name in EXAMPLE_LISTS and text != f"{{{{ {name} }}}}":
            raise document.error(place, f"`{name}` is a list and stands alone")
    rest = _PLACEHOLDER.sub("", text)
    if "{{" in rest or "}}" in rest:
        raise document.error(place, "a placeholder is written {{ name }}")


def _check_codes(document: Document, resource: Resource, recognise: Recognise) -> None:
    texts = dict(_texts(resource, "$.resource"))
    for place, code in texts.items():
        system = texts.get(place.removesuffix(".code") + ".system")
        is_coding = place.endswith(".code") and ".coding[" in place
        if is_coding and not (system and recognise(system, code)):
            raise document.error(place, f"`{code}` of `{system}` is in none of the value sets")
