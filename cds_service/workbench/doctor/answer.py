"""What the service would answer, worked out without calling anybody; refuses to know why.

Where the service would ask a FHIR server, the questions are noted and not asked: a captured token
is somebody else's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from cds_service.answer import answer_hook
from cds_service.core.advise import Advice
from cds_service.errors import RequestError
from cds_service.fhir.server.fetch import Access, Ask, Fetched, Fetcher
from cds_service.workbench.doctor.case import Case

NOT_ASKED = "was not asked for: the doctor calls no FHIR server, the service would"


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, the advice or the words of the refusal, and what a FHIR server would be asked."""

    status: int
    advice: Advice | None = None
    words: tuple[str, ...] = ()
    asked: Mapping[str, str] = field(default_factory=dict)


class NotingFetcher(Fetcher):
    """Takes the place of the fetcher: notes what would be asked, and asks nobody."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: dict[str, str] = {}

    def fetch(self, asks: Mapping[str, Ask], access: Access) -> dict[str, Fetched]:
        """Note the questions."""
        del access
        self.asked |= {name: ask.url for name, ask in asks.items()}
        return {name: Fetched((), NOT_ASKED) for name in asks}


def answer_case(case: Case) -> Answer:
    """Return the answer; an error that nobody expected is the 500 that it would be."""
    if case.body.size > case.settings.max_body_bytes:
        return Answer(413, words=("too-long: the body is larger than CDS_MAX_BODY_BYTES",))
    fetcher = NotingFetcher()
    deployment = replace(case.deployment, fetcher=fetcher)
    try:
        advice = answer_hook(case.service.id, case.raw, deployment, case.today)
    except RequestError as error:
        words = tuple(f"{problem.code}: {problem.words}" for problem in error.problems)
        return Answer(error.status, words=words, asked=fetcher.asked)
    except Exception as error:  # noqa: BLE001 (the service answers 500 to what nobody expected)
        return Answer(500, words=(f"exception: {type(error).__name__} inside the service",))
    return Answer(200, advice, asked=fetcher.asked)


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
