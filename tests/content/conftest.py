"""Copies of the content that a test may spoil."""

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from cds_service.core.knowledge import Knowledge
from cds_service.workbench.proof.whole import prove_knowledge
from tests.content.spoiling import copy_of_content, short_copy_of_content


@pytest.fixture(scope="package")
def short_content(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped content with fewer codes, for copying."""
    return short_copy_of_content(tmp_path_factory.mktemp("short"))


@pytest.fixture
def content(short_content: Path, tmp_path: Path) -> Path:
    """The shipped content with fewer codes, copied."""
    return Path(shutil.copytree(short_content, tmp_path / "cards"))


@pytest.fixture
def whole_content(tmp_path: Path) -> Path:
    """The shipped content, copied."""
    return copy_of_content(tmp_path)


@pytest.fixture(scope="package", autouse=True)
def _ours_proved_once() -> Iterator[None]:
    """Prove content of ours that is the same to the byte once, before sites are added to it."""
    known: dict[str, str] = {}

    def prove(knowledge: Knowledge, root: Path, site: Path | None = None) -> str:
        if site:
            return prove_knowledge(knowledge, root, site)
        files = sorted(path for path in root.rglob("*") if path.is_file())
        texts = b"\0".join(
            part for f in files for part in (bytes(f.relative_to(root)), f.read_bytes())
        )
        digest = hashlib.sha256(texts).hexdigest()
        if digest not in known:
            known[digest] = prove_knowledge(knowledge, root)
        return known[digest]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cds_service.workbench.proof.whole.prove_knowledge", prove)
        yield
