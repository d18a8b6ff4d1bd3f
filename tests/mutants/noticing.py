"""Runs what should notice a fault: the tests that pass through its line, or `check`."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import coverage
import pytest

from tests.mutants.code_faults import Fault

# So many tests that pass through a line run first, of different files; most faults end there. Then
# the smallest: a test of one rule meets fewer lines than a whole call that happens to pass by.
FIRST = 30
MOST = 600
SECONDS = 240.0
_PACKAGE = "cds_service/"
# Run last: a line may be executed on import alone, or once for all tests, whose first one does not
# look at it.
BESIDE = {
    "core": ("tests/core", "tests/words", "tests/orders", "tests/golden", "tests/content"),
    "fhir": (
        "tests/fhir",
        "tests/orders",
        "tests/golden",
        "tests/fhir_server",
        "tests/web/test_cards.py",
    ),
    "trust": ("tests/trust",),
    "web": ("tests/web", "tests/golden"),
    "cards": ("tests/words", "tests/orders", "tests/cards", "tests/web/test_cards.py"),
}
QUIET = (
    "-x",
    "-q",
    "-W",
    "ignore::pytest.PytestAssertRewriteWarning",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:randomly",
    "-p",
    "no:xdist",
)


class TestsOfLines:
    """Which tests pass through which line, from one traced run of all of them."""

    def __init__(self, data_file: Path) -> None:
        data = coverage.CoverageData(basename=str(data_file))
        data.read()
        self._of_file: dict[str, dict[int, list[str]]] = {}
        self._sizes: dict[str, int] = defaultdict(int)
        for file in data.measured_files():
            of_line = data.contexts_by_lineno(file)
            self._of_file[_PACKAGE + file.rpartition(_PACKAGE)[2]] = of_line
            for name in (name for contexts in of_line.values() for name in contexts):
                self._sizes[_test(name)] += 1

    def through(self, fault: Fault) -> list[str]:
        """Return the ids of the tests: some of different files, then the smallest first."""
        contexts = self._of_file.get(str(fault.path), {}).get(fault.line, [])
        every = {_test(name) for name in contexts} - {""}
        first = _spread(every)[:FIRST]
        return [*first, *sorted(every - set(first), key=lambda test: (self._sizes[test], test))]


def _test(context: str) -> str:
    return context.rpartition("|")[0]


def _spread(tests: Iterable[str]) -> list[str]:
    by_file: dict[str, list[str]] = defaultdict(list)
    for test in sorted(tests):
        by_file[test.partition("::")[0]].append(test)
    turns = [(turn, file, test) for file, ids in by_file.items() for turn, test in enumerate(ids)]
    return [test for _, _, test in sorted(turns)]


@dataclass(slots=True)
class Bench:
    """A copy of the checkout in which one fault at a time is planted and looked for."""

    folder: Path
    _pyc: list[Path] = field(default_factory=list)

    @classmethod
    def copied_from(cls, root: Path, folder: Path) -> "Bench":
        listed = subprocess.run(
            ["git", "ls-files", "-co", "--exclude-standard"],
            cwd=root, capture_output=True, text=True, check=True,
        ).stdout.splitlines()  # fmt: skip
        for name in listed:
            if (root / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(root / name, folder / name)
        return cls(folder)

    def notices(self, fault: Fault, room: str, tests: Sequence[str]) -> bool:
        """Tell whether anything fails while the fault is there."""
        file = self.folder / fault.path
        text = file.read_text(encoding="utf-8")
        for compiled in file.parent.glob(f"__pycache__/{file.stem}.*"):
            compiled.unlink()
        file.write_text(fault.planted_in(text), encoding="utf-8")
        try:
            return any(self._fails(work) for work in self._works(room, tests))
        finally:
            file.write_text(text, encoding="utf-8")

    def _works(self, room: str, tests: Sequence[str]) -> list[Callable[[], int]]:
        if room == "cards":
            return [self._check, lambda: self._pytest(BESIDE[room])]
        parts = (tests[:FIRST], tests[FIRST:MOST], BESIDE[room])
        return [lambda part=part: self._pytest(part) for part in parts if part]  # type: ignore[misc]

    def _fails(self, work: Callable[[], int]) -> bool:
        """Do the work in a process of its own, which has the libraries loaded and none of ours."""
        child = os.fork()
        if child == 0:
            self._become()
            os._exit(work())
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                return os.waitstatus_to_exitcode(status) != 0
            time.sleep(0.02)
        os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return True

    def _become(self) -> None:
        os.setsid()
        os.chdir(self.folder)
        os.environ["PYTHONPATH"] = str(self.folder)
        sys.path.insert(0, str(self.folder))
        sys.dont_write_bytecode = True
        for name in [n for n in sys.modules if n.split(".")[0] in ("tests", "cds_service")]:
            del sys.modules[name]
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)

    def _check(self) -> int:
        from cds_service.errors import KnowledgeError  # noqa: PLC0415 (the copy's own)
        from cds_service.workbench.proof.whole import load_proved  # noqa: PLC0415

        try:
            load_proved(self.folder / "cards", None)
        except KnowledgeError:
            return 1
        return 0

    @staticmethod
    def _pytest(tests: Sequence[str]) -> int:
        return int(pytest.main([*QUIET, *tests]))


def trace_all(root: Path, data_file: Path) -> None:
    """Run the tests once, each line with the names of the tests that pass through it."""
    command = [
        sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "-n", "2", "--dist", "loadfile",
        "--cov=cds_service", "--cov-context=test", "--cov-report=",
        "--ignore=tests/load", "--ignore=tests/performance", "--ignore=tests/browser",
        "--ignore=tests/medplum", "--ignore=tests/house", "--ignore=tests/deploy",
    ]  # fmt: skip
    traced = {
        **os.environ,
        "COVERAGE_FILE": str(data_file),
        "CDS_TRACED": "all",
        "PYTHONHASHSEED": "0",
    }
    subprocess.run(command, cwd=root, env=traced, check=True)
