"""Prefetch -> the pool of the patient's resources, whatever the keys are called.

A key with null or an empty Bundle means "looked, none"; a missing key, an OperationOutcome, junk, a
further page or an entry that cannot be read are gaps (CDS Hooks 2.0, "Prefetch Template").
"""

from collections.abc import Iterable, Mapping

from cds_service.fhir.notes import NO_RESOURCE, Path, What
from cds_service.fhir.pool.pool import ANY_TYPE, NOT_READABLE, NOT_WHOLE, Pool
from cds_service.fhir.pool.sift import Sifted
from cds_service.fhir.reader import Reader
from cds_service.fhir.shapes.decode import outline_of, resource_of
from cds_service.fhir.shapes.resources import Entry, Outline, Resource, Sent, Unreadable


def pool_prefetch(prefetch: Mapping[str, Sent] | None, patient_id: str, reader: Reader) -> Pool:
    """Pool everything in a prefetch; a prefetch that is itself a Bundle has no keys."""
    pool, types_by_key = Pool(patient_id, reader), reader.knowledge.prefetch_types
    if prefetch and prefetch.get("resourceType") == "Bundle":
        add_sent(pool, prefetch.get("entry"), None, ("prefetch", "entry"))
        return pool
    for key, value in (prefetch or {}).items():
        if key in types_by_key:
            pool.expected.add(types_by_key[key])
        add_sent(pool, value, type_of_key(key, types_by_key), ("prefetch", key))
    return pool


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
    entries = bundle.entry or []
    matches = _add_entries(pool, entries, searched, path)
    if pool.left:
        pool.looked.update(pool.left)
    if not matches:
        pool.looked.add(searched or ANY_TYPE)
    if isinstance(bundle, Unreadable):
        pool.gaps[searched or ANY_TYPE] = NOT_READABLE
    following = [link.url for link in bundle.link or () if link.relation == "next"]
    if following or (bundle.total or 0) > matches:
        _note_partial(pool, searched or _type_within(entries), following)


def _add_entries(pool: Pool, sent: list[Entry | None], searched: str | None, path: Path) -> int:
    """Add the entries of a Bundle; return how many count as its matches."""
    entries = [entry for entry in sent if entry is not None]
    for i, entry in enumerate(sent) if len(entries) < len(sent) else ():
        if entry is None:
            pool.miss(searched, (*path, "entry", i, "resource"), NO_RESOURCE)
    sifted = pool.sift.sort(entries)
    if any(_is_named_by_urn(outline) for _, outline in sifted.closer):
        _note_full_urls(pool, entries)
        sifted = pool.sift.sort(entries)
    pool.left.update(sifted.left)
    paths = _note_paths(pool, sent, sifted, path)
    matches = len(sifted.left) - sifted.included
    for entry, outline in sifted.closer:
        is_match = _add_entry(pool, entry, outline, searched, paths.get(id(entry), path))
        matches += is_match and (entry.search is None or entry.search.mode != "include")
    return matches


def _add_entry(
    pool: Pool, entry: Entry, outline: Outline | Resource, searched: str | None, path: Path
) -> bool:
    """Add one entry of a Bundle; return whether it counts as one of the matches."""
    resource = resource_of(entry.resource) if isinstance(outline, Outline) else outline
    match resource.resource_type:
        case "OperationOutcome":
            _add_outcome(pool, resource, searched, path)
            return False
        case "Bundle":
            _add_bundle(pool, resource, searched, path)
            return False
        case _:
            pool.add(resource, searched, path, entry.full_url)
            return True


def _note_paths(
    pool: Pool, sent: list[Entry | None], sifted: Sifted, path: Path
) -> dict[int, Path]:
    """Return where each entry stands, and note those that were left; without notes nothing."""
    notes = pool.reader.notes
    if notes is None:
        return {}
    paths = {id(entry): (*path, "entry", i, "resource") for i, entry in enumerate(sent)}
    closer = {id(entry) for entry, _ in sifted.closer}
    for entry in sent:
        if entry is not None and id(entry) not in closer:
            resource, outline = resource_of(entry.resource), outline_of(entry.resource)
            notes.whole(resource, paths[id(entry)], is_ours=True, what=What.LEFT)
            for element, codings in (
                outline.coded_elements() if isinstance(outline, Outline) else ()
            ):
                pool.reader.known(resource, element, codings)
    return paths


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
                    pool.sift.references.add(entry.full_url)


def _type_within(entries: Iterable[Entry | None]) -> str:
    types = {outline_of(entry.resource).resource_type for entry in entries if entry}
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
