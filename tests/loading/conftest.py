"""Copies of the content that a test may spoil."""

from pathlib import Path

import pytest

from tests.loading.spoiling import copy_of_content, short_copy_of_content


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """The shipped content with fewer codes, copied."""
    return short_copy_of_content(tmp_path)


@pytest.fixture
def whole_content(tmp_path: Path) -> Path:
    """The shipped content, copied."""
    return copy_of_content(tmp_path)
