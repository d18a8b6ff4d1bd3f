"""Prefetch -> the pool of the patient's resources, whatever the keys are called.

A key with null or an empty Bundle means "looked, none"; a missing key, an OperationOutcome, junk, a
further page or an entry that cannot be read are gaps (CDS Hooks 2.0, "Prefetch Template").
"""

from collections.abc import Mapping

from cds_service.fhir.notes import NO_RESOURCE, Path, What
from cds_service.fhir.pool.identity import Identity, Urns
from cds_service.fhir.pool.pool import ANY_TYPE, NOT_READABLE, NOT_WHOLE, Pool, Standing
from cds_service.fhir.pool.sift import Sift
from cds_service.fhir.reader import Reader
from cds_service.fhir.shapes.decode import resource_of, type_of
from cds_service.fhir.shapes.resources import Entry, Resource, Sent, Unreadable

_DECIDE = ("Patient", "Condition")


def pool_prefetch(prefetch: Mapping[str, Sent] | None, identity: Identity, reader: Reader) -> Pool:
    """Pool everything in a prefetch."""
    pool = Pool(identity, reader)
    add_prefetch(pool, prefetch or {})
    return pool


def add_prefetch(pool: Pool, prefetch: Mapping[str, Sent]) -> None:
    """Add a prefetch to a pool; one that is itself a Bundle has no keys."""
    types_by_key = pool.reader.knowledge.prefetch_types
    if _is_bundle(prefetch):
        add_sent(pool, prefetch.get("entry"), None, ("prefetch", "entry"))
        return
    for key, value in prefetch.items():
        if key in types_by_key:
            pool.expected.add(types_by_key[key])
        add_sent(pool, value, type_of_key(key, types_by_key), ("prefetch", key))


def conditions_first(
    prefetch: Mapping[str, Sent], types_by_key: Mapping[str, str]
) -> tuple[Mapping[str, Sent], Mapping[str, Sent]]:
    """Return what may hold the patient or the conditions, by its key, and the rest.

    A key that tells no type may hold anything: then all is read, in the order in which it was sent.
    Neither do conditions that stand nowhere of their own: they may stand in any key.
    """
    types = {key: type_of_key(key, types_by_key) for key in prefetch}
    if _is_bundle(prefetch) or None in types.values() or "Condition" not in types.values():
        return prefetch, {}
    first = {key: value for key, value in prefetch.items() if types[key] in _DECIDE}
    return first, {key: value for key, value in prefetch.items() if key not in first}


def _is_bundle(prefetch: Mapping[str, Sent]) -> bool:
    return prefetch.get("resourceType") == "Bundle"


def add_sent(pool: Pool, value: Sent, expected: str | None, path: Path) -> None:
    """Add what was sent where resources of type `expected` (None: any) were asked for."""
    match value:
        case None:
            pool.looked.add(expected or ANY_TYPE)
        case list():
            if not value:
                pool.looked.add(expected or ANY_TYPE)
            for i, member in enumerate(value):
                add_sent(pool, NOT_READABLE if member is None else member, expected, (*path, i))
        case Resource(resource_type=None, resource=Resource()):
            failed = value.response is not None and not (value.response.status or "2").startswith(
                "2"
            )
            inner = NOT_READABLE if failed else value.resource
            add_sent(pool, inner, expected, (*path, "resource"))
        case Resource(resource_type="Bundle") | Resource(resource_type=None, entry=list()):
            _add_bundle(pool, value, expected or _searched_type(value), path)
        case Resource():
            pool.add(value, expected, path)
        case _:
            pool.miss(expected, path, NO_RESOURCE)


def _add_bundle(pool: Pool, bundle: Resource, searched: str | None, path: Path) -> None:
    matches = _add_entries(pool, bundle.entry or [], searched, path)
    if not matches:
        pool.looked.add(searched or ANY_TYPE)
    if isinstance(bundle, Unreadable):
        pool.gaps[searched or ANY_TYPE] = NOT_READABLE
    following = [link.url for link in bundle.link or () if link.relation == "next"]
    if following or (bundle.total or 0) > matches:
        _note_partial(pool, searched or _type_within(bundle), following)


def _add_entries(pool: Pool, entries: list[Entry | None], searched: str | None, path: Path) -> int:
    """Add the entries of a Bundle; return how many count as its matches."""
    urns = pool.identity.urns_in(entries)
    left = Sift(pool.reader, pool.identity.plain_references(urns)).types_left(entries)
    matches = 0
    for i, (entry, name) in enumerate(zip(entries, left, strict=True)):
        if entry is None:
            pool.miss(searched, (*path, "entry", i, "resource"), NO_RESOURCE)
        elif name or _add_entry(pool, entry, urns, searched, (*path, "entry", i, "resource")):
            matches += entry.search is None or entry.search.mode != "include"
    pool.leave([name for name in left if name])
    for i, name in enumerate(left if pool.reader.notes is not None else ()):
        if name:
            _note_left(pool.reader, entries[i], (*path, "entry", i, "resource"))
    return matches


def _note_left(reader: Reader, entry: Entry | None, path: Path) -> None:
    resource = resource_of(entry.resource) if entry else Unreadable()
    reader.saw(resource, path, is_ours=True, what=What.LEFT)
    reader.concepts(resource, "code", "procedureCode")
    for series in resource.series or ():
        reader.concepts_in(resource, "series.bodySite", series.body_site)


def _add_entry(pool: Pool, entry: Entry, urns: Urns, searched: str | None, path: Path) -> bool:
    """Add a resource of a Bundle; return whether it may be one of the matches."""
    resource = resource_of(entry.resource)
    match resource.resource_type:
        case "OperationOutcome":
            _add_outcome(pool, resource, searched, path)
            return False
        case "Bundle":
            _add_bundle(pool, resource, searched, path)
            return False
        case _:
            pool.add(resource, searched, path, Standing(entry.full_url, urns))
            return True


def _note_partial(pool: Pool, resource_type: str, following: list[str | None]) -> None:
    """Remember where a list goes on; with two lists of a type that go on, none is followed."""
    pool.gaps.setdefault(resource_type, NOT_WHOLE)
    is_only_one = resource_type not in pool.next_links and len(following) == 1
    pool.next_links[resource_type] = (following[0] or "") if is_only_one else ""


def _add_outcome(pool: Pool, outcome: Resource, searched: str | None, path: Path) -> None:
    """Tell "no results" (a warning, as Epic sends it) from a search that failed."""
    severities = {issue.severity for issue in outcome.issue or ()}
    if not severities or severities - {"warning", "information", "success"}:
        pool.add(outcome, searched, path)


def _type_within(bundle: Resource) -> str:
    types = {type_of(entry.resource) for entry in bundle.entry or () if entry}
    return (types.pop() or ANY_TYPE) if len(types) == 1 else ANY_TYPE


def _searched_type(bundle: Resource) -> str | None:
    """Return the type in the Bundle's own `self` link, such as .../Condition?patient=1."""
    for link in bundle.link or ():
        if link.relation == "self" and link.url and "[" not in link.url:
            return link.url.partition("?")[0].rstrip("/").rsplit("/", 1)[-1] or None
    return None


def type_of_key(key: str, types_by_key: Mapping[str, str]) -> str | None:
    """Return the type of a key of ours, or of one that names it outright: `imaging-studies`."""
    if key in types_by_key:
        return types_by_key[key]
    letters = "".join(character for character in key.lower() if character.isalpha())
    for resource_type in types_by_key.values():
        singular = resource_type.lower()
        if letters in (singular, f"{singular}s", f"{singular.removesuffix('y')}ies"):
            return resource_type
    return None
