"""Decoding: both paths read the same, and one odd resource never hides or fails the others."""

import json
from pathlib import Path

import msgspec
import pytest

from cds_service.core.knowledge import Knowledge
from cds_service.errors import MalformedRequest
from cds_service.fhir.shapes.decode import decode_request, resource_of
from cds_service.fhir.shapes.resources import NULL, Resource, Sent, Unreadable
from cds_service.hooks import HookRequest
from tests.conftest import ROOT
from tests.fhir.builders import (
    Json,
    bundle,
    condition,
    gathered,
    hook_request,
    order_request,
    prefetch,
)

GOLDEN = sorted((ROOT / "tests" / "golden").glob("*.request.json"))


def read_with_an_odd_neighbour(request: Json) -> HookRequest[Sent]:
    """Return a request as it is read beside a resource that does not fit, hence slowly."""
    neighboured = request | {"prefetch": request["prefetch"] | {"odd": {"id": 1}}}
    found = decode_request(json.dumps(neighboured).encode())
    assert isinstance((found.prefetch or {}).pop("odd"), Unreadable)
    return found


def opened(request: HookRequest[Sent]) -> tuple[HookRequest[Sent], list[Resource]]:
    """Return a request without the resources of its Bundles, and those, decoded."""
    drafts = request.context.draft_orders if request.context else None
    sent = [*(request.prefetch or {}).values(), drafts]
    entries = [e for value in sent if isinstance(value, Resource) for e in value.entry or () if e]
    resources = [resource_of(entry.resource) for entry in entries]
    for entry in entries:
        entry.resource = NULL
    for resource in resources:
        resource.sent = NULL
    return request, resources


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.name.split(".")[0])
def test_the_fast_and_the_slow_path_read_a_golden_request_alike(path: Path) -> None:
    request = json.loads(path.read_bytes())
    body = msgspec.json.encode(request)  # in one line, as what is read slowly is written anew
    assert opened(decode_request(body)) == opened(read_with_an_odd_neighbour(request))


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.name.split(".")[0])
def test_a_golden_request_is_read_without_a_stand_in(path: Path) -> None:
    assert "Unreadable" not in repr(opened(decode_request(path.read_bytes())))


ODD_CONDITIONS = {
    "a code that is a truth value": condition(id="odd", code=True),
    "a code that is a number": condition(id="odd", code=5),
    "a date that is a number": condition(id="odd", onsetDateTime=2026),
    "a subject that is a list": condition(id="odd", subject=[]),
    "an id that is a number": condition(id=7),
    "a coding of numbers": condition(id="odd", code={"coding": [1, 2]}),
    "a status that is a number": condition(id="odd", clinicalStatus=1),
    "modifiers that are text": condition(id="odd", modifierExtension="x"),
}


@pytest.mark.parametrize("odd", ODD_CONDITIONS.values(), ids=ODD_CONDITIONS)
def test_an_odd_resource_leaves_a_gap_and_the_good_ones_stay(
    odd: object, knowledge: Knowledge
) -> None:
    conditions = bundle(condition(id="good-1"), odd, condition(id="good-2"))
    record = gathered(hook_request(prefetch=prefetch(conditions=conditions)), knowledge)
    assert [d.reference for d in record.diagnoses.items] == ["Condition/good-1", "Condition/good-2"]
    assert set(record.gaps) == {"Condition"}


@pytest.mark.parametrize("odd", ["text", 5, True, [], [[]]])
def test_an_entry_whose_resource_is_no_object_leaves_a_stand_in(odd: object) -> None:
    request = hook_request(prefetch={"conditions": bundle(condition(), odd)})
    read = decode_request(json.dumps(request).encode()).prefetch or {}
    conditions = read["conditions"]
    assert isinstance(conditions, Resource)
    assert [type(resource_of(entry.resource)) for entry in conditions.entry or () if entry] == [
        Resource,
        Unreadable,
    ]


def test_an_odd_draft_order_leaves_the_others_readable() -> None:
    body = order_request({"resourceType": "ServiceRequest", "id": 1}, condition(id="good"))
    context = decode_request(json.dumps(body).encode()).context
    assert context is not None
    assert isinstance(context.draft_orders, Resource)
    entries = context.draft_orders.entry or ()
    resources = [resource_of(entry.resource) for entry in entries if entry]
    assert [type(resource) for resource in resources] == [Unreadable, Resource]
    assert [resource.resource_type for resource in resources if resource] == [
        "ServiceRequest",
        "Condition",
    ]


def test_a_byte_order_mark_is_taken_off() -> None:
    body = json.dumps(hook_request()).encode()
    assert decode_request(b"\xef\xbb\xbf" + body) == decode_request(body)


def test_members_that_are_not_read_may_hold_anything() -> None:
    plain = hook_request()
    odd = plain | {"extension": {"a.b": "c"}, "zz": [None, {"x": [1e9]}]}
    assert decode_request(json.dumps(odd).encode()) == decode_request(json.dumps(plain).encode())


def test_a_repeated_member_that_names_nobody_takes_its_last_value_on_both_paths() -> None:
    fast = b'{"hook": "first", "hookInstance": "x", "hook": "last"}'
    slow = fast[:-1] + b', "prefetch": {"odd": {"id": 1}}}'
    assert decode_request(fast).hook == decode_request(slow).hook == "last"


POISON = {
    "nothing": b"",
    "white space": b" \n ",
    "a list": b"[]",
    "null": b"null",
    "text": b'"x"',
    "NaN": b"NaN",
    "NaN inside": b'{"hook": NaN}',
    "infinity inside": b'{"zz": -Infinity}',
    "two values": b"{}{}",
    "a trailing comma": b'{"hook": "x",}',
    "single quotes": b"{'hook': 'x'}",
    "a raw NUL": b'{"hook": "\x00"}',
    "a lone surrogate": b'{"hook": "\\ud800"}',
    "bytes that are not UTF-8": b'{"hook": "\xff\xfe"}',
    "UTF-16": '{"hook": "x"}'.encode("utf-16"),
    "two byte order marks": b"\xef\xbb\xbf\xef\xbb\xbf{}",
    "10,000 lists in an ignored place": b'{"zz": ' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    "100,000 objects in an ignored place": b'{"zz": ' + b'{"a":' * 100_000 + b"1" + b"}" * 100_001,
    "100,000 lists never closed": b"[" * 100_000,
}


@pytest.mark.parametrize("body", POISON.values(), ids=POISON)
def test_a_poisoned_body_is_a_malformed_request(body: bytes) -> None:
    with pytest.raises(MalformedRequest):
        decode_request(body)


ODD_FIRST = b'{"prefetch": {"odd": {"id": 1}, "next": '
POISON_AFTER_ODD = {
    "a truncated body": ODD_FIRST,
    "NaN": ODD_FIRST + b"NaN}}",
    "10,000 nested lists": ODD_FIRST + b"[" * 10_000 + b"]" * 10_000 + b"}}",
    "100,000 nested objects": ODD_FIRST + b'{"a":' * 100_000 + b"1" + b"}" * 100_002,
    "bytes that are not UTF-8": ODD_FIRST + b'"\xff"}}',
    "a lone surrogate": ODD_FIRST + b'"\\ud800"}}',
}


@pytest.mark.parametrize("body", POISON_AFTER_ODD.values(), ids=POISON_AFTER_ODD)
def test_poison_after_an_odd_resource_is_a_malformed_request_too(body: bytes) -> None:
    with pytest.raises(MalformedRequest):
        decode_request(body)
