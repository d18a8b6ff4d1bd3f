"""The value sets of a folder against a terminology server -> a report and edited files.

Refuses to write anything itself, and to let a term of the server into a file: terms are licensed,
so they are for the reviewer's eyes only.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cds_service.content.files.schema import SystemsFile, ValueSetFile
from cds_service.content.files.source import Document, read_document
from cds_service.content.terms.value_sets import Terms, load_terms
from cds_service.core.vocabulary import CodeSystem, Include
from cds_service.errors import TerminologyError
from cds_service.workbench.value_sets.edit import Edit, apply_edits, diff_of
from cds_service.workbench.value_sets.expansion import FoundCode, expand, rule_words
from cds_service.workbench.value_sets.proposals import INACTIVE, Findings, compare, propose
from cds_service.workbench.value_sets.terminology_server import TerminologyServer

NO_DEFINITIONS = "No value set has a definition (`expandFrom`), so there is nothing to refresh."
NO_CHANGES = "No new codes."
TO_REVIEW = (
    "The new codes are proposals. `cds-service check` fails until a person has replaced or taken "
    "out each ?, in our own words; the terms above are the server's and may be licensed."
)


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What to tell, and the new text of each file that changes."""

    report: str
    texts: dict[Path, str]


@dataclass(frozen=True, slots=True)
class _Folder:
    """A content folder with what it says of codes."""

    root: Path
    terms: Terms
    systems: dict[str, CodeSystem]
    server: TerminologyServer


def refresh(root: Path, server: TerminologyServer) -> Refreshed:
    """Expand every definition under `root`; raise where the server or the content fails."""
    directory = root / "value-sets"
    terms = load_terms(directory, root)
    systems = read_document(directory / "systems.yaml", root).read_as(SystemsFile).systems
    folder = _Folder(root, terms, {system.url: system for system in systems}, server)
    lines: list[str] = []
    texts: dict[Path, str] = {}
    diffs: list[str] = []
    for name in terms.published:
        path = directory / f"{name}.yaml"
        before = path.read_bytes().decode()
        told, after = _refresh_file(folder, path, before)
        lines += told
        if after != before:
            texts[path] = after
            diffs.append(diff_of(str(path.relative_to(root)), before, after))
    if not lines:
        return Refreshed(NO_DEFINITIONS, {})
    ending = [*diffs, "", TO_REVIEW] if texts else [NO_CHANGES]
    return Refreshed("\n".join([*lines, "", *ending]), texts)


def _refresh_file(folder: _Folder, path: Path, before: str) -> tuple[list[str], str]:
    document = read_document(path, folder.root)
    content = document.read_as(ValueSetFile)
    lines: list[str] = []
    edits: list[Edit] = []
    for i, include in enumerate(folder.terms.published[content.id].includes):
        if include.definitions:
            told, found = _expand_all(folder, document, i, include)
            system = folder.systems[include.system]
            file = content.compose.include[i]
            findings = compare(content.id, file, system, found, folder.terms.vocabulary.recognise)
            comments = dict.fromkeys(findings.listed_inactive, INACTIVE)
            beside = [item for other in content.compose.include for item in other.concept]
            edits.append(Edit(i, propose(findings, beside), comments))
            inactive = [file.concept[place].code for place in findings.listed_inactive]
            lines += [f"{document.file}, {include.system_name}", *told]
            lines += _told(findings, inactive)
    return lines, apply_edits(before, document, edits)


def _expand_all(
    folder: _Folder, document: Document, i: int, include: Include
) -> tuple[list[str], list[FoundCode]]:
    """Expand the definitions of one list; an error names the file, the line and the definition."""
    lines: list[str] = []
    found: dict[str, FoundCode] = {}
    for j, definition in enumerate(include.definitions):
        rule = rule_words(definition)
        try:
            expanded = expand(folder.server, definition, folder.systems[include.system])
        except TerminologyError as error:
            line = document.lines[f"$.compose.include[{i}].expandFrom[{j}]"]
            raise TerminologyError(f"{document.file}:{line}: `{rule}`: {error}") from error
        version = f" of {', '.join(expanded.versions)}" if expanded.versions else ""
        lines.append(f"  {rule}: {len(expanded.codes)} codes{version}")
        found |= {item.code: item for item in expanded.codes}
    return lines, list(found.values())


def _told(findings: Findings, inactive: list[str]) -> Iterator[str]:
    for item in findings.new:
        marked = " (inactive)" if item.is_inactive else ""
        yield f"    new        {item.code}{marked}  {item.term}"
    for item, value_sets in findings.elsewhere:
        yield f"    elsewhere  {item.code}  {item.term}  (in {value_sets}; not proposed)"
    yield from (f"    inactive   {code}  (listed)" for code in inactive)
    if findings.unexpanded:
        yield f"    listed, and in no expansion: {', '.join(findings.unexpanded)}"
