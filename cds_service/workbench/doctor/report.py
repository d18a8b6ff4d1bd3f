"""The sections of `cds-service doctor` as one text; refuses to let one of them spoil the others."""

from collections.abc import Callable
from datetime import date

from cds_service.answer import Deployment
from cds_service.content.knowledge import cards_directory
from cds_service.settings import Settings
from cds_service.workbench.doctor.answer import Answer, answer_case, answer_section
from cds_service.workbench.doctor.case import Case, make_case
from cds_service.workbench.doctor.codes import CodeReport, codes_section, report_codes
from cds_service.workbench.doctor.near import Finding, Near, make_near
from cds_service.workbench.doctor.places import member
from cds_service.workbench.doctor.prefetch import missing_section, prefetch_section
from cds_service.workbench.doctor.remedies import remedies_section
from cds_service.workbench.doctor.validity import validity_section
from cds_service.workbench.doctor.words import kind_of, name_of

Section = Callable[[], list[str]]


def examine_request(
    body: bytes, deployment: Deployment, settings: Settings, today: date
) -> tuple[str, bool]:
    """Return the report on a captured request, and whether the request gets an answer."""
    case = make_case(body, deployment, settings, today)
    answer = answer_case(case)
    near = make_near(case.knowledge, cards_directory(settings.cards_dir))
    codes = _codes(case, near)
    sections: dict[str, Section] = {
        "FILE": lambda: _file_section(case),
        "PREFETCH: what was recognised": lambda: prefetch_section(case),
        "MISSING: what was not sent or not readable": lambda: missing_section(case, answer),
        "VALIDITY: what fhir.resources says": lambda: validity_section(case),
        "CODES: what nearly matched": lambda: codes_section(codes),
        "CHANGES that would mend it": lambda: remedies_section(case, answer, codes, near),
        "ANSWER": lambda: answer_section(case, answer),
    }
    text = "\n\n".join("\n".join([title, *_lines(make)]) for title, make in sections.items())
    return _printable(text), _is_answered(answer)


def _lines(make: Section) -> list[str]:
    """Return a section; a fault of ours in one is said in its place."""
    try:
        return make()
    except Exception as error:  # noqa: BLE001 (the other sections are still worth reading)
        return [f"  This section failed ({type(error).__name__}): please report it."]


def _codes(case: Case, near: Near) -> CodeReport:
    try:
        return report_codes(case, near)
    except Exception:  # noqa: BLE001 (the other sections are still worth reading)
        return CodeReport(0, 0, {Finding("the codes could not be looked at: please report it"): []})


def _is_answered(answer: Answer) -> bool:
    return answer.status == 200


def _file_section(case: Case) -> list[str]:
    lines = [f"  {case.body.size} bytes (limit {case.settings.max_body_bytes})"]
    lines += [f"  {fault}" for fault in case.body.faults]
    root = case.body.content
    if not isinstance(root, dict):
        return [*lines, f"  The file is not a JSON object but {kind_of(root)}."]
    hook = root.get("hook")
    lines.append(f"  hook: {name_of(hook) if isinstance(hook, str) else kind_of(hook)}")
    if case.refusal and not case.body.faults:
        lines.append(f"  The envelope is refused: {case.refusal}")
    if "cards" in root or "resourceType" in root or "services" in root:
        lines.append("  This looks like an answer, a resource or a discovery, not a hook request.")
    patient = member(root.get("context"), "patientId")
    if not isinstance(patient, str) or not patient:
        lines.append(f"  context.patientId is {kind_of(patient)}; read as if for the Patient sent")
    return lines


def _printable(text: str) -> str:
    """Keep to ASCII: whatever slipped into a text must not steer a terminal."""
    return "".join(c if c == "\n" or " " <= c <= "~" else "?" for c in text)
