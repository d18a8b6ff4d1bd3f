"""The FHIR elements that are read, DSTU2 to R5, as one permissive shape.

One struct serves every resource type, because prefetch keys say nothing reliable about the type
and a tagged union fails on the first type that it does not list. Whatever is not named here is
skipped by the decoder without being built. The entries of a Bundle stay bytes until it is
clear that they matter: most of a chart is about something else.
"""

from collections.abc import Callable
from operator import attrgetter
from typing import Annotated

from msgspec import Meta, Raw, Struct, field

NULL = Raw(b"null")


class Present(Struct, gc=False):
    """An element whose presence counts and whose content does not."""


Unmodified = Annotated[list[Present], Meta(max_length=0)] | None
"""The modifier extensions of an element that means what it says: with any, it cannot be read."""


class Element(Struct, gc=False, rename="camel", omit_defaults=True):
    """A Coding, CodeableConcept or CodeableReference, whichever was sent.

    Its extensions stay bytes: few elements have any, and of those few are read. Of the reference of
    a CodeableReference it only counts that it is there.
    """

    system: str | None = None
    code: str | int | None = None
    coding: "list[Element | str | None] | Element | str | None" = None
    text: str | None = None
    concept: "Element | None" = None
    display: str | None = None
    extension: Raw = NULL
    reference: object = None
    modifier_extension: Unmodified = None


class HoldsNoOther(Struct, frozen=True, gc=False, rename="camel"):
    """A resource of which little is read; one that holds or is about another has no such shape."""

    resource_type: str | None = None
    focus: None = None
    contained: None = None
    entry: None = None
    resource: None = None
    parameter: None = None
    part: None = None


class Reference(Struct, gc=False):
    reference: str | None = None
    type: str | None = None


Subject = list[Reference | str | None] | Reference | str | None
"""Whose something is; only a Reference is a shape of FHIR."""


Coded = list[Element | str | None] | Element | str | None


class TimePeriod(Struct, gc=False):
    start: str | None = None
    end: str | None = None


class BundleLink(Struct, gc=False):
    relation: str | None = None
    url: str | None = None


class Response(Struct, gc=False):
    """The answer status in the wrapper of old clients."""

    status: str | None = None


class Issue(Struct, gc=False):
    severity: str | None = None


class Search(Struct, gc=False):
    mode: str | None = None


class SeriesElement(Struct, gc=False, rename="camel"):
    modality: Coded = None
    body_site: Coded = None
    laterality: Coded = None
    started: str | None = None
    number_of_instances: int | None = None
    instance: list[Present] | None = None
    description: str | None = None
    modifier_extension: Unmodified = None


class Item(Struct, gc=False, rename="camel"):
    """DiagnosticOrder.item of DSTU2."""

    code: Coded = None
    body_site: Coded = None
    modifier_extension: Unmodified = None


class StageElement(Struct, gc=False, rename="camel"):
    """Condition.stage."""

    summary: Coded = None
    type: Coded = None
    modifier_extension: Unmodified = None


class Amount(Struct, gc=False):
    value: float | None = None


class Component(Struct, gc=False, rename="camel"):
    """Observation.component."""

    code: Coded = None
    value_string: str | None = None
    value_codeable_concept: Coded = None
    value_integer: int | None = None
    value_quantity: Amount | None = None
    value_boolean: bool | None = None


class Entry(Struct, gc=False, rename="camel"):
    """An entry of a Bundle; its resource is not decoded yet, `NULL` where there is none."""

    full_url: str | None = None
    resource: Raw = NULL
    search: Search | None = None


class Resource(Struct, gc=False, rename="camel"):
    """Any resource, as far as it is read."""

    resource_type: str | None = None
    id: str | None = None
    sent: Raw = field(name="", default=NULL)  # as it stood in its Bundle
    implicit_rules: str | None = None
    modifier_extension: list[Present] | None = None
    # Bundle, OperationOutcome, and the wrapper {response, resource} of clients before CDS Hooks 1.0
    resource: "Resource | None" = None
    response: Response | None = None
    entry: list[Entry | None] | None = None
    link: list[BundleLink] | None = None
    total: int | None = None
    issue: list[Issue] | None = None
    # Parameters
    parameter: Raw = NULL
    part: Raw = NULL
    # Patient
    birth_date: str | None = None
    deceased_boolean: bool | None = None
    deceased_date_time: str | None = None
    # what most types share
    subject: Subject = None
    patient: Subject = None
    beneficiary: Subject = field(name="for", default=None)
    focus: Subject = None
    contained: Raw = NULL
    status: Coded = None
    code: Coded = None
    body_site: Coded = None
    # Condition
    clinical_status: Coded = None
    verification_status: Coded = None
    onset_date_time: str | None = None
    onset_period: TimePeriod | None = None
    recorded_date: str | None = None
    asserted_date: str | None = None
    date_recorded: str | None = None
    abatement_date_time: str | None = None
    abatement_string: str | None = None
    abatement_boolean: bool | None = None
    abatement_age: Present | None = None
    abatement_period: Present | None = None
    abatement_range: Present | None = None
    stage: list[StageElement | str | None] | StageElement | str | float | bool | None = None
    # Observation and DiagnosticReport: what was found
    value_string: str | None = None
    value_codeable_concept: Coded = None
    value_integer: int | None = None
    value_quantity: Amount | None = None
    value_boolean: bool | None = None
    component: list[Component | None] | None = None
    note: Coded = None
    conclusion: str | None = None
    conclusion_code: Coded = None
    coded_diagnosis: Coded = None
    # ImagingStudy
    started: str | None = None
    modality: Coded = None
    modality_list: Coded = None
    procedure_code: Coded = None
    procedure: Coded = None
    series: list[SeriesElement] | None = None
    number_of_instances: int | None = None
    description: str | None = None
    # DiagnosticReport, Procedure and orders: when
    effective_date_time: str | None = None
    effective_period: TimePeriod | None = None
    issued: str | None = None
    category: Coded = None
    performed_date_time: str | None = None
    performed_period: TimePeriod | None = None
    occurrence_date_time: str | None = None
    occurrence_period: TimePeriod | None = None
    # Procedure: why; orders keep it as it was sent
    reason_code: object = None
    reason_reference: object = None
    # Procedure and orders: what
    not_performed: bool | None = None
    not_done: bool | None = None
    do_not_perform: bool | None = None
    item: list[Item] | None = None
    medication_codeable_concept: Element | None = None
    medication: Coded = None
    code_codeable_concept: Element | None = None
    service_requested: Coded = None
    type: Coded = None


_FIELDS = dict(zip(Resource.__struct_encode_fields__, Resource.__struct_fields__, strict=True))


def element_of(resource: Resource, name: str) -> Coded:
    """Return a coded element of a resource by its FHIR name."""
    element: Coded = getattr(resource, _FIELDS[name])
    return element


def elements_of(*names: str) -> Callable[[Resource], tuple[Coded, ...]]:
    """Return what gives some coded elements of a resource, by two or more FHIR names."""
    return attrgetter(*(_FIELDS[name] for name in names))


class Unreadable(Resource, gc=False):
    """A stand-in for a resource whose shape could not be read; its type may still be known.

    `within` are the members in which further resources may stand.
    """

    within: tuple[Raw, ...] = ()


Sent = Resource | list[Resource | None] | str | float | bool | None
"""What may stand where a resource is expected: a prefetch value or `draftOrders`."""
