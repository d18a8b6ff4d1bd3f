"""The sections of `cds-service doctor` as one text; a fault in one leaves the others whole."""

from collections.abc import Callable
from datetime import date

from cds_service.answer import Deployment
from cds_service.settings import Settings
from cds_service.workbench.doctor.codes import CodeReport, codes_section, report_codes
from cds_service.workbench.doctor.examined import Examined, examine, member
from cds_service.workbench.doctor.near_codes import Finding, NearCodes, near_codes
from cds_service.workbench.doctor.prefetch import missing_section, prefetch_section
from cds_service.workbench.doctor.printable import kind_of, name_of
from cds_service.workbench.doctor.remedies import remedies_section
from cds_service.workbench.doctor.validity import validity_section

ANSWERED = 200
Section = Callable[[], list[str]]


def examine_request(
    body: bytes, deployment: Deployment, settings: Settings, today: date
) -> tuple[str, bool]:
    """Return the report on a captured request, and whether the request gets an answer."""
    case = examine(body, deployment, settings, today)
    near = near_codes(case.knowledge)
    codes = _codes(case, near)
    sections: dict[str, Section] = {
        "FILE": lambda: _file_section(case),
        "PREFETCH: what was recognised": lambda: prefetch_section(case),
        "MISSING: what was not sent or not readable": lambda: missing_section(case),
        "VALIDITY: what fhir.resources says": lambda: validity_section(case),
        "CODES: what nearly matched": lambda: codes_section(codes),
        "CHANGES that would mend it": lambda: remedies_section(case, codes, near),
        "ANSWER": lambda: _answer_section(case),
    }
    text = "\n\n".join("\n".join([title, *_lines(make)]) for title, make in sections.items())
    return _printable(text), case.answer.status == ANSWERED


def _lines(make: Section) -> list[str]:
    """Return a section; a fault of ours in one is said in its place."""
    try:
        return make()
    except Exception as error:  # noqa: BLE001 (the other sections are still worth reading)
        return [f"  This section failed ({type(error).__name__}): please report it."]


def _codes(case: Examined, near: NearCodes) -> CodeReport:
    try:
        return report_codes(case, near)
    except Exception:  # noqa: BLE001 (the other sections are still worth reading)
        return CodeReport(0, 0, {Finding("the codes could not be looked at: please report it"): []})


def _file_section(case: Examined) -> list[str]:
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


def _answer_section(case: Examined) -> list[str]:
    answer, advice = case.answer, case.answer.advice
    lines = [f"  POST /cds-services/{case.service.id}: HTTP status {answer.status}"]
    lines += [f"  {words}" for words in answer.problems]
    if advice and not advice.cards:
        lines.append("  no cards: everything asked for was read, and there is nothing to say")
    if advice:
        lines += [f"  {card.indicator}: {card.summary}" for card in advice.cards]
    if case.asked:
        lines.append("  The service would first ask the FHIR server, and the answer may change:")
        lines += [f"    {name}: GET {url}" for name, url in case.asked.items()]
    return lines


def _printable(text: str) -> str:
    """Keep to ASCII: whatever slipped into a text must not steer a terminal."""
    return "".join(c if c == "\n" or " " <= c <= "~" else "?" for c in text)
