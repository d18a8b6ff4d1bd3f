"""`./scripts/bench`: measures in one run, prints the tables, and writes docs/performance.md."""

import tempfile
from datetime import date
from pathlib import Path

import click

from tests.conftest import ROOT
from tests.performance.bench import page
from tests.performance.bench.in_process import measure_in_process
from tests.performance.bench.over_http import measure_over_http
from tests.performance.bench.peers.install import SANDBOX_HOME, install_peers
from tests.performance.bench.picture import PICTURE, draw
from tests.performance.bench.scale import measure_scale
from tests.performance.bench.turns import Effort

CACHE = ROOT / ".bench"
WHOLE, SHORT = Effort(5, 1.0, 0.12, 5), Effort(2, 0.3, 0.03, 1)
PARTS = ("in process", "over HTTP", "scale")


@click.command()
@click.option("--short", is_flag=True, help="Try it in a minute or two; docs/ stays as it is.")
@click.option("--only", type=click.Choice(PARTS), multiple=True, help="Measure these parts alone.")
@click.option("--scale", is_flag=True, help="The same as --only scale.")
@click.option("--sandbox", default=SANDBOX_HOME, help="Where to clone the sandbox's services from.")
def bench(*, short: bool, only: tuple[str, ...], scale: bool, sandbox: str) -> None:
    """Measure what a call costs, here and beside others, and write docs/performance.md."""
    effort = SHORT if short else WHOLE
    wanted = {*only, *(["scale"] if scale else [])} or set(PARTS)
    CACHE.mkdir(exist_ok=True)
    today, parts = date.today(), dict[str, str]()  # noqa: DTZ011 (the day of whoever measures)
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        if "in process" in wanted:
            found = measure_in_process(effort.rounds * 2, effort.seconds_in_process)
            parts["in process"] = page.in_process(found)
        if "over HTTP" in wanted:
            answered = measure_over_http(effort, install_peers(CACHE, sandbox), folder)
            parts["over HTTP"] = page.over_http(answered)
            (CACHE if short else PICTURE.parent).joinpath(PICTURE.name).write_text(
                draw(answered, today.isoformat()), encoding="utf-8"
            )
        if "scale" in wanted:
            parts["scale"] = page.scale(measure_scale(effort, folder))
    for part, text in parts.items():
        click.echo(f"\n-- {part}, median (least-most)\n\n{text}")
    if not short:
        text = page.with_parts(
            page.PAGE.read_text(encoding="utf-8"), {"machine": page.machine(today), **parts}
        )
        page.PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    bench()
