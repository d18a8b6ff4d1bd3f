"""A site's list of codes as YAML or CSV -> codes that know where they stand."""

import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path

from cds_service.content.files.decode import decode
from cds_service.content.files.schema import File
from cds_service.content.files.strict_yaml import read_text, read_yaml
from cds_service.content.files.words import Block, Rows, Word, each
from cds_service.core.vocabulary.value_sets import Code
from cds_service.errors import KnowledgeError

BYTE_ORDER_MARK = "\ufeff"
NEEDED_COLUMNS = ("system", "code", "display")
COLUMNS = (*NEEDED_COLUMNS, "laterality", "precision", "role", "siteGroup")


class Listed(File, frozen=True):
    """Codes of one system, as a site's list has them."""

    system: str
    concept: tuple[Code, ...]


class ListCompose(File, frozen=True):
    include: tuple[Listed, ...]


class ListFile(File, frozen=True):
    """value-sets/<id>.yaml of a site, in the shape of our own value sets."""

    compose: ListCompose


Row = Mapping[str, str | None]


def read_yaml_list(path: Path, root: Path) -> list[Listed]:
    """Read `compose.include` with concepts."""
    return list(read_yaml(path, root, ListFile).compose.include)


def read_csv(path: Path, root: Path) -> list[Listed]:
    """Read rows under a header; comma or semicolon between, as spreadsheets write them."""
    file = str(path.relative_to(root))
    text = read_text(path, root).removeprefix(BYTE_ORDER_MARK)
    first = text.partition("\n")[0]
    reader = csv.DictReader(io.StringIO(text), delimiter=";" if ";" in first else ",", strict=True)
    header = reader.fieldnames or ()
    if not {*NEEDED_COLUMNS} <= {*header} <= {*COLUMNS}:
        needed, more = ", ".join(NEEDED_COLUMNS), ", ".join(COLUMNS[3:])
        raise KnowledgeError(file, 1, f"the header names {needed} and may name {more}")
    try:
        rows = [(file, reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise KnowledgeError(file, reader.line_num + 1, f"not valid CSV: {error}") from error
    for _, line, row in rows:
        if None in row or None in row.values():
            words = "this row does not have as many cells as the header"
            raise KnowledgeError(file, line, words)
    return read_rows(rows)


def read_rows(rows: Iterable[tuple[str, int, Row]]) -> list[Listed]:
    """Return rows (file, line, cells) as codes; an empty cell says nothing."""
    return each(lambda row: decode(_block(*row), Listed), rows)


def _block(file: str, line: int, row: Row) -> Block:
    """Return a row as a list of one code."""
    listed, code = Block(file, line), Block(file, line)
    for name, cell in row.items():
        if cell and cell.strip():
            word = Word(cell.strip(), file, line)
            (listed if name == "system" else code).add(Word(name, file, line), word)
    listed.add(Word("concept", file, line), Rows([code], file, line))
    return listed
