"""A site's list of codes as FHIR ValueSet JSON -> codes that know where they stand."""

import re
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct, field

from cds_service.content.files.decode import decode
from cds_service.content.files.strict_yaml import parse_yaml, read_text
from cds_service.content.files.words import place_of, wrong
from cds_service.content.site.lists import BYTE_ORDER_MARK, Listed, read_rows

EXTENSION = "urn:femoral-head-cds:"
BY_RULE = "codes given by a rule are not read; bring the expansion of this ValueSet"
_ESCAPED_SLASH = re.compile(r"(?<!\\)((?:\\\\)*)\\/")


class FhirElement(Struct, frozen=True, rename="camel"):
    """The base of what is read of a FHIR ValueSet: what is not named here is passed over."""


class FhirExtension(FhirElement, frozen=True):
    """An extension that may say a concept's side, precision, role or site group."""

    url: str
    value_code: str | None = None


class FhirConcept(FhirElement, frozen=True):
    """A member of a list or of an expansion."""

    code: str | None = None
    display: str | None = None
    system: str | None = None
    abstract: bool = False
    extension: tuple[FhirExtension, ...] = ()
    contains: "tuple[FhirConcept, ...]" = ()


class FhirInclude(FhirElement, frozen=True):
    system: str | None = None
    concept: tuple[FhirConcept, ...] = ()


class FhirCompose(FhirElement, frozen=True):
    include: tuple[FhirInclude, ...] = ()
    exclude: tuple[FhirInclude, ...] = ()


class FhirExpansion(FhirElement, frozen=True):
    """ValueSet.expansion; `total` counts all members, also those that are not listed."""

    contains: tuple[FhirConcept, ...] = ()
    total: str | None = None


class FhirValueSet(FhirElement, frozen=True):
    resource_type: str
    compose: FhirCompose = field(default_factory=FhirCompose)
    expansion: FhirExpansion | None = None


Member = tuple[str | None, FhirConcept]


def read_json(path: Path, root: Path) -> list[Listed]:
    """Read the expansion of a ValueSet where it has one, else the codes that it lists."""
    text = read_text(path, root).removeprefix(BYTE_ORDER_MARK)
    # JSON is YAML, but for one escape: YAML does not know `\/`.
    node = parse_yaml(_ESCAPED_SLASH.sub(r"\1/", text), str(path.relative_to(root)))
    content = decode(node, FhirValueSet)
    if content.resource_type != "ValueSet":
        raise wrong(content.resource_type, "a FHIR ValueSet is expected here")
    members = list(_expanded(content.expansion) if content.expansion else _listed(content))
    if not members:
        raise wrong(content.resource_type, "this ValueSet lists no codes")
    places = [place_of((concept, content.resource_type)) for _, concept in members]
    rows = zip(places, members, strict=True)
    return read_rows((place.file, place.line, _row(*member)) for place, member in rows)


def _expanded(expansion: FhirExpansion) -> Iterator[Member]:
    members = list(_nested(expansion.contains))
    if expansion.total and expansion.total != str(len(members)):
        words = f"the expansion lists {len(members)} of {expansion.total} codes; bring all of it"
        raise wrong(expansion.total, words)
    yield from ((concept.system, concept) for concept in members if not concept.abstract)


def _nested(concepts: tuple[FhirConcept, ...]) -> Iterator[FhirConcept]:
    for concept in concepts:
        yield concept
        yield from _nested(concept.contains)


def _listed(content: FhirValueSet) -> Iterator[Member]:
    if content.compose.exclude:
        raise wrong((content.compose.exclude, content.resource_type), BY_RULE)
    for include in content.compose.include:
        if not include.concept:
            raise wrong((include, content.resource_type), BY_RULE)
        yield from ((include.system, concept) for concept in include.concept)


def _row(system: str | None, concept: FhirConcept) -> dict[str, str | None]:
    extensions = {
        extension.url.removeprefix(EXTENSION): extension.value_code
        for extension in concept.extension
        if extension.url.startswith(EXTENSION)
    }
    return {"system": system, "code": concept.code, "display": concept.display, **extensions}
