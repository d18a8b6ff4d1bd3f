"""What the service would answer to the file, and what it would ask the FHIR server first."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from cds_service.core.advise import Advice
from cds_service.workbench.doctor.case import Case
from cds_service.workbench.replay import NoFetcher, replay

NO_CALLS = "the doctor calls no FHIR server, the service would"


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, the advice or the words of the refusal, and what a FHIR server would be asked."""

    status: int
    advice: Advice | None = None
    words: tuple[str, ...] = ()
    asked: Mapping[str, str] = field(default_factory=dict)


def answer_case(case: Case) -> Answer:
    """Return the answer, worked out without calling anybody."""
    if case.body.size > case.settings.max_body_bytes:
        return Answer(413, words=("too-long: the body is larger than CDS_MAX_BODY_BYTES",))
    fetcher = NoFetcher(NO_CALLS)
    deployment = replace(case.deployment, fetcher=fetcher)
    answer = replay(case.service.id, case.raw, deployment, case.today)
    return Answer(answer.status, answer.advice, answer.problems, fetcher.asked)


def answer_section(case: Case, answer: Answer) -> list[str]:
    """Return the section on the answer."""
    lines = [f"  POST /cds-services/{case.service.id}: HTTP status {answer.status}"]
    lines += [f"  {words}" for words in answer.words]
    if answer.advice and not answer.advice.cards:
        lines.append("  no cards: everything asked for was read, and there is nothing to say")
    if answer.advice:
        lines += [f"  {card.indicator}: {card.summary}" for card in answer.advice.cards]
    if answer.asked:
        lines.append("  The service would first ask the FHIR server, and the answer may change:")
        lines += [f"    {name}: GET {url}" for name, url in answer.asked.items()]
    return lines
