"""What every test may use: a frozen content, a fixed clock, and the service as a WSGI app."""

import gc
import os
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import cache, partial
from pathlib import Path

import pytest
import pytest_randomly
import yaml
from coverage import Coverage
from flask import Flask
from flask.testing import FlaskClient

from cds_service.app import make_app
from cds_service.content.files import markdown, strict_yaml
from cds_service.content.knowledge import load_sum
from cds_service.content.site.site import Site
from cds_service.core.knowledge import Knowledge
from cds_service.settings import Settings
from cds_service.workbench.proof import whole  # noqa: F401 (measured, so imported early)

# Every process would import the spaCy of medspaCy to seed it, which then refuses the seed.
pytest_randomly.entrypoint_reseeds = []
yaml.SafeLoader = yaml.CSafeLoader  # which the tables of the tests are read with

ROOT = Path(__file__).resolve().parent.parent
# A frozen copy of the content, so that a test of the software holds whatever the content says now;
# what is shipped is for the tests that prove it (tests/house/test_content.py lists them).
CARDS = ROOT / "tests" / "golden" / "content"
SHIPPED_CARDS = ROOT / "cards"
TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
# What `scripts/test` demands full coverage of is covered by its own tests, and not by chance;
# tracing doubles their time, and would falsify what others measure.
# pytest-cov's own `no_cover` is no way to say so: it starts the tracer again, and it stays.
TRACED = ("cards/", "core/", "content/", "orders/", "words/")
BY_CHANCE = ("_properties.py", "test_every_code.py", "test_second_judge.py", "test_others.py")
PLAYS_FAULTS = "_is_needed_by_a_row"  # a table is read again without each of its phrases
# Fixtures: what reads the whole content once more covers no line that the small one does not.
WHOLE = {"whole_content", "bilingual", "shouted"}
# What takes longest, so that no process begins with it when the others are done.
FIRST = (
    "web/test_fuzz.py",
    "content/test_sabotage.py",
    "fhir_server/test_faults.py",
    "browser/test_pages.py",
    "content/test_signing.py",
    "quirks/test_quirks.py",
    "web/test_site.py",
    "medplum/test_medplum.py",
    "orders/test_every_code.py",
    "workbench/diff/test_diff.py",
    "content/test_site.py",
    "web/test_commands.py",
    "workbench/export/test_export.py",
    "web/test_patient_mixup.py",
    "deploy/test_nginx.py",
    "workbench/clients/test_commands.py",
    "core/test_render_properties.py",
    "fhir/test_doubts_properties.py",
    "store/test_seen.py",
    "trust/test_replay.py",
    "web/test_openapi.py",
    "core/test_decide_properties.py",
    "web/test_pages.py",
    "content/test_language.py",
    "content/test_second_telling.py",
    "content/test_complete.py",
    "words/test_second_judge.py",
    "words/test_stages.py",
    "web/test_mutations.py",
    "fhir_server/test_urls.py",
)


# Loads a content once; for what no test changes.
loaded = cache(partial(load_sum, site=None))


def place_of(item: pytest.Item) -> str:
    """Return the file of a test below this folder."""
    return item.path.relative_to(ROOT / "tests").as_posix()


def is_traced(item: pytest.Item) -> bool:
    """Return whether what a test runs counts as covered."""
    if os.environ.get("CDS_TRACED") == "all":  # as scripts/mutants asks
        return True
    if not place_of(item).startswith(TRACED) or item.path.name.endswith(BY_CHANCE):
        return False
    fixtures = item.fixturenames if isinstance(item, pytest.Function) else ()
    return PLAYS_FAULTS not in item.name and WHOLE.isdisjoint(fixtures)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what is traced first, and of it and the rest the files that take longest.

    What one test had worked out and kept is not worked out again, so no other test comes before one
    that has to cover it. The others stay in their random order.
    """
    ranks = {name: rank for rank, name in enumerate(FIRST)}
    items.sort(key=lambda item: (not is_traced(item), ranks.get(place_of(item), len(FIRST))))


_STOPPED = pytest.StashKey[list[Coverage]]()


def _trace(session: pytest.Session, *, is_wanted: bool) -> None:
    """Start or stop the tracers of coverage, of which there may be two.

    They are left as they are till a test needs it: to start one asks for every module imported.
    """
    stopped = session.stash.setdefault(_STOPPED, [])
    while is_wanted and stopped:
        stopped.pop().start()
    while not is_wanted and (tracer := Coverage.current()):
        tracer.stop()
        stopped.append(tracer)


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Collect without tracing, since all that is measured is imported by this file.

    What is collected stays to the end, so no search for garbage has to look at it.
    """
    _trace(session, is_wanted=False)
    gc.disable()


def pytest_collection_finish() -> None:
    """Search for garbage again, in what comes from now on."""
    gc.freeze()
    gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> None:
    """Trace the tests whose part has to be covered by its own tests, and no others."""
    _trace(item.session, is_wanted=is_traced(item))


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Give coverage its tracers back as it started them."""
    for tracer in reversed(session.stash.get(_STOPPED, [])):
        tracer.start()


@pytest.fixture(scope="session", autouse=True)
def _read_once() -> Iterator[None]:
    """Parse a text that no test has changed once, and load once what lies in this repository."""

    def load(root: Path, site: Site | None) -> Knowledge:
        return load_sum(root, site) if site or not root.is_relative_to(ROOT) else loaded(root)

    with pytest.MonkeyPatch.context() as patch:
        parse_yaml = cache(strict_yaml.parse_yaml)
        for reader in (strict_yaml, markdown):
            patch.setattr(reader, "parse_yaml", parse_yaml)
        patch.setattr("cds_service.content.knowledge.load_sum", load)
        yield


@pytest.fixture(scope="session", autouse=True)
def _frozen_content_in_force() -> Iterator[None]:
    """Let every command of a test that names no content read the frozen one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CDS_CARDS_DIR", str(CARDS))
        yield


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    """The frozen content, loaded once."""
    return loaded(CARDS)


@pytest.fixture(scope="session")
def shipped() -> Knowledge:
    """The shipped content, loaded once."""
    return loaded(SHIPPED_CARDS)


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the service as it runs in deployment, once for every file that only asks."""
    from tests.commands import served  # noqa: PLC0415 (which imports this file)

    with served(tmp_path_factory.mktemp("served") / "log") as (_, url):
        yield url


@pytest.fixture(scope="session")
def apps() -> dict[int, tuple[Knowledge, Flask]]:
    """The service for each content, by its `id`, for tests that let it fetch nothing."""
    return {}


@pytest.fixture
def without_garbage() -> Iterator[None]:
    """Leave no garbage of other tests to be collected where the stack has no room to do so."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.fixture(scope="module")
def app(knowledge: Knowledge, apps: dict[int, tuple[Knowledge, Flask]]) -> Flask:
    """The service with development defaults, on the fixed day."""
    if id(knowledge) not in apps:
        settings = Settings(public_base_url="https://cds.example.org")
        apps[id(knowledge)] = knowledge, make_app(settings, knowledge, clock=lambda: NOW)
    return apps[id(knowledge)][1]


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client of the service with development defaults, on the fixed day."""
    return app.test_client()
