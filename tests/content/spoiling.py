"""Copies of the small content with one thing spoiled, as `sabotage*.yaml` describes them."""

import shutil
from pathlib import Path

import msgspec
import pytest
import yaml

from cds_service.content.knowledge import load_knowledge
from cds_service.workbench.proof.whole import prove_knowledge
from tests.conftest import CARDS

HERE = Path(__file__).resolve().parent
# Three cards and few codes, in English: all that the entries spoil, proved in a fifth of the time.
SMALL = HERE / "small"


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
        text = path.read_text(encoding="utf-8") if self.write is None else self.write
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
    entries = msgspec.convert(
        yaml.load(text, Loader=yaml.CBaseLoader), list[Sabotage], strict=False
    )
    return [pytest.param(entry, id=entry.name, marks=_marks(entry)) for entry in entries]


def copy_of_content(directory: Path) -> Path:
    """Return a copy of the frozen content that a test may spoil."""
    return Path(shutil.copytree(CARDS, directory / "cards"))


def copy_of_small(directory: Path) -> Path:
    """Return a copy of the small content that a test may spoil."""
    return Path(shutil.copytree(SMALL, directory / "cards"))


def check(root: Path) -> str:
    """Do what `cds-service check` does."""
    return prove_knowledge(load_knowledge(root), root)


def _marks(entry: Sabotage) -> list[pytest.MarkDecorator]:
    return [pytest.mark.xfail(reason=entry.bug, strict=True)] if entry.bug else []
