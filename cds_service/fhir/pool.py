"""Prefetch -> resources by type, whatever the keys are called; refuses to read inside them.

Each wanted type ends in one of two states: complete, or with a gap in plain words. A key with null
or an empty Bundle means "looked, none"; a missing key, an OperationOutcome, junk, a further page
or an entry that cannot be read are gaps (CDS Hooks 2.0, "Prefetch Template").
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from cds_service.fhir.resources import Entry, Resource, Sent, Unreadable

NOT_SENT = "was not among the data sent"
NOT_READABLE = "could not be read"
NOT_WHOLE = "was sent only in part"
_ANY_TYPE = ""


@dataclass(slots=True)
class Pool:
    """The resources by type, without repeats, and the gaps by type."""

    by_type: dict[str, dict[str, Resource]] = field(default_factory=dict)
    full_urls: dict[str, str] = field(default_factory=dict)
    gaps: dict[str, str] = field(default_factory=dict)
    looked: set[str] = field(default_factory=set)
    expected: set[str] = field(default_factory=set)

    def of(self, resource_type: str) -> tuple[Resource, ...]:
        """Return the resources of a type in the order in which they were sent."""
        return tuple(self.by_type.get(resource_type, {}).values())

    def all(self) -> Iterator[Resource]:
        """Yield every resource."""
        for resources in self.by_type.values():
            yield from resources.values()

    def gap(self, resource_type: str) -> str | None:
        """Return why the list of a type is not complete, or None."""
        if resource_type in self.gaps:
            return self.gaps[resource_type]
        if resource_type not in self.expected and _ANY_TYPE in self.gaps:
            return self.gaps[_ANY_TYPE]
        return None if resource_type in self.looked else NOT_SENT


def pool_prefetch(prefetch: Mapping[str, Sent] | None, types_by_key: Mapping[str, str]) -> Pool:
    """Pool everything in a prefetch; `types_by_key` says what our own keys ask for."""
    pool = Pool()
    for key, value in (prefetch or {}).items():
        resource_type = types_by_key.get(key)
        if resource_type:
            pool.expected.add(resource_type)
        _add_sent(pool, value, resource_type or _type_in_name(key, types_by_key))
    return pool


def _add_sent(pool: Pool, value: Sent, expected: str | None) -> None:
    match value:
        case None:
            pool.looked.add(expected or _ANY_TYPE)
        case list():
            pool.looked.add(expected or _ANY_TYPE)
            for member in value:
                _add_resource(pool, member, expected)
        case Resource(resource_type="Bundle") | Resource(resource_type=None, entry=list()):
            _add_bundle(pool, value, expected)
        case Resource():
            _add_resource(pool, value, expected)
        case _:
            pool.gaps[expected or _ANY_TYPE] = NOT_READABLE


def _add_bundle(pool: Pool, bundle: Resource, expected: str | None) -> None:
    entries = [entry for entry in bundle.entry or () if entry is not None]
    searched = expected or _searched_type(bundle)
    matches = [entry for entry in entries if not _is_outcome(entry)]
    pool.looked.add(searched or _ANY_TYPE)
    for entry in entries:
        _add_entry(pool, entry, searched)
    has_next = any(link.relation == "next" for link in bundle.link or ())
    if has_next or (bundle.total or 0) > len(matches):
        types = {e.resource.resource_type for e in matches if e.resource} or {searched}
        for resource_type in types:
            pool.gaps.setdefault(resource_type or _ANY_TYPE, NOT_WHOLE)


def _add_entry(pool: Pool, entry: Entry, searched: str | None) -> None:
    resource = entry.resource
    if resource is None:
        return
    if _is_outcome(entry):
        if any(issue.severity in ("error", "fatal") for issue in resource.issue or ()):
            pool.gaps[searched or _ANY_TYPE] = NOT_READABLE
        return
    if entry.full_url and resource.resource_type and resource.id:
        pool.full_urls[entry.full_url] = f"{resource.resource_type}/{resource.id}"
    _add_resource(pool, resource, searched, entry.full_url)


def _add_resource(
    pool: Pool, resource: Resource | None, expected: str | None, full_url: str | None = None
) -> None:
    if resource is None:
        return
    resource_type = resource.resource_type
    if resource_type == "OperationOutcome" or resource_type is None:
        pool.gaps[expected or _ANY_TYPE] = NOT_READABLE
    elif isinstance(resource, Unreadable) or resource.implicit_rules or resource.modifier_extension:
        pool.gaps[resource_type] = NOT_READABLE
    else:
        pool.looked.add(resource_type)
        same_type = pool.by_type.setdefault(resource_type, {})
        same_type.setdefault(resource.id or full_url or f"#{len(same_type)}", resource)


def _is_outcome(entry: Entry) -> bool:
    resource = entry.resource
    return resource is not None and resource.resource_type == "OperationOutcome"


def _searched_type(bundle: Resource) -> str | None:
    """Return the type in the Bundle's own `self` link, such as .../Condition?patient=1."""
    for link in bundle.link or ():
        if link.relation == "self" and link.url:
            return urlsplit(link.url).path.rsplit("/", 1)[-1] or None
    return None


def _type_in_name(key: str, types_by_key: Mapping[str, str]) -> str | None:
    """Return the type that a key names outright: `Condition`, `conditions`, `imaging-studies`."""
    letters = "".join(character for character in key.lower() if character.isalpha())
    for resource_type in types_by_key.values():
        singular = resource_type.lower()
        if letters in (singular, f"{singular}s", f"{singular.removesuffix('y')}ies"):
            return resource_type
    return None
