"""Lines into a value-set file without touching the others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import unified_diff

from cds_service.content.files.source import Document
from cds_service.errors import KnowledgeError


@dataclass(frozen=True, slots=True)
class Edit:
    """New lines for the codes of one `include`, and comments on codes that it has, by place."""

    include: int
    lines: Sequence[str]
    comments: Mapping[int, str]


def apply_edits(text: str, document: Document, edits: Sequence[Edit]) -> str:
    """Return the text with the new lines at the top of their lists and the comments at line ends.

    Everything else, comments and line ends too, stays byte for byte.
    """
    lines = text.splitlines(keepends=True)
    added: dict[int, str] = {}
    for edit in edits:
        place = f"$.compose.include[{edit.include}].concept"
        for index, comment in edit.comments.items():
            at = document.lines[f"{place}[{index}]"] - 1
            lines[at] = _commented(lines[at], comment)
        if edit.lines:
            added[document.lines[place]] = _inserted(edit, lines, document, place)
    return "".join(added.get(i, "") + line for i, line in enumerate(lines))


def diff_of(name: str, before: str, after: str) -> str:
    """Return the unified diff of a file."""
    lines = unified_diff(
        before.splitlines(), after.splitlines(), f"a/{name}", f"b/{name}", lineterm=""
    )
    return "\n".join(lines)


def _inserted(edit: Edit, lines: Sequence[str], document: Document, place: str) -> str:
    first = lines[document.lines.get(f"{place}[0]", document.lines[place]) - 1]
    indent = first[: len(first) - len(first.lstrip())]
    if not first.lstrip().startswith("- "):
        words = "new codes can only be written into a list with one code a line"
        raise KnowledgeError(document.file, document.lines[place], words)
    return "".join(f"{indent}{line}{_ending(first)}" for line in edit.lines)


def _commented(line: str, comment: str) -> str:
    ending = _ending(line)
    text = line.removesuffix(ending) if ending else line
    return line if comment in text else f"{text}  {comment}{ending}"


def _ending(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]
