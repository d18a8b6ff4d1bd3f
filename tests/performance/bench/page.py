"""Writes what was measured into docs/performance.md, between the marks of each part, as tables."""

import os
import platform
import re
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

from tests.conftest import ROOT
from tests.performance.bench.figures import Spread, shown
from tests.performance.bench.in_process import Call
from tests.performance.bench.over_http import CARDS, SILENT, OverHttp
from tests.performance.bench.peers.install import HEALTHCHAIN
from tests.performance.bench.programs import OURS
from tests.performance.bench.scale import (
    FRONTED,
    NGINX,
    ONE,
    POSTGRES,
    REPLICAS,
    SERVICE,
    SHARED,
    SQLITE,
    UNKEPT,
)
from tests.performance.bench.turns import Measured
from tests.performance.bodies import CHARTS, KINDS

PAGE = ROOT / "docs" / "performance.md"


def with_parts(page: str, parts: Mapping[str, str]) -> str:
    """Return the page with these parts between their marks; the others stay."""
    for name, text in parts.items():
        marks = f"<!-- {name} -->", f"<!-- end of {name} -->"
        head, _, rest = page.partition(marks[0])
        page = "".join((head, marks[0], f"\n{text}\n", marks[1], rest.partition(marks[1])[2]))
    return page


def table(header: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a Markdown table whose first column is text and whose others are figures."""
    names = list(header)
    lines = [names, ["---", *["--:"] * (len(names) - 1)], *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def machine(today: date) -> str:
    """Say where and when it was measured."""
    cpus = re.findall(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return (
        f"Measured on {today.isoformat()}: {os.cpu_count()} cores ({cpus[0] if cpus else '?'}), "
        f"Linux {platform.release().split('-')[0]}, Python {platform.python_version()}."
    )


def in_process(found: Mapping[Call, Spread]) -> str:
    """Return the table of ratios."""
    rows = ([kind, *(found[kind, length] for length in CHARTS)] for kind in KINDS)
    return table(("times the floor", *CHARTS), rows)


def over_http(found: OverHttp) -> str:
    """Return the tables of calls, of peers over us, and of start and memory."""
    return "\n\n".join((_calls(found), _ratios(found), _burdens(found), *_left_out(found)))


def _calls(found: OverHttp) -> str:
    header = ("", "CPU a request, us", "requests/s", "p50, ms", "p99, ms")
    rows: list[list[str]] = []
    for length in CHARTS:
        rows.append([f"**{length}**", "", "", "", ""])
        for (name, (kind, its)), one in found.calls.items():
            if its == length:
                figures = (one.cpu["service"], one.rate, one.p50, one.p99)
                rows.append([_label(name, kind), *map(str, figures)])
    return table(header, rows)


def _label(name: str, kind: str) -> str:
    return f"{name}, {kind}" if name in (OURS, HEALTHCHAIN) else name


def _ratios(found: OverHttp) -> str:
    """Return how many times as much CPU the peer takes for the same request."""
    if HEALTHCHAIN not in found.burdens:
        return ""
    rows = [
        [kind, *(_times(found, (kind, length)) for length in CHARTS)] for kind in (SILENT, CARDS)
    ]
    return table((f"CPU of {HEALTHCHAIN} over ours", *CHARTS), rows)


def _times(found: OverHttp, call: Call) -> str:
    theirs, ours = found.cpu(HEALTHCHAIN, call), found.cpu(OURS, call)
    return shown(theirs.median / ours.median) if theirs and ours else ""


def _burdens(found: OverHttp) -> str:
    header = (
        "", "first answer, s", "of it from the worker's start, s",
        "MB after 200 KB bodies", "MB after 2 MB bodies",
    )  # fmt: skip
    rows = (
        [name, one.start, one.worker_start, shown(one.memory), shown(one.memory_at_the_end)]
        for name, one in found.burdens.items()
    )
    return table(header, rows)


def _left_out(found: OverHttp) -> list[str]:
    return [f"Left out: {name} could not be installed." for name in found.left_out]


def scale(found: Mapping[str, Measured]) -> str:
    """Return the table of deployments, and what each part of one costs."""
    one = found[ONE].cpu[SERVICE].median
    header = ("", "service, us", "over 1 worker", "PostgreSQL, us", "nginx, us", "requests/s")
    rows = (
        [
            name,
            its.cpu[SERVICE],
            shown(its.cpu[SERVICE].median / one),
            its.cpu[POSTGRES] if its.cpu[POSTGRES].median else "",
            its.cpu[NGINX] if its.cpu[NGINX].median else "",
            its.rate,
        ]
        for name, its in found.items()
    )
    return f"{table(header, rows)}\n\n{_named_apart(found)}"


def _named_apart(found: Mapping[str, Measured]) -> str:
    """Say what a token and each store add, by the medians."""
    cpu = {name: its.cpu[SERVICE].median for name, its in found.items()}
    token = cpu[UNKEPT] - cpu[ONE]
    sqlite, shared = cpu[SQLITE] - cpu[UNKEPT], cpu[SHARED] - cpu[UNKEPT]
    server = shown(found[SHARED].cpu[POSTGRES].median)
    words = [
        f"- To check a token (ES384): {shown_signed(token)} us.",
        f"- To keep it in SQLite: {shown_signed(sqlite)} us.",
        f"- To keep it in PostgreSQL: {shown_signed(shared)} us, and {server} us in its server.",
    ]
    if REPLICAS in found:
        front = found[FRONTED].cpu[NGINX].median
        words.append(f"- nginx with TLS: {shown(front)} us of its own.")
    return "\n".join(words)


def shown_signed(value: float) -> str:
    """Write a difference, which noise can make negative."""
    return f"-{shown(-value)}" if value < 0 else shown(value)
