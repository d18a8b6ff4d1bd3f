"""card.md -> its front matter and its sections with line numbers; refuses to know their meaning."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cds_service.content.files.source import Document, parse_document
from cds_service.content.files.strict_yaml import read_text
from cds_service.errors import KnowledgeError

HEADINGS = ("Summary", "Detail", "Findings", "Missing data", "Suggestions", "Rationale")
OPTIONAL = "Findings"
FENCE = "---"
# Where a sentence comes from stands behind it, `Consider films now. [films-at-first, site-policy]`,
# for the proof alone: nobody is shown it.
ORIGINS = re.compile(r"(?:^| )\[([a-z0-9-]+(?:, [a-z0-9-]+)*)\](?=\s|$)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Section:
    """The text under a heading; `line` is that of the heading, `starts` the text's first.

    `written` has the origins behind the sentences, `text` has not.
    """

    file: str
    line: int
    written: str
    starts: int = 0

    @property
    def text(self) -> str:
        """The text that is shown."""
        return without_origins(self.written)

    def error(self, words: str) -> KnowledgeError:
        """Return an error at the heading of this section."""
        return KnowledgeError(self.file, self.line, words)


Sections = Mapping[str, Mapping[str, Section]]
"""Heading -> subheading ("" before the first) -> text."""


def without_origins(text: str) -> str:
    """Return a text as it is shown."""
    return ORIGINS.sub("", text)


def read_card_file(path: Path, root: Path) -> tuple[Document, Sections]:
    """Read a card file; `root` is what file names in errors are relative to."""
    return parse_card_file(read_text(path, root), str(path.relative_to(root)))


def parse_card_file(text: str, file: str) -> tuple[Document, Sections]:
    """Split a card file; its headings must be there, once, in their order; `Findings` may lack."""
    lines = text.splitlines()
    if not lines or lines[0] != FENCE or FENCE not in lines[1:]:
        raise KnowledgeError(file, 1, "a card begins with a block between two lines of ---")
    end = lines.index(FENCE, 1)
    document = parse_document("\n".join(lines[1:end]), file, first_line=2)
    return document, _sections(lines, end + 1, file)


def _sections(lines: list[str], start: int, file: str) -> Sections:
    sections: dict[str, dict[str, Section]] = {}
    heading, subheading = "", ""
    for i, line in enumerate(lines[start:], start=start + 1):
        level, _, title = line.partition(" ")
        if level == "#":
            heading, subheading = title.strip(), ""
            _check_heading(heading, sections, file, i)
            sections[heading] = {"": Section(file, i, "")}
        elif level == "##":
            subheading = title.strip()
            _open_subheading(sections.get(heading), subheading, Section(file, i, ""))
        elif line.strip() and not heading:
            raise KnowledgeError(file, i, "text before the first heading is never shown")
        elif heading:
            section = sections[heading][subheading]
            sections[heading][subheading] = Section(
                file, section.line, f"{section.written}\n{line}"
            )
    missing = next((name for name in HEADINGS if name not in sections and name != OPTIONAL), None)
    if missing:
        raise KnowledgeError(file, len(lines), f"the heading `# {missing}` is missing")
    return {name: _stripped(parts) for name, parts in sections.items()}


def _check_heading(heading: str, before: Mapping[str, object], file: str, line: int) -> None:
    wanted = [name for name in HEADINGS if name != OPTIONAL or OPTIONAL in (heading, *before)]
    if wanted[: len(before) + 1] != [*before, heading]:
        order = ", ".join(HEADINGS)
        raise KnowledgeError(file, line, f"the headings of a card are, in this order: {order}")


def _open_subheading(parts: dict[str, Section] | None, name: str, section: Section) -> None:
    if parts is None:
        raise section.error("a subheading needs a heading above it")
    if not name or name in parts:
        raise section.error(f"the subheading `{name}` stands here twice or has no name")
    parts[name] = section


def _stripped(parts: Mapping[str, Section]) -> dict[str, Section]:
    return {
        name: Section(section.file, section.line, section.written.strip(), _first_line(section))
        for name, section in parts.items()
    }


def _first_line(section: Section) -> int:
    blank = len(section.written) - len(section.written.lstrip())
    return section.line + section.written[:blank].count("\n")
