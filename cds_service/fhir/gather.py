"""A hook request -> the patient's Record.

Every resource must be the patient's: one of another patient refuses the call, one whose subject
cannot be told is not used and leaves a gap.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from typing import TypeVar

from cds_service.core.hip.diagnosis import hips_with_osteonecrosis
from cds_service.core.knowledge import Knowledge
from cds_service.core.record import (
    Diagnosis,
    Listing,
    Mention,
    NotUnderstood,
    Operation,
    PlanOnFile,
    Record,
    Remark,
    StageText,
    Study,
)
from cds_service.core.values import NEVER, UNKNOWN, Absence, DateRange
from cds_service.errors import MalformedRequest, Problem
from cds_service.fhir.pool.complete import CONDITION, Completion
from cds_service.fhir.pool.identity import Identity, identity_of
from cds_service.fhir.pool.pool import COMPLETED_ORDERS, ORDER_TYPE, Pool
from cds_service.fhir.pool.prefetch import add_prefetch, conditions_first, pool_prefetch
from cds_service.fhir.pool.whose import are_plainly_own
from cds_service.fhir.read.conditions import read_condition, read_operation
from cds_service.fhir.read.imaging import STAND_INS, read_stand_in, read_study
from cds_service.fhir.read.orders import OLDER_ORDER_TYPES, read_active_order, read_orders
from cds_service.fhir.read.stages import STAGED_TYPES, read_stage_texts
from cds_service.fhir.reader import Reader
from cds_service.fhir.server.urls import Base
from cds_service.fhir.shapes.dates import parse_date
from cds_service.fhir.shapes.patient import PATIENT_TYPES, patient_id_of, refuse_foreign
from cds_service.fhir.shapes.resources import Resource, Sent
from cds_service.hooks import Context, HookRequest

REPORT = "DiagnosticReport"
TOO_LONG = "holds a text that is too long to be read"
ItemT = TypeVar("ItemT")
KindT = TypeVar("KindT")


def gather_record(
    request: HookRequest[Sent],
    knowledge: Knowledge,
    today: date,
    completion: Completion | None = None,
    registered: Iterable[Base] = (),
) -> Record:
    """Read what a hook request carries, or gives leave to fetch, about its patient.

    The conditions are read first, fetched where they were not sent. Where they name no hip, nothing
    of the rest is fetched, and nothing of it is read but whose it is: of 2,000 charts, perhaps one
    goes on. `registered` are the bases of the client's FHIR servers.
    Raises `MalformedRequest` without context or patient, `ForeignPatient` for mixed-up patients.
    """
    if request.context is None:
        raise MalformedRequest(Problem("required", "`context` is missing."))
    identity = identity_of(request, patient_id_of(request.context.patient_id), registered)
    _refuse_foreign_token(request, identity)
    first, others = conditions_first(request.prefetch or {}, knowledge.prefetch_types)
    pool = pool_prefetch(first, identity, Reader(knowledge, today))
    if completion:
        others = completion.conditions(pool, others)
    record = _read_conditions(pool)
    sent = (*others.values(), request.context.draft_orders)
    if not hips_with_osteonecrosis(record) and not are_plainly_own(sent, identity):
        add_prefetch(pool, others)
        others = {}
        read_orders(request.context, request.hook, identity, pool.reader)
        record = _read_conditions(pool)
    if not hips_with_osteonecrosis(record):
        return record
    add_prefetch(pool, others)
    if completion:
        completion.rest(pool)
    return read_record(pool, request.context, request.hook)


def read_record(pool: Pool, context: Context[Sent], hook: str | None) -> Record:
    """Read the resources of a pool and the draft orders of a context."""
    reader, conditions = pool.reader, _read_conditions(pool)
    too_long = len(reader.too_long)
    orders, has_older_order = read_orders(context, hook, pool.identity, reader)
    if len(reader.too_long) > too_long and isinstance(orders, Listing):
        orders = Listing(orders.items, orders.gap or TOO_LONG)
    birth_date = _birth_date(pool)
    texts = _listing(pool, read_stage_texts, *STAGED_TYPES)
    return replace(
        conditions,
        birth_date=birth_date,
        is_deceased=any(_is_dead(patient, reader.today) for patient in pool.of("Patient")),
        studies=_studies(pool),
        operations=_of_type(_listing(pool, read_operation, "Procedure"), Operation),
        orders=orders,
        takes_service_requests=not has_older_order and not _is_before_r4(pool),
        stage_texts=_of_type(texts, StageText),
        remarks=_of_type(texts, Remark),
        plans=_of_type(texts, PlanOnFile),
        active_orders=_listing(pool, read_active_order, ORDER_TYPE),
        gaps=_gaps(pool, birth_date),  # last: reading a list may show that it is not whole
    )


def _read_conditions(pool: Pool) -> Record:
    """Return what the conditions say, and nothing else of the patient."""
    conditions = _listing(pool, read_condition, CONDITION)
    return Record(
        patient_id=pool.identity.patient_id,
        birth_date=UNKNOWN,
        is_deceased=False,
        mentions=_of_type(conditions, Mention).items,
        diagnoses=_of_type(conditions, Diagnosis),
        studies=Listing(),
        operations=Listing(),
        orders=NEVER,
        takes_service_requests=True,
        gaps={},
    )


def _refuse_foreign_token(request: HookRequest[Sent], identity: Identity) -> None:
    """Refuse an access token that is not surely for the patient."""
    authorization = request.fhir_authorization
    if authorization and authorization.patient:
        refuse_foreign(identity.names(authorization.patient.rstrip("/"), {}) is True)


def _listing(
    pool: Pool, read: Callable[[Resource, Reader], Iterable[ItemT]], *types: str
) -> Listing[ItemT]:
    """Read all resources of some types; the gap is that of any of them.

    A list that holds a text too long to be read was not read whole.
    """
    found: list[ItemT] = []
    for name in types:
        too_long = len(pool.reader.too_long)
        for each in pool.of(name):
            items = tuple(read(each, pool.reader))
            if items:
                pool.reader.used(each)
                found += items
        if len(pool.reader.too_long) > too_long:
            pool.gaps.setdefault(name, TOO_LONG)
    return Listing(tuple(found), next((gap for name in types if (gap := pool.gap(name))), None))


def _of_type(found: Listing[ItemT], kind: type[KindT]) -> Listing[KindT]:
    """Return what is of one kind, with what was not understood of the list."""
    if not found.items:
        return Listing(gap=found.gap)
    return Listing(
        tuple(one for one in found.items if isinstance(one, kind)),
        found.gap,
        tuple(one for one in found.items if isinstance(one, NotUnderstood)),
    )


def _studies(pool: Pool) -> Listing[Study]:
    """Read the imaging studies; where they cannot be read, what stands in for them.

    A dated report counts beside them: many a film has one and no study. What stands in is whole
    only where it holds something and every kind of it was read whole.
    """
    studies = _listing(pool, read_study, "ImagingStudy")
    if not studies.gap or pool.count("ImagingStudy"):
        reports = _listing(pool, read_stand_in, REPORT)
        dated = tuple(one for one in reports.items if one.started)
        return replace(studies, items=studies.items + dated)
    found = _listing(pool, read_stand_in, *STAND_INS)
    # Active orders are no list of the completed ones.
    is_whole = pool.gap(COMPLETED_ORDERS) is None and bool(found.items) and not found.gap
    return found if is_whole else Listing(found.items, studies.gap)


def _gaps(pool: Pool, birth_date: DateRange | Absence) -> dict[str, str]:
    types = pool.reader.knowledge.prefetch_types.values()
    gaps = {name: gap for name in types if (gap := pool.gap(name))}
    if birth_date is UNKNOWN:
        gaps.setdefault("Patient", "holds no date of birth that could be read")
    return gaps


def _birth_date(pool: Pool) -> DateRange | Absence:
    for patient in pool.of("Patient"):
        pool.reader.used(patient)
    dates = {born for patient in pool.of("Patient") if (born := parse_date(patient.birth_date))}
    return dates.pop() if len(dates) == 1 else UNKNOWN


def _is_dead(patient: Resource, today: date) -> bool:
    died = parse_date(patient.deceased_date_time)
    return bool(patient.deceased_boolean) or (died is not None and died.earliest <= today)


def _is_before_r4(pool: Pool) -> bool:
    """Tell DSTU2 and STU3 by their shapes: no ServiceRequest exists there."""
    return any(
        resource.resource_type in OLDER_ORDER_TYPES
        or (resource.resource_type in PATIENT_TYPES and resource.patient is not None)
        or isinstance(resource.clinical_status, str)
        or isinstance(resource.verification_status, str)
        or resource.asserted_date is not None
        or resource.date_recorded is not None
        for resource in pool.all()
    )
