"""YAML and text files -> words with their places.

Stricter than YAML: no duplicate keys, no anchors, no tags, no empty values, and every plain value
is text (so `no`, `1.10` and `2026-01-01` stay what was written), except `true` and `false`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import yaml
from msgspec import defstruct

from cds_service.content.files.decode import SchemaT, decode
from cds_service.content.files.words import Block, Node, Rows, Word, raise_all
from cds_service.core.declaration import Declaration
from cds_service.errors import KnowledgeError

_NO_REFERENCES = "anchors, aliases and tags are not allowed"


def read_yaml(path: Path, root: Path, schema: type[SchemaT]) -> SchemaT:
    """Read a YAML file as a type; `root` is what file names in errors are relative to."""
    return decode(parse_yaml(read_text(path, root), str(path.relative_to(root))), schema)


def read_list(path: Path, root: Path, entry: type[SchemaT]) -> tuple[SchemaT, ...]:
    """Read a YAML file that is one list, under its own name: facts.yaml has `facts`."""
    name = path.stem
    schema = defstruct(name, [(name, tuple[entry, ...])], bases=(Declaration,), frozen=True)  # type: ignore[valid-type]
    return cast(tuple[SchemaT, ...], getattr(read_yaml(path, root, schema), name))


def read_text(path: Path, root: Path) -> str:
    """Read a UTF-8 text file of the content."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise KnowledgeError(str(path.relative_to(root)), 1, "this file is missing") from error
    except UnicodeDecodeError as error:
        raise KnowledgeError(str(path.relative_to(root)), 1, "this file is not UTF-8") from error


def parse_yaml(text: str, file: str, first_line: int = 1) -> Node:
    """Parse YAML text whose first line is line `first_line` of `file`."""
    try:
        events = list(yaml.parse(text, Loader=yaml.CSafeLoader))
    except yaml.YAMLError as error:
        raise KnowledgeError(file, _line_of(error, text, first_line), _problem(error)) from error
    begun = [
        number for number, event in enumerate(events) if isinstance(event, yaml.DocumentStartEvent)
    ]
    if not begun:
        raise KnowledgeError(file, first_line, "this file is empty")
    if len(begun) > 1:
        line = _line_in(events[begun[1]], first_line)
        raise KnowledgeError(file, line, "a file holds one document, without a second ---")
    reader = _Reader(file, first_line, iter(events[begun[0] + 1 :]))
    content = reader.read(next(reader.events), Word("$", file, first_line))
    raise_all(reader.errors)
    return content


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads a well-formed document from the events after its start; notes what is not allowed."""

    file: str
    first_line: int
    events: Iterator[yaml.Event]
    errors: list[KnowledgeError] = field(default_factory=list)

    def read(self, event: yaml.Event, key: Word | None) -> Node:
        """Read a value; the value of a key stands where the key does."""
        line = self._line(event)
        self._refuse_references(event, line)
        if isinstance(event, yaml.MappingStartEvent):
            return self._block(line)
        if isinstance(event, yaml.SequenceStartEvent):
            return Rows([self.read(item, None) for item in self._entries()], self.file, line)
        return self._scalar(event, key, line)

    def _entries(self) -> Iterator[yaml.Event]:
        while not isinstance(event := next(self.events), yaml.CollectionEndEvent):
            yield event

    def _block(self, line: int) -> Block:
        block = Block(self.file, line)
        for event in self._entries():
            key = self._key(event)
            if key in block:
                self._note(key.line, f"`{key}` stands here twice")
            block.add(key, self.read(next(self.events), key))
        return block

    def _key(self, event: yaml.Event) -> Word:
        line = self._line(event)
        if not isinstance(event, yaml.ScalarEvent):
            # What follows cannot be told apart any more: this error is the last one.
            self._note(line, "a key is text")
            raise_all(self.errors)
        self._refuse_references(event, line)
        return Word(str(getattr(event, "value", "")), self.file, line)

    def _scalar(self, event: yaml.Event, key: Word | None, line: int) -> Node:
        value, is_plain = str(getattr(event, "value", "")), not getattr(event, "style", "")
        if not value.strip() or (is_plain and value in ("null", "~")):
            self._note(line, f"`{key}` has no value" if key else "an entry of a list has no value")
        if is_plain and value in ("true", "false"):
            return value == "true"
        return Word(value, self.file, key.line if key else line)

    def _refuse_references(self, event: yaml.Event, line: int) -> None:
        if getattr(event, "anchor", None) or getattr(event, "tag", None):
            self._note(line, _NO_REFERENCES)

    def _line(self, event: yaml.Event) -> int:
        return _line_in(event, self.first_line)

    def _note(self, line: int, words: str) -> None:
        self.errors.append(KnowledgeError(self.file, line, words))


def _line_in(event: yaml.Event, first_line: int) -> int:
    return int(getattr(event.start_mark, "line", 0)) + first_line


def _line_of(error: yaml.YAMLError, text: str, first_line: int) -> int:
    position = getattr(error, "position", None)
    if position is not None:
        return first_line + text[:position].count("\n")
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    last = first_line + max(0, len(text.splitlines()) - 1)
    return min(mark.line + first_line, last) if mark else first_line


def _problem(error: yaml.YAMLError) -> str:
    problem = getattr(error, "problem", None) or "a character that may not stand in a text file"
    return f"not valid YAML: {problem}"
