"""The file as a hook request, and the answer that it gets."""

from collections.abc import Iterator

from cds_service.workbench.doctor.examined import Examined, member
from cds_service.workbench.doctor.findings import Finding
from cds_service.workbench.doctor.printable import kind_of, name_of


def file_findings(case: Examined) -> Iterator[Finding]:
    """Say what the file is, and what a hook request must have and this one has not."""
    body, limit, root = case.body, case.settings.max_body_bytes, case.body.content
    mend = (
        f"Set CDS_MAX_BODY_BYTES to at least {body.size} (now {limit}; and the same limit in the "
        "proxy), or let the EHR's prefetch return less."
    )
    yield Finding(f"{body.size} bytes (limit {limit})", remedy=mend if body.size > limit else "")
    if body.fault:
        mend = "Let the EHR send one JSON object in UTF-8; nothing is read of it now."
        yield Finding(body.fault, remedy=mend)
    if not isinstance(root, dict):
        mend = "Capture the whole body of the POST: one JSON object with hook, context, prefetch."
        yield Finding(f"The file is not a JSON object but {kind_of(root)}.", remedy=mend)
        return
    if "cards" in root or "resourceType" in root or "services" in root:
        yield Finding("This looks like an answer, a resource or a discovery, not a hook request.")
    yield from _envelope(case, root)
    if case.refusal and not body.fault:
        mend = "Mend the member that the decoder names."
        yield Finding(f"The envelope is refused: {case.refusal}", remedy=mend)


def _envelope(case: Examined, root: dict[str, object]) -> Iterator[Finding]:
    hook, hooks = root.get("hook"), [one.hook for one in case.knowledge.services.values()]
    shown = name_of(hook) if isinstance(hook, str) else kind_of(hook)
    mend = f"Call this service for one of the hooks {', '.join(hooks)}."
    yield Finding(f"hook: {shown}", remedy=mend if hook and hook not in hooks else "")
    for name in ("hook", "hookInstance", "context"):
        if not root.get(name):
            mend = f"Send `{name}` (CDS Hooks 2.0 requires it)."
            yield Finding(f"{name} is missing or empty", remedy=mend)
    patient = member(root.get("context"), "patientId")
    if not isinstance(patient, str) or not patient:
        words = f"context.patientId is {kind_of(patient)}; read as if for the Patient sent"
        yield Finding(words, remedy="Send `context.patientId`.")


def answer_findings(case: Examined) -> Iterator[Finding]:
    """Say what the service answers."""
    answer, advice = case.answer, case.answer.advice
    yield Finding(f"POST /cds-services/{case.service.id}: HTTP status {answer.status}")
    yield from map(Finding, answer.problems)
    if advice and not advice.cards:
        yield Finding("no cards: everything asked for was read, and there is nothing to say")
    for card in advice.cards if advice else ():
        yield Finding(f"{card.indicator}: {card.summary}")
    if case.asked:
        words = "The service would first ask the FHIR server, and the answer may change:"
        yield Finding(words, tuple(f"{name}: GET {url}" for name, url in case.asked.items()))
