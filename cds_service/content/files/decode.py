"""The words of a file -> a type; what does not fit is told in plain words, all of it at once."""

import re
from collections.abc import Iterator, Mapping
from enum import Enum
from types import UnionType
from typing import Annotated, Literal, TypeVar, Union, cast, get_args, get_origin

import msgspec
from msgspec.structs import FieldInfo

from cds_service.content.files.words import Block, Node, Rows, raise_all, wrong
from cds_service.errors import KnowledgeError

SchemaT = TypeVar("SchemaT")

# A pattern says in a comment of its own what a word should be: `^P[0-9]+M$(?#a period)`.
_MESSAGES = (
    (r"Expected `str` matching regex '.*\(\?#(.*)\)'", r"`\0` is not \1"),
    (r"Expected `array` of length >= 1", "this list is empty"),
    (r"Expected `array` of length <= (\d+)", r"this list must have at most \1 entries"),
    (r"Expected `array` of length (?:[><]= )?(\d+)", r"this list must have \1 entries"),
    (r"Expected `int` >= (\d+)", r"this must be at least \1"),
    (r"Expected `(.*)`, got `(.*)`", r"\1 is expected here, not \2"),
    (r"Invalid enum value '(.*)'", r"`\1` is not one of the allowed words: \allowed"),
    (r"(.*)", r"\1"),
)
_TYPE_WORDS = {
    "object": "a mapping",
    "array": "a list",
    "str": "text",
    "int": "a whole number",
    "bool": "true or false",
}
Part = tuple[object, Node, object]
"""Where a part of a node stands, the part, and the type that it should have."""


def decode(node: Node, schema: type[SchemaT]) -> SchemaT:
    """Return the content of a file as a type; its texts are words, its keys are not."""
    try:
        return msgspec.convert(node, schema, strict=False)
    except msgspec.ValidationError:
        raise_all(_errors(node, node, schema))
        raise


def _errors(where: object, node: Node, schema: object) -> Iterator[KnowledgeError]:
    """Yield what does not fit, as deep inside as it can be told: msgspec stops at the first."""
    try:
        msgspec.convert(node, schema, strict=False)
    except msgspec.ValidationError as error:
        found = [*_strangers(node, schema)]
        for part in _parts(where, node, schema):
            found += _errors(*part)
        message = _plain(str(error).partition(" - at `")[0], node)
        yield from found or [wrong(where, message.replace("\\allowed", _allowed(schema)))]


def _strangers(node: Node, schema: object) -> Iterator[KnowledgeError]:
    """Yield the keys of a block that may not stand there, and those that are missing."""
    if isinstance(node, Block) and (fields := _fields(schema)):
        for key in node:
            if key not in fields and _is_closed(schema):
                yield wrong(node.key(key), f"`{key}` is not a word that may stand here")
        for name, field in fields.items():
            if field.required and name not in node:
                yield wrong(node, f"`{name}` is missing")


def _parts(where: object, node: Node, schema: object) -> Iterator[Part]:
    fields, origin, types = _fields(schema), get_origin(schema), get_args(schema)
    if origin in (Union, UnionType):
        yield from ((where, node, one) for one in types if _has_shape(node, one))
    elif origin is Annotated:
        yield from _parts(where, node, types[0])
    elif isinstance(node, Block) and _has_shape(node, schema):
        for key in node:
            if fields is None:
                yield node.key(key), node[key], types[1]
            elif key in fields:
                yield node.key(key), node[key], fields[key].type
    elif isinstance(node, Rows) and _has_shape(node, schema):
        yield from ((_place(item, node), item, types[0]) for item in node)


def _has_shape(node: Node, schema: object) -> bool:
    """Tell whether a type is for blocks or for lists, as the node is."""
    origin = get_origin(schema)
    if origin is Annotated:
        return _has_shape(node, get_args(schema)[0])
    if isinstance(node, Block):
        return _fields(schema) is not None or origin in (dict, Mapping)
    return isinstance(node, Rows) and origin in (list, tuple, frozenset)


def _place(item: Node, above: Rows) -> object:
    return above if isinstance(item, bool) else item


def _fields(schema: object) -> dict[str, FieldInfo] | None:
    """Return the fields of a struct by key, also of a generic one that says its parts."""
    plain_schema = get_origin(schema) or schema
    if isinstance(plain_schema, type) and issubclass(plain_schema, msgspec.Struct):
        fields = msgspec.structs.fields(cast("type[msgspec.Struct]", schema))
        return {field.encode_name: field for field in fields}
    return None


def _is_closed(schema: object) -> bool:
    config = getattr(get_origin(schema) or schema, "__struct_config__")  # noqa: B009
    return bool(config.forbid_unknown_fields)


def _allowed(schema: object) -> str:
    """Return the words that may stand where a choice, or one of several, is expected."""
    if isinstance(schema, type) and issubclass(schema, Enum):
        return ", ".join(str(member.value) for member in schema)
    parts = get_args(schema)
    words = parts if get_origin(schema) is Literal else filter(None, map(_allowed, parts))
    return ", ".join(map(str, words))


def _plain(message: str, node: Node) -> str:
    matches = ((re.fullmatch(pattern, message), words) for pattern, words in _MESSAGES)
    match, words = next((match, words) for match, words in matches if match)
    for number, group in enumerate((str(node), *match.groups())):
        words = words.replace(f"\\{number}", _type_words(group))
    return words


def _type_words(names: str) -> str:
    """Return `str | array | null` as "text or a list"."""
    known = [_TYPE_WORDS.get(name, name) for name in names.split(" | ") if name != "null"]
    return " or ".join(known)
