"""An intensional definition -> its codes, page by page."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from msgspec.structs import asdict

from cds_service.content.terms.value_sets import SNOMED_CT
from cds_service.core.vocabulary.check_digits import CHECKS
from cds_service.core.vocabulary.systems import CodeSystem, normal_url
from cds_service.core.vocabulary.value_sets import Definition
from cds_service.errors import TerminologyError
from cds_service.workbench.value_sets.terminology_server import (
    Contains,
    Expansion,
    TerminologyServer,
    expand_page,
    printable,
)

PAGE = 500
MOST_CODES = 2_000
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.\-/&:_*+]{0,63}")
_NOT_WHOLE = ("valueset-unclosed", "valueset-toocostly")


@dataclass(frozen=True, slots=True)
class FoundCode:
    """A code of an expansion, with the server's own term, which no file may keep."""

    code: str
    term: str
    is_inactive: bool


@dataclass(frozen=True, slots=True)
class Expanded:
    """The codes of a definition, and the versions of the code system that they come from."""

    codes: tuple[FoundCode, ...]
    versions: tuple[str, ...]


def expand(server: TerminologyServer, definition: Definition, system: CodeSystem) -> Expanded:
    """Return every code of a definition; raise `TerminologyError` where any may be missing."""
    found: dict[str, FoundCode] = {}
    versions: dict[str, None] = {}
    read = 0
    while True:
        page = expand_page(server, *_question(definition, system, read))
        versions.update(dict.fromkeys(_versions(page)))
        items = list(_flat(page.contains))
        codes = {item.code: item for item in _codes(items, system)}
        if read and items and codes.keys() <= found.keys():
            raise TerminologyError("the server sends the same page again, so the list is not whole")
        found |= codes
        read += len(items)
        if read > MOST_CODES:
            raise TerminologyError(f"it holds more than {MOST_CODES} codes: narrow the definition")
        if _is_last(page, read, len(items)):
            return Expanded(tuple(found[code] for code in sorted(found)), tuple(versions))


def _question(
    definition: Definition, system: CodeSystem, offset: int
) -> tuple[dict[str, str], object]:
    """Return the query to ask for an implicit SNOMED CT value set, or a value set of one filter."""
    if definition.filter is None:
        paging = {"offset": str(offset), "count": str(PAGE), "activeOnly": "false"}
        return {"url": f"{SNOMED_CT}?fhir_vs=ecl/{definition.ecl}", **paging}, None
    compose = {"include": [{"system": system.url, "filter": [asdict(definition.filter)]}]}
    content = {"resourceType": "ValueSet", "status": "draft", "compose": compose}
    parameters = [
        {"name": "valueSet", "resource": content},
        {"name": "offset", "valueInteger": offset},
        {"name": "count", "valueInteger": PAGE},
        {"name": "activeOnly", "valueBoolean": False},
    ]
    return {}, {"resourceType": "Parameters", "parameter": parameters}


def _flat(items: list[Contains]) -> Iterator[Contains]:
    waiting = list(items)
    while waiting:
        item = waiting.pop()
        yield item
        waiting += item.contains


def _codes(items: list[Contains], system: CodeSystem) -> Iterator[FoundCode]:
    """Yield what may be chosen; a heading has no code or is abstract."""
    for item in items:
        if item.code is None or item.abstract:
            continue
        shown = printable(item.code)
        if normal_url(item.system or "") not in map(normal_url, system.urls):
            raise TerminologyError(f"`{shown}` comes from another code system than {system.url}")
        if not _CODE.fullmatch(item.code):
            raise TerminologyError(f"`{shown}` is not a code")
        if system.check_digit and not CHECKS[system.check_digit](item.code):
            raise TerminologyError(f"`{shown}` is not a {system.name} code: wrong check digit")
        yield FoundCode(item.code, printable(item.display or ""), item.inactive)


def _versions(page: Expansion) -> Iterator[str]:
    for parameter in page.parameter:
        value = parameter.value_uri or parameter.value_canonical
        if parameter.name in ("version", "used-codesystem") and value:
            yield printable(value)


def _is_last(page: Expansion, read: int, size: int) -> bool:
    """Tell whether the list is complete.

    An expansion without `offset` is not paged (FHIR), unless it happens to have our page's size.
    """
    if any(str(extension.get("url")).endswith(_NOT_WHOLE) for extension in page.extension):
        raise TerminologyError("the server says that its expansion is not whole")
    if page.total is not None:
        if size == 0 and read < page.total:
            words = f"the server sends {read} codes and says that there are {page.total}"
            raise TerminologyError(words)
        return read >= page.total
    return size == 0 if page.offset is not None else size != PAGE
