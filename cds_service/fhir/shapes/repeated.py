"""Members that stand twice in one object, where they say whose something is.

JSON leaves open which of two counts: who reads the first sees another patient than who reads the
last. A strict parser tells, and is slow. So it is asked only where a name comes more than once, and
only of what counts: a resource that something was read of, and of a body all but the entries of its
Bundles, most of which are about something else.
"""

import ctypes
import json
import re
from collections.abc import Iterable, Sequence

from msgspec import Raw

from cds_service.errors import MalformedRequest, Problem

_OF_AN_OWNER = (b'"subject"', b'"patient"')
_OF_A_RESOURCE = (*_OF_AN_OWNER, b'"id"')
_OF_A_REQUEST = (*_OF_A_RESOURCE, b'"context"', b'"patientId"')
_ONCE = frozenset({"reference", *(str(key, "ascii").strip('"') for key in _OF_A_REQUEST)})
_REFERENCE = b'"reference"'
# Another one in the same object, or one that may be, behind an object within it. No search is long:
# it ends at the next bracket.
_AGAIN = re.compile(rb'"reference"[^{}]*(?:\{|"reference")')


class RepeatedMember(Exception):
    """One of two members of a name, found while parsing."""


class _View(ctypes.Structure):
    """`Py_buffer` of CPython: where in memory some bytes stand."""

    _fields_ = (
        ("buf", ctypes.c_void_p),
        ("obj", ctypes.c_void_p),
        ("len", ctypes.c_ssize_t),
        ("itemsize", ctypes.c_ssize_t),
        ("readonly", ctypes.c_int),
        ("ndim", ctypes.c_int),
        ("rest", ctypes.c_void_p * 5),
    )


def refuse_repeated_in_resource(sent: Raw) -> None:
    """Raise where a resource says twice whose it is; no identifier goes into the error."""
    _refuse_repeated(bytes(sent), _OF_A_RESOURCE)


def refuse_repeated_owner(sent: Raw) -> None:
    """Raise where a resource of which nothing else is read says twice whose it is."""
    _refuse_repeated(bytes(sent), _OF_AN_OWNER)


def refuse_repeated_in_request(body: bytes, bundles: Sequence[tuple[Raw, Raw]]) -> None:
    """Raise where a body says twice whose something is.

    What lies between the first and the last entry of each Bundle is left out.
    """
    _refuse_repeated(_without_entries(body, bundles), _OF_A_REQUEST)


def _refuse_repeated(sent: bytes, keys: Iterable[bytes]) -> None:
    if _may_name_twice(sent, keys) and _names_twice(sent):
        words = "A member that says whose something is stands twice in one object."
        raise MalformedRequest(Problem("structure", words))


def _may_name_twice(sent: bytes, keys: Iterable[bytes]) -> bool:
    """Tell at once where no name comes twice, nor one that is written in escapes."""
    # One byte is found faster than four, and few resources hold it.
    if b"\\" in sent and b"\\u00" in sent:
        return True
    for key in keys:
        if sent.count(key) > 1:
            return True
    return sent.count(_REFERENCE) > 1 and _AGAIN.search(sent) is not None


def _names_twice(sent: bytes) -> bool:
    try:
        _STRICT.decode(str(sent, "utf-8", "replace"))
    except RepeatedMember:
        return True
    except ValueError:  # not JSON: who decodes it says so
        return False
    except RecursionError as error:
        words = "The body is nested too deeply to tell whether a member stands twice in it."
        raise MalformedRequest(Problem("structure", words)) from error
    return False


def _without_entries(body: bytes, bundles: Sequence[tuple[Raw, Raw]]) -> bytes:
    """Put null in place of all from the first to the last entry of each Bundle, views of a body."""
    start, kept, end = _place(body), list[bytes](), 0
    for first, last in sorted(map(_extent, bundles)):
        if start + end <= first <= last <= start + len(body):
            kept += [body[end : first - start], b"null"]
            end = last - start
    return b"".join([*kept, body[end:]])


def _extent(bundle: tuple[Raw, Raw]) -> tuple[int, int]:
    first, last = bundle
    if first is last:
        start = _place(first)
        return start, start + len(bytes(last))
    return _place(first), _place(last) + len(bytes(last))


def _place(view: Raw | bytes) -> int:
    """Return the address of some bytes: the decoder gives views, and not where they begin."""
    found = _View()
    _GET_BUFFER(view, found, 0)
    _RELEASE(found)
    return found.buf or 0


def _check(members: list[tuple[str, object]]) -> None:
    if len(dict(members)) < len(members):
        names = [name for name, _ in members if name in _ONCE]
        if len(set(names)) < len(names):
            raise RepeatedMember


_STRICT = json.JSONDecoder(
    object_pairs_hook=_check, strict=False, parse_int=str, parse_float=str, parse_constant=str
)

_GET_BUFFER = ctypes.pythonapi.PyObject_GetBuffer
_GET_BUFFER.argtypes = (ctypes.py_object, ctypes.POINTER(_View), ctypes.c_int)
_RELEASE = ctypes.pythonapi.PyBuffer_Release
_RELEASE.argtypes = (ctypes.POINTER(_View),)
_RELEASE.restype = None
