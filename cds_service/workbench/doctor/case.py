"""A request file -> all that the sections ask about it, worked out once; refuses to phrase it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from cds_service.answer import Deployment
from cds_service.core.knowledge import Knowledge, Service
from cds_service.errors import ForeignPatient, RequestError
from cds_service.fhir.pool.pool import Pool
from cds_service.fhir.pool.prefetch import pool_prefetch
from cds_service.fhir.reader import Reader
from cds_service.fhir.shapes.decode import decode_request
from cds_service.fhir.shapes.patient import patient_id_of
from cds_service.fhir.shapes.resources import Sent
from cds_service.hooks import HookRequest
from cds_service.settings import Settings
from cds_service.workbench.doctor.body import Body, read_body
from cds_service.workbench.doctor.places import (
    Located,
    member,
    prefetch_of,
    resources_in,
    why_not_read,
)


@dataclass(frozen=True, slots=True)
class KeyReport:
    """What one prefetch key brought: resources by type, or that it refuses the call."""

    key: str
    type_by_key: str | None
    is_ours: bool
    pooled: Mapping[str, int]
    is_foreign: bool


@dataclass(frozen=True, slots=True)
class Case:
    """A request, the deployment it came to, and what the service makes of its prefetch.

    `request` is the envelope as decoded, or, where the service refuses it, patient and prefetch
    alone; `refusal` is then why.
    """

    raw: bytes
    body: Body
    request: HookRequest[Sent] | None
    refusal: str | None
    service: Service
    deployment: Deployment
    settings: Settings
    today: date
    patient_id: str
    pool: Pool
    keys: tuple[KeyReport, ...]
    resources: tuple[Located, ...]

    @property
    def knowledge(self) -> Knowledge:
        """The content of the deployment."""
        return self.deployment.knowledge

    @property
    def wanted(self) -> dict[str, str]:
        """The resource types that the service asks for, with our key for each."""
        return {self.knowledge.prefetch_types[key]: key for key in self.service.prefetch}

    def unread(self) -> list[tuple[Located, str]]:
        """Return the resources that are not read, each with the reason."""
        reasons = (
            (found, why_not_read(found, self.patient_id, self.pool.full_urls))
            for found in self.resources
        )
        return [(found, reason) for found, reason in reasons if reason]


def make_case(raw: bytes, deployment: Deployment, settings: Settings, today: date) -> Case:
    """Work out what the sections ask; raise nothing, whatever the file holds."""
    body = read_body(raw)
    request, refusal = _request(raw, body.content)
    patient_id = _patient_id(body.content)
    keys, pool = _pooled(request, deployment.knowledge, patient_id)
    return Case(
        raw=raw,
        body=body,
        request=request,
        refusal=refusal,
        service=_service(body.content, deployment.knowledge),
        deployment=deployment,
        settings=settings,
        today=today,
        patient_id=patient_id,
        pool=pool,
        keys=keys,
        resources=resources_in(body.content),
    )


def _request(raw: bytes, content: object) -> tuple[HookRequest[Sent] | None, str | None]:
    try:
        return decode_request(raw), None
    except RequestError as error:
        refusal = str(error)
    prefetch = member(content, "prefetch")
    try:
        kept = json.dumps({"prefetch": prefetch if isinstance(prefetch, dict) else None})
        return decode_request(kept.encode()), refusal
    except (RequestError, ValueError, RecursionError):
        return None, refusal


def _service(content: object, knowledge: Knowledge) -> Service:
    """Return the service for the hook; the first one stands in where no service has the hook."""
    hook, services = member(content, "hook"), tuple(knowledge.services.values())
    return next((service for service in services if service.hook == hook), services[0])


def _patient_id(content: object) -> str:
    """Return the patient of the context; where there is none, the Patient that was sent."""
    sent = member(member(content, "context"), "patientId")
    try:
        return patient_id_of(sent if isinstance(sent, str) else None)
    except RequestError:
        own = (f.content.get("id") for f in resources_in(content) if _is_patient(f))
        return next((name for name in own if isinstance(name, str)), "")


def _is_patient(found: Located) -> bool:
    return found.content.get("resourceType") == "Patient"


def _pooled(
    request: HookRequest[Sent] | None, knowledge: Knowledge, patient_id: str
) -> tuple[tuple[KeyReport, ...], Pool]:
    """Pool key after key, as the service does, leaving out the keys that refuse the call."""
    pool, kept = Pool(patient_id, Reader(knowledge, date.min)), dict[str, Sent]()
    reports = list[KeyReport]()
    prefetch = (request.prefetch if request else None) or {}
    if prefetch_of({"prefetch": prefetch}).keys() != prefetch.keys():
        return _pooled_whole(prefetch, knowledge, patient_id)
    for key, value in prefetch.items():
        before = _counts(pool)
        try:
            pool = pool_prefetch({**kept, key: value}, patient_id, Reader(knowledge, date.min))
        except ForeignPatient:
            reports.append(_report(key, knowledge, {}, is_foreign=True))
            continue
        kept[key] = value
        after = _counts(pool)
        new = {t: n - before.get(t, 0) for t, n in after.items() if n > before.get(t, 0)}
        reports.append(_report(key, knowledge, new, is_foreign=False))
    return tuple(reports), pool


def _pooled_whole(
    prefetch: Mapping[str, Sent], knowledge: Knowledge, patient_id: str
) -> tuple[tuple[KeyReport, ...], Pool]:
    key = next(iter(prefetch_of({"prefetch": dict(prefetch)})))
    try:
        pool = pool_prefetch(prefetch, patient_id, Reader(knowledge, date.min))
    except ForeignPatient:
        return (KeyReport(key, None, False, {}, is_foreign=True),), Pool(
            patient_id, Reader(knowledge, date.min)
        )
    return (KeyReport(key, None, False, _counts(pool), is_foreign=False),), pool


def _report(
    key: str, knowledge: Knowledge, pooled: Mapping[str, int], *, is_foreign: bool
) -> KeyReport:
    """Name the type of a key as the pool takes it: null under a key marks its type as looked up."""
    types_by_key = knowledge.prefetch_types
    looked = pool_prefetch({key: None}, "", Reader(knowledge, date.min)).looked
    return KeyReport(key, next(iter(looked), "") or None, key in types_by_key, pooled, is_foreign)


def _counts(pool: Pool) -> dict[str, int]:
    return {name: pool.count(name) for name in {*pool.by_type, *pool.left}}
