"""What was recognised in a prefetch, and what was missing."""

from collections import Counter
from collections.abc import Iterator

from cds_service.fhir.notes import FOREIGN, ODD_SHAPE, OUTCOME, What
from cds_service.fhir.pool.pool import ANY_TYPE, NOT_SENT, NOT_WHOLE
from cds_service.fhir.pool.prefetch import type_of_key
from cds_service.fhir.server.access import NO_SERVER, NO_TOKEN, NOT_REGISTERED, find_access
from cds_service.fhir.server.urls import parse_base
from cds_service.workbench.doctor.examined import Examined, member
from cds_service.workbench.doctor.findings import Finding
from cds_service.workbench.doctor.printable import counted, kind_of, name_of, type_of

WHOLE_PREFETCH = "(the prefetch is one Bundle)"
_MEND_UNREAD = {
    FOREIGN: "Limit every prefetch query to context.patientId: another patient's data came along.",
    OUTCOME: "The EHR's own search failed: check the rights of its CDS client and the query, or "
    "give other parameters under `queries` in CDS_CLIENTS.",
    ODD_SHAPE: "Mend the element that is named; the resource is left out whole.",
}
_MEND_ACCESS = {
    NO_SERVER: "Let the EHR send `fhirServer` and `fhirAuthorization`, to be fetched from.",
    NO_TOKEN: "Send a plain bearer token in `fhirAuthorization.access_token`.",
    NOT_REGISTERED: "Register the FHIR server in the file that CDS_CLIENTS names: `base: {}` under "
    "`fhirServers`, with the `networks` that its name resolves to.",
}
_MEND_KEYS = "Name the prefetch keys as discovery does ({}), so that null and errors count."
_MEND_TEMPLATE = "The EHR left a prefetch template unfilled: let it support {{context.patientId}}."
_MEND_TEXT = "Send each prefetch value as a JSON object, not as text."
_MEND_ANY_TYPE = (
    "Send what could not be read under one of our keys, so that it spoils one type only."
)


def prefetch_findings(case: Examined) -> Iterator[Finding]:
    """Say of each key whether it is ours, what it held, and what the service took of it."""
    prefetch = member(case.body.content, "prefetch")
    if not isinstance(prefetch, dict) or not prefetch:
        yield Finding(f"no prefetch was sent ({kind_of(prefetch)})")
    elif case.request.prefetch is None:
        yield Finding("The prefetch could not be read: see ANSWER.")
    elif prefetch.get("resourceType") == "Bundle":
        yield _of_key(case, WHOLE_PREFETCH, prefetch, ("prefetch",))
    else:
        for key, value in prefetch.items():
            yield _of_key(case, name_of(key), value, ("prefetch", key))


def _of_key(case: Examined, key: str, value: object, place: tuple[str, ...]) -> Finding:
    types = case.knowledge.prefetch_types
    named, taken = type_of_key(place[-1], types), _taken(case, place)
    known = f"not our key, guessed by its name as {named}"
    if named is None:
        known = "unknown key, read by what it holds"
        known = known if place[1:] else "read by what it holds"
    elif place[-1] in types:
        known = "our key"
    mends = {
        _MEND_KEYS.format(", ".join(case.service.prefetch)): named is None and not taken,
        _MEND_TEMPLATE: isinstance(value, str) and "{{" in value,
        _MEND_TEXT: isinstance(value, str) and "{{" not in value,
    }
    return Finding(
        f"{key} ({known}): {_sent(value)} -> {taken or _why_nothing(value, named)}",
        remedy=" ".join(mend for mend, helps in mends.items() if helps),
    )


def _taken(case: Examined, place: tuple[str, ...]) -> str:
    """Count by type what was not there before, or nothing where there is none."""
    under = [one.note for one in case.resources if one.note.path[: len(place)] == place]
    if any(note.why == FOREIGN for note in under):
        return "holds a resource of another patient, which refuses the whole call"
    new = (note.resource_type or "" for note in under if note.what in (What.READ, What.LEFT))
    return ", ".join(f"{name_of(name)} {n}" for name, n in sorted(Counter(new).items()))


def _why_nothing(value: object, resource_type: str | None) -> str:
    is_empty_bundle = type_of(value) == "Bundle" and not member(value, "entry")
    if value is None or value == [] or is_empty_bundle:
        return f"looked up, none ({resource_type or 'of which type is not known'})"
    return "no resource that was not there before"


def _sent(value: object) -> str:
    match value:
        case str():
            is_json, is_template = value.lstrip().startswith("{"), "{{" in value
            words = "text that holds JSON, not a resource" if is_json else "text, not a resource"
            return "text: a prefetch template that was not filled in" if is_template else words
        case {"entry": list(entries), **rest}:
            total = rest.get("total")
            words = f", total {total}" if isinstance(total, int) else ""
            return f"Bundle of {counted(len(entries), 'entry')}{words}"
        case {"resourceType": "Bundle"}:
            return "Bundle without entries"
        case dict():
            return type_of(value)
        case list():
            return f"list of {len(value)}"
        case _:
            return kind_of(value)


def missing_findings(case: Examined) -> Iterator[Finding]:
    """Say what each wanted resource type lacks, and of each resource why it was not read."""
    for key in case.service.prefetch:
        yield _of_type(case, key, case.knowledge.prefetch_types[key])
    yield from _of_server(case)
    for sent in case.resources:
        if sent.note.what is What.NOT_READ:
            place = f"{sent.place} ({sent.reference})" if sent.content else sent.place
            mend = _MEND_UNREAD.get(sent.note.why, "")
            yield Finding(f"not read, since it {sent.why_not_read}", (place,), mend)


def _of_type(case: Examined, key: str, name: str) -> Finding:
    pool, count, gap = case.pool, case.pool.count(name), case.record.gaps.get(name)
    if gap is None:
        return Finding(f"{name}: complete, {count} read")
    details = {
        "The Bundle has a link to a further page.": pool.next_links.get(name),
        "The service would ask the FHIR server for it.": name in case.asked,
    }
    query = case.service.prefetch[key]
    is_left_to_us = case.deployment.servers.is_lean and name in case.asked
    mends = {
        f"Send prefetch `{key}`: {query} (null if none were found).": (
            gap == NOT_SENT and not is_left_to_us
        ),
        f"Send all pages of `{key}` in one Bundle (a higher _count), or let us fetch it.": (
            gap == NOT_WHOLE
        ),
        _MEND_ANY_TYPE: name not in pool.gaps and pool.gaps.get(ANY_TYPE) == gap,
    }
    return Finding(
        f"{name}: {count} read, but the list {gap} (our key: {key})",
        tuple(words for words, holds in details.items() if holds),
        " ".join(mend for mend, helps in mends.items() if helps),
    )


def _of_server(case: Examined) -> Iterator[Finding]:
    """Say why the FHIR server of the request is not asked for what the prefetch lacks."""
    lacking = {case.knowledge.prefetch_types[key] for key in case.service.prefetch}
    if (
        case.refusal
        or case.asked
        or not any(case.pool.gap(name) in (NOT_SENT, NOT_WHOLE) for name in lacking)
    ):
        return
    sent = case.request
    access = find_access(sent.fhir_server, sent.fhir_authorization, case.deployment.servers, 0.0)
    base = parse_base(sent.fhir_server or "")
    shown = base.text if base else "(what was sent is not a plain FHIR base URL)"
    if isinstance(access, str):
        mend = _MEND_ACCESS[access]
        why = access.removeprefix("and ")
        yield Finding(f"what is missing cannot be asked for: {why}", remedy=mend.format(shown))
