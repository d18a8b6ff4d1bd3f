"""What `cds-service doctor` finds in a captured request, and how it is printed."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from cds_service.answer import Deployment
from cds_service.settings import Settings
from cds_service.workbench.doctor.codes import code_findings
from cds_service.workbench.doctor.envelope import answer_findings, file_findings
from cds_service.workbench.doctor.examined import Examined, examine
from cds_service.workbench.doctor.findings import Finding, merged
from cds_service.workbench.doctor.prefetch import missing_findings, prefetch_findings
from cds_service.workbench.doctor.printable import bounded
from cds_service.workbench.doctor.reading import reading_findings
from cds_service.workbench.doctor.validity import validity_findings
from cds_service.workbench.replay import Replay

MOST_FINDINGS = 40
MOST_DETAILS = 12
# ASCII, and the letters of other languages in which our own lists hold words.
_NOT_PRINTED = re.compile("[^\n -~\u00c0-\u024f\u3005-\u30ff\u3400-\u9fff]")
_SECTIONS: Mapping[str, Callable[[Examined], Iterator[Finding]]] = {
    "FILE": file_findings,
    "PREFETCH: what was recognised": prefetch_findings,
    "MISSING: what was not sent or not readable": missing_findings,
    "VALIDITY: what fhir.resources says": validity_findings,
    "READING: what was understood, resource by resource": reading_findings,
    "CODES: what nearly matched": code_findings,
    "ANSWER": answer_findings,
}


@dataclass(frozen=True, slots=True)
class Report:
    """The findings on a request by section, and the answer that it gets."""

    sections: Mapping[str, tuple[Finding, ...]]
    answer: Replay

    @property
    def is_answered(self) -> bool:
        """Whether the request gets cards, or the answer that there are none."""
        return self.answer.advice is not None

    def __str__(self) -> str:
        """Return the text to print: nothing that was sent may steer a terminal."""
        said: set[str] = set()
        blocks = (
            "\n".join([title, *bounded((_block(one, said) for one in found), MOST_FINDINGS)])
            for title, found in self.sections.items()
        )
        return _NOT_PRINTED.sub("?", "\n\n".join(blocks))


def examine_request(body: bytes, deployment: Deployment, settings: Settings, today: date) -> Report:
    """Look at a captured request as the service would; a fault in one section leaves the others."""
    case = examine(body, deployment, settings, today)
    return Report({title: _found(make, case) for title, make in _SECTIONS.items()}, case.answer)


def _found(make: Callable[[Examined], Iterator[Finding]], case: Examined) -> tuple[Finding, ...]:
    try:
        return merged(make(case))
    except Exception as error:  # noqa: BLE001 (the other sections are still worth reading)
        return (Finding(f"This section failed ({type(error).__name__}): please report it."),)


def _block(finding: Finding, said: set[str]) -> str:
    """Write a finding; what would mend several is written with the first of them."""
    lines = [f"  {finding.words}"]
    lines += (f"    {detail}" for detail in bounded(finding.details, MOST_DETAILS))
    if finding.remedy and finding.remedy not in said:
        lines.append(f"    Change: {finding.remedy}")
        said.add(finding.remedy)
    return "\n".join(lines)
