"""The house rules that a linter does not know: sizes, one home for each thing, no clinical code."""

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

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
    """Return the name of a file below the repository."""
    return str(path.relative_to(ROOT))


@cache
def text_of(path: Path) -> str:
    """Return the text of a file, which is read once for all rules."""
    return path.read_text(encoding="utf-8")


@cache
def tree_of(path: Path) -> ast.Module:
    """Return a module parsed, once for all rules."""
    return ast.parse(text_of(path))


def broken_in(paths: Iterable[Path], rule: Callable[[Path], object]) -> dict[str, object]:
    """Return what a rule finds wrong, by the name of the file."""
    return {named(path): found for path in paths if (found := rule(path))}


def body_lines(function: ast.FunctionDef) -> int:
    """Count the lines of a function below its docstring; signatures and docstrings do not count."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body and body[-1].end_lineno else 0


def test_a_module_stays_small() -> None:
    lengths = {named(path): len(text_of(path).splitlines()) for path in MODULES}
    assert {name: lines for name, lines in lengths.items() if lines > MOST_MODULE_LINES} == {}


def test_a_folder_holds_a_dozen_modules_at_most() -> None:
    held = Counter(named(path.parent) for path in MODULES if path.name != "__init__.py")
    assert {name: number for name, number in held.items() if number > MOST_MODULES} == {}


def test_the_name_of_a_class_is_unique() -> None:
    homes: dict[str, list[str]] = defaultdict(list)
    for path in MODULES:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.ClassDef):
                homes[node.name].append(named(path))
    assert {name: paths for name, paths in homes.items() if len(paths) > 1} == {}


def test_a_function_stays_small() -> None:
    def too_long(path: Path) -> dict[str, int]:
        functions = [one for one in ast.walk(tree_of(path)) if isinstance(one, ast.FunctionDef)]
        lengths = {function.name: body_lines(function) for function in functions}
        return {name: lines for name, lines in lengths.items() if lines > MOST_FUNCTION_LINES}

    assert broken_in(MODULES, too_long) == {}


def test_a_module_begins_by_saying_what_it_is_for() -> None:
    assert broken_in(MODULES, lambda path: not ast.get_docstring(tree_of(path))) == {}


def test_a_module_holds_no_state_that_can_change() -> None:
    changing = (ast.List, ast.ListComp, ast.DictComp, ast.SetComp)

    def state(path: Path) -> list[int]:
        assigned = [node.value for node in tree_of(path).body if isinstance(node, ast.Assign)]
        found = [node.lineno for node in assigned if isinstance(node, changing)]
        return found + [n.lineno for n in ast.walk(tree_of(path)) if isinstance(n, ast.Global)]

    assert broken_in(MODULES, state) == {}


def test_only_the_wiring_reads_the_environment() -> None:
    others = [path for path in MODULES if path.name not in ("app.py", "cli.py", "commands.py")]
    assert broken_in(others, lambda path: "os.environ" in text_of(path)) == {}


def test_an_open_end_carries_the_number_of_its_issue() -> None:
    mark = "TO" + r"DO(?! #\d)|FIX" + "ME|XX" + "X"
    assert broken_in(TEXTS, lambda path: re.findall(mark, text_of(path))) == {}


def test_no_code_of_a_value_set_stands_in_python(shipped: Knowledge) -> None:
    codes = {
        concept.code
        for concepts in shipped.value_sets.values()
        for concept in concepts
        if len(concept.code) >= SHORTEST_TELLING_CODE and any(c.isdigit() for c in concept.code)
    }
    assert (
        broken_in(MODULES, lambda p: codes & set(re.findall(r"[A-Za-z0-9.\-]+", text_of(p)))) == {}
    )
