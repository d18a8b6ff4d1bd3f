"""A list of codes as YAML, FHIR ValueSet JSON or CSV -> one form; refuses to judge the codes."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cds_service.content.files.schema import ConceptFile
from cds_service.content.files.source import (
    Document,
    parse_document,
    read_document,
)
from cds_service.content.files.strict_yaml import read_text
from cds_service.content.files.words import Block, Rows, Word
from cds_service.content.site.schema import (
    FhirCompose,
    FhirConcept,
    FhirExpansion,
    FhirValueSet,
    SiteCodesFile,
    SiteRowsFile,
)
from cds_service.errors import KnowledgeError

BYTE_ORDER_MARK = "\ufeff"
EXTENSION = "urn:femoral-head-cds:"
NEEDED_COLUMNS = ("system", "code", "display")
COLUMNS = (*NEEDED_COLUMNS, "laterality", "precision", "role", "siteGroup")
_ESCAPED_SLASH = re.compile(r"(?<!\\)((?:\\\\)*)\\/")

Row = tuple[int, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Listed:
    """A code of a list, its system, and where it stands."""

    place: str
    system: str
    item: ConceptFile


def read_yaml(path: Path, root: Path) -> tuple[Document, list[Listed]]:
    """Read `compose.include` with concepts, the shape of our own value sets."""
    document = read_document(path, root)
    includes = document.read_as(SiteCodesFile).compose.include
    return document, [
        Listed(f"$.compose.include[{i}].concept[{j}]", include.system, item)
        for i, include in enumerate(includes)
        for j, item in enumerate(include.concept)
    ]


def read_json(path: Path, root: Path) -> tuple[Document, list[Listed]]:
    """Read a FHIR ValueSet: its expansion where it has one, else the codes that it lists."""
    file = str(path.relative_to(root))
    text = _ESCAPED_SLASH.sub(r"\1/", _without_mark(read_text(path, root)))
    document = parse_document(text, file)
    content = document.read_as(FhirValueSet)
    if content.resource_type != "ValueSet":
        raise document.error("$.resourceType", "a FHIR ValueSet is expected here")
    members = list(_members(document, content))
    if not members:
        raise document.error("$", "this ValueSet lists no codes")
    return _listed_rows(file, [_fhir_row(document, *member) for member in members])


def read_csv(path: Path, root: Path) -> tuple[Document, list[Listed]]:
    """Read rows under a header; comma or semicolon between, as spreadsheets write them."""
    file = str(path.relative_to(root))
    text = _without_mark(read_text(path, root))
    first = text.partition("\n")[0]
    reader = csv.DictReader(io.StringIO(text), delimiter=";" if ";" in first else ",", strict=True)
    header = reader.fieldnames or ()
    if not {*NEEDED_COLUMNS} <= {*header} <= {*COLUMNS}:
        words = (
            f"the header names {', '.join(NEEDED_COLUMNS)} and may name {', '.join(COLUMNS[3:])}"
        )
        raise KnowledgeError(file, 1, words)
    try:
        rows = [_csv_row(file, reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise KnowledgeError(file, reader.line_num + 1, f"not valid CSV: {error}") from error
    return _listed_rows(file, rows)


def _csv_row(file: str, line: int, row: dict[str | None, str | None]) -> Row:
    if None in row or None in row.values():
        raise KnowledgeError(file, line, "this row does not have as many cells as the header")
    return line, {str(name): cell.strip() for name, cell in row.items() if cell and cell.strip()}


def _listed_rows(file: str, rows: list[Row]) -> tuple[Document, list[Listed]]:
    blocks = [_block(row, file, line) for line, row in rows]
    top = Block(file, 1)
    top.add(Word("codes", file, 1), Rows(blocks, file, 1))
    document = Document(file, top)
    items = document.read_as(SiteRowsFile).codes
    return document, [Listed(f"$.codes[{i}]", item.system, item) for i, item in enumerate(items)]


def _block(row: dict[str, str], file: str, line: int) -> Block:
    block = Block(file, line)
    for name, text in row.items():
        block.add(Word(name, file, line), Word(text, file, line))
    return block


Member = tuple[str, str | None, FhirConcept]


def _members(document: Document, content: FhirValueSet) -> Iterator[Member]:
    if content.expansion:
        return _expanded(document, content.expansion)
    return _listed(document, content.compose)


def _expanded(document: Document, expansion: FhirExpansion) -> Iterator[Member]:
    members = list(_nested("$.expansion", expansion.contains))
    if expansion.total and expansion.total != str(len(members)):
        words = f"the expansion lists {len(members)} of {expansion.total} codes; bring all of it"
        raise document.error("$.expansion.total", words)
    yield from (member for member in members if not member[2].abstract)


def _nested(place: str, concepts: tuple[FhirConcept, ...]) -> Iterator[Member]:
    for i, concept in enumerate(concepts):
        at = f"{place}.contains[{i}]"
        yield at, concept.system, concept
        yield from _nested(at, concept.contains)


def _listed(document: Document, compose: FhirCompose) -> Iterator[Member]:
    rule = "codes given by a rule are not read; bring the expansion of this ValueSet"
    if compose.exclude:
        raise document.error("$.compose.exclude", rule)
    for i, include in enumerate(compose.include):
        if not include.concept:
            raise document.error(f"$.compose.include[{i}]", rule)
        for j, concept in enumerate(include.concept):
            yield f"$.compose.include[{i}].concept[{j}]", include.system, concept


def _fhir_row(document: Document, place: str, system: str | None, concept: FhirConcept) -> Row:
    given = {"system": system, "code": concept.code, "display": concept.display}
    given |= {
        extension.url.removeprefix(EXTENSION): extension.value_code
        for extension in concept.extension
        if extension.url.startswith(EXTENSION)
    }
    return document.lines[place], {name: value for name, value in given.items() if value}


def _without_mark(text: str) -> str:
    return text.removeprefix(BYTE_ORDER_MARK)
