"""Prefetch -> the patient's resources by type, whatever the keys are called; reads none of them.

Each wanted type ends in one of two states: complete, or with a gap in plain words. A key with null
or an empty Bundle means "looked, none"; a missing key, an OperationOutcome, junk, a further page
or an entry that cannot be read are gaps (CDS Hooks 2.0, "Prefetch Template"). A resource of another
patient refuses the call, also where nothing would be read of it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from cds_service.fhir.patient import is_of_patient, refuse_foreign
from cds_service.fhir.resources import Entry, Resource, Sent, Unreadable

NOT_SENT = "was not among the data sent"
NOT_READABLE = "could not be read"
NOT_WHOLE = "was sent only in part"
SUBJECT_UNCLEAR = "holds an entry that does not say whose it is"
ANY_TYPE = ""
# What is about the patient; of other types (a Practitioner, a Location) the subject is not asked.
PATIENT_TYPES = frozenset(
    {"Patient", "Condition", "ImagingStudy", "Procedure", "DiagnosticReport", "ServiceRequest"}
)


@dataclass(slots=True)
class Pool:
    """The resources of one patient by type, without repeats, and the gaps by type."""

    patient_id: str
    by_type: dict[str, dict[str, Resource]] = field(default_factory=dict)
    full_urls: dict[str, str] = field(default_factory=dict)
    gaps: dict[str, str] = field(default_factory=dict)
    looked: set[str] = field(default_factory=set)
    expected: set[str] = field(default_factory=set)
    next_links: dict[str, str] = field(default_factory=dict)
    reference: str = ""

    def __post_init__(self) -> None:
        """Write the reference that nearly every resource carries once."""
        self.reference = f"Patient/{self.patient_id}"

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
        if resource_type not in self.expected and ANY_TYPE in self.gaps:
            return self.gaps[ANY_TYPE]
        return None if resource_type in self.looked else NOT_SENT


def pool_prefetch(
    prefetch: Mapping[str, Sent] | None, types_by_key: Mapping[str, str], patient_id: str
) -> Pool:
    """Pool everything in a prefetch; `types_by_key` says what our own keys ask for."""
    pool = Pool(patient_id)
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
            _add_resource(pool, value, expected)
        case _:
            pool.gaps[expected or ANY_TYPE] = NOT_READABLE


def _add_bundle(pool: Pool, bundle: Resource, searched: str | None) -> None:
    entries = bundle.entry or ()
    _note_full_urls(pool, entries)
    matches = 0
    for entry in entries:
        resource = entry.resource if entry else None
        if entry is None or resource is None:
            pool.gaps[searched or ANY_TYPE] = NOT_READABLE
        elif resource.resource_type == "OperationOutcome":
            _add_outcome(pool, resource, searched)
        elif resource.resource_type == "Bundle":
            _add_bundle(pool, resource, searched)
        else:
            matches += not (entry.search and entry.search.mode == "include")
            _add_resource(pool, resource, searched, entry.full_url)
    if not matches:
        pool.looked.add(searched or ANY_TYPE)
    if isinstance(bundle, Unreadable):
        pool.gaps[searched or ANY_TYPE] = NOT_READABLE
    following = [link.url for link in bundle.link or () if link.relation == "next"]
    if following or (bundle.total or 0) > matches:
        _note_partial(pool, searched or _type_within(entries), following)


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


def _add_resource(
    pool: Pool, resource: Resource, expected: str | None, full_url: str | None = None
) -> None:
    resource_type = resource.resource_type
    if resource_type == "OperationOutcome" or resource_type is None:
        pool.gaps[expected or ANY_TYPE] = NOT_READABLE
        return
    answer = _is_ours(resource, pool)
    if isinstance(resource, Unreadable) or resource.implicit_rules or resource.modifier_extension:
        pool.gaps[resource_type] = NOT_READABLE
    elif answer is None and resource_type in PATIENT_TYPES:
        pool.gaps[resource_type] = SUBJECT_UNCLEAR
    else:
        pool.looked.add(resource_type)
        same_type = pool.by_type.setdefault(resource_type, {})
        # Patients are never folded: two records with one id may differ in the date of birth.
        own_key = None if resource_type == "Patient" else resource.id
        same_type.setdefault(own_key or full_url or f"#{len(same_type)}", resource)


def _is_ours(resource: Resource, pool: Pool) -> bool | None:
    """Tell whose a resource is; the reference that nearly all carry costs one comparison."""
    subject = resource.subject
    if subject is not None and subject.reference == pool.reference and resource.patient is None:
        return True
    answer = is_of_patient(resource, pool.patient_id, pool.full_urls)
    refuse_foreign(answer)
    return answer


def _note_full_urls(pool: Pool, entries: Iterable[Entry | None]) -> None:
    for entry in entries:
        if entry and entry.resource and (entry.full_url or "").startswith("urn:"):
            resource = entry.resource
            if resource.resource_type == "Patient" and resource.id:
                pool.full_urls[entry.full_url or ""] = f"Patient/{resource.id}"


def _type_within(entries: Iterable[Entry | None]) -> str:
    types = {e.resource.resource_type for e in entries if e and e.resource}
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
