"""Lines into a value-set file without touching the others."""

from collections.abc import Mapping, Sequence
from difflib import unified_diff

from cds_service.errors import KnowledgeError

ONE_A_LINE = "new codes can only be written into a list with one code a line"


def apply_edits(
    text: str, file: str, added: Mapping[int, Sequence[str]], comments: Mapping[int, str]
) -> str:
    """Return the text with entries added above lines and comments at the ends of lines.

    Both are by line number. Everything else, comments and line ends too, stays byte for byte.
    """
    lines: list[str] = []
    for number, line in enumerate(text.splitlines(keepends=True), start=1):
        said, comment, new = line.rstrip("\r\n"), comments.get(number, ""), added.get(number, ())
        ending, indent = line[len(said) :], said[: len(said) - len(said.lstrip())]
        if new and not said.lstrip().startswith("- "):
            raise KnowledgeError(file, number, ONE_A_LINE)
        lines += (f"{indent}{entry}{ending}" for entry in new)
        lines.append(line if comment in said else f"{said}  {comment}{ending}")
    return "".join(lines)


def diff_of(name: str, before: str, after: str) -> str:
    """Return the unified diff of a file."""
    lines = unified_diff(
        before.splitlines(), after.splitlines(), f"a/{name}", f"b/{name}", lineterm=""
    )
    return "\n".join(lines)
