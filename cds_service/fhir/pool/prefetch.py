"""Prefetch -> the pool of the patient's resources, whatever the keys are called; decides nothing.

A key with null or an empty Bundle means "looked, none"; a missing key, an OperationOutcome, junk, a
further page or an entry that cannot be read are gaps (CDS Hooks 2.0, "Prefetch Template").
"""

from collections.abc import Iterable, Mapping

from cds_service.core.knowledge import Knowledge
from cds_service.fhir.pool.pool import (
    ANY_TYPE,
    NOT_READABLE,
    NOT_WHOLE,
    Pool,
    add_resource,
    sift,
)
from cds_service.fhir.shapes.decode import outline_of, resource_of
from cds_service.fhir.shapes.resources import Entry, Outline, Resource, Sent, Unreadable


def pool_prefetch(
    prefetch: Mapping[str, Sent] | None,
    types_by_key: Mapping[str, str],
    patient_id: str,
    knowledge: Knowledge,
) -> Pool:
    """Pool everything in a prefetch; `types_by_key` says what our own keys ask for."""
    pool = Pool(patient_id, knowledge)
    if prefetch and prefetch.get("resourceType") == "Bundle":
        prefetch = {ANY_TYPE: prefetch.get("entry")}
    for key, value in (prefetch or {}).items():
        resource_type = types_by_key.get(key)
        if resource_type:
            pool.expected.add(resource_type)
        add_sent(pool, value, resource_type or _type_in_name(key, types_by_key))
    return pool


def add_sent(pool: Pool, value: Sent, expected: str | None) -> None:
    """Add what was sent where resources of type `expected` (None: any) were asked for."""
    match value:
        case None:
            pool.looked.add(expected or ANY_TYPE)
        case list():
            if not value:
                pool.looked.add(expected or ANY_TYPE)
            for member in value:
                add_sent(pool, NOT_READABLE if member is None else member, expected)
        case Resource(resource_type=None, resource=Resource()):
            failed = value.response is not None and not (value.response.status or "2").startswith(
                "2"
            )
            add_sent(pool, NOT_READABLE if failed else value.resource, expected)
        case Resource(resource_type="Bundle") | Resource(resource_type=None, entry=list()):
            _add_bundle(pool, value, expected or _searched_type(value))
        case Resource():
            add_resource(pool, value, expected)
        case _:
            pool.gaps[expected or ANY_TYPE] = NOT_READABLE


def _add_bundle(pool: Pool, bundle: Resource, searched: str | None) -> None:
    entries = bundle.entry or []
    matches = _add_entries(pool, entries, searched)
    if pool.left:
        pool.looked.update(pool.left)
    if not matches:
        pool.looked.add(searched or ANY_TYPE)
    if isinstance(bundle, Unreadable):
        pool.gaps[searched or ANY_TYPE] = NOT_READABLE
    following = [link.url for link in bundle.link or () if link.relation == "next"]
    if following or (bundle.total or 0) > matches:
        _note_partial(pool, searched or _type_within(entries), following)


def _add_entries(pool: Pool, sent: list[Entry | None], searched: str | None) -> int:
    """Add the entries of a Bundle; return how many count as its matches."""
    entries = [entry for entry in sent if entry is not None]
    if len(entries) < len(sent):
        pool.gaps[searched or ANY_TYPE] = NOT_READABLE
    closer, included = sift(pool, entries)
    if any(_is_named_by_urn(outline) for _, outline in closer):
        _note_full_urls(pool, entries)
        closer, more = sift(pool, [entry for entry, _ in closer])
        included += more
    matches = len(entries) - len(closer) - included
    for entry, outline in closer:
        is_match = _add_entry(pool, entry, outline, searched)
        matches += is_match and (entry.search is None or entry.search.mode != "include")
    return matches


def _add_entry(pool: Pool, entry: Entry, outline: Outline | Resource, searched: str | None) -> bool:
    """Add one entry of a Bundle; return whether it counts as one of the matches."""
    resource = resource_of(entry.resource) if isinstance(outline, Outline) else outline
    match resource.resource_type:
        case "OperationOutcome":
            _add_outcome(pool, resource, searched)
            return False
        case "Bundle":
            _add_bundle(pool, resource, searched)
            return False
        case _:
            add_resource(pool, resource, searched, entry.full_url)
            return True


def _note_partial(pool: Pool, resource_type: str, following: list[str | None]) -> None:
    """Remember where a list goes on; with two lists of a type that go on, none is followed."""
    pool.gaps.setdefault(resource_type, NOT_WHOLE)
    is_only_one = resource_type not in pool.next_links and len(following) == 1
    pool.next_links[resource_type] = (following[0] or "") if is_only_one else ""


def _add_outcome(pool: Pool, outcome: Resource, searched: str | None) -> None:
    """Tell "no results" (a warning, as Epic sends it) from a search that failed."""
    severities = {issue.severity for issue in outcome.issue or ()}
    if not severities or severities - {"warning", "information", "success"}:
        pool.gaps[searched or ANY_TYPE] = NOT_READABLE


def _is_named_by_urn(outline: Outline | Resource) -> bool:
    subjects = (outline.subject, outline.patient)
    return any(s and s.reference and s.reference.startswith("urn:") for s in subjects)


def _note_full_urls(pool: Pool, entries: Iterable[Entry]) -> None:
    """Remember under which `urn:` a Bundle holds the Patient, before anything refers to it."""
    for entry in entries:
        if entry.full_url and entry.full_url.startswith("urn:"):
            outline = outline_of(entry.resource)
            if outline.resource_type == "Patient":
                reference = f"Patient/{resource_of(entry.resource).id}"
                pool.full_urls[entry.full_url] = reference
                if reference == f"Patient/{pool.patient_id}":
                    pool.references.add(entry.full_url)


def _type_within(entries: Iterable[Entry | None]) -> str:
    types = {outline_of(entry.resource).resource_type for entry in entries if entry}
    return (types.pop() or ANY_TYPE) if len(types) == 1 else ANY_TYPE


def _searched_type(bundle: Resource) -> str | None:
    """Return the type in the Bundle's own `self` link, such as .../Condition?patient=1."""
    for link in bundle.link or ():
        if link.relation == "self" and link.url and "[" not in link.url:
            return link.url.partition("?")[0].rstrip("/").rsplit("/", 1)[-1] or None
    return None


def _type_in_name(key: str, types_by_key: Mapping[str, str]) -> str | None:
    """Return the type that a key names outright: `Condition`, `conditions`, `imaging-studies`."""
    letters = "".join(character for character in key.lower() if character.isalpha())
    for resource_type in types_by_key.values():
        singular = resource_type.lower()
        if letters in (singular, f"{singular}s", f"{singular.removesuffix('y')}ies"):
            return resource_type
    return None
