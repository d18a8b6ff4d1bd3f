"""What the service is made of: locked versions above their floors, and the bill of materials."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.requirements import Requirement
from packaging.version import Version

from tests.conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
FLOORS = [Requirement(line) for line in PROJECT["dependencies"]]
LOCKS = ("serve.txt", "production.txt", "dev.txt")
PIN = re.compile(
    r"^([a-z0-9.\-]+)==(\S+)(?: ;[^\\]*)? \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)",
    re.MULTILINE,
)


def locked(name: str) -> dict[str, str]:
    """Return the versions of a lock file; a name with dashes, as registries compare names."""
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    return {package: version for package, version, _ in PIN.findall(text)}


@pytest.mark.parametrize("lock", LOCKS)
@pytest.mark.parametrize("floor", FLOORS, ids=lambda floor: floor.name)
def test_a_locked_version_is_not_below_its_floor(floor: Requirement, lock: str) -> None:
    assert ">=" in [part.operator for part in floor.specifier]
    version = locked(lock)[floor.name.replace(".", "-")]
    assert floor.specifier.contains(Version(version))


@pytest.mark.parametrize("lock", [*LOCKS, "uv.txt"])
def test_a_lock_names_every_package_with_its_version_and_hashes(lock: str) -> None:
    text = (ROOT / "requirements" / lock).read_text(encoding="utf-8")
    assert "".join(match[0] for match in PIN.finditer(text)) == re.sub(
        "^#.*\n", "", text, flags=re.M
    )


def test_what_serves_is_locked_alike_for_production_and_for_the_tests() -> None:
    serve, production, dev = (set(locked(name).items()) for name in LOCKS)
    assert serve < production < dev
    assert "psycopg" not in dict(serve)


@pytest.mark.parametrize("file", ["Dockerfile", "scripts/venv"])
def test_locked_packages_are_installed_by_their_hashes(file: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")
    installs = [line for line in text.splitlines() if "install" in line and " -r " in line]
    assert installs
    assert [line for line in installs if "--require-hashes" not in line] == []


@pytest.fixture(scope="module")
def bill(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bill of materials, written by the script that a release uses."""
    path = tmp_path_factory.mktemp("bill") / "bill.json"
    subprocess.run(
        [ROOT / "scripts" / "sbom", path], env={"PYTHON": sys.executable}, check=True, timeout=60
    )
    return path


def test_the_bill_of_materials_is_valid_cyclonedx(bill: Path) -> None:
    text = bill.read_text(encoding="utf-8")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None


def test_the_bill_of_materials_names_the_service_and_each_locked_package_once(bill: Path) -> None:
    read: dict[str, Any] = json.loads(bill.read_text(encoding="utf-8"))
    subject = read["metadata"]["component"]
    assert (subject["name"], subject["version"]) == (PROJECT["name"], PROJECT["version"])
    named = [component["purl"] for component in read["components"]]
    packages = sorted(
        f"pkg:pypi/{name}@{version}" for name, version in locked("production.txt").items()
    )
    assert sorted(named) == packages
