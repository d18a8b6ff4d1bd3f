"""What was recognised in a prefetch, and what was missing; refuses to say how to mend it."""

from collections.abc import Iterator

from cds_service.errors import RequestError
from cds_service.fhir.gather import gather_record
from cds_service.workbench.doctor.answer import Answer
from cds_service.workbench.doctor.case import Case, KeyReport
from cds_service.workbench.doctor.places import DRAFTS, FOREIGN, WHOLE_PREFETCH, member, prefetch_of
from cds_service.workbench.doctor.words import (
    bounded,
    counted,
    kind_of,
    name_of,
    reference_of,
    type_of,
)

MOST_PLACES = 8


def prefetch_section(case: Case) -> list[str]:
    """Return the section on the keys."""
    sent = prefetch_of(case.body.content)
    if not sent:
        words = kind_of(member(case.body.content, "prefetch"))
        return [f"  no prefetch was sent ({words})"]
    lines = [_key_line(report, sent.get(report.key)) for report in case.keys]
    if case.request is None:
        lines.append("  The prefetch could not be pooled: see ANSWER.")
    return list(bounded(lines, 40))


def missing_section(case: Case, answer: Answer) -> list[str]:
    """Return the section on what each wanted resource type lacks."""
    gaps = _gaps(case)
    return [line for name in case.wanted for line in _type_lines(case, answer, name, gaps)]


def _key_line(report: KeyReport, value: object) -> str:
    if report.key == WHOLE_PREFETCH:
        known = "read by what it holds"
    elif report.is_ours:
        known = "our key"
    elif report.type_by_key:
        known = f"not our key, guessed by its name as {name_of(report.type_by_key)}"
    else:
        known = "unknown key, read by what it holds"
    name = report.key if report.key == WHOLE_PREFETCH else name_of(report.key)
    return f"  {name} ({known}): {_sent(value)} -> {_pooled(report, value)}"


def _pooled(report: KeyReport, value: object) -> str:
    if report.is_foreign:
        return "holds a resource of another patient, which refuses the whole call"
    found = ", ".join(f"{name_of(name)} {n}" for name, n in sorted(report.pooled.items()))
    if found:
        return found
    is_empty_bundle = type_of(value) == "Bundle" and not member(value, "entry")
    if value is None or value == [] or is_empty_bundle:
        return f"looked up, none ({report.type_by_key or 'of which type is not known'})"
    return "no resource that was not there before"


def _sent(value: object) -> str:
    """Describe what a key holds."""
    match value:
        case str():
            return _sent_text(value)
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


def _sent_text(text: str) -> str:
    if "{{" in text:
        return "text: a prefetch template that was not filled in"
    is_json = text.lstrip().startswith("{")
    return "text that holds JSON, not a resource" if is_json else "text, not a resource"


def _gaps(case: Case) -> dict[str, str]:
    """Return the gaps as the record has them; as the pool has them where there is no record."""
    pooled = {name: gap for name in case.wanted if (gap := case.pool.gap(name))}
    if case.request is None or case.refusal:
        return pooled
    try:
        record = gather_record(case.request, case.knowledge, case.today)
    except RequestError:
        return pooled
    return dict(record.gaps)


def _type_lines(case: Case, answer: Answer, name: str, gaps: dict[str, str]) -> Iterator[str]:
    count = case.pool.count(name)
    if name not in gaps:
        yield f"  {name}: complete, {count} read"
        return
    yield f"  {name}: {count} read, but the list {gaps[name]} (our key: {case.wanted[name]})"
    places = [
        f"    {found.path} ({reference_of(found.content)}): {reason}"
        if found.content
        else f"    {found.path}: {reason}"
        for found, reason in case.unread()
        if reason != FOREIGN and _concerns(case, name, found.key, found.content)
    ]
    yield from bounded(places, MOST_PLACES)
    link = case.pool.next_links.get(name)
    if link:
        yield "    The Bundle has a link to a further page."
    if name in answer.asked:
        yield "    The service would ask the FHIR server for it."


def _concerns(case: Case, name: str, key: str, content: object) -> bool:
    """Tell whether what was not read is of this type, or stands where this type was looked for."""
    if type_of(content) not in ("OperationOutcome", "(no resource type)"):
        return type_of(content) == name
    if key == DRAFTS:
        return False
    return next((r.type_by_key for r in case.keys if r.key == key), None) in (name, None)
