"""The house rules that a linter does not know: sizes, one home for each thing, no clinical code."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from cds_service.core.knowledge import Knowledge
from tests.conftest import ROOT

MODULES = sorted((ROOT / "cds_service").rglob("*.py"))
TEXTS = sorted(
    path
    for path in (ROOT / "cds_service", ROOT / "tests", ROOT / "scripts")
    for path in path.rglob("*")
    if path.suffix in (".py", ".html", "") and path.is_file()
)
MOST_MODULE_LINES = 400
MOST_MODULES = 12
MOST_FUNCTION_LINES = 30
SHORTEST_TELLING_CODE = 5


def named(path: Path) -> str:
    """Return the name of a file for a test's id."""
    return str(path.relative_to(ROOT))


def functions_in(path: Path) -> Iterator[ast.FunctionDef]:
    """Yield every function of a module."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            yield node


def body_lines(function: ast.FunctionDef) -> int:
    """Count the lines of a function below its docstring; signatures and docstrings do not count."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body and body[-1].end_lineno else 0


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_a_module_stays_small(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_MODULE_LINES


@pytest.mark.parametrize("folder", sorted({path.parent for path in MODULES}), ids=named)
def test_a_folder_holds_a_dozen_modules_at_most(folder: Path) -> None:
    modules = [path for path in MODULES if path.parent == folder and path.name != "__init__.py"]
    assert len(modules) <= MOST_MODULES


def test_the_name_of_a_class_is_unique() -> None:
    homes: dict[str, list[str]] = defaultdict(list)
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                homes[node.name].append(named(path))
    assert {name: paths for name, paths in homes.items() if len(paths) > 1} == {}


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_a_function_stays_small(path: Path) -> None:
    lengths = {function.name: body_lines(function) for function in functions_in(path)}
    assert {name: n for name, n in lengths.items() if n > MOST_FUNCTION_LINES} == {}


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_a_module_begins_by_saying_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_a_module_holds_no_state_that_can_change(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assigned = [node.value for node in tree.body if isinstance(node, ast.Assign)]
    changing = (ast.List, ast.ListComp, ast.DictComp, ast.SetComp)
    assert [node.lineno for node in assigned if isinstance(node, changing)] == []
    assert not any(isinstance(node, ast.Global) for node in ast.walk(tree))


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_only_the_wiring_reads_the_environment(path: Path) -> None:
    reads = "os.environ" in path.read_text(encoding="utf-8")
    assert not reads or path.name in ("app.py", "cli.py", "commands.py")


@pytest.mark.parametrize("path", TEXTS, ids=named)
def test_an_open_end_carries_the_number_of_its_issue(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    marks = re.findall("TO" + r"DO(?! #\d)|FIX" + "ME|XX" + "X", text)
    assert marks == []


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_no_code_of_a_value_set_stands_in_python(path: Path, shipped: Knowledge) -> None:
    words = set(re.findall(r"[A-Za-z0-9.\-]+", path.read_text(encoding="utf-8")))
    codes = {
        concept.code
        for concepts in shipped.value_sets.values()
        for concept in concepts
        if len(concept.code) >= SHORTEST_TELLING_CODE and any(c.isdigit() for c in concept.code)
    }
    assert words & codes == set()
