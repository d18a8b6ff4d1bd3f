"""A FHIR server that nobody here wrote (Medplum): what is fetched gives the cards of a prefetch."""

import copy
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from cds_service.app import make_app
from cds_service.clients.clients import own_queries
from cds_service.content.knowledge import load_knowledge
from cds_service.core.knowledge import Knowledge
from cds_service.settings import DEFAULT_DEADLINE_SECONDS, Settings
from tests.conftest import CARDS, NOW
from tests.fhir.builders import Json
from tests.fhir_server.test_lean import OTHERWISE_SILENT
from tests.medplum.charts import TYPES, Chart, golden_charts, neighbours
from tests.medplum.installation import PAGE_SIZE, Medplum, install, lacking_programs, running

if LACKING := lacking_programs():
    pytest.skip(
        f"Needs {' and '.join(LACKING)} on the PATH (Debian packages nodejs and npm): the FHIR "
        "server of these tests runs on node.",
        allow_module_level=True,
    )

pytestmark = pytest.mark.enable_socket

CHARTS = {chart.name: chart for chart in golden_charts()}
MANY_STUDIES = CHARTS["synthea-11-pelvis-film-among-many-of-45"]
MANY_PROCEDURES = CHARTS["synthea-07-left-replaced-of-25"]
BEARER = "not-a-secret"
FROZEN = load_knowledge(CARDS)
QUERIES = {key: own_queries(FROZEN)[name] for key, name in FROZEN.prefetch_types.items()}


@pytest.fixture
def client(knowledge: Knowledge) -> FlaskClient:
    """A service of its own: one that met a dead server asks it no more for a while."""
    settings = Settings(public_base_url="https://cds.example.org")
    return make_app(settings, knowledge, clock=lambda: NOW).test_client()


@pytest.fixture(scope="module")
def medplum(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Medplum]:
    """One server with two charts that nobody asks for, for all tests that leave it running."""
    install()
    with running(tmp_path_factory.mktemp("medplum") / "log") as server:
        for chart in neighbours():
            server.load(chart.resources())
        yield server


@pytest.fixture
def with_many_studies(medplum: Medplum) -> Iterator[Medplum]:
    """The server, with three pages of studies of which the last one decides."""
    with medplum.holding(MANY_STUDIES.resources()):
        yield medplum


@dataclass(frozen=True)
class Asked:
    """An answer, what the server was asked for it, and how long it took."""

    response: TestResponse
    queries: list[Json]
    seconds: float

    @property
    def cards(self) -> list[Json]:
        """The cards of an answer that must be 200."""
        assert self.response.status_code == 200, self.response.text
        found: list[Json] = self.response.get_json()["cards"]
        return found

    @property
    def urls(self) -> list[str]:
        """What was asked, below the base address, in no particular order."""
        return sorted(query["url"] for query in self.queries)


def ask(client: FlaskClient, server: Medplum, chart: Chart, keys: tuple[str, ...] = ()) -> Asked:
    """Call the hook of a chart with these keys of its prefetch and leave to fetch the rest."""
    prefetch = {key: chart.request["prefetch"][key] for key in keys}
    return ask_with(client, server, chart, prefetch)


def ask_with(client: FlaskClient, server: Medplum, chart: Chart, prefetch: Json) -> Asked:
    """Call the hook of a chart with this prefetch and leave to fetch the rest."""
    body = copy.deepcopy(chart.request)
    body |= {
        "prefetch": prefetch,
        "fhirServer": server.base,
        "fhirAuthorization": {
            "access_token": BEARER,
            "token_type": "Bearer",
            "expires_in": 300,
            "scope": "patient/*.rs",
            "subject": "cds-service",
        },
    }
    if not prefetch:
        del body["prefetch"]
    before, begin = len(server.asked()), time.monotonic()
    response = client.post(f"/cds-services/onfh-{body['hook']}", json=body)
    return Asked(response, server.asked(before), time.monotonic() - begin)


def prefetched(client: FlaskClient, chart: Chart) -> list[Json]:
    """Return the cards for the whole prefetch, without leave to fetch."""
    response = client.post(f"/cds-services/onfh-{chart.request['hook']}", json=chart.request)
    assert response.status_code == 200, response.text
    cards: list[Json] = response.get_json()["cards"]
    return cards


def queries_for(chart: Chart, *keys: str) -> Counter[str]:
    """Return how many requests each query takes: one, or one for each page."""
    sizes = {TYPES[key]: len(chart.of(key)) for key in keys}
    return Counter({name: max(1, -(-size // PAGE_SIZE)) for name, size in sizes.items()})


def types_asked(asked: Asked) -> Counter[str]:
    """Count the requests by resource type."""
    return Counter(url.partition("?")[0].partition("/")[0] for url in asked.urls)


@pytest.mark.parametrize("name", CHARTS)
def test_what_is_fetched_gives_the_cards_of_the_whole_prefetch(
    name: str, client: FlaskClient, medplum: Medplum
) -> None:
    chart = CHARTS[name]
    with medplum.holding(chart.resources()):
        asked = ask(client, medplum, chart)
    assert asked.cards == prefetched(client, chart)
    assert tuple(card["summary"] for card in asked.cards) == chart.summaries
    assert asked.seconds < DEFAULT_DEADLINE_SECONDS
    assert_only_the_declared_queries(asked, chart)


def assert_only_the_declared_queries(asked: Asked, chart: Chart) -> None:
    """Assert that the server saw the queries of cards/services.yaml, their pages, and the token."""
    is_silent = "unedited" in chart.name or chart.name in OTHERWISE_SILENT
    keys = ("conditions",) if is_silent else tuple(TYPES)
    queries = {QUERIES[key].replace("{{context.patientId}}", chart.patient_id) for key in keys}
    assert types_asked(asked) == queries_for(chart, *keys)
    assert queries <= set(asked.urls)
    further = set(asked.urls) - queries
    assert len(further) == len(asked.urls) - len(queries)
    assert all("_offset=" in url and f"patient={chart.patient_id}" in url for url in further)
    assert {query["method"] for query in asked.queries} == {"GET"}
    assert {query["authorization"] for query in asked.queries} == {f"Bearer {BEARER}"}


def test_a_chart_comes_back_as_it_was_loaded(with_many_studies: Medplum) -> None:
    for resource in MANY_STUDIES.resources():
        served = with_many_studies.call("GET", f"/{resource['resourceType']}/{resource['id']}")
        for added in ("versionId", "lastUpdated"):
            del served["meta"][added]
        assert served == {"meta": {}} | resource


def test_the_deciding_study_stands_on_the_third_page(with_many_studies: Medplum) -> None:
    ids = [study["id"] for study in MANY_STUDIES.of("imagingStudies")]
    assert len(ids) == 45
    url, pages = f"/ImagingStudy?patient={MANY_STUDIES.patient_id}", []
    while url:
        pages.append(with_many_studies.call("GET", url))
        links = {link["relation"]: link["url"] for link in pages[-1]["link"]}
        url = links.get("next", "").removeprefix(with_many_studies.base)
    assert [len(page["entry"]) for page in pages] == [20, 20, 5]
    assert [entry["resource"]["id"] for page in pages for entry in page["entry"]] == ids


@pytest.mark.parametrize(
    ("chart", "key"),
    [(MANY_STUDIES, "imagingStudies"), (MANY_PROCEDURES, "procedures")],
    ids=lambda value: value if isinstance(value, str) else value.name,
)
def test_without_the_further_pages_the_answer_would_be_another(
    chart: Chart, key: str, client: FlaskClient
) -> None:
    shorter = copy.deepcopy(chart)
    bundle = shorter.request["prefetch"][key]
    bundle |= {"entry": bundle["entry"][:PAGE_SIZE], "total": PAGE_SIZE}
    assert prefetched(client, shorter) != prefetched(client, chart)


@pytest.mark.parametrize("sent", TYPES)
def test_what_was_sent_is_not_asked_again(
    sent: str, client: FlaskClient, with_many_studies: Medplum
) -> None:
    asked = ask(client, with_many_studies, MANY_STUDIES, (sent,))
    assert asked.cards == prefetched(client, MANY_STUDIES)
    assert types_asked(asked) == queries_for(MANY_STUDIES, *(key for key in TYPES if key != sent))


@pytest.mark.parametrize("lacking", TYPES)
def test_only_what_was_not_sent_is_asked(
    lacking: str, client: FlaskClient, with_many_studies: Medplum
) -> None:
    sent = tuple(key for key in TYPES if key != lacking)
    asked = ask(client, with_many_studies, MANY_STUDIES, sent)
    assert asked.cards == prefetched(client, MANY_STUDIES)
    assert types_asked(asked) == queries_for(MANY_STUDIES, lacking)


def test_a_whole_prefetch_asks_nothing(client: FlaskClient, with_many_studies: Medplum) -> None:
    asked = ask(client, with_many_studies, MANY_STUDIES, tuple(TYPES))
    assert asked.cards == prefetched(client, MANY_STUDIES)
    assert asked.queries == []


@pytest.mark.parametrize(
    ("chart", "key"),
    [(MANY_STUDIES, "imagingStudies"), (MANY_PROCEDURES, "procedures")],
    ids=lambda value: value if isinstance(value, str) else value.name,
)
def test_a_first_page_in_the_prefetch_is_followed_from_its_next_link(
    chart: Chart, key: str, client: FlaskClient, medplum: Medplum
) -> None:
    query = f"{TYPES[key]}?patient={chart.patient_id}"
    with medplum.holding(chart.resources()):
        page = medplum.call("GET", f"/{query}")
        assert any(link["relation"] == "next" for link in page["link"])
        asked = ask_with(client, medplum, chart, chart.request["prefetch"] | {key: page})
    assert asked.cards == prefetched(client, chart)
    assert types_asked(asked) == queries_for(chart, key) - Counter({TYPES[key]: 1})
    assert query not in asked.urls


def test_a_patient_whom_the_server_does_not_know_is_named_as_a_gap(
    client: FlaskClient, medplum: Medplum
) -> None:
    chart = CHARTS["synthea-02-icd9-side-unknown"]
    asked = ask(client, medplum, chart, tuple(key for key in TYPES if key != "patient"))
    assert asked.urls == [f"Patient/{chart.patient_id}"]
    assert tuple(card["summary"] for card in asked.cards) == chart.summaries
    assert all("The date of birth is unreadable" in card["detail"] for card in asked.cards)


def test_a_server_that_hangs_gives_412_within_the_deadline(
    client: FlaskClient, with_many_studies: Medplum
) -> None:
    with with_many_studies.frozen():
        asked = ask(client, with_many_studies, MANY_STUDIES)
    assert asked.response.status_code == 412, asked.response.text
    assert asked.seconds < DEFAULT_DEADLINE_SECONDS + 0.5


def test_a_server_that_dies_between_two_pages_leaves_a_named_gap(
    client: FlaskClient, tmp_path: Path
) -> None:
    install()
    with running(tmp_path / "log", die_at="_offset=20") as server:
        server.load(MANY_STUDIES.resources())
        sent = tuple(key for key in TYPES if key != "imagingStudies")
        asked = ask(client, server, MANY_STUDIES, sent)
        assert server.process.wait(timeout=5) == 1
    assert len(asked.urls) == 2
    weight_bearing, review = asked.cards
    assert weight_bearing == prefetched(client, MANY_STUDIES)[0]
    assert "could not check when imaging is due" in review["summary"]
    assert "The imaging history could not be read completely." in review["detail"]
    assert asked.seconds < DEFAULT_DEADLINE_SECONDS


def test_a_server_that_dies_over_the_conditions_gives_412(
    client: FlaskClient, tmp_path: Path
) -> None:
    install()
    with running(tmp_path / "log", die_at="Condition?") as server:
        server.load(MANY_STUDIES.resources())
        dying = ask(client, server, MANY_STUDIES)
        server.process.wait(timeout=5)
        dead = ask(client, server, MANY_STUDIES)
    for asked in (dying, dead):
        assert asked.response.status_code == 412, asked.response.text
        assert asked.response.get_json()["resourceType"] == "OperationOutcome"
        assert asked.seconds < DEFAULT_DEADLINE_SECONDS
    assert dead.queries == []
