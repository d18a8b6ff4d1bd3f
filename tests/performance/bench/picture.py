"""Draws docs/performance.svg: CPU a request of everybody, one panel for each length of the body."""

from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tests.conftest import ROOT
from tests.performance.bench.figures import Spread
from tests.performance.bench.over_http import CARDS, SILENT, OverHttp
from tests.performance.bench.peers.install import HEALTHCHAIN, SANDBOX
from tests.performance.bench.programs import FLOOR, OURS
from tests.performance.bodies import CHARTS

PICTURE = ROOT / "docs" / "performance.svg"
TEMPLATE = Path(__file__).with_name("picture.svg.jinja")
# Who is drawn, from top to bottom: the words beside the bar, program, kind, and colour.
BARS = (
    ("this service, silent", OURS, SILENT, "ours"),
    ("this service, two cards", OURS, CARDS, "ours"),
    ("HealthChain, no card", HEALTHCHAIN, SILENT, "peer"),
    ("HealthChain, two cards", HEALTHCHAIN, CARDS, "peer"),
    ("sandbox, greeting", SANDBOX, CARDS, "peer"),
    ("floor: parse, no answer", FLOOR, CARDS, "floor"),
)
WIDTH, BAR_LEFT, BAR_WIDTH = 480, 190, 205
TOP, PANEL_HEAD, ROW, GAP = 82, 26, 22, 14


@dataclass(frozen=True)
class Bar:
    """A bar in its panel, in the units of the picture, with its figure in words."""

    label: str
    colour: str
    y: int
    width: float
    least: float
    most: float
    figure: str


@dataclass(frozen=True)
class Panel:
    """The bars of one length; each panel has a scale of its own."""

    title: str
    y: int
    bars: tuple[Bar, ...]


def draw(found: OverHttp, day: str) -> str:
    """Return the picture; a program that was not measured has no bar."""
    panels: list[Panel] = []
    y = TOP
    for length in CHARTS:
        panels.append(_panel(found, length, y))
        y += PANEL_HEAD + ROW * len(panels[-1].bars) + GAP
    home = Environment(
        loader=FileSystemLoader(TEMPLATE.parent), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    places = {"width": WIDTH, "left": BAR_LEFT, "height": y}
    return home.get_template(TEMPLATE.name).render(panels=panels, day=day, **places)


def _panel(found: OverHttp, length: str, y: int) -> Panel:
    cpu = [
        (label, colour, figure)
        for label, program, kind, colour in BARS
        if (figure := found.cpu(program, (kind, length)))
    ]
    longest = max(figure.most for _, _, figure in cpu)
    bars = (
        _bar(label, colour, figure, (y + PANEL_HEAD + ROW * row, BAR_WIDTH / longest))
        for row, (label, colour, figure) in enumerate(cpu)
    )
    return Panel(f"Request of {length}", y, tuple(bars))


def _bar(label: str, colour: str, figure: Spread, place: tuple[int, float]) -> Bar:
    y, scale = place
    width, least, most = (
        round(value * scale, 1) for value in (figure.median, figure.least, figure.most)
    )
    return Bar(label, colour, y, width, least, most, _time(figure.median))


def _time(microseconds: float) -> str:
    """Write microseconds, or milliseconds where they are many."""
    if microseconds < 10_000:
        return f"{microseconds:,.0f} µs"
    return f"{microseconds / 1000:.0f} ms"
