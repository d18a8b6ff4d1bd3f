"""The command `./scripts/mutants`."""

import argparse
import os
import random
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

import click

# Loaded once; every fault is then looked for in a fork of this process.
import flask  # noqa: F401
import hypothesis  # noqa: F401
import jwt  # noqa: F401
import markdown_it  # noqa: F401
import msgspec  # noqa: F401
import requests  # noqa: F401
import sqlalchemy  # noqa: F401
import yaml

from tests.mutants.code_faults import Fault, faults_in_code
from tests.mutants.content_faults import faults_in_content
from tests.mutants.noticing import Bench, TestsOfLines, trace_all

ROOT = Path(__file__).resolve().parent.parent.parent
UNNOTICEABLE = Path(__file__).parent / "unnoticeable.yaml"
# How many of 100 faults go to each room, and what share must be noticed.
ROOMS = {"core": (28, 95), "fhir": (26, 95), "web": (14, 90), "trust": (12, 95), "cards": (20, 90)}


@dataclass(frozen=True, slots=True)
class Planted:
    room: str
    fault: Fault
    is_noticed: bool


def main() -> int:
    """Plant, look, report; 1 where a room falls short."""
    options = _options()
    rooms = options.rooms.split(",")
    known = {
        (one["path"], one["was"], one["becomes"])
        for one in yaml.safe_load(UNNOTICEABLE.read_text())
    }
    chosen = [
        (room, fault) for room in rooms for fault in _chosen(room, options.faults, options.seed)
        if _key(fault) not in known
    ]  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        data_file = options.trace or Path(folder) / "traced"
        if not data_file.exists() and rooms != ["cards"]:
            trace_all(ROOT, data_file)
        planted = _plant(chosen, TestsOfLines(data_file), Path(folder), options.benches)
    return _report(planted, rooms)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./scripts/mutants", description=__doc__)
    parser.add_argument("--faults", type=int, default=340, help="how many in all (340)")
    parser.add_argument("--seed", type=int, default=1, help="another seed plants others (1)")
    parser.add_argument("--rooms", default=",".join(ROOMS), help="core,fhir,web,trust,cards")
    parser.add_argument("--benches", type=int, default=2, help="how many at once (2)")
    parser.add_argument("--trace", type=Path, help="a file that keeps which test passes where")
    return parser.parse_args()


def _chosen(room: str, faults: int, seed: int) -> list[Fault]:
    if room == "cards":
        paths = [p for p in sorted((ROOT / "cards").rglob("*")) if _is_content(p)]
        by_file = [list(faults_in_content(p.relative_to(ROOT), ROOT)) for p in paths]
    else:
        paths = sorted((ROOT / "cds_service" / room).rglob("*.py"))
        by_file = [list(faults_in_code(p.relative_to(ROOT), ROOT)) for p in paths]
    every = [fault for found in by_file for fault in found]
    number = round(faults * ROOMS[room][0] / 100)
    return random.Random(f"{seed}-{room}").sample(every, min(number, len(every)))


def _is_content(path: Path) -> bool:
    is_proof = "cases" in path.parts or path.name in ("README.md", "second-telling.csv")
    return path.is_file() and not is_proof and path.suffix in (".yaml", ".md")


def _plant(
    chosen: list[tuple[str, Fault]], tests: TestsOfLines, folder: Path, number: int
) -> list[Planted]:
    benches: SimpleQueue[Bench] = SimpleQueue()
    for i in range(number):
        benches.put(Bench.copied_from(ROOT, folder / f"bench-{i}"))

    def look(room: str, fault: Fault, through: list[str]) -> Planted:
        bench = benches.get()
        try:
            noticed = bench.notices(fault, room, through)
        finally:
            benches.put(bench)
        click.echo(f"{'noticed' if noticed else 'MISSED '}  {room:<6} {fault}")
        return Planted(room, fault, noticed)

    with ThreadPoolExecutor(number) as pool:
        waiting = [
            pool.submit(look, room, fault, tests.through(fault) if room != "cards" else [])
            for room, fault in chosen
        ]
        return [one.result() for one in waiting]


def _key(fault: Fault) -> tuple[str, str, str]:
    """Return what names a fault whatever changes above it: file, line as it stands, change."""
    line = (ROOT / fault.path).read_text(encoding="utf-8").splitlines()[fault.line - 1]
    return (str(fault.path), line.strip(), fault.becomes)


def _report(planted: list[Planted], rooms: list[str]) -> int:
    falls_short = False
    click.echo("\nroom    planted  noticed  share  wanted")
    for room in rooms:
        here = [one for one in planted if one.room == room]
        noticed = sum(one.is_noticed for one in here)
        share = 100 * noticed / len(here) if here else 100.0
        falls_short |= share < ROOMS[room][1]
        click.echo(f"{room:<8}{len(here):>6}{noticed:>9}{share:>7.0f} %{ROOMS[room][1]:>6} %")
    for one in planted:
        if not one.is_noticed:
            click.echo(f"missed: {one.room:<6} {one.fault}")
            click.echo(f"        {_key(one.fault)}")
    return int(falls_short)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONHASHSEED", "0")
    sys.exit(main())
