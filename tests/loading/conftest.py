"""A copy of the content that a test may spoil."""

from pathlib import Path

import pytest

from tests.loading.spoiling import copy_of_content


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """The shipped content, copied."""
    return copy_of_content(tmp_path)
