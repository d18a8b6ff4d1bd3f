"""Answers a hook call: reads it, works out the advice, or refuses it where none can be given."""

import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date

from msgspec import structs

from cds_service.core.advise import Advice, advise
from cds_service.core.knowledge import Knowledge, Service
from cds_service.core.record import Record
from cds_service.core.render import HookCall
from cds_service.errors import MalformedRequest, PreconditionFailed, Problem, UnknownService
from cds_service.fhir.gather import gather_record
from cds_service.fhir.pool.complete import Completion
from cds_service.fhir.pool.pool import NOT_SENT
from cds_service.fhir.server.access import FhirServers, find_access
from cds_service.fhir.server.fetch import Fetcher
from cds_service.fhir.shapes.decode import decode_request
from cds_service.fhir.shapes.resources import Sent
from cds_service.hooks import HookRequest


@dataclass(frozen=True, slots=True)
class Deployment:
    """What is the same for every answer: content, language, address, FHIR servers.

    `ehr` is that of the client, as `web.dialect` knows them.
    """

    knowledge: Knowledge
    language: str
    base_url: str
    servers: FhirServers
    fetcher: Fetcher
    deadline_seconds: float
    ehr: str = "generic"


@dataclass(slots=True)
class Seen:
    """What was seen of a call, for log, metrics and audit, even where it is refused."""

    patient_id: str = ""
    gaps: Mapping[str, str] = field(default_factory=dict)


def answer_hook(
    service_id: str, body: bytes, deployment: Deployment, today: date, seen: Seen | None = None
) -> Advice:
    """Return the advice for a call; raise a `RequestError` wherever none can be given.

    An empty list of cards means that everything asked for was read: cards that had to be held
    back with nothing else to show are a failed precondition (412), never silence.
    """
    deadline = time.monotonic() + deployment.deadline_seconds
    service = find_service(service_id, deployment.knowledge)
    request = decode_request(body)
    seen = seen or Seen()
    seen.patient_id = (request.context.patient_id if request.context else None) or ""
    hook_instance = _check_envelope(request, service)
    knowledge = deployment.knowledge
    completion = _completion(request, service, deployment, deadline)
    registered = deployment.servers.registered
    with closing(completion):
        record = gather_record(request, knowledge, today, completion, registered)
    seen.gaps = record.gaps
    call = HookCall(hook_instance, record.patient_id, deployment.language, deployment.base_url)
    advice = advise(record, knowledge, service.id, call, today)
    if advice.missing and not advice.cards:
        raise PreconditionFailed(*_missing_data(advice, record, knowledge))
    return advice


def _completion(
    request: HookRequest[Sent], service: Service, deployment: Deployment, deadline: float
) -> Completion:
    """Return what fetches the types that the service asks for and the prefetch lacks."""
    wanted = [deployment.knowledge.prefetch_types[key] for key in service.prefetch]
    access = find_access(
        request.fhir_server, request.fhir_authorization, deployment.servers, deadline
    )
    stand_ins = tuple(deployment.knowledge.imaging_stand_ins)
    return Completion(wanted, stand_ins, access, deployment.fetcher)


def listed_services(deployment: Deployment) -> tuple[Service, ...]:
    """Return the services as discovery lists them: with the prefetch of the client that asks."""
    knowledge = deployment.knowledge
    services, lean = tuple(knowledge.services.values()), knowledge.lean_prefetch
    if not deployment.servers.is_lean:
        return services
    keys = {key for key, name in knowledge.prefetch_types.items() if name in lean.types}
    return tuple(
        structs.replace(
            service,
            prefetch={key: query for key, query in service.prefetch.items() if key in keys},
            usage_requirements=f"{service.usage_requirements} {lean.usage_requirements}",
        )
        for service in services
    )


def find_service(service_id: str, knowledge: Knowledge) -> Service:
    """Return the service with this id; raise `UnknownService` otherwise."""
    service = knowledge.services.get(service_id)
    if service is None:
        raise UnknownService(Problem("not-found", "There is no service with this id."))
    return service


def _check_envelope(request: HookRequest[Sent], service: Service) -> str:
    """Return the hookInstance of a request that is meant for this service."""
    if not request.hook:
        raise MalformedRequest(Problem("required", "`hook` is missing."))
    if request.hook != service.hook:
        raise MalformedRequest(
            Problem("value", f"This service answers the hook `{service.hook}`, and no other.")
        )
    if not request.hook_instance:
        raise MalformedRequest(Problem("required", "`hookInstance` is missing."))
    return request.hook_instance


def _missing_data(advice: Advice, record: Record, knowledge: Knowledge) -> list[Problem]:
    """Name each query without a whole answer, why, and the prefetch key under which we ask."""
    if not record.gaps:
        facts = ", ".join(advice.missing)
        words = f"What was read leaves open: {facts}, so no advice could be worked out."
        return [Problem("incomplete", words)]
    return [
        Problem(
            "required" if record.gaps[name].startswith(NOT_SENT) else "incomplete",
            f"{name} {record.gaps[name]} (prefetch key `{key}`), so no advice could be worked out.",
        )
        for key, name in knowledge.prefetch_types.items()
        if name in record.gaps
    ]
