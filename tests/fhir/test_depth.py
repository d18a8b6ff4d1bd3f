"""How deep a body may nest does not depend on how deep in the program it is decoded."""

import sys
from collections.abc import Callable

import pytest

from cds_service.errors import MalformedRequest
from cds_service.fhir.shapes.decode import decode_request, decode_resource, resource_of, type_of
from cds_service.fhir.shapes.resources import Unreadable

pytestmark = pytest.mark.usefixtures("without_garbage")
ROOM = 40  # frames that are left where a test stands deepest
NESTED = b'{"resourceType": "Condition", "zz": ' + b"[" * 300 + b"]" * 300 + b"}"


def standing_deep(call: Callable[[], object], left: int = ROOM) -> object:
    """Call something where the stack has little room left."""
    frame, depth = sys._getframe(), 0
    while frame is not None:
        frame, depth = frame.f_back, depth + 1  # type: ignore[assignment]
    return _descend(sys.getrecursionlimit() - depth - left, call)


def _descend(frames: int, call: Callable[[], object]) -> object:
    return call() if frames <= 0 else _descend(frames - 1, call)


@pytest.mark.parametrize("decode", [decode_resource, resource_of, type_of])
def test_what_can_be_decoded_can_be_decoded_anywhere(decode: Callable[[bytes], object]) -> None:
    found = standing_deep(lambda: decode(NESTED))
    assert not isinstance(found, Unreadable)
    assert found == decode(NESTED)


def test_a_nested_request_is_read_anywhere() -> None:
    body = b'{"hook": "patient-view", "prefetch": {"conditions": ' + NESTED + b"}}"
    assert standing_deep(lambda: decode_request(body)) == decode_request(body)


@pytest.mark.parametrize("left", [ROOM, 200, 900])
def test_what_is_nested_too_deeply_is_refused_anywhere(left: int) -> None:
    with pytest.raises(MalformedRequest, match="nested too deeply"):
        standing_deep(lambda: decode_request(b'{"zz": ' + b"[" * 100_000), left)
