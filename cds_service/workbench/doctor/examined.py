"""A captured request, read as the service reads it: the answer, and what became of each part."""

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import msgspec

from cds_service.answer import Deployment
from cds_service.core.knowledge import Knowledge, Service
from cds_service.core.record import Record
from cds_service.core.words.lexicon import Lexicon
from cds_service.core.words.text import Text
from cds_service.errors import RequestError
from cds_service.fhir.gather import read_record
from cds_service.fhir.notes import NO_RESOURCE, NO_TYPE, ODD_SHAPE, OUTCOME, Notes, ResourceNote
from cds_service.fhir.pool.identity import Identity, identity_of
from cds_service.fhir.pool.pool import Pool
from cds_service.fhir.pool.prefetch import pool_prefetch
from cds_service.fhir.reader import Reader
from cds_service.fhir.shapes.decode import decode_request
from cds_service.fhir.shapes.patient import patient_id_of
from cds_service.fhir.shapes.resources import Resource, Sent
from cds_service.hooks import Context, HookRequest
from cds_service.settings import Settings
from cds_service.workbench.doctor.body import Body, leaves_of, read_body
from cds_service.workbench.doctor.printable import kind_of, name_of, reference_of
from cds_service.workbench.replay import NoFetcher, Replay, replay, services_for

NO_CALLS = "the doctor calls no FHIR server, the service would"
TOO_LONG = "too-long: the body is larger than CDS_MAX_BODY_BYTES"


@dataclass(frozen=True, slots=True)
class SentResource:
    """A resource, or what stands in its place; its JSON is empty where that is no object."""

    note: ResourceNote
    content: Mapping[str, object]

    @property
    def place(self) -> str:
        """Where it stands, as one writes it: `prefetch.conditions.entry[0].resource`."""
        path = self.note.path
        parts = (f"[{p}]" if isinstance(p, int) else f".{name_of(p)}" for p in path)
        return "".join(parts).removeprefix(".")

    @property
    def reference(self) -> str:
        """`Type/id`, or words in place of an odd one."""
        return reference_of(self.content)

    @property
    def why_not_read(self) -> str:
        """The reason of the note, with what may be printed of the resource."""
        why = self.note.why if self.content else NO_RESOURCE
        if why == OUTCOME:
            return f"{why} ({_issues(self.content)})"
        if why == NO_TYPE:
            return f"{why} ({kind_of(self.content.get('resourceType'))})"
        return f"{why}: {_odd_element(self.content)}" if why == ODD_SHAPE else why


@dataclass(frozen=True)
class Examined:
    """A request, the deployment it came to, and what the service makes of it.

    Where none has the hook, `service` is the first. Where it refuses the envelope, `refusal` says
    why, and `request` is its prefetch and draft orders alone. `asked` is what a FHIR server would
    be asked, by type. `texts` are those that were read, and `without_words` is the record as it
    would be if no words were.
    """

    body: Body
    request: HookRequest[Sent]
    refusal: str
    service: Service
    deployment: Deployment
    settings: Settings
    pool: Pool
    record: Record
    texts: Mapping[str, Text]
    without_words: Record
    resources: tuple[SentResource, ...]
    answer: Replay
    asked: Mapping[str, str]

    @property
    def knowledge(self) -> Knowledge:
        return self.deployment.knowledge

    @cached_property
    def joined_texts(self) -> tuple[str, ...]:
        """The texts that stand nowhere as they were read: several were read as one."""
        sent = {text for _, text in leaves_of(self.body.content)}
        return tuple(text for text in self.texts if text not in sent)


def examine(raw: bytes, deployment: Deployment, settings: Settings, today: date) -> Examined:
    """Work out what the sections ask; raise nothing, whatever the file holds."""
    body, notes = read_body(raw), Notes()
    reader = Reader(deployment.knowledge, today, notes)
    request, refusal = _request(raw, body.content)
    context = request.context or Context()
    patient_id = _patient_id(body.content, request, reader)
    identity = identity_of(request, patient_id, deployment.servers.registered)
    pool = pool_prefetch(request.prefetch, identity, reader)
    record = read_record(pool, context, request.hook)
    services, fetcher = deployment.knowledge.services, NoFetcher(NO_CALLS)
    service_id = next(iter(services_for(member(body.content, "hook"), deployment) or services))
    answer = Replay(413, problems=(TOO_LONG,))
    if body.size <= settings.max_body_bytes:
        answer = replay(service_id, raw, replace(deployment, fetcher=fetcher), today)
    return Examined(
        body=body,
        request=request,
        refusal=refusal,
        service=services[service_id],
        deployment=deployment,
        settings=settings,
        pool=pool,
        record=record,
        texts=reader.texts,
        without_words=_without_words(pool, context, request.hook) or record,
        resources=_resources(notes, body.content),
        answer=answer,
        asked=fetcher.asked,
    )


def _without_words(pool: Pool, context: Context[Sent], hook: str | None) -> Record | None:
    """Read the record once more with no list of words; None where a draft is somebody else's."""
    knowledge = replace(pool.reader.knowledge, lexicon=Lexicon({}, {}))
    reader = Reader(knowledge, pool.reader.today)
    try:
        return read_record(replace(pool, reader=reader, gaps={**pool.gaps}), context, hook)
    except RequestError:
        return None


def member(node: object, name: str) -> object:
    return node.get(name) if isinstance(node, dict) else None


def _request(raw: bytes, content: object) -> tuple[HookRequest[Sent], str]:
    """Decode as the service does, or else what can be read; also give the reason of a refusal."""
    try:
        return decode_request(raw), ""
    except RequestError as error:
        refusal = str(error)
    prefetch, context = member(content, "prefetch"), member(content, "context")
    patient_id, drafts = member(context, "patientId"), member(context, "draftOrders")
    own_id = patient_id if isinstance(patient_id, str) else None
    kept = {
        "prefetch": prefetch if isinstance(prefetch, dict) else None,
        "context": {"patientId": own_id, "draftOrders": drafts},
    }
    try:
        return decode_request(json.dumps(kept).encode()), refusal
    except (RequestError, ValueError, RecursionError):
        return HookRequest(), refusal


def _patient_id(content: object, request: HookRequest[Sent], reader: Reader) -> str:
    """Return whom the context names, or else the id of the Patient that was sent."""
    with suppress(RequestError):
        return patient_id_of(request.context.patient_id if request.context else None)
    notes = Notes()
    pool_prefetch(request.prefetch, Identity(""), replace(reader, notes=notes))
    sent = _resources(notes, content)
    ids = (one.content.get("id") for one in sent if one.note.resource_type == "Patient")
    return next((own for own in ids if isinstance(own, str)), "")


def _resources(notes: Notes, content: object) -> tuple[SentResource, ...]:
    return tuple(SentResource(note, _content_at(content, note.path)) for note in notes.resources)


def _content_at(root: object, path: Iterable[str | int]) -> Mapping[str, object]:
    node = root
    for part in path:
        try:
            node = node[part]  # type: ignore[index]
        except (KeyError, IndexError, TypeError):
            return {}
    return node if isinstance(node, dict) else {}


def _issues(outcome: Mapping[str, object]) -> str:
    """Name severity and code of each issue; its words may hold patient data."""
    issues = outcome.get("issue")
    found = [
        f"{name_of(str(member(issue, 'severity')))} {name_of(str(member(issue, 'code')))}"
        for issue in (issues if isinstance(issues, list) else [])
    ]
    return ", ".join(found[:3]) or "without an issue"


def _odd_element(content: Mapping[str, object]) -> str:
    """Return the decoder's words, which name types and paths and no values."""
    try:
        msgspec.convert(content, Resource)
    except msgspec.ValidationError as error:
        return str(error)
    except RecursionError:
        return "nested too deeply"
    return "as JSON it can be read"
