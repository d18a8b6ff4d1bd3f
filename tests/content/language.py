"""A second language, `xx`: the English words in capitals, so that no text becomes longer."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from cds_service.content.files.markdown import without_origins
from cds_service.content.knowledge import load_knowledge
from cds_service.core.knowledge import CardDefinition

_PLACEHOLDER = re.compile(r"(\{+[^{}]*\}+)")
_KEPT = re.compile(r"#+ .*|- [A-Za-z]+ [A-Za-z]+: ")


def write_language(root: Path) -> None:
    """Write words.xx.yaml, a card.xx.md beside each card, and the summaries of the cases."""
    cards = load_knowledge(root).cards
    words = yaml.load((root / "words.en.yaml").read_text(encoding="utf-8"), yaml.CBaseLoader)
    _write(root / "words.xx.yaml", {**_shouted(words), "language": "xx"})
    for card in cards.values():
        english = (root / card.id / "card.md").read_text(encoding="utf-8")
        translated = _header(card) + _body(english)
        (root / card.id / "card.xx.md").write_text(translated, encoding="utf-8")
    _write_summaries(root, lambda summary: {**summary, "xx": summary["en"].upper()})


def leave_out_translations(root: Path) -> None:
    """Leave English alone in a copy of the content."""
    for path in (*root.glob("words.??.yaml"), *root.glob("*/card.??.md")):
        if ".en." not in path.name:
            path.unlink()
    _write_summaries(root, lambda summary: {"en": summary["en"]})


def shout(text: str) -> str:
    """Return a text in capitals, without origins; its placeholders stay as they are."""
    parts = _PLACEHOLDER.split(without_origins(text))
    return "".join(part if part.startswith("{") else part.upper() for part in parts)


def _write_summaries(root: Path, change: Callable[[dict[str, str]], dict[str, str]]) -> None:
    """Change the summaries of all cases, however they are written."""
    for path in root.glob("*/cases/*.yaml"):
        content = yaml.load(path.read_text(encoding="utf-8"), yaml.CBaseLoader)
        for case in content.get("cases", []):
            if "summary" in case:
                case["summary"] = change(case["summary"])
        _write(path, content)


def _write(path: Path, content: Any) -> None:
    text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=1000)
    path.write_text(text, encoding="utf-8")


def _shouted(node: Any) -> Any:
    match node:
        case dict():
            return {key: _shouted(value) for key, value in node.items()}
        case list():
            return [_shouted(value) for value in node]
        case _:
            return shout(str(node))


def _header(card: CardDefinition) -> str:
    text = card.texts["en"]
    return (
        f"---\nid: {card.id}\ntranslates: {card.version}\ntitle: {shout(text.title)}\n"
        f'sourceLabel: "{shout(text.source_label)}"\nauthor: Nobody\n---\n'
    )


def _body(english: str) -> str:
    body = english.split("\n---\n", 1)[1]
    return "\n".join(_line(line) for line in body.split("\n"))


def _line(line: str) -> str:
    kept = _KEPT.match(line)
    end = kept.end() if kept else 0
    return line[:end] + shout(line[end:])
