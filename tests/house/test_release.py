"""What is handed out works without this folder: the wheel, the scripts, the container's parts."""

import os
import re
import subprocess
import sys
import zipfile
from dataclasses import fields
from pathlib import Path

import pytest

from cds_service.settings import Settings, variable_of
from tests.conftest import ROOT


def run(*command: str, cwd: Path = ROOT, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a command with a clean Python path and return what it printed."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("CDS_")}
    environment = plain | environ
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def files_in(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


@pytest.fixture(scope="session")
def unpacked_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel and unpack it into an empty folder."""
    folder = tmp_path_factory.mktemp("wheel")
    built = run(
        sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-q",
        "--no-index", "-w", str(folder), str(ROOT),
    )  # fmt: skip
    assert built.returncode == 0, built.stderr
    (wheel,) = folder.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(folder / "site")
    return folder / "site"


def test_the_wheel_carries_the_content_and_proves_it(unpacked_wheel: Path) -> None:
    checked = run(
        sys.executable, "-m", "cds_service", "check", cwd=unpacked_wheel,
        PYTHONPATH=str(unpacked_wheel),
    )  # fmt: skip
    assert checked.returncode == 0, checked.stderr
    assert str(unpacked_wheel / "cds_service" / "cards") in checked.stdout
    assert "All proved." in checked.stdout
    assert files_in(unpacked_wheel / "cds_service" / "cards") == files_in(ROOT / "cards")


def test_the_container_copies_only_what_exists_and_is_not_ignored() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    copied = [
        source
        for line in re.findall(r"^COPY (?!--from)(.+)$", dockerfile, re.MULTILINE)
        for source in line.split()[:-1]
    ]
    assert copied
    assert [source for source in copied if not (ROOT / source).exists()] == []
    assert set(copied) & set(ignored) == set()


def test_the_readme_names_every_setting_and_no_other() -> None:
    readme = set(re.findall(r"CDS_[A-Z_]+", (ROOT / "README.md").read_text(encoding="utf-8")))
    known = {variable_of(member.name) for member in fields(Settings)} - {"CDS_IS_PRODUCTION"}
    assert readme == known | {"CDS_ENV"}
