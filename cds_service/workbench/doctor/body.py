"""The bytes of a file -> JSON, and what is wrong with them and where.

What the service's decoder refuses is parsed again leniently, so that the rest can be explained.
"""

import json
import re
from dataclasses import dataclass

import msgspec

from cds_service.fhir.shapes.decode import BYTE_ORDER_MARK

_OFFSET = re.compile(r"\(byte ([0-9]+)\)")
_PATH = re.compile(r"\$[A-Za-z0-9_.\[\]]*")
_GZIP = b"\x1f\x8b"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_HTTP = (b"POST ", b"HTTP/", b"GET ")


@dataclass(frozen=True, slots=True)
class Body:
    """A body: its size, its JSON as far as it could be had, and its faults in words."""

    size: int
    content: object
    faults: tuple[str, ...] = ()


def read_body(body: bytes) -> Body:
    """Parse whatever a file holds; never raise."""
    bare = body.removeprefix(BYTE_ORDER_MARK)
    try:
        return Body(len(body), msgspec.json.decode(bare))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError) as error:
        words = _named_by_its_start(bare) or _in_words(error, bare)
    return Body(len(body), _leniently(bare), (words,))


def _named_by_its_start(body: bytes) -> str | None:
    """Recognise a file that is no JSON at all."""
    if not body.strip():
        return "The file is empty."
    if body.startswith(_GZIP):
        return "The file is compressed (gzip); bodies must be sent uncompressed (415)."
    if body.startswith(_UTF16) or b"\x00" in body[:4]:
        return "The file is UTF-16 or UTF-32; JSON is sent as UTF-8."
    if body.startswith(_HTTP):
        return "The file holds HTTP headers; keep only what follows the first empty line."
    if body.lstrip().startswith(b"<"):
        return "The file is XML or HTML; CDS Hooks is JSON."
    return None


def _in_words(error: Exception, body: bytes) -> str:
    if isinstance(error, RecursionError):
        return "The JSON is nested too deeply."
    try:
        json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except UnicodeDecodeError as odd:
        line, column = _position(body, odd.start)
        return f"Line {line}, byte {column}: not UTF-8 (Latin-1 or Windows-1252?)."
    except json.JSONDecodeError as fault:
        return f"Line {fault.lineno}, column {fault.colno}: {fault.msg}."
    except (ValueError, RecursionError) as fault:
        why = f"{fault}" if str(fault).startswith("NaN") else "a number is too long"
    else:
        why = "a number is out of range, or a text holds half of a \\u pair"
    return f"{_place_in(str(error), body)}: {why}."


def _place_in(words: str, body: bytes) -> str:
    """Turn the decoder's byte offset into a line; without one, its path is the place."""
    offset = _OFFSET.search(words)
    if offset:
        line, column = _position(body, int(offset[1]))
        return f"Line {line}, byte {column}"
    path = _PATH.search(words)
    return f"At {path[0]}" if path else "Somewhere"


def _refuse_constant(_: str) -> None:
    raise ValueError("NaN, Infinity and -Infinity are not JSON")


def _position(body: bytes, offset: int) -> tuple[int, int]:
    before = body[:offset]
    return before.count(b"\n") + 1, offset - (before.rfind(b"\n") + 1) + 1


def _leniently(body: bytes) -> object:
    try:
        return json.loads(body.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
