"""Context.draftOrders -> each draft with its resource and its JSON as sent; refuses to judge it.

The JSON stays at hand because a suggestion may send a draft back with one member changed: nothing
that the client wrote may be lost on the way.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
from msgspec import Raw

from cds_service.fhir.shapes.decode import resource_of
from cds_service.fhir.shapes.resources import NULL, Resource, Sent, Unreadable

_MEMBERS = msgspec.json.Decoder(dict[str, Raw])
_ANYTHING = msgspec.json.Decoder()
_NOT_READ = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


@dataclass(frozen=True, slots=True)
class Draft:
    """A resource of the draft Bundle; `raw` is null where it did not stand in an entry."""

    resource: Resource
    raw: Raw
    full_url: str | None = None

    def members(self) -> Mapping[str, object]:
        """Return its members, each as the bytes that were sent."""
        try:
            return _MEMBERS.decode(self.raw)
        except _NOT_READ:
            return {}

    def content(self) -> Mapping[str, object]:
        """Return it as plain JSON."""
        try:
            content = _ANYTHING.decode(self.raw)
        except _NOT_READ:
            return {}
        return content if isinstance(content, dict) else {}


def drafts_in(sent: Sent) -> list[Draft] | None:
    """Return the drafts, or None where there is no list of them; junk among them is Unreadable."""
    match sent:
        case Unreadable(entry=list()):
            return [Draft(sent, NULL), *_entries(sent)]
        case Unreadable():
            return [Draft(sent, NULL)]
        case Resource(entry=list()):
            return _entries(sent)
        case Resource(resource_type="Bundle"):
            return []
        case list():
            return [Draft(resource, NULL) for resource in sent if resource]
        case _:
            return None


def _entries(bundle: Resource) -> list[Draft]:
    return [
        Draft(resource_of(entry.resource), entry.resource, entry.full_url)
        for entry in bundle.entry or ()
        if entry and entry.resource != NULL
    ]
