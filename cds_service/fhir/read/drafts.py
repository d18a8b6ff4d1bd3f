"""Context.draftOrders -> each draft with its resource, and with its members as they were sent.

The members stay at hand because the words of an order may stand anywhere in them.
"""

from collections.abc import Iterable, Iterator, Mapping

import msgspec
from msgspec import Raw, Struct

from cds_service.fhir.notes import Path
from cds_service.fhir.pool.identity import NO_URNS, Identity, Urns
from cds_service.fhir.shapes.decode import (
    MODIFIER,
    NOT_DECODED,
    decode_with,
    nested_in,
    resource_of,
)
from cds_service.fhir.shapes.references import short_reference
from cds_service.fhir.shapes.resources import NULL, Resource, Sent, Unreadable

_MEMBERS = msgspec.json.Decoder(dict[str, Raw])
_ANYTHING = msgspec.json.Decoder()
DRAFT_ORDERS: Path = ("context", "draftOrders")
_WORDS = frozenset({"text", "display", "title", "description", "patientInstruction", "valueString"})
_DRUG = ("medication", "medicationReference")

Json = Mapping[str, object]


class Draft(Struct, frozen=True):
    """A resource of the draft Bundle; `members` is empty where it did not stand in an entry.

    `is_ours` is None where it cannot be told whose it is; what names nobody is the patient's. One
    that `is_modified` does not mean what it says, all or a part of it, by rules we do not know.
    """

    resource: Resource
    path: Path
    is_ours: bool | None
    is_modified: bool
    members: Mapping[str, Raw]
    full_url: str | None = None

    @property
    def is_doubtful(self) -> bool:
        """Tell what cannot be read as it is meant, or may be meant for somebody else."""
        return self.is_modified or self.is_ours is None or isinstance(self.resource, Unreadable)


def draft_of(
    resource: Resource,
    members: Mapping[str, Raw],
    path: Path = (),
    full_url: str | None = None,
    *,
    is_ours: bool | None,
) -> Draft:
    """Return a resource as a draft; `members` are those of what it was read of."""
    is_modified = bool(resource.implicit_rules or resource.modifier_extension) or (
        # Most resources hold none: then their members are not looked through.
        MODIFIER in bytes(resource.sent)
        and any(MODIFIER in bytes(member) for member in members.values())
    )
    return Draft(resource, path, is_ours, is_modified, members, full_url)


def drafts_in(sent: Sent, identity: Identity) -> list[Draft] | None:
    """Return the drafts, or None where there is no list of them; junk among them is Unreadable.

    A Bundle among the drafts is opened, and what a wrapper of old clients holds.
    """
    match sent:
        case list():
            found = [(each, (*DRAFT_ORDERS, i)) for i, each in enumerate(sent) if each]
            return [draft for each, path in found for draft in _opened(each, path, identity)]
        case Resource(resource_type=None, resource=Resource()):
            return drafts_in(sent.resource, identity)
        case Unreadable():
            whole = draft_of(sent, {}, DRAFT_ORDERS, is_ours=_whose(sent, identity))
            return [whole, *_entries(sent, DRAFT_ORDERS, identity)]
        case Resource() if _is_bundle(sent):
            return _entries(sent, DRAFT_ORDERS, identity)
        case _:
            return None


def _is_bundle(resource: Resource) -> bool:
    is_list = isinstance(resource.entry, list)
    return resource.resource_type == "Bundle" or (is_list and resource.resource_type is None)


def _opened(resource: Resource, path: Path, identity: Identity) -> list[Draft]:
    if _is_bundle(resource):
        return _entries(resource, path, identity)
    return [draft_of(resource, {}, path, is_ours=_whose(resource, identity))]


def _entries(bundle: Resource, path: Path, identity: Identity) -> list[Draft]:
    found, urns = list[Draft](), identity.urns_in(bundle.entry or ())
    for i, entry in enumerate(bundle.entry or ()):
        if entry and entry.resource != NULL:
            resource, place = resource_of(entry.resource), (*path, "entry", i, "resource")
            if _is_bundle(resource):
                found += _entries(resource, place, identity)
            else:
                is_ours, members = _whose(resource, identity, urns), members_of(entry.resource)
                found.append(draft_of(resource, members, place, entry.full_url, is_ours=is_ours))
    return found


def _whose(resource: Resource, identity: Identity, urns: Urns = NO_URNS) -> bool | None:
    """Tell whether a draft is the patient's; what stands within it must surely be, too."""
    if resource.part is NULL and identity.is_plainly_own(resource):
        return True
    is_ours = _is_ours(resource, identity, urns)
    if is_ours and not all(_is_ours(inner, identity, urns) for inner in nested_in(resource)):
        return None
    return is_ours


def _is_ours(resource: Resource, identity: Identity, urns: Urns) -> bool | None:
    named = (resource.subject, resource.patient, resource.beneficiary, resource.focus)
    is_ours = identity.is_of_patient(resource, urns)
    if is_ours is None and not any(each is not None for each in named):
        return None if resource.resource_type == "Patient" else True
    return None if is_ours and identity.is_about_another(resource, urns) else is_ours


def members_of(raw: Raw) -> Mapping[str, Raw]:
    """Return the members of an object as they were sent; none of what is no object."""
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


def medications_of(content: Json, outer: Draft, among: Mapping[str, Json]) -> list[Json]:
    """Return the Medications that an order refers to: contained in its draft, else among others."""
    wanted = references_under(content, *_DRUG)
    if not wanted:
        return []
    at_hand = {**among, **contained_in(outer)}
    return [at_hand[reference] for reference in sorted(wanted) if reference in at_hand]


def contained_in(draft: Draft) -> Mapping[str, Json]:
    """Return what a draft contains, by the reference to it."""
    contained = plain(draft.members, ("contained",)).get("contained")
    inner = contained if isinstance(contained, list) else []
    return {f"#{each.get('id')}": each for each in inner if isinstance(each, dict)}


def medications_in(drafts: Iterable[Draft], names: Iterable[str]) -> Mapping[str, Json]:
    """Return some members of the Medications among the drafts, by the references to them."""
    found = [draft for draft in drafts if draft.resource.resource_type == "Medication"]
    return {
        reference: content
        for draft in found
        for content in [plain(draft.members, names)]
        for reference in own_references(draft)
    }


def own_references(draft: Draft) -> set[str]:
    """Return how a draft may be referred to; ids of different types may be the same."""
    resource = draft.resource
    own = (resource.id, f"{resource.resource_type}/{resource.id}", draft.full_url)
    return {short_reference(each) for each in own if each}


def words_under(content: Json, *names: str) -> list[str]:
    """Return every text under some members of a resource, a member that is itself text included."""
    waiting = [content[name] for name in names if name in content]
    found = {text: None for text in waiting if isinstance(text, str)}
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            for name, value in node.items():
                if isinstance(value, (dict, list)):
                    waiting.append(value)
                elif name in _WORDS and isinstance(value, str):
                    found[value] = None
        elif isinstance(node, list):
            waiting += node
    return list(found)


def codings_under(content: Json, *names: str) -> list[tuple[str | None, str]]:
    """Return (system, code) of every coding under some members of a resource."""
    return [
        (system if isinstance(system := node.get("system"), str) else None, code)
        for node in _objects_under(content, names)
        if isinstance(code := node.get("code"), str)
    ]


def references_under(content: Json, *names: str) -> frozenset[str]:
    """Return every reference under some members of a resource, as `Type/id` where it is one."""
    if content.keys().isdisjoint(names):
        return frozenset()
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
