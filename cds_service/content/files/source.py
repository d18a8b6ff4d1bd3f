"""Strict YAML with line numbers; refuses to know what the content means.

Stricter than YAML: no duplicate keys, no anchors, no tags, no empty values, and every plain value
is text (so `no`, `1.10` and `2026-01-01` stay what was written), except `true` and `false`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec
import yaml

from cds_service.errors import KnowledgeError

SchemaT = TypeVar("SchemaT")
Node = str | bool | list["Node"] | dict[str, "Node"]

_NO_REFERENCES = "anchors, aliases and tags are not allowed"
_MESSAGES = (
    (r"Object contains unknown field `(.*)`", r"`\1` is not a word that may stand here"),
    (r"Object missing required field `(.*)`", r"`\1` is missing"),
    (r"Expected `(.*)`, got `(.*)`", r"\1 is expected here, not \2"),
    (r"Invalid enum value '(.*)'", r"`\1` is not one of the allowed words"),
    (r"(.*)", r"\1"),
)
_TYPE_WORDS = {
    "object": "a mapping",
    "array": "a list",
    "str": "text",
    "int": "a whole number",
    "bool": "true or false",
}


@dataclass(frozen=True, slots=True)
class Document:
    """The parsed content of a file, and the line of each of its places."""

    file: str
    content: Node
    lines: Mapping[str, int]

    def error(self, place: str, words: str) -> KnowledgeError:
        """Return an error at a place such as `$.when.all[0]`, or at the nearest place around it."""
        while place not in self.lines:
            place = re.sub(r"(\.[^.\[\]]*|\[[^\[\]]*\]|.)$", "", place) or "$"
        return KnowledgeError(self.file, self.lines[place], words)

    def read_as(self, schema: type[SchemaT]) -> SchemaT:
        """Return the content as a schema type; raise `KnowledgeError` in plain words."""
        try:
            return msgspec.convert(self.content, schema, strict=False)
        except msgspec.ValidationError as error:
            message, _, place = str(error).partition(" - at `")
            raise self.error(
                self._exact(place.rstrip("`") or "$", message), _plain(message)
            ) from error

    def _exact(self, place: str, message: str) -> str:
        """Return the place of an error where msgspec names only the table or block around it."""
        unknown = re.search("unknown field `(.*)`", message)
        if unknown:
            return f"{place}.{unknown[1]}"
        table, is_table, rest = place.partition("[...]")
        got = re.search("got `(.*)`", message)
        if is_table and got:
            children = [name for name in self.lines if name.startswith(f"{table}.")]
            wrong = (c for c in children if _type_name(self._at(c)) == got[1] and c.endswith(rest))
            return next(wrong, table)
        return place

    def _at(self, place: str) -> Node | None:
        node: Node | None = self.content
        for name, index in re.findall(r"\.([^.\[\]]+)|\[(\d+)\]", place):
            node = node[int(index)] if isinstance(node, list) else _member(node, name)
        return node


def read_document(path: Path, root: Path) -> Document:
    """Read a YAML file; `root` is what file names in errors are relative to."""
    return parse_document(read_text(path, root), str(path.relative_to(root)))


def read_text(path: Path, root: Path) -> str:
    """Read a UTF-8 text file of the content."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise KnowledgeError(str(path.relative_to(root)), 1, "this file is missing") from error
    except UnicodeDecodeError as error:
        raise KnowledgeError(str(path.relative_to(root)), 1, "this file is not UTF-8") from error


def parse_document(text: str, file: str, first_line: int = 1) -> Document:
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
    reader = _Reader(file, first_line, {"$": first_line}, iter(events[begun[0] + 1 :]))
    return Document(file, reader.read(next(reader.events), "$"), reader.lines)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads a well-formed document from the events after its start."""

    file: str
    first_line: int
    lines: dict[str, int]
    events: Iterator[yaml.Event]

    def read(self, event: yaml.Event, place: str) -> Node:
        self.lines[place] = _line_in(event, self.first_line)
        if getattr(event, "anchor", None) or getattr(event, "tag", None):
            raise self._error(event, _NO_REFERENCES)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(place)
        if isinstance(event, yaml.SequenceStartEvent):
            return [self.read(item, f"{place}[{i}]") for i, item in enumerate(self._entries())]
        return self._scalar(event, place)

    def _entries(self) -> Iterator[yaml.Event]:
        while not isinstance(event := next(self.events), yaml.CollectionEndEvent):
            yield event

    def _mapping(self, place: str) -> Node:
        content: dict[str, Node] = {}
        for key_event in self._entries():
            key = self._key(key_event)
            if key in content:
                raise self._error(key_event, f"`{key}` stands here twice")
            content[key] = self.read(next(self.events), f"{place}.{key}")
            self.lines[f"{place}.{key}"] = _line_in(key_event, self.first_line)
        return content

    def _key(self, event: yaml.Event) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            raise self._error(event, "a key is text")
        if event.anchor or event.tag:
            raise self._error(event, _NO_REFERENCES)
        return str(event.value)

    def _error(self, event: yaml.Event, words: str) -> KnowledgeError:
        return KnowledgeError(self.file, _line_in(event, self.first_line), words)

    def _scalar(self, event: yaml.Event, place: str) -> Node:
        value, is_plain = str(getattr(event, "value", "")), not getattr(event, "style", "")
        if not value.strip() or (is_plain and value in ("null", "~")):
            name = place.rsplit(".", 1)[-1]
            raise KnowledgeError(self.file, self.lines[place], f"`{name}` has no value")
        return value == "true" if is_plain and value in ("true", "false") else value


def _line_in(event: yaml.Event, first_line: int) -> int:
    return int(getattr(event.start_mark, "line", 0)) + first_line


def _plain(message: str) -> str:
    matches = ((re.fullmatch(pattern, message), words) for pattern, words in _MESSAGES)
    match, words = next((match, words) for match, words in matches if match)
    return _with_groups(words, tuple(_type_words(group) for group in match.groups()))


def _type_words(names: str) -> str:
    """Return `str | array | null` as "text or a list"."""
    known = [_TYPE_WORDS.get(name, name) for name in names.split(" | ") if name != "null"]
    return " or ".join(known)


def _member(node: Node | None, name: str) -> Node | None:
    return node.get(name) if isinstance(node, dict) else None


def _type_name(node: Node | None) -> str:
    match node:
        case dict():
            return "object"
        case list():
            return "array"
        case bool():
            return "bool"
        case _:
            return "str"


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


def _with_groups(words: str, groups: tuple[str, ...]) -> str:
    for number, group in enumerate(groups, start=1):
        words = words.replace(f"\\{number}", group)
    return words
