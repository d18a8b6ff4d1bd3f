"""The bytes of a file -> JSON, and what is wrong with them and where.

What the service's decoder refuses is parsed again leniently, so that the rest can be explained.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from cds_service.fhir.shapes.decode import BYTE_ORDER_MARK, NOT_DECODED, decode_with
from cds_service.workbench.doctor.printable import name_of

_ANYTHING = msgspec.json.Decoder()
_OFFSET = re.compile(r"\(byte ([0-9]+)\)")
_STARTS = {
    rb"\s*\Z": "The file is empty.",
    rb"\x1f\x8b": "The file is compressed (gzip); bodies must be sent uncompressed (415).",
    rb"\xff\xfe|\xfe\xff|.{0,3}\x00": "The file is UTF-16 or UTF-32; JSON is sent as UTF-8.",
    rb"POST |HTTP/|GET ": "The file holds HTTP headers; keep what follows the first empty line.",
    rb"\s*<": "The file is XML or HTML; CDS Hooks is JSON.",
}


@dataclass(frozen=True, slots=True)
class Body:
    """A body: its size, its JSON as far as it could be had, and its fault in words."""

    size: int
    content: object
    fault: str = ""


def read_body(body: bytes) -> Body:
    """Parse whatever a file holds; never raise."""
    bare = body.removeprefix(BYTE_ORDER_MARK)
    try:
        return Body(len(body), decode_with(_ANYTHING, bare))
    except NOT_DECODED as error:
        named = (words for start, words in _STARTS.items() if re.match(start, bare, re.DOTALL))
        return Body(len(body), _leniently(bare), next(named, None) or _in_words(error, bare))


def leaves_of(content: object) -> Iterator[tuple[str, str]]:
    """Yield every text in a piece of JSON and where it stands, lists passed over, in its order."""
    waiting: list[tuple[str, object]] = [("", content)]
    while waiting:
        place, node = waiting.pop()
        if isinstance(node, dict):
            inner = [(f"{place}.{name_of(name)}".lstrip("."), node[name]) for name in node]
            waiting += reversed(inner)
        elif isinstance(node, list):
            waiting += [(place, one) for one in reversed(node)]
        elif isinstance(node, str):
            yield place, node


def _in_words(error: Exception, body: bytes) -> str:
    """Name line and reason; Python's parser gives the plainer reasons, ours is stricter."""
    if isinstance(error, RecursionError):
        return "The JSON is nested too deeply."
    try:
        json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except UnicodeDecodeError as odd:
        return f"{_place(body, odd.start)}: not UTF-8 (Latin-1 or Windows-1252?)."
    except json.JSONDecodeError as fault:
        return f"Line {fault.lineno}, column {fault.colno}: {fault.msg}."
    except (ValueError, RecursionError) as fault:
        why = f"{fault}" if str(fault).startswith("NaN") else "a number is too long"
    else:
        why = "a number is out of range, or a text holds half of a \\u pair"
    offset = _OFFSET.search(str(error))
    return f"{_place(body, int(offset[1])) if offset else 'Somewhere'}: {why}."


def _refuse_constant(_: str) -> None:
    raise ValueError("NaN, Infinity and -Infinity are not JSON")


def _place(body: bytes, offset: int) -> str:
    before = body[:offset]
    line, column = before.count(b"\n") + 1, offset - before.rfind(b"\n")
    return f"Line {line}, byte {column}"


def _leniently(body: bytes) -> object:
    try:
        return json.loads(body.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
