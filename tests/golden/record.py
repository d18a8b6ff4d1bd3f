"""Writes the expected answers anew: `python -m tests.golden.record`, then read the diff.

`python -m tests.golden.record freeze` first copies the shipped content over the frozen one. That is
for a change of the content's format, or for one that the answers should show; nobody edits it.
"""

import json
import shutil
import sys
from pathlib import Path

from cds_service.app import make_app
from cds_service.content.knowledge import load_knowledge
from cds_service.settings import Settings
from tests.conftest import CARDS, NOW, SHIPPED_CARDS
from tests.golden.test_golden import (
    DOCUMENTS,
    FROZEN_DIGEST,
    IN_CHINESE,
    REQUESTS,
    answer_to,
    document_at,
    document_file,
    frozen_digest,
    request_of,
    response_file,
)


def freeze() -> None:
    """Copy the shipped content."""
    shutil.rmtree(CARDS)
    shutil.copytree(SHIPPED_CARDS, CARDS, ignore=shutil.ignore_patterns("README.md"))
    FROZEN_DIGEST.write_text(f"{frozen_digest()}\n", encoding="utf-8")


def record() -> None:
    """Answer every request with the present code and the frozen content."""
    settings = Settings(public_base_url="https://cds.example.org")
    client = make_app(settings, load_knowledge(CARDS), clock=lambda: NOW).test_client()
    for request_file in REQUESTS:
        _write(response_file(request_file), answer_to(request_file, client))
    for expected in IN_CHINESE:
        _write(expected, answer_to(request_of(expected), client, "zh-CN"))
    for name, path in DOCUMENTS.items():
        _write(document_file(name), document_at(path, client))


def _write(path: Path, answer: dict[str, object]) -> None:
    text = json.dumps(answer, indent=1, ensure_ascii=False)
    path.write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:] == ["freeze"]:
        freeze()
    record()
