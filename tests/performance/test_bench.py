"""The benchmark sends what it says, and its page and picture can be read by everybody."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.performance.bench import page
from tests.performance.bench.figures import spread
from tests.performance.bench.load import send_again
from tests.performance.bench.over_http import CARDS, SERVICE, SILENT, OverHttp
from tests.performance.bench.peers.install import HEALTHCHAIN
from tests.performance.bench.picture import PICTURE, draw
from tests.performance.bench.process import running
from tests.performance.bench.programs import FLOOR, OURS, floor_program
from tests.performance.bench.turns import Measured
from tests.performance.bodies import CHARTS, chart

ONE = spread([1.0])
CALLS = {
    (program, (kind, length)): Measured(ONE, {SERVICE: spread([900.0, 1000.0, 1300.0])}, ONE, ONE)
    for program in (FLOOR, OURS)
    for kind in (SILENT, CARDS)
    for length in CHARTS
}
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.enable_socket
def test_every_answer_is_timed_and_the_servers_cpu_time_and_memory_are_seen(tmp_path: Path) -> None:
    body = chart(0, 0)
    with running(floor_program(), body, tmp_path) as server:
        before = server.cpu_seconds()
        answers = send_again(server.target, body, 0.5)
        assert server.cpu_seconds() > before
        assert 10 < server.memory_mb() < 500
        assert 0 < server.start.of_worker <= server.start.of_program + 0.1
    assert len(answers) > 16
    assert 0 < min(answers) < max(answers) < 5


@pytest.mark.enable_socket
def test_an_answer_that_is_not_200_ends_the_measurement(tmp_path: Path) -> None:
    body = chart(0, 0)
    with (
        running(floor_program(), body, tmp_path) as server,
        pytest.raises(ValueError, match=r"HTTP/1\.1 500"),
    ):
        send_again(server.target, b"no JSON", 0.5)


def test_a_spread_is_the_median_with_both_ends() -> None:
    assert str(spread([3.0, 1.0, 1234.0])) == "3.00 (1.00-1,234)"


def test_the_picture_says_in_words_what_it_shows() -> None:
    picture = ElementTree.fromstring(draw(OverHttp(CALLS, {}, {}), "2026-01-02"))
    words = " ".join(picture.itertext())
    assert picture.get("role") == "img"
    assert picture.findtext(f"{SVG}title")
    assert "this service, silent 1,000 µs" in (picture.findtext(f"{SVG}desc") or "")
    assert "2026-01-02" in words
    assert HEALTHCHAIN.split()[0] not in words  # not measured, so not drawn


def test_the_picture_on_file_is_one_of_these() -> None:
    picture = ElementTree.fromstring(PICTURE.read_text(encoding="utf-8"))
    assert picture.findtext(f"{SVG}desc")


def test_a_part_of_the_page_is_written_anew_and_the_rest_stays() -> None:
    text = page.PAGE.read_text(encoding="utf-8")
    again = page.with_parts(text, {"scale": "a table"})
    assert "<!-- scale -->\na table\n<!-- end of scale -->" in again
    assert re.sub(r"<!-- scale -->.*<!-- end of scale -->", "", again, flags=re.DOTALL) == re.sub(
        r"<!-- scale -->.*<!-- end of scale -->", "", text, flags=re.DOTALL
    )
