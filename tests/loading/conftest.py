"""Copies of the content that a test may spoil."""

import shutil
from pathlib import Path

import pytest

from tests.loading.spoiling import copy_of_content, short_copy_of_content


@pytest.fixture(scope="package")
def short_content(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped content with fewer codes, for copying."""
    return short_copy_of_content(tmp_path_factory.mktemp("short"))


@pytest.fixture
def content(short_content: Path, tmp_path: Path) -> Path:
    """The shipped content with fewer codes, copied."""
    return Path(shutil.copytree(short_content, tmp_path / "cards"))


@pytest.fixture
def whole_content(tmp_path: Path) -> Path:
    """The shipped content, copied."""
    return copy_of_content(tmp_path)
