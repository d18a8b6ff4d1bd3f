"""A file with places such as `$.a[0]`, for readers that do not use words yet."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cds_service.content.files.decode import SchemaT, decode
from cds_service.content.files.strict_yaml import parse_yaml, read_text
from cds_service.content.files.words import Block, Node, Rows, plain
from cds_service.errors import KnowledgeError


@dataclass(frozen=True)
class Document:
    """The parsed content of a file."""

    file: str
    content: Node
    first_line: int = 1

    @cached_property
    def lines(self) -> Mapping[str, int]:
        """The line of each place."""
        top = getattr(self.content, "line", self.first_line)
        return dict(_places(self.content, "$")) | {"$": top}

    def error(self, place: str, words: str) -> KnowledgeError:
        """Return an error at a place such as `$.when.all[0]`, or at the nearest place around it."""
        while place not in self.lines:
            place = re.sub(r"(\.[^.\[\]]*|\[[^\[\]]*\]|.)$", "", place) or "$"
        return KnowledgeError(self.file, self.lines[place], words)

    def read_as(self, schema: type[SchemaT]) -> SchemaT:
        """Return the content as a schema type; raise `KnowledgeError` in plain words."""
        return plain(decode(self.content, schema))


def read_document(path: Path, root: Path) -> Document:
    """Read a YAML file; `root` is what file names in errors are relative to."""
    return parse_document(read_text(path, root), str(path.relative_to(root)))


def parse_document(text: str, file: str, first_line: int = 1) -> Document:
    """Parse YAML text whose first line is line `first_line` of `file`."""
    return Document(file, parse_yaml(text, file, first_line), first_line)


def _places(node: Node, place: str) -> Iterator[tuple[str, int]]:
    if isinstance(node, Rows):
        for i, item in enumerate(node):
            yield f"{place}[{i}]", getattr(item, "line", node.line)
            yield from _places(item, f"{place}[{i}]")
    if isinstance(node, Block):
        for key in node:
            yield f"{place}.{key}", node.key(key).line
            yield from _places(node[key], f"{place}.{key}")
