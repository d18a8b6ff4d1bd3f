"""Tables, quotations and notices in Markdown."""

from collections.abc import Iterable, Sequence

NOTICE = "Generated from `cards/` by `scripts/check`. Do not edit."


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return the lines of a table, with a blank line after it."""
    lines = [_row(heads), _row(["---"] * len(heads))]
    return [*lines, *(_row(row) for row in rows), ""]


def quotation(text: str) -> list[str]:
    """Return the lines of a quotation, with a blank line after it."""
    return [*(f"> {line}".rstrip() for line in text.splitlines()), ""]


def code(names: Iterable[str]) -> str:
    """Return names in code spans, with commas."""
    return ", ".join(f"`{name}`" for name in names)


def _row(cells: Sequence[str]) -> str:
    inside = " | ".join(" ".join(cell.replace("|", "\\|").split()) for cell in cells)
    return f"| {inside} |"
