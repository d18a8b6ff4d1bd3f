"""A service that asks for tokens, with the clients of the tables, and a log that can be read."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from cds_service.core.knowledge import Knowledge
from tests.trust.forging import MANY, OLD_BASE
from tests.trust.signing import clients_file, guarded_app

Cause = Callable[[], str]


@pytest.fixture
def guarded(knowledge: Knowledge, tmp_path: Path) -> FlaskClient:
    """The service with client tokens at the tests' moment, and an empty store."""
    return _knowing_all(knowledge, tmp_path)


@pytest.fixture(scope="session")
def refusing(knowledge: Knowledge, tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """The same, once for every token that it refuses, which is not kept."""
    return _knowing_all(knowledge, tmp_path_factory.mktemp("refusing"))


def _knowing_all(knowledge: Knowledge, folder: Path) -> FlaskClient:
    clients, others = clients_file(folder, *MANY), frozenset({OLD_BASE})
    return guarded_app(knowledge, clients, other_base_urls=others).test_client()


@pytest.fixture
def logged_cause(caplog: pytest.LogCaptureFixture) -> Cause:
    """The outcome in the last line of the log."""
    caplog.set_level("INFO", "cds_service")
    return lambda: str(getattr(caplog.records[-1], "auth", "nothing"))
