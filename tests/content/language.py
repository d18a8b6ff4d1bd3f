"""A second language, `xx`: the English words in capitals, so that no text becomes longer."""

import re
from pathlib import Path
from typing import Any

import yaml

from cds_service.content.files.markdown import without_origins
from cds_service.core.knowledge import CardDefinition, Knowledge

_PLACEHOLDER = re.compile(r"(\{+[^{}]*\}+)")
_SUMMARY = re.compile(r"^( +)en: (.*)$", re.MULTILINE)
_KEPT = re.compile(r"#+ .*|- [A-Za-z]+ [A-Za-z]+: ")


def write_language(root: Path, knowledge: Knowledge) -> None:
    """Write words.xx.yaml, a card.xx.md beside each card, and the summaries of the cases."""
    words = yaml.load((root / "words.en.yaml").read_text(encoding="utf-8"), yaml.BaseLoader)
    shouted = {**_shouted(words), "language": "xx"}
    text = yaml.safe_dump(shouted, allow_unicode=True, sort_keys=False)
    (root / "words.xx.yaml").write_text(text, encoding="utf-8")
    for card in knowledge.cards.values():
        english = (root / card.id / "card.md").read_text(encoding="utf-8")
        translated = _header(card) + _body(english)
        (root / card.id / "card.xx.md").write_text(translated, encoding="utf-8")
    for path in root.glob("*/cases/*.yaml"):
        cases = _SUMMARY.sub(_both, path.read_text(encoding="utf-8"))
        path.write_text(cases, encoding="utf-8")


def shout(text: str) -> str:
    """Return a text in capitals, without origins; its placeholders stay as they are."""
    parts = _PLACEHOLDER.split(without_origins(text))
    return "".join(part if part.startswith("{") else part.upper() for part in parts)


def _both(summary: re.Match[str]) -> str:
    return f"{summary[0]}\n{summary[1]}xx: {summary[2].upper()}"


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
