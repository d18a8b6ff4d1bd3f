"""Context.draftOrders -> each draft with its resource, and with its members as they were sent.

The members stay at hand because a suggestion may send a draft back with one of them changed, and
because the words of an order may stand anywhere in them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import msgspec
from msgspec import Raw

from cds_service.fhir.notes import Path
from cds_service.fhir.shapes.decode import NOT_DECODED, decode_with, resource_of
from cds_service.fhir.shapes.references import short_reference
from cds_service.fhir.shapes.resources import NULL, Resource, Sent, Unreadable

_MEMBERS = msgspec.json.Decoder(dict[str, Raw])
_ANYTHING = msgspec.json.Decoder()
DRAFT_ORDERS: Path = ("context", "draftOrders")
_WORDS = frozenset({"text", "display", "title", "description", "patientInstruction", "valueString"})
_DRUG = ("medication", "medicationReference")

Json = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Draft:
    """A resource of the draft Bundle; `members` is empty where it did not stand in an entry."""

    resource: Resource
    path: Path
    members: Mapping[str, Raw] = field(default_factory=dict)
    full_url: str | None = None


def drafts_in(sent: Sent) -> list[Draft] | None:
    """Return the drafts, or None where there is no list of them; junk among them is Unreadable."""
    match sent:
        case list():
            return [Draft(found, (*DRAFT_ORDERS, i)) for i, found in enumerate(sent) if found]
        case Unreadable():
            return [Draft(sent, DRAFT_ORDERS), *_entries(sent)]
        case Resource(entry=list()) | Resource(resource_type="Bundle"):
            return _entries(sent)
        case _:
            return None


def _entries(bundle: Resource) -> list[Draft]:
    return [
        Draft(
            resource=resource_of(entry.resource),
            path=(*DRAFT_ORDERS, "entry", i, "resource"),
            members=_members(entry.resource),
            full_url=entry.full_url,
        )
        for i, entry in enumerate(bundle.entry or ())
        if entry and entry.resource != NULL
    ]


def _members(raw: Raw) -> Mapping[str, Raw]:
    try:
        return decode_with(_MEMBERS, raw)
    except NOT_DECODED:
        return {}


def plain(members: Mapping[str, Raw], names: Iterable[str]) -> Json:
    """Return some members as plain JSON; one that cannot be decoded is left out."""
    content: dict[str, object] = {}
    for name in names:
        if name in members:
            try:
                content[name] = decode_with(_ANYTHING, members[name])
            except NOT_DECODED:
                continue
    return content


def medications_of(content: Json, drafts: Iterable[Draft], names: Iterable[str]) -> Iterator[Json]:
    """Yield the Medications that a draft refers to, contained in it or among the drafts."""
    wanted = references_under(content, *_DRUG)
    if not wanted:
        return
    contained = content.get("contained")
    for inner in contained if isinstance(contained, list) else ():
        if isinstance(inner, dict) and f"#{inner.get('id')}" in wanted:
            yield inner
    for draft in drafts:
        resource = draft.resource
        own = {f"Medication/{resource.id}", short_reference(draft.full_url or "")}
        if resource.resource_type == "Medication" and own & wanted:
            yield plain(draft.members, names)


def words_under(content: Json, *names: str) -> list[str]:
    """Return every text under some members of a resource, a member that is itself text included."""
    texts = [content[name] for name in names if name in content]
    texts += [
        value
        for node in _objects_under(content, names)
        for name, value in node.items()
        if name in _WORDS
    ]
    return list(dict.fromkeys(text for text in texts if isinstance(text, str)))


def codings_under(content: Json, *names: str) -> list[tuple[str | None, str]]:
    """Return (system, code) of every coding under some members of a resource."""
    return [
        (system if isinstance(system := node.get("system"), str) else None, code)
        for node in _objects_under(content, names)
        if isinstance(code := node.get("code"), str)
    ]


def references_under(content: Json, *names: str) -> frozenset[str]:
    """Return every reference under some members of a resource, as `Type/id` where it is one."""
    return frozenset(
        short_reference(reference)
        for node in _objects_under(content, names)
        if isinstance(reference := node.get("reference"), str)
    )


def _objects_under(content: Json, names: Iterable[str]) -> Iterator[Json]:
    """Yield every object under some members; no recursion, since the sender decides the depth."""
    waiting = [content[name] for name in names if name in content]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
