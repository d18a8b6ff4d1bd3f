"""The bytes of a hook call -> HookRequest and resources.

The fast path decodes a body in one pass into only what is read. Where a part has a shape that does
not fit, it is read again piece by piece, so that one odd resource never hides the others: it
becomes a stand-in that marks its list as incomplete.

The decoder recurses on the interpreter's stack, and its room is what the caller has left of it. So
where that was too little, the same is decoded on a thread of its own: how deep a body may nest does
not depend on who asks.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar, cast

import msgspec
from msgspec import Raw

from cds_service.errors import MalformedRequest, Problem
from cds_service.fhir.shapes.repeated import refuse_repeated_in_request
from cds_service.fhir.shapes.resources import (
    NULL,
    Entry,
    Present,
    Reference,
    Resource,
    Sent,
    Subject,
    Unreadable,
)
from cds_service.hooks import HookRequest

ReadT = TypeVar("ReadT")
SentT = TypeVar("SentT", bound=Raw | bytes)

MODIFIER = b'"modifierExtension"'
_HOLDING = ("resource", "entry", "parameter", "part")
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
NOT_DECODED = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)

_FAST = msgspec.json.Decoder(HookRequest[Sent])
_ENVELOPE = msgspec.json.Decoder(HookRequest[object])
_ANYTHING = msgspec.json.Decoder()
_SENT = msgspec.json.Decoder(Sent)
_RESOURCE = msgspec.json.Decoder(Resource)
_ENTRY = msgspec.json.Decoder(Entry)
_MEMBERS = msgspec.json.Decoder(dict[str, Raw])
_LIST = msgspec.json.Decoder(list[Raw])


class _Type(msgspec.Struct, rename="camel"):
    resource_type: str | None = None


_TYPE = msgspec.json.Decoder(_Type)
_TEXT = msgspec.json.Decoder(str)
_SUBJECT = msgspec.json.Decoder(Subject)


def decode_request(body: bytes) -> HookRequest[Sent]:
    """Decode a hook call; raise `MalformedRequest` for anything that is not such a JSON object.

    One that says twice whose something is is refused as well; of the entries of its Bundles that
    is left to whoever reads them.
    """
    body = body.removeprefix(BYTE_ORDER_MARK)
    request = _strictly(_decode_request, body)
    refuse_repeated_in_request(body, list(_entries_in(request)))
    return request


def decode_resource(body: bytes) -> Resource:
    """Decode what a FHIR server answered; raise `MalformedRequest` where it is not JSON."""
    return _strictly(_decode_resource, body.removeprefix(BYTE_ORDER_MARK))


def decode_with(decoder: msgspec.json.Decoder[ReadT], raw: Raw | bytes) -> ReadT:
    """Decode with all the room that there is; raise one of `NOT_DECODED` where it cannot be."""
    return _with_all_room(decoder.decode, raw)


def _entries_in(request: HookRequest[Sent]) -> Iterator[tuple[Raw, Raw]]:
    """Yield the first and the last entry of each Bundle of a request."""
    drafts = request.context.draft_orders if request.context else None
    for sent in (drafts, *(request.prefetch or {}).values()):
        entries = sent.entry if isinstance(sent, Resource) else None
        if entries and entries[0] and entries[-1]:
            yield entries[0].resource, entries[-1].resource


def type_of(raw: Raw | bytes) -> str | None:
    """Return the type of an entry's resource, without decoding the rest of it."""
    return (_try(_TYPE, raw) or _Type()).resource_type


def resource_of(raw: Raw | bytes) -> Resource:
    """Return an entry's resource, or the stand-in for one that cannot be read."""
    found = _try(_RESOURCE, raw) or _stand_in(raw)
    found.sent = raw if isinstance(raw, Raw) else Raw(raw)
    return found


def nested_in(resource: Resource) -> Iterator[Resource]:
    """Yield what stands within a resource, at every depth: contained, a parameter, an entry.

    A contained Patient is left out: its id is one of the document, and says who nobody is.
    """
    waiting = [resource]
    while waiting:
        outer = waiting.pop()
        contained = [resource_of(raw) for raw in _members_of(outer.contained)]
        inner = [each for each in contained if each.resource_type != "Patient"]
        within = outer.within if isinstance(outer, Unreadable) else ()
        inner += [resource_of(raw) for raw in _members_of(outer.parameter, outer.part, *within)]
        inner += [resource_of(entry.resource) for entry in outer.entry or () if entry]
        inner += [outer.resource] if outer.resource else []
        yield from inner
        waiting += inner


def _members_of(*sent: Raw) -> Iterable[Raw]:
    """Return the members of what should be lists, and each that is none itself."""
    found = [raw for raw in sent if raw is not NULL]
    return [member for raw in found for member in (_try(_LIST, raw) or [raw])]


def _with_all_room(decode: Callable[[SentT], ReadT], sent: SentT) -> ReadT:
    try:
        return decode(sent)
    except RecursionError:
        with ThreadPoolExecutor(1, thread_name_prefix="decode") as own_thread:
            return own_thread.submit(decode, sent).result()


def _strictly(decode: Callable[[bytes], ReadT], body: bytes) -> ReadT:
    try:
        return _with_all_room(decode, body)
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
    if envelope.prefetch is not None:
        envelope.prefetch = {key: _read_sent(value) for key, value in envelope.prefetch.items()}
    if envelope.context is not None:
        envelope.context.draft_orders = _read_sent(envelope.context.draft_orders)
    return cast("HookRequest[Sent]", envelope)


def _decode_resource(body: bytes) -> Resource:
    try:
        return _RESOURCE.decode(body)
    except msgspec.ValidationError:
        read = _read_sent(_ANYTHING.decode(body))
    return read if isinstance(read, Resource) else Unreadable()


def _read_sent(value: object) -> Sent:
    """Read a resource, or each member of a list or of a Bundle on its own."""
    raw = Raw(msgspec.json.encode(value))
    try:
        sent: Sent = _SENT.decode(raw)
    except msgspec.ValidationError:
        members = _try(_LIST, raw)
    else:
        return sent
    return _read_bundle(raw) if members is None else [resource_of(member) for member in members]


def _read_bundle(raw: Raw) -> Resource:
    members = _try(_MEMBERS, raw) or {}
    entries = _try(_LIST, members.pop("entry", NULL))
    if entries is None:
        return resource_of(raw)
    bundle = resource_of(msgspec.json.encode(members))
    bundle.entry = [_try(_ENTRY, entry) or _odd_entry(entry) for entry in entries]
    return bundle


def _odd_entry(raw: Raw) -> Entry:
    members = _try(_MEMBERS, raw)
    return Entry(resource=raw if members is None else members.get("resource", NULL))


def _stand_in(raw: Raw | bytes) -> Unreadable:
    """Keep whose a resource is, which must be known even where the rest of it cannot be read."""
    members = _try(_MEMBERS, raw) or {}
    return Unreadable(
        type_of(raw),
        _try(_TEXT, members.get("id", NULL)),
        modifier_extension=[Present()] if MODIFIER in bytes(raw) else None,
        subject=_subject_of(members.get("subject", NULL)),
        patient=_subject_of(members.get("patient", NULL)),
        beneficiary=_subject_of(members.get("for", NULL)),
        contained=members.get("contained", NULL),
        within=tuple(members[name] for name in _HOLDING if name in members),
    )


def _subject_of(raw: Raw) -> Subject:
    """Return a subject in whatever shape; of one that cannot be read, every reference in it."""
    found = _try(_SUBJECT, raw)
    if found is not None or raw == NULL:
        return found
    waiting, references = [_try(_ANYTHING, raw)], list[Reference | str | None]()
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            waiting += [node[name] for name in ("reference", "subject", "patient") if name in node]
        elif isinstance(node, list):
            waiting += node
        elif isinstance(node, str):
            references.append(node)
    return references


def _try(decoder: msgspec.json.Decoder[ReadT], raw: Raw | bytes) -> ReadT | None:
    try:
        return decode_with(decoder, raw)
    except NOT_DECODED:
        return None
