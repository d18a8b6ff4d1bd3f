"""The bytes of a hook call -> HookRequest, decoded once; refuses to judge what it says.

The fast path decodes everything in one pass into only what is read. Where any resource has a
shape that does not fit, the body is read again resource by resource, so that one odd resource
never hides the others: it becomes a stand-in that marks its list as incomplete.
"""

from typing import TypeVar

import msgspec

from cds_service.errors import MalformedRequest, Problem
from cds_service.fhir.resources import Entry, Resource, Sent, Unreadable
from cds_service.hooks import Context, HookRequest

ShapeT = TypeVar("ShapeT")

BYTE_ORDER_MARK = b"\xef\xbb\xbf"

_FAST = msgspec.json.Decoder(HookRequest[Sent])
_ENVELOPE = msgspec.json.Decoder(HookRequest[object])


def decode_request(body: bytes) -> HookRequest[Sent]:
    """Decode a hook call; raise `MalformedRequest` for anything that is not such a JSON object."""
    body = body.removeprefix(BYTE_ORDER_MARK)
    try:
        return _FAST.decode(body)
    except msgspec.ValidationError:
        return _decode_slowly(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MalformedRequest(Problem("structure", f"The body is not JSON: {error}")) from error
    except RecursionError as error:
        raise MalformedRequest(Problem("structure", "The body is nested too deeply.")) from error


def _decode_slowly(body: bytes) -> HookRequest[Sent]:
    try:
        envelope = _ENVELOPE.decode(body)
    except msgspec.ValidationError as error:
        raise MalformedRequest(Problem("structure", f"{error}.")) from error
    prefetch = envelope.prefetch
    return HookRequest(
        hook=envelope.hook,
        hook_instance=envelope.hook_instance,
        context=_read_context(envelope.context),
        prefetch=None
        if prefetch is None
        else {key: _read_sent(value) for key, value in prefetch.items()},
        fhir_server=envelope.fhir_server,
    )


def _read_context(context: Context[object] | None) -> Context[Sent] | None:
    if context is None:
        return None
    return Context(context.patient_id, context.selections, _read_sent(context.draft_orders))


def _read_sent(value: object) -> Sent:
    """Read a resource, or each member of a list or of a Bundle on its own."""
    match value:
        case list():
            return [_read_resource(member) for member in value]
        case {"entry": list(entries), **rest}:
            bundle = _read_resource(rest)
            bundle.entry = [_read_entry(entry) for entry in entries]
            return bundle
        case dict():
            return _read_resource(value)
        case _:
            return value if isinstance(value, str | float | bool | None) else str(type(value))


def _read_entry(entry: object) -> Entry:
    match entry:
        case {"resource": resource, **rest}:
            shell = _converted(rest, Entry) or Entry()
            shell.resource = _read_resource(resource)
            return shell
        case _:
            return Entry()


def _read_resource(value: object) -> Resource:
    readable = _converted(value, Resource)
    if readable is not None:
        return readable
    resource_type = value.get("resourceType") if isinstance(value, dict) else None
    return Unreadable(resource_type if isinstance(resource_type, str) else None)


def _converted(value: object, shape: type[ShapeT]) -> ShapeT | None:
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError:
        return None
