"""The patient's resources by type, and what is lacking; refuses to know how they were sent.

Each type ends in one of two states: complete, or with a gap in plain words. What no value set knows
is counted and left undecoded. A resource of another patient refuses the call, also where nothing
would be read of it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from cds_service.core.knowledge import Knowledge
from cds_service.fhir.read.mentions import may_be_mention
from cds_service.fhir.shapes.decode import outline_of
from cds_service.fhir.shapes.patient import is_of_patient, refuse_foreign
from cds_service.fhir.shapes.resources import (
    IMAGING_STUDY,
    Entry,
    Outline,
    Resource,
    Unreadable,
)

NOT_SENT = "was not among the data sent"
NOT_READABLE = "could not be read"
NOT_WHOLE = "was sent only in part"
SUBJECT_UNCLEAR = "holds an entry that does not say whose it is"
ANY_TYPE = ""
# What is about the patient; of other types (a Practitioner, a Location) the subject is not asked.
PATIENT_TYPES = frozenset(
    {
        "Patient",
        "Condition",
        "ImagingStudy",
        "Procedure",
        "DiagnosticReport",
        "Observation",
        "ServiceRequest",
    }
)


# Read by their codes alone: with none that a value set knows, the rest of them says nothing here.
CODED_TYPES = frozenset({"Condition", "Procedure", IMAGING_STUDY})
Sifted = tuple[Entry, Outline | Resource]
Spelled = tuple[str | None, str | None]


@dataclass(slots=True)
class Pool:
    """The resources of one patient by type, without repeats, and the gaps by type.

    `left` counts, by type, what was seen to be the patient's and to be about something else.
    """

    patient_id: str
    knowledge: Knowledge
    by_type: dict[str, dict[str, Resource]] = field(default_factory=dict)
    left: Counter[str] = field(default_factory=Counter)
    unknown_codes: set[Spelled] = field(default_factory=set)
    local_codes: set[Spelled] = field(default_factory=set)
    full_urls: dict[str, str] = field(default_factory=dict)
    gaps: dict[str, str] = field(default_factory=dict)
    looked: set[str] = field(default_factory=set)
    expected: set[str] = field(default_factory=set)
    next_links: dict[str, str] = field(default_factory=dict)
    references: set[str | None] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Write the reference that nearly every resource carries once."""
        self.references.add(f"Patient/{self.patient_id}")

    def of(self, resource_type: str) -> tuple[Resource, ...]:
        """Return the resources of a type in the order in which they were sent."""
        return tuple(self.by_type.get(resource_type, {}).values())

    def count(self, resource_type: str) -> int:
        """Return how many resources of a type were seen, read or left."""
        return len(self.by_type.get(resource_type, ())) + self.left[resource_type]

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


def sift(pool: Pool, entries: Iterable[Entry]) -> tuple[list[Sifted], int]:
    """Return the entries that need a closer look, with their outlines; count the others as left.

    Left is what is plainly the patient's and coded with nothing that a value set knows: most of a
    long chart, which can hold thousands, so this is one tight loop.
    """
    ours = pool.references
    closer: list[Sifted] = []
    left: list[str] = []
    included = 0
    for entry in entries:
        outline = outline_of(entry.resource)
        subject, resource_type = outline.subject, outline.resource_type
        if (
            subject is not None
            and subject.reference in ours
            and resource_type in CODED_TYPES
            and outline.patient is None
            and isinstance(outline, Outline)
            and _says_nothing(outline, pool)
        ):
            left.append(resource_type)
            if entry.search is not None and entry.search.mode == "include":
                included += 1
        else:
            closer.append((entry, outline))
    pool.left.update(left)
    return closer, included


def _says_nothing(outline: Outline, pool: Pool) -> bool:
    """Tell whether there are codings, no value set knows one, and no words stand in for them."""
    codings = outline.codings
    if not codings:
        return False
    unknown, local = pool.unknown_codes, pool.local_codes
    has_known_system = False
    for coding in codings:
        spelled = (coding.system, coding.code)
        if spelled not in unknown and spelled not in local:
            if coding.code is None or pool.knowledge.recognise(coding.system, coding.code):
                return False
            is_known = pool.knowledge.knows_system(coding.system)
            (unknown if is_known else local).add(spelled)
        has_known_system = has_known_system or spelled in unknown
    return has_known_system or not may_be_mention(outline, pool.knowledge)


def add_resource(
    pool: Pool, resource: Resource, expected: str | None, full_url: str | None = None
) -> None:
    """Add a resource that was sent where type `expected` (None: any) was asked for."""
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
    """Tell whose a resource is; one that is another patient's refuses the call."""
    answer = is_of_patient(resource, pool.patient_id, pool.full_urls)
    refuse_foreign(answer)
    return answer
