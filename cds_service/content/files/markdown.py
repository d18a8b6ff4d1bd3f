"""card.md -> its front matter and its sections, which know where they stand."""

import re
from pathlib import Path

from cds_service.content.files.decode import SchemaT, decode
from cds_service.content.files.strict_yaml import parse_yaml, read_text
from cds_service.content.files.words import Word, both, wrong
from cds_service.errors import KnowledgeError

HEADINGS = (
    "Summary",
    "Detail",
    "Findings",
    "Missing data",
    "Trust",
    "Page",
    "Suggestions",
    "Rationale",
)
OPTIONAL = frozenset({"Findings"})
FENCE = "---"
# Where a sentence comes from stands behind it, `Consider films now. [films-at-first, site-policy]`,
# for the proof alone: nobody is shown it.
ORIGINS = re.compile(r"(?:^| )\[([a-z0-9-]+(?:, [a-z0-9-]+)*)\](?=\s|$)", re.MULTILINE)
_HEADING = re.compile(r"^(##?)(?: (.*))?$", re.MULTILINE)


class Section(Word):
    """The text under a heading as it is shown, at the place of the heading.

    `written` has the origins behind the sentences, too; its first line is `starts`.
    """

    __slots__ = ("starts", "written")

    written: str
    starts: int


Sections = dict[str, dict[str, Section]]
"""Heading -> subheading ("" before the first) -> text."""


def without_origins(text: str) -> str:
    """Return a text as it is shown, at its place if it has one."""
    shown = ORIGINS.sub("", text)
    return text.saying(shown) if isinstance(text, Word) else shown


def read_card_file(path: Path, root: Path, schema: type[SchemaT]) -> tuple[SchemaT, Sections]:
    """Read a card file with the type of its front matter; `root` is what file names start at.

    Its headings must be there, once, in their order; those that are `OPTIONAL` may lack.
    """
    file, text = str(path.relative_to(root)), read_text(path, root)
    lines = text.splitlines()
    if not lines or lines[0] != FENCE or FENCE not in lines[1:]:
        raise KnowledgeError(file, 1, "a card begins with a block between two lines of ---")
    end = lines.index(FENCE, 1)
    top, body = "\n".join(lines[1:end]), "\n".join(lines[end + 1 :])
    sections, header = both(
        lambda: _sections(body, file, end + 2),
        lambda: decode(parse_yaml(top, file, first_line=2), schema),
    )
    return header, sections


def _sections(body: str, file: str, first_line: int) -> Sections:
    headings = [*_HEADING.finditer(body)]
    before = body[: headings[0].start()] if headings else body
    if before.strip():
        line = _first_line(before, first_line)
        raise KnowledgeError(file, line, "text before the first heading is never shown")
    sections: Sections = {}
    parts: dict[str, Section] = {}
    starts = [*(heading.start() for heading in headings), len(body)]
    for heading, following in zip(headings, starts[1:], strict=True):
        written = body[heading.end() : following]
        line = first_line + body.count("\n", 0, heading.start())
        section = _section(written, file, line)
        title = (heading[2] or "").strip()
        if heading[1] == "#":
            _check_heading(title, section, sections)
            parts = sections[title] = {"": section}
        elif not parts:
            raise wrong(section, "a subheading needs a heading above it")
        else:
            _add_under(title, section, parts)
    for name in HEADINGS:
        if name not in sections and name not in OPTIONAL:
            last = first_line + body.count("\n")
            raise KnowledgeError(file, last, f"the heading `# {name}` is missing")
    return sections


def _add_under(title: str, section: Section, parts: dict[str, Section]) -> None:
    """Add the text of a subheading, which names one part or several: `## due, overdue`."""
    for name in title.split(","):
        if name.strip() in parts:
            raise wrong(section, f"the subheading `{title}` stands here twice or has no name")
        parts[name.strip()] = section


def _section(written: str, file: str, line: int) -> Section:
    section = Section(without_origins(written.strip()), file, line)
    section.written, section.starts = written.strip(), _first_line(written, line)
    return section


def _check_heading(heading: str, section: Section, before: Sections) -> None:
    there = (heading, *before)
    wanted = [name for name in HEADINGS if name not in OPTIONAL or name in there]
    if wanted[: len(before) + 1] != [*before, heading]:
        raise wrong(section, f"the headings of a card are, in this order: {', '.join(HEADINGS)}")


def _first_line(text: str, line: int) -> int:
    """Return the line at which a text begins that has empty lines before it."""
    return line + text[: len(text) - len(text.lstrip())].count("\n")
