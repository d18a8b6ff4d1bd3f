"""What the service is made of: locked versions above their floors, and the bill of materials."""

import json
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
LOCKS = ("serve.txt", "dev.txt")


def locked(name: str) -> dict[str, str]:
    """Return the versions of a lock file; a name with dashes, as registries compare names."""
    lines = (ROOT / "requirements" / name).read_text(encoding="utf-8").splitlines()[1:]
    return dict(line.split("==") for line in lines)


@pytest.mark.parametrize("lock", LOCKS)
@pytest.mark.parametrize("floor", FLOORS, ids=lambda floor: floor.name)
def test_a_locked_version_is_not_below_its_floor(floor: Requirement, lock: str) -> None:
    assert [part.operator for part in floor.specifier] == [">="]
    version = locked(lock)[floor.name.replace(".", "-")]
    assert floor.specifier.contains(Version(version))


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
    packages = sorted(f"pkg:pypi/{name}@{version}" for name, version in locked("serve.txt").items())
    assert sorted(named) == packages
