"""Context.draftOrders -> each draft with its resource, and with its members as they were sent.

The members stay at hand because the words of an order may stand anywhere in them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import msgspec
from msgspec import Raw

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


@dataclass(frozen=True, slots=True)
class Draft:
    """A resource of the draft Bundle; `members` is empty where it did not stand in an entry.

    `is_ours` is None where it cannot be told whose it is; what names nobody is the patient's.
    """

    resource: Resource
    path: Path
    is_ours: bool | None
    members: Mapping[str, Raw] = field(default_factory=dict)
    full_url: str | None = None

    @property
    def is_modified(self) -> bool:
        """Tell what does not mean what it says, all or a part of it, by rules we do not know."""
        if self.resource.implicit_rules or self.resource.modifier_extension:
            return True
        return any(MODIFIER in bytes(member) for member in self.members.values())

    @property
    def is_doubtful(self) -> bool:
        """Tell what cannot be read as it is meant, or may be meant for somebody else."""
        return isinstance(self.resource, Unreadable) or self.is_modified or self.is_ours is None


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
            return [_draft(sent, DRAFT_ORDERS, identity), *_entries(sent, DRAFT_ORDERS, identity)]
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
    return [_draft(resource, path, identity)]


def _entries(bundle: Resource, path: Path, identity: Identity) -> list[Draft]:
    found, urns = list[Draft](), identity.urns_in(bundle.entry or ())
    for i, entry in enumerate(bundle.entry or ()):
        if entry and entry.resource != NULL:
            resource, place = resource_of(entry.resource), (*path, "entry", i, "resource")
            if _is_bundle(resource):
                found += _entries(resource, place, identity)
            else:
                members = members_of(entry.resource)
                draft = _draft(resource, place, identity, urns)
                found.append(replace(draft, members=members, full_url=entry.full_url))
    return found


def _draft(resource: Resource, path: Path, identity: Identity, urns: Urns = NO_URNS) -> Draft:
    """Tell whose a draft is; what stands within it must be surely of the same patient."""
    is_ours = _is_ours(resource, identity, urns)
    if is_ours and not all(_is_ours(inner, identity, urns) for inner in nested_in(resource)):
        is_ours = None
    return Draft(resource, path, is_ours)


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


def medications_of(content: Json, at_hand: Mapping[str, Json]) -> list[Json]:
    """Return the Medications that a draft refers to; `at_hand` are those there are."""
    wanted = references_under(content, *_DRUG)
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
