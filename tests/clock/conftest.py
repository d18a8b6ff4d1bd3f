"""The service as the tests of the clock ask it."""

import pytest

from cds_service.answer import Deployment
from cds_service.app import make_deployment
from cds_service.core.knowledge import Knowledge
from cds_service.settings import Settings


@pytest.fixture(scope="module")
def deployment(knowledge: Knowledge) -> Deployment:
    """The service with the frozen content."""
    return make_deployment(Settings(), knowledge)
