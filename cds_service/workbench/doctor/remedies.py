"""Which setting or which change in the EHR would mend what was found; no clinical advice."""

from collections.abc import Iterator

from cds_service.core.record import FEMORAL_HEAD
from cds_service.fhir.notes import FOREIGN, ODD_SHAPE, OUTCOME
from cds_service.fhir.pool.pool import ANY_TYPE, NOT_SENT, NOT_WHOLE
from cds_service.fhir.server.access import NO_SERVER, NO_TOKEN, NOT_REGISTERED, find_access
from cds_service.fhir.server.urls import parse_base
from cds_service.workbench.doctor.codes import CodeReport
from cds_service.workbench.doctor.examined import Examined, member
from cds_service.workbench.doctor.near_codes import NearCodes
from cds_service.workbench.doctor.prefetch import sent_keys
from cds_service.workbench.doctor.printable import bounded, name_of


def remedies_section(case: Examined, codes: CodeReport, near: NearCodes) -> list[str]:
    """Return the section on what to change."""
    remedies = dict.fromkeys(
        (
            *_for_body(case),
            *_for_envelope(case),
            *_for_keys(case),
            *_for_unread(case),
            *_for_lists(case),
            *_for_codes(codes, near),
        )
    )
    return list(bounded(f"  - {words}" for words in remedies)) or ["  nothing to change"]


def _for_body(case: Examined) -> Iterator[str]:
    limit = case.settings.max_body_bytes
    if case.body.size > limit:
        yield (
            f"Set CDS_MAX_BODY_BYTES to at least {case.body.size} (now {limit}; and the same limit "
            "in the proxy), or let the EHR's prefetch return less."
        )
    if case.body.faults:
        yield "Let the EHR send one JSON object in UTF-8 (see FILE); nothing is read of it now."


def _for_envelope(case: Examined) -> Iterator[str]:
    root = case.body.content
    if not isinstance(root, dict):
        yield "Capture the whole body of the POST: one JSON object with hook, context, prefetch."
        return
    for name in ("hook", "hookInstance", "context"):
        if not root.get(name):
            yield f"Send `{name}` (CDS Hooks 2.0 requires it)."
    hooks = [service.hook for service in case.knowledge.services.values()]
    if root.get("hook") and root["hook"] not in hooks:
        yield f"Call this service for one of the hooks {', '.join(hooks)}."
    if root.get("context") and not member(root["context"], "patientId"):
        yield "Send `context.patientId`."
    if case.refusal and not case.body.faults:
        yield f"Mend the member that the decoder names: {case.refusal}"


def _for_keys(case: Examined) -> Iterator[str]:
    own = ", ".join(f"`{key}`" for key in case.wanted.values())
    keys = sent_keys(case)
    if any(not key.is_ours and not key.resource_type and not key.pooled for key in keys):
        yield f"Name the prefetch keys as discovery does ({own}), so that null and errors count."
    if any(note.why == FOREIGN for note in case.resources):
        yield "Limit every prefetch query to context.patientId: another patient's data came along."
    texts = [key.value for key in keys if isinstance(key.value, str)]
    if any("{{" in text for text in texts):
        yield "The EHR left a prefetch template unfilled: let it support {{context.patientId}}."
    elif texts:
        yield "Send each prefetch value as a JSON object, not as text."


def _for_unread(case: Examined) -> Iterator[str]:
    for note in case.resources:
        if note.why == OUTCOME:
            yield (
                f"The EHR's own search for the key {name_of(str(note.path[1]))} failed: check the "
                "rights of its CDS client and the query, or give other parameters under `queries` "
                "in CDS_CLIENTS."
            )
        elif note.why == ODD_SHAPE:
            yield "Mend the elements named under MISSING; those resources are left out whole."


def _for_lists(case: Examined) -> Iterator[str]:
    gaps = {name: gap for name in case.wanted if (gap := case.pool.gap(name))}
    for name, gap in gaps.items():
        key = case.wanted[name]
        if gap == NOT_SENT:
            yield f"Send prefetch `{key}`: {case.service.prefetch[key]} (null if none were found)."
        elif gap == NOT_WHOLE:
            yield f"Send all pages of `{key}` in one Bundle (a higher _count), or let us fetch it."
    if ANY_TYPE in case.pool.gaps and case.pool.gaps[ANY_TYPE] in gaps.values():
        yield "Send what could not be read under one of our keys, so that it spoils one type only."
    lacking = set(gaps.values()) & {NOT_SENT, NOT_WHOLE}
    if lacking and case.request is not None and not case.asked:
        yield from _for_access(case)


def _for_access(case: Examined) -> Iterator[str]:
    if case.request is None or case.refusal:
        return
    request = case.request
    access = find_access(
        request.fhir_server, request.fhir_authorization, case.deployment.servers, 0.0
    )
    if access == NO_SERVER:
        yield "Or let the EHR send `fhirServer` and `fhirAuthorization`, to be fetched from."
    elif access == NO_TOKEN:
        yield "Send a plain bearer token in `fhirAuthorization.access_token`."
    elif access == NOT_REGISTERED:
        base = parse_base(request.fhir_server)
        shown = base.text if base else "(what was sent is not a plain FHIR base URL)"
        yield (
            f"Register the FHIR server in the file that CDS_CLIENTS names: `base: {shown}` under "
            "`fhirServers`, with the `networks` that its name resolves to."
        )


def _for_codes(codes: CodeReport, near: NearCodes) -> Iterator[str]:
    for finding in codes.findings:
        if finding.system:
            yield f"Send the code system as {finding.system}."
        if "check digit" in finding.words:
            yield "Look up the codes whose check digit is wrong; numbers in JSON lose digits."
        if "has no side" in finding.words:
            sided = next((c for c in near.knowledge.value_sets[FEMORAL_HEAD] if c.sides), None)
            example = f", as {sided.system_name} has them" if sided else ""
            yield f"Record the side: a code that names it{example}, or bodySite."
