"""The patient's resources by type, and what is lacking of them.

Each type ends in one of two states: complete, or with a gap in plain words. A resource of another
patient refuses the call, also where nothing would be read of it.
"""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from cds_service.fhir.notes import Path, What
from cds_service.fhir.pool.identity import NO_URNS, Identity, Urns
from cds_service.fhir.reader import Reader
from cds_service.fhir.shapes.patient import PATIENT_TYPES
from cds_service.fhir.shapes.resources import Resource, Unreadable

NOT_SENT = "was not among the data sent"
NOT_READABLE = "could not be read"
NOT_WHOLE = "was sent only in part"
SUBJECT_UNCLEAR = "holds an entry that does not say whose it is"
ANY_TYPE = ""
ORDER_TYPE = "ServiceRequest"
COMPLETED_ORDERS = "completedOrders"
"""The list of the completed orders: it is asked for apart from that of the active ones."""


class Standing(NamedTuple):
    """Where in a Bundle a resource stands: under which URL, and beside which Patients."""

    full_url: str | None = None
    urns: Urns = NO_URNS


ALONE = Standing()


@dataclass(slots=True)
class Pool:
    """The resources of one patient by type, without repeats, and the gaps by type.

    `left` counts, by type, what was seen to be the patient's and to be about something else.
    """

    identity: Identity
    reader: Reader
    by_type: dict[str, dict[str, Resource]] = field(default_factory=dict)
    left: Counter[str] = field(default_factory=Counter)
    gaps: dict[str, str] = field(default_factory=dict)
    looked: set[str] = field(default_factory=set)
    expected: set[str] = field(default_factory=set)
    next_links: dict[str, str] = field(default_factory=dict)

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

    def miss(self, expected: str | None, path: Path, why: str) -> None:
        """Remember that something could not be read where type `expected` was asked for."""
        self.gaps[expected or ANY_TYPE] = NOT_READABLE
        self.reader.saw_no_resource(path, why)

    def add(
        self, resource: Resource, expected: str | None, path: Path, standing: Standing = ALONE
    ) -> None:
        """Add a resource that was sent where type `expected` (None: any) was asked for."""
        what, resource_type = What.READ, resource.resource_type
        answer = self.identity.is_of_patient(resource, standing.urns)
        if resource_type is None or resource_type == "OperationOutcome":
            self.gaps[expected or ANY_TYPE] = NOT_READABLE
        elif _is_odd(resource):
            self.gaps[resource_type] = NOT_READABLE
        elif answer is None and resource_type in PATIENT_TYPES:
            self.gaps[resource_type] = SUBJECT_UNCLEAR
        elif answer and resource.focus and self.identity.is_about_another(resource, standing.urns):
            what = What.LEFT
            self.leave([resource_type])
        elif answer is not False:
            what = self._keep(resource, resource_type, standing.full_url)
            if resource_type == ORDER_TYPE != expected:
                self.looked.add(COMPLETED_ORDERS)
        self.reader.saw(resource, path, is_ours=answer, what=what)

    def leave(self, types: Collection[str]) -> None:
        """Count resources, by their types, that are the patient's and about something else."""
        self.looked.update(types)
        self.left.update(types)

    def _keep(self, resource: Resource, resource_type: str, full_url: str | None) -> What:
        self.looked.add(resource_type)
        same_type = self.by_type.setdefault(resource_type, {})
        # Patients are never folded: two records with one id may differ in the date of birth.
        own_key = None if resource_type == "Patient" else resource.id
        key = own_key or full_url or f"#{len(same_type)}"
        what = What.REPEATED if key in same_type else What.READ
        same_type.setdefault(key, resource)
        return what


def _is_odd(resource: Resource) -> bool:
    """Tell what cannot be read as it is meant: an odd shape, or rules that we do not know."""
    is_modified = bool(resource.implicit_rules or resource.modifier_extension)
    return isinstance(resource, Unreadable) or is_modified
