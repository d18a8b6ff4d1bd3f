"""docs/architecture.md shows the house as it stands."""

import grimp
import pytest

from tests.house.architecture import PACKAGE, PAGE, arrows, circles, drawn, way_of_a_request

TEXT = PAGE.read_text(encoding="utf-8")


def test_no_room_leads_back_to_itself() -> None:
    assert circles(arrows()) == set()


def test_the_picture_and_the_tree_are_those_of_the_code() -> None:
    assert drawn(TEXT) == TEXT


@pytest.mark.parametrize(("step", "following"), way_of_a_request(TEXT))
def test_each_step_of_a_request_leads_to_the_next(step: str, following: str) -> None:
    graph = grimp.build_graph(PACKAGE, cache_dir=None)
    here, there = (f"{PACKAGE}.{name.replace('/', '.')}" for name in (step, following))
    assert graph.chain_exists(importer=here, imported=there)
    assert not graph.chain_exists(importer=there, imported=here)
