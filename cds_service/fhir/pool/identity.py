"""Who the patient is in one request, and whose each resource is.

An id says who somebody is on one server. So a reference counts only with its base: relative, on
the request's `fhirServer`, on the one server that its client registered, or, where neither is
known, on the one base on which the Patient itself was sent. On any other base the same id may be
somebody else's: such a reference does not say whose a resource is.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import unquote

from cds_service.fhir.server.urls import Base, parse_base
from cds_service.fhir.shapes.decode import nested_in, resource_of, type_of
from cds_service.fhir.shapes.references import is_id, short_reference
from cds_service.fhir.shapes.resources import (
    NULL,
    Entry,
    Reference,
    Resource,
    Sent,
    Subject,
    Unreadable,
)
from cds_service.hooks import HookRequest

_PATIENT = re.compile(r"(?:(?P<base>.*)/)?Patient/(?P<id>[^/?#]+)(?:/_history/(?P<version>.*))?")
_TYPES = (None, "Patient", "http://hl7.org/fhir/StructureDefinition/Patient")

Urns = Mapping[str, bool | None]
"""The `urn:` under which a Bundle holds a Patient, and whether that is the patient."""
NO_URNS: Urns = MappingProxyType({})


@dataclass(slots=True)
class Identity:
    """The patient of a request: the id, and the bases on which it counts.

    Without a known base the prefetch that was sent tells it, and is looked through only then.
    """

    patient_id: str
    known_bases: frozenset[Base] = frozenset()
    registered: frozenset[Base] = frozenset()
    sent: Collection[Sent] = ()
    _bases: frozenset[Base] | None = field(default=None, init=False)
    _plain: frozenset[str | None] = field(init=False)

    def __post_init__(self) -> None:
        own = f"Patient/{self.patient_id}"
        self._plain = frozenset({own, *(f"{base.text}/{own}" for base in self.known_bases)})

    @property
    def bases(self) -> frozenset[Base]:
        """Return the bases on which the patient's id is the patient's."""
        if self._bases is None:
            self._bases = self.known_bases or self._base_of_patient_sent()
        return self._bases

    def plain_references(self, urns: Urns) -> frozenset[str | None]:
        """Return how the patient is plainly referred to."""
        return self._plain.union(urn for urn, is_ours in urns.items() if is_ours)

    def is_of_patient(self, resource: Resource, urns: Urns) -> bool | None:
        """Tell whether a resource is the patient's; None where that cannot be told.

        Something of another patient within it makes it another patient's. A focus that may be on
        somebody else leaves it open.
        """
        if self.is_plainly_own(resource):
            return True
        if any(self._is_own(inner, urns) is False for inner in nested_in(resource)):
            return False
        is_ours = self._is_own(resource, urns)
        return None if is_ours and self._is_about(resource, urns) is None else is_ours

    def is_about_another(self, resource: Resource, urns: Urns) -> bool:
        """Tell whether the focus of a resource is a donor, a child, a device."""
        return self._is_about(resource, urns) is False

    def names(self, reference: str, urns: Urns) -> bool | None:
        """Tell whether a reference names the patient; None where it does not say."""
        if reference == self.patient_id:
            return True
        if reference in urns:
            return urns[reference]
        match = _PATIENT.fullmatch(reference)
        if match is None:
            return None
        if match["id"] != self.patient_id:
            return None if unquote(match["id"]).strip() == self.patient_id else False
        is_plain = match["version"] is None or is_id(match["version"])
        return True if is_plain and self._counts(match["base"]) else None

    def urns_in(self, entries: Iterable[Entry | None]) -> Urns:
        """Return under which `urn:` a Bundle holds a Patient; one of two Patients says nothing."""
        urns: dict[str, bool | None] = {}
        for entry in entries:
            urn = entry.full_url if entry else None
            if entry and urn and urn[:4] == "urn:" and type_of(entry.resource) == "Patient":
                is_ours = self._is_own(resource_of(entry.resource), {})
                urns[urn] = is_ours if urns.get(urn, is_ours) == is_ours else None
        return urns

    def is_plainly_own(self, resource: Resource) -> bool:
        """Tell at once what nearly all resources are: of the patient, and nothing else in them."""
        return (
            self._is_named(resource)
            and resource.focus is None
            and resource.contained is NULL
            and resource.parameter is NULL
            and resource.entry is None
            and resource.resource is None
            and not isinstance(resource, Unreadable)
        )

    def _is_named(self, resource: Resource) -> bool:
        """Tell whether a resource plainly names the patient, and nobody else."""
        if resource.resource_type == "Patient":
            return resource.id == self.patient_id
        subject = resource.patient if resource.subject is None else resource.subject
        return (
            isinstance(subject, Reference)
            and subject.reference in self._plain
            and subject.type is None
            and (resource.subject is None or resource.patient is None)
            and resource.beneficiary is None
        )

    def _is_own(self, resource: Resource, urns: Urns) -> bool | None:
        if resource.resource_type == "Patient":
            own = resource.id
            return own == self.patient_id or (False if own and is_id(own) else None)
        answers = {
            self._is_subject(subject, urns)
            for subject in (resource.subject, resource.patient, resource.beneficiary)
            if subject is not None
        }
        if False in answers:
            return False
        return True if answers == {True} else None

    def _is_subject(self, subject: Subject, urns: Urns) -> bool | None:
        """Tell whom a subject names; in an odd shape it is never the patient."""
        if isinstance(subject, Reference):
            return self._is_patient(subject, urns)
        answers = {self._is_patient(reference, urns) for reference in references_in(subject)}
        return False if False in answers else None

    def _is_patient(self, subject: Reference, urns: Urns) -> bool | None:
        is_ours = None if subject.reference is None else self.names(subject.reference, urns)
        return is_ours if subject.type in _TYPES or is_ours is False else None

    def _is_about(self, resource: Resource, urns: Urns) -> bool | None:
        if resource.focus is None:
            return True
        answers = {self._is_focus(focus, urns) for focus in references_in(resource.focus)}
        return False if False in answers else None if None in answers else True

    def _is_focus(self, focus: Reference, urns: Urns) -> bool | None:
        named = short_reference(focus.reference or "").rpartition("/")[0]
        named_type = (focus.type or named).rpartition("/")[2]
        if named_type == "Patient" or not named_type:
            return self._is_patient(focus, urns)
        return named_type not in _SOMEBODY

    def _counts(self, base: str | None) -> bool:
        if base is None:
            return True
        return not base.endswith("/") and parse_base(base) in self.bases

    def _base_of_patient_sent(self) -> frozenset[Base]:
        """Return the base on which each Patient of the prefetch stands, if it is one and known."""
        found = {self._base_of(full_url) for full_url in _full_urls_of_patients(self.sent)}
        bases = frozenset(base for base in found if base) if len(found) == 1 else frozenset()
        return bases & self.registered if self.registered else bases

    def _base_of(self, full_url: str | None) -> Base | None:
        base, patient, own_id = (full_url or "").rpartition("/Patient/")
        return parse_base(base) if patient and own_id == self.patient_id else None


# Whom or what else an Observation may be about (FHIR R4 and R5, Observation.subject and .focus).
_SOMEBODY = frozenset(
    {
        "RelatedPerson",
        "Person",
        "Group",
        "Practitioner",
        "PractitionerRole",
        "Organization",
        "Device",
        "Location",
        "Medication",
        "Substance",
        "BiologicallyDerivedProduct",
        "NutritionProduct",
    }
)


def identity_of(
    request: HookRequest[Sent], patient_id: str, registered: Iterable[Base] = ()
) -> Identity:
    """Return who the patient of a request is, for a client with these registered servers."""
    servers, named = frozenset(registered), parse_base(request.fhir_server)
    known = frozenset({named} if named else ()) | (servers if len(servers) == 1 else frozenset())
    return Identity(patient_id, known, servers, tuple((request.prefetch or {}).values()))


def references_in(subject: Subject) -> list[Reference]:
    """Return the references of a member that should be one: single, a list, or bare text."""
    found = subject if isinstance(subject, list) else [subject]
    return [Reference(each) if isinstance(each, str) else each for each in found if each]


def _full_urls_of_patients(sent: Iterable[Sent]) -> Iterator[str | None]:
    """Yield the full URL of each Patient, or None, at every depth of Bundles and wrappers."""
    waiting: list[tuple[Sent, str | None]] = [(value, None) for value in sent]
    while waiting:
        value, full_url = waiting.pop()
        if isinstance(value, list):
            waiting += [(member, None) for member in value]
        elif isinstance(value, Resource):
            if value.resource_type == "Patient":
                yield full_url
            waiting += [(value.resource, None)]
            entries = (entry for entry in value.entry or () if entry)
            waiting += [(resource_of(entry.resource), entry.full_url) for entry in entries]
