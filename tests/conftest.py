"""What every test may use: the shipped content, a fixed clock, and the service as a WSGI app."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from cds_service.app import make_app
from cds_service.core.knowledge import Knowledge
from cds_service.loading.knowledge import load_knowledge
from cds_service.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
CARDS = ROOT / "cards"
TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    """The shipped content, loaded and proved once."""
    return load_knowledge(CARDS)


@pytest.fixture
def client(knowledge: Knowledge) -> FlaskClient:
    """The service with development defaults, on the fixed day."""
    settings = Settings(public_base_url="https://cds.example.org")
    return make_app(settings, knowledge, clock=lambda: NOW).test_client()
