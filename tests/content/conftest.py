"""Copies of content that a test may spoil."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cds_service.core.knowledge import Knowledge
from cds_service.workbench.proof.whole import prove_knowledge
from tests.content.spoiling import SMALL, copy_of_content, copy_of_small


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """The small content, copied."""
    return copy_of_small(tmp_path)


@pytest.fixture
def whole_content(tmp_path: Path) -> Path:
    """The frozen content, copied."""
    return copy_of_content(tmp_path)


@pytest.fixture(scope="package", autouse=True)
def _small_proved_once() -> Iterator[None]:
    """Prove the small content, which no test changes, once before sites are added to it."""
    proved: list[str] = []

    def prove(knowledge: Knowledge, root: Path, site: Path | None = None) -> str:
        if site or root != SMALL:
            return prove_knowledge(knowledge, root, site)
        if not proved:
            proved.append(prove_knowledge(knowledge, root))
        return proved[0]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cds_service.workbench.proof.whole.prove_knowledge", prove)
        yield
