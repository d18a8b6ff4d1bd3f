"""A real browser, once for all tests of this folder."""

from collections.abc import Iterator

import pytest

from tests.browser.chromium import Tab, open_tab


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    """A page of Chromium."""
    with open_tab(tmp_path_factory.mktemp("chromium")) as opened:
        yield opened
