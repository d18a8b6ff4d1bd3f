"""The real server and a real browser, once for all tests of this folder."""

from collections.abc import Iterator

import pytest

from tests.browser.chromium import Tab, open_tab
from tests.commands import served


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the service as it runs in deployment."""
    with served(tmp_path_factory.mktemp("served") / "log") as (_, url):
        yield url


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    """A page of Chromium."""
    with open_tab(tmp_path_factory.mktemp("chromium")) as opened:
        yield opened
