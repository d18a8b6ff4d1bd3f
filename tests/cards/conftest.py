"""What is true of the shipped content beside its own cases: its codes and its stages."""

import pytest

from cds_service.core.knowledge import Knowledge


@pytest.fixture(scope="session")
def knowledge(shipped: Knowledge) -> Knowledge:
    """The shipped content."""
    return shipped
