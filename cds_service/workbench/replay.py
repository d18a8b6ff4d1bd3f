"""A captured request answered again at the desk, as the service would answer it.

Whoever asks for no calls makes none: a captured token is somebody else's, and what the prefetch
lacks is then missing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from cds_service.answer import Deployment, answer_hook
from cds_service.core.advise import Advice
from cds_service.errors import RequestError
from cds_service.fhir.server.access import Access
from cds_service.fhir.server.fetch import Fetcher, Queries, answered
from cds_service.fhir.server.paging import Ask, Fetched


@dataclass(frozen=True, slots=True)
class Replay:
    """An HTTP status with the advice, or with the problems of a refusal as `code: words`."""

    status: int
    advice: Advice | None = None
    problems: tuple[str, ...] = ()


class NoFetcher(Fetcher):
    """Takes the place of the fetcher: notes what would be asked, and calls nobody.

    `why` goes on where a list "was not asked for: ".
    """

    def __init__(self, why: str) -> None:
        super().__init__()
        self._gap = f"was not asked for: {why}"
        self.asked: dict[str, str] = {}

    def begin(self, asks: Mapping[str, Ask], access: Access) -> Queries:
        """Note the questions."""
        del access
        self.asked |= {name: ask.url for name, ask in asks.items()}
        return {name: answered(Fetched((), self._gap)) for name in asks}


def replay(service_id: str, body: bytes, deployment: Deployment, today: date) -> Replay:
    """Return the answer; an error that nobody expected is the 500 that it would be."""
    try:
        return Replay(200, answer_hook(service_id, body, deployment, today))
    except RequestError as error:
        problems = tuple(f"{problem.code}: {problem.words}" for problem in error.problems)
        return Replay(error.status, problems=problems)
    except Exception as error:  # noqa: BLE001 (the service answers 500 to what nobody expected)
        words = f"exception: {type(error).__name__} inside the service"
        return Replay(500, problems=(words,))


def services_for(hook: object, *deployments: Deployment) -> list[str]:
    """Return the services of any of the deployments that answer a hook."""
    services = [one for each in deployments for one in each.knowledge.services.values()]
    return list(dict.fromkeys(service.id for service in services if service.hook == hook))
