"""The bytes of a hook call -> HookRequest, decoded once; refuses to judge what it says.

The fast path decodes everything in one pass into only what is read. Where any resource has a
shape that does not fit, the body is read again resource by resource, so that one odd resource
never hides the others: it becomes a stand-in that marks its list as incomplete.
"""

from collections.abc import Callable
from typing import TypeVar

import msgspec

from cds_service.errors import MalformedRequest, Problem
from cds_service.fhir.resources import Element, Entry, Resource, Sent, Unreadable
from cds_service.hooks import Context, HookRequest

ReadT = TypeVar("ReadT")
ShapeT = TypeVar("ShapeT")

BYTE_ORDER_MARK = b"\xef\xbb\xbf"

_FAST = msgspec.json.Decoder(HookRequest[Sent])
_ENVELOPE = msgspec.json.Decoder(HookRequest[object])
_RESOURCE = msgspec.json.Decoder(Resource)
_ANYTHING = msgspec.json.Decoder()


class _Label(msgspec.Struct, rename="camel"):
    """What must be known of a resource even where the rest of it cannot be read."""

    resource_type: str | None = None
    subject: Element | None = None
    patient: Element | None = None


def decode_request(body: bytes) -> HookRequest[Sent]:
    """Decode a hook call; raise `MalformedRequest` for anything that is not such a JSON object."""
    return _strictly(_decode_request, body.removeprefix(BYTE_ORDER_MARK))


def decode_resource(body: bytes) -> Resource:
    """Decode what a FHIR server answered; raise `MalformedRequest` where it is not JSON."""
    return _strictly(_decode_resource, body.removeprefix(BYTE_ORDER_MARK))


def _strictly(decode: Callable[[bytes], ReadT], body: bytes) -> ReadT:
    try:
        return decode(body)
    except msgspec.ValidationError as error:
        raise MalformedRequest(Problem("structure", f"{error}.")) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MalformedRequest(Problem("structure", "The body is not JSON.")) from error
    except RecursionError as error:
        raise MalformedRequest(Problem("structure", "The body is nested too deeply.")) from error


def _decode_request(body: bytes) -> HookRequest[Sent]:
    try:
        return _FAST.decode(body)
    except msgspec.ValidationError:
        envelope = _ENVELOPE.decode(body)
    prefetch = envelope.prefetch
    return HookRequest(
        hook=envelope.hook,
        hook_instance=envelope.hook_instance,
        context=_read_context(envelope.context),
        prefetch=None
        if prefetch is None
        else {key: _read_sent(value) for key, value in prefetch.items()},
        fhir_server=envelope.fhir_server,
        fhir_authorization=envelope.fhir_authorization,
    )


def _decode_resource(body: bytes) -> Resource:
    try:
        return _RESOURCE.decode(body)
    except msgspec.ValidationError:
        read = _read_sent(_ANYTHING.decode(body))
    return read if isinstance(read, Resource) else Unreadable()


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
        case dict():
            return Entry()
        case _:
            return Entry(resource=Unreadable())


def _read_resource(value: object) -> Resource:
    readable = _converted(value, Resource)
    if readable is not None:
        return readable
    label = _converted(value, _Label) or _Label()
    resource_type = value.get("resourceType") if isinstance(value, dict) else None
    return Unreadable(
        resource_type if isinstance(resource_type, str) else None,
        subject=label.subject,
        patient=label.patient,
    )


def _converted(value: object, shape: type[ShapeT]) -> ShapeT | None:
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError:
        return None
