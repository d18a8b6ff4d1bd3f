"""Copies of the content with one thing spoiled, as `sabotage*.yaml` describes them."""

import csv
import re
import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from cds_service.content.knowledge import load_knowledge
from cds_service.workbench.proof.whole import prove_knowledge
from tests.conftest import CARDS

HERE = Path(__file__).resolve().parent
LONG = 60
_CODE = re.compile(r' *- \{code: "([^"]+)"')


class Sabotage(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """One entry: what is spoiled in which file, and the error that must come of it.

    The line is `line`, else the one where `at` stands, else where the first new text stands.
    `bug` says what the loader does instead as long as it does not do this yet.
    """

    name: str
    file: str
    says: str
    replace: dict[str, str] = {}
    append: str = ""
    append_hex: str = ""
    delete: bool = False
    write: str | None = None
    error_in: str = ""
    at: str = ""
    line: int = 0
    bug: str = ""

    def spoil(self, root: Path) -> None:
        """Spoil the copy of the content under `root`."""
        path = root / self.file
        if self.delete:
            path.unlink()
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        text = _whole_text(path, self.file) if self.write is None else self.write
        for old, new in self.replace.items():
            assert old in text, f"{self.file} has no {old!r} any more: correct the sabotage"
            text = text.replace(old, new, 1)
        path.write_bytes((text + self.append).encode() + bytes.fromhex(self.append_hex))

    def expected_line(self, root: Path) -> int:
        """Return the number of the line that the error must name, in the spoiled copy."""
        if self.line:
            return self.line
        text = (root / self.expected_file).read_text(encoding="utf-8")
        marker = self.at or next(iter(self.replace.values()), self.append)
        assert marker in text, f"{marker!r} does not stand in {self.expected_file}"
        return text[: text.index(marker)].count("\n") + 1

    @property
    def expected_file(self) -> str:
        """The file that the error must name."""
        return self.error_in or self.file


def sabotages(name: str) -> list[object]:
    """Return the entries of a file as parameters; one with `bug` is expected to fail."""
    text = (HERE / name).read_text(encoding="utf-8")
    entries = msgspec.convert(yaml.load(text, Loader=yaml.BaseLoader), list[Sabotage], strict=False)
    return [pytest.param(entry, id=entry.name, marks=_marks(entry)) for entry in entries]


def copy_of_content(directory: Path) -> Path:
    """Return a copy of the shipped content that a test may spoil."""
    return Path(shutil.copytree(CARDS, directory / "cards"))


def short_copy_of_content(directory: Path) -> Path:
    """Return a copy that loads much faster: English alone, and of long lists the first code."""
    root = copy_of_content(directory)
    leave_out_translations(root)
    naming = [*root.glob("actions/*.yaml"), HERE / "sabotage-site.yaml"]
    named = "".join(path.read_text(encoding="utf-8") for path in naming)
    for path in root.glob("value-sets/*.yaml"):
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for above, line in pairwise(["", *lines]) if _is_kept(above, line, named)]
        path.write_text("".join(kept if len(lines) > LONG else lines), encoding="utf-8")
    _shorten_second_telling(root)
    return root


def _shorten_second_telling(root: Path) -> None:
    """Leave the rows of the codes that are still there."""
    kept = {
        (path.stem, include["system"], item["code"])
        for path in root.glob("value-sets/*.yaml")
        for include in _read(path).get("compose", {}).get("include", [])
        for item in include.get("concept", [])
    }
    path = root / "value-sets" / "second-telling.csv"
    head, *rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
    short = [row for row in rows if tuple(next(csv.reader([row]))[:3]) in kept]
    path.write_text("".join([head, *short]), encoding="utf-8")


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CBaseLoader)
    return content


def check(root: Path) -> str:
    """Do what `cds-service check` does."""
    return prove_knowledge(load_knowledge(root), root)


def leave_out_translations(root: Path) -> None:
    """Leave English alone in a copy of the content."""
    for path in (*root.glob("words.zh.yaml"), *root.glob("*/card.zh.md")):
        path.unlink()
    for path in root.glob("*/cases/*.yaml"):
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r"^ +zh: .*\n", "", text, flags=re.MULTILINE), encoding="utf-8")


def _is_kept(above: str, line: str, named: str) -> bool:
    code = _CODE.match(line)
    if code is None or not _CODE.match(above):
        return True
    return f'"{code[1]}"' in named or f",{code[1]}," in named


def _whole_text(path: Path, file: str) -> str:
    is_shortened = file.startswith("value-sets/") and (CARDS / file).exists()
    return (CARDS / file if is_shortened else path).read_text(encoding="utf-8")


def _marks(entry: Sabotage) -> list[pytest.MarkDecorator]:
    return [pytest.mark.xfail(reason=entry.bug, strict=True)] if entry.bug else []
