"""JSON that no two parsers read differently: no duplicates, NaN, depth or huge numbers."""

import json
import math
from collections.abc import Sequence

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
MOST_DEPTH = 64
MOST_DIGITS = 20


def read_object(content: bytes) -> dict[str, Json]:
    """Return a JSON object in UTF-8; raise `ValueError` for anything else or anything doubtful."""
    try:
        found: Json = _DECODER.decode(content.decode())
    except RecursionError as error:
        raise ValueError("too deep") from error
    if not isinstance(found, dict):
        raise ValueError("not an object")  # noqa: TRY004 (as for any other doubt)
    _check(found)
    return found


def _members(pairs: Sequence[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member stands there twice")
    return members


def _whole(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise ValueError("a number with too many digits")
    return int(digits)


def _fraction(digits: str) -> float:
    """Return the number of `1.5`, and refuse `1e999`, `NaN` and `Infinity`."""
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("a number out of range")
    return number


def _check(root: Json) -> None:
    """Walk without recursion: depth, and texts that are no characters (lone surrogates)."""
    waiting: list[tuple[Json, int]] = [(root, 1)]
    while waiting:
        node, depth = waiting.pop()
        if depth > MOST_DEPTH:
            raise ValueError("too deep")
        if isinstance(node, str):
            node.encode()
        elif isinstance(node, dict):
            waiting += [(part, depth + 1) for pair in node.items() for part in pair]
        elif isinstance(node, list):
            waiting += [(member, depth + 1) for member in node]


_DECODER = json.JSONDecoder(
    object_pairs_hook=_members, parse_int=_whole, parse_float=_fraction, parse_constant=_fraction
)
