"""The picture and the tree of docs/architecture.md, drawn from the imports and the first sentences.

`python -m tests.house.architecture` writes them into the page; a test holds the page against them.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import grimp

from tests.conftest import ROOT

PAGE = ROOT / "docs" / "architecture.md"
PACKAGE = "cds_service"
# Drawn as one box: these are commands, tools and single modules that need no inner picture.
WHOLE = ("workbench", "content", "clients", "store", "trust")
LEFT_OUT = ("__main__", "errors")


def room_of(module: str) -> str:
    """Return the box of a module: `fhir.read` for `cds_service.fhir.read.imaging`."""
    parts = module.split(".")[1:]
    return parts[0] if parts[0] in WHOLE else ".".join(parts[:2])


def arrows() -> set[tuple[str, str]]:
    """Return which room imports from which."""
    graph = grimp.build_graph(PACKAGE, cache_dir=None)
    found = {
        (room_of(importer), room_of(imported))
        for importer in graph.modules - {PACKAGE}
        for imported in graph.find_modules_directly_imported_by(importer) - {PACKAGE}
    }
    return {(a, b) for a, b in found if a != b and not {a, b} & set(LEFT_OUT)}


def circles(found: set[tuple[str, str]]) -> set[str]:
    """Return the rooms from which an arrow leads back to them."""
    rooms = {room for arrow in found for room in arrow}
    return {room for room in rooms if room in _reached(room, found)}


def needed(found: set[tuple[str, str]]) -> list[tuple[str, str]]:
    """Leave out each arrow that follows from others, so that the picture shows the order alone."""
    return sorted((a, b) for a, b in found if b not in _reached(a, found - {(a, b)}))


def _reached(start: str, found: set[tuple[str, str]]) -> set[str]:
    reached: set[str] = set()
    waiting = [start]
    while waiting:
        here = waiting.pop()
        onward = {b for a, b in found if a == here} - reached
        reached |= onward
        waiting += onward
    return reached


def picture() -> str:
    """Return the rooms and their imports as a Mermaid diagram."""
    lines = ["```mermaid", "flowchart TD"]
    lines += [f"    {box(a)} --> {box(b)}" for a, b in needed(arrows())]
    return "\n".join([*lines, "```"])


def box(room: str) -> str:
    """Return a node with an id that Mermaid takes."""
    return f"{room.replace('.', '_')}[{room}]"


def tree() -> str:
    """Return every room with the first sentence of its package, two levels deep."""
    return "\n".join(["```text", *_rooms(ROOT / PACKAGE), "```"])


def _rooms(package: Path, depth: int = 0) -> Iterator[str]:
    for path in sorted(package.iterdir(), key=lambda p: (p.is_dir(), p.name)):
        if path.name.startswith("__") or (path.is_dir() and not (path / "__init__.py").exists()):
            continue
        home = path / "__init__.py" if path.is_dir() else path
        if path.is_dir() or (depth == 0 and path.suffix == ".py"):
            name = f"{'  ' * depth}{path.name}{'/' if path.is_dir() else ''}"
            yield f"{name:<24}{_first_sentence(home)}"
        if path.is_dir() and depth == 0:
            yield from _rooms(path, depth + 1)


def _first_sentence(path: Path) -> str:
    words = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return words.splitlines()[0] if words else ""


def drawn(page: str) -> str:
    """Return the page with its generated parts as they should be."""
    for name, part in (("picture", picture()), ("tree", tree())):
        marks = f"<!-- {name} -->", f"<!-- end of {name} -->"
        pattern = re.compile(f"{marks[0]}.*?{marks[1]}", re.DOTALL)
        page = pattern.sub(lambda _, m=marks, p=part: f"{m[0]}\n{p}\n{m[1]}", page)
    return page


def way_of_a_request(page: str) -> list[tuple[str, str]]:
    """Return who calls whom, as the page tells it."""
    return re.findall(r"^\d+\. `([a-z_/]+)` calls `([a-z_/]+)`", page, re.MULTILINE)


if __name__ == "__main__":
    PAGE.write_text(drawn(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
