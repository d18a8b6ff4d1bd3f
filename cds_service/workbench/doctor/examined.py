"""A captured request, read as the service reads it: the answer, and what became of each part."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

import msgspec

from cds_service.answer import Deployment
from cds_service.core.knowledge import Knowledge, Service
from cds_service.core.record import Record
from cds_service.errors import RequestError
from cds_service.fhir.gather import read_record
from cds_service.fhir.notes import NO_RESOURCE, NO_TYPE, ODD_SHAPE, OUTCOME, Note, Notes
from cds_service.fhir.pool.pool import Pool
from cds_service.fhir.pool.prefetch import pool_prefetch
from cds_service.fhir.reader import Reader
from cds_service.fhir.shapes.decode import decode_request
from cds_service.fhir.shapes.patient import patient_id_of
from cds_service.fhir.shapes.resources import Resource, Sent
from cds_service.hooks import Context, HookRequest
from cds_service.settings import Settings
from cds_service.workbench.doctor.body import Body, read_body
from cds_service.workbench.doctor.printable import kind_of, name_of, reference_of
from cds_service.workbench.replay import NoFetcher, Replay, replay

NO_CALLS = "the doctor calls no FHIR server, the service would"
TOO_LONG = "too-long: the body is larger than CDS_MAX_BODY_BYTES"


@dataclass(frozen=True, slots=True)
class SentResource:
    """A resource, or what stands where one was expected: its JSON, what became of it and of it.

    `parts` are the notes on its codes and words; the JSON is empty where it is no object.
    """

    whole: Note
    content: Mapping[str, object]
    parts: tuple[Note, ...]

    @property
    def place(self) -> str:
        """Where it stands, as one writes it: `prefetch.conditions.entry[0].resource`."""
        path = self.whole.path
        parts = (f"[{p}]" if isinstance(p, int) else f".{name_of(p)}" for p in path)
        return "".join(parts).removeprefix(".")

    @property
    def reference(self) -> str:
        """`Type/id`, or words in place of an odd one."""
        return reference_of(self.content)

    @property
    def why_not_read(self) -> str:
        """The reason of the note, with what may be printed of the resource."""
        why = self.whole.why
        if not self.content:
            return NO_RESOURCE
        more = {
            OUTCOME: lambda: f" ({_issues(self.content)})",
            NO_TYPE: lambda: f" ({kind_of(self.content.get('resourceType'))})",
            ODD_SHAPE: lambda: f": {_odd_element(self.content)}",
        }
        return why + more[why]() if why in more else why


@dataclass(frozen=True, slots=True)
class Examined:
    """A request, the deployment it came to, and what the service makes of it.

    Where the service refuses the envelope, `refusal` says why, and `request` is its prefetch and
    draft orders alone. `asked` is what a FHIR server would be asked, by type.
    """

    body: Body
    request: HookRequest[Sent]
    refusal: str
    service: Service
    deployment: Deployment
    settings: Settings
    pool: Pool
    record: Record
    resources: tuple[SentResource, ...]
    answer: Replay
    asked: Mapping[str, str]

    @property
    def knowledge(self) -> Knowledge:
        """The content of the deployment."""
        return self.deployment.knowledge


def examine(raw: bytes, deployment: Deployment, settings: Settings, today: date) -> Examined:
    """Work out what the sections ask; raise nothing, whatever the file holds."""
    body, reader = read_body(raw), Reader(deployment.knowledge, today, Notes())
    request, refusal = _request(raw, body.content)
    context = request.context or Context()
    try:
        patient_id = patient_id_of(context.patient_id)
    except RequestError:
        patient_id = _patient_sent(body.content, request, replace(reader, notes=Notes()))
    pool = pool_prefetch(request.prefetch, patient_id, reader)
    record = read_record(pool, context, request.hook)
    service, fetcher = _service(body.content, deployment.knowledge), NoFetcher(NO_CALLS)
    answer = Replay(413, problems=(TOO_LONG,))
    if body.size <= settings.max_body_bytes:
        answer = replay(service.id, raw, replace(deployment, fetcher=fetcher), today)
    return Examined(
        body=body,
        request=request,
        refusal=refusal,
        service=service,
        deployment=deployment,
        settings=settings,
        pool=pool,
        record=record,
        resources=_resources(reader.notes or (), body.content),
        answer=answer,
        asked=fetcher.asked,
    )


def member(node: object, name: str) -> object:
    """Return a member of an object, or None."""
    return node.get(name) if isinstance(node, dict) else None


def _request(raw: bytes, content: object) -> tuple[HookRequest[Sent], str]:
    """Decode as the service does, or else what can be read; also give the reason of a refusal."""
    try:
        return decode_request(raw), ""
    except RequestError as error:
        refusal = str(error)
    prefetch, context = member(content, "prefetch"), member(content, "context")
    patient_id, drafts = member(context, "patientId"), member(context, "draftOrders")
    kept = {
        "prefetch": prefetch if isinstance(prefetch, dict) else None,
        "context": {
            "patientId": patient_id if isinstance(patient_id, str) else None,
            "draftOrders": drafts,
        },
    }
    try:
        return decode_request(json.dumps(kept).encode()), refusal
    except (RequestError, ValueError, RecursionError):
        return HookRequest(), refusal


def _service(content: object, knowledge: Knowledge) -> Service:
    """Return the service for the hook; the first one stands in where no service has the hook."""
    hook, services = member(content, "hook"), tuple(knowledge.services.values())
    return next((service for service in services if service.hook == hook), services[0])


def _patient_sent(content: object, request: HookRequest[Sent], reader: Reader) -> str:
    """Return the id of the Patient that was sent, for a context that names none."""
    pool_prefetch(request.prefetch, "", reader)
    sent = _resources(reader.notes or (), content)
    ids = (one.content.get("id") for one in sent if one.whole.resource_type == "Patient")
    return next((own for own in ids if isinstance(own, str)), "")


def _resources(notes: Iterable[Note], content: object) -> tuple[SentResource, ...]:
    """Put the notes on the parts of a resource to the one on the whole of it."""
    taken = tuple(notes)
    parts: dict[object, list[Note]] = {note.path: [] for note in taken}
    for note in taken:
        if note.element:
            parts[note.path].append(note)
    return tuple(
        SentResource(note, _content_at(content, note.path), tuple(parts[note.path]))
        for note in taken
        if not note.element
    )


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
