"""The tests of orders run on the shipped content, whose every code they send."""

import pytest

from cds_service.core.knowledge import Knowledge


@pytest.fixture(scope="session")
def knowledge(shipped: Knowledge) -> Knowledge:
    """The shipped content."""
    return shipped
