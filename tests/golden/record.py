"""Writes the expected answers anew: `python -m tests.golden.record`, then read the diff."""

import json
from pathlib import Path

from cds_service.app import make_app
from cds_service.content.knowledge import load_knowledge
from cds_service.settings import Settings
from tests.conftest import CARDS, NOW
from tests.golden.test_golden import IN_CHINESE, REQUESTS, answer_to, request_of, response_file


def record() -> None:
    """Answer every request with the present code and content."""
    settings = Settings(public_base_url="https://cds.example.org")
    client = make_app(settings, load_knowledge(CARDS), clock=lambda: NOW).test_client()
    for request_file in REQUESTS:
        _write(response_file(request_file), answer_to(request_file, client))
    for expected in IN_CHINESE:
        _write(expected, answer_to(request_of(expected), client, "zh-CN"))


def _write(path: Path, answer: dict[str, object]) -> None:
    text = json.dumps(answer, indent=1, ensure_ascii=False)
    path.write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    record()
