"""A captured request, read as the service reads it, with the notes that the sections print."""

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
from cds_service.fhir.notes import NO_RESOURCE, NO_TYPE, ODD_SHAPE, OUTCOME, Note, Notes, Path, What
from cds_service.fhir.pool.pool import Pool
from cds_service.fhir.pool.prefetch import pool_prefetch
from cds_service.fhir.reader import Reader
from cds_service.fhir.shapes.decode import decode_request
from cds_service.fhir.shapes.patient import patient_id_of
from cds_service.fhir.shapes.resources import Resource, Sent
from cds_service.hooks import Context, HookRequest
from cds_service.settings import Settings
from cds_service.workbench.doctor.body import Body, read_body
from cds_service.workbench.doctor.printable import kind_of, name_of
from cds_service.workbench.replay import NoFetcher, Replay, replay

NO_CALLS = "the doctor calls no FHIR server, the service would"
TOO_LONG = "too-long: the body is larger than CDS_MAX_BODY_BYTES"
_OF_RESOURCES = (What.READ, What.REPEATED, What.LEFT, What.NOT_READ)


@dataclass(frozen=True, slots=True)
class Examined:
    """A request, the deployment it came to, and what the service makes of it.

    `request` is the envelope as decoded, or, where the service refuses it, its prefetch and draft
    orders alone; `refusal` is then why. `asked` is what a FHIR server would be asked, by type.
    """

    body: Body
    request: HookRequest[Sent] | None
    refusal: str | None
    service: Service
    deployment: Deployment
    settings: Settings
    pool: Pool
    record: Record
    notes: tuple[Note, ...]
    answer: Replay
    asked: Mapping[str, str]

    @property
    def knowledge(self) -> Knowledge:
        """The content of the deployment."""
        return self.deployment.knowledge

    @property
    def wanted(self) -> dict[str, str]:
        """The resource types that the service asks for, with our key for each."""
        return {self.knowledge.prefetch_types[key]: key for key in self.service.prefetch}

    @property
    def resources(self) -> list[Note]:
        """What became of each resource, and of what stands where one was expected."""
        return [note for note in self.notes if note.what in _OF_RESOURCES]

    def content(self, note: Note) -> Mapping[str, object]:
        """Return the JSON at the place of a note; nothing where it is no object."""
        return _content_at(self.body.content, note.path)

    def why_not_read(self, note: Note) -> str:
        """Return why a resource was not read, with what may be printed of it."""
        content = self.content(note)
        if not content:
            return NO_RESOURCE
        if note.why == OUTCOME:
            return f"{OUTCOME} ({_issues(content)})"
        if note.why == NO_TYPE:
            return f"{NO_TYPE} ({kind_of(content.get('resourceType'))})"
        return f"{ODD_SHAPE}: {_odd_element(content)}" if note.why == ODD_SHAPE else note.why


def examine(raw: bytes, deployment: Deployment, settings: Settings, today: date) -> Examined:
    """Work out what the sections ask; raise nothing, whatever the file holds."""
    body, knowledge, notes = read_body(raw), deployment.knowledge, Notes()
    request, refusal = _request(raw, body.content)
    prefetch, context = (request.prefetch, request.context) if request else (None, None)
    context, reader = context or Context(), Reader(knowledge, today, notes)
    try:
        patient_id = patient_id_of(context.patient_id)
    except RequestError:
        patient_id = _patient_sent(body.content, prefetch, reader)
    pool = pool_prefetch(prefetch, patient_id, reader)
    record = read_record(pool, context, request.hook if request else None, reader)
    service, fetcher = _service(body.content, knowledge), NoFetcher(NO_CALLS)
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
        notes=_as_sent(notes, body.content),
        answer=answer,
        asked=fetcher.asked,
    )


def path_of(note: Note) -> str:
    """Return the place of a note as one writes it: `prefetch.conditions.entry[0].resource`."""
    parts = (f"[{p}]" if isinstance(p, int) else f".{name_of(p)}" for p in note.path)
    return "".join(parts).removeprefix(".")


def member(node: object, name: str) -> object:
    """Return a member of an object, or None."""
    return node.get(name) if isinstance(node, dict) else None


def _request(raw: bytes, content: object) -> tuple[HookRequest[Sent] | None, str | None]:
    try:
        return decode_request(raw), None
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
        return None, refusal


def _service(content: object, knowledge: Knowledge) -> Service:
    """Return the service for the hook; the first one stands in where no service has the hook."""
    hook, services = member(content, "hook"), tuple(knowledge.services.values())
    return next((service for service in services if service.hook == hook), services[0])


def _patient_sent(content: object, prefetch: Mapping[str, Sent] | None, reader: Reader) -> str:
    """Return the id of the Patient that was sent, for a context that names none."""
    notes = Notes()
    pool_prefetch(prefetch, "", replace(reader, notes=notes))
    patients = (note.path for note in notes if note.resource_type == "Patient")
    ids = (_content_at(content, path).get("id") for path in patients)
    return next((own for own in ids if isinstance(own, str)), "")


def _content_at(root: object, path: Path) -> Mapping[str, object]:
    node = root
    for part in path:
        try:
            node = node[part]  # type: ignore[index]
        except (KeyError, IndexError, TypeError):
            return {}
    return node if isinstance(node, dict) else {}


def _as_sent(notes: Iterable[Note], content: object) -> tuple[Note, ...]:
    """Put the notes in the order of the request: what is left aside is noted first."""
    prefetch = member(content, "prefetch")
    keys = list(prefetch) if isinstance(prefetch, dict) else []

    def place(note: Note) -> tuple[int, list[int]]:
        key = note.path[1] if len(note.path) > 1 else None
        rank = keys.index(key) if key in keys and note.path[0] == "prefetch" else len(keys)
        return rank, [part for part in note.path if isinstance(part, int)]

    return tuple(sorted(notes, key=place))


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
