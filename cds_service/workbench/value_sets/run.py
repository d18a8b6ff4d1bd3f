"""The value sets of a folder against a terminology server -> a report and edited files.

Refuses to write anything itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cds_service.content.files.words import place_of, wrong
from cds_service.content.terms.value_sets import FOLDER, load_vocabulary
from cds_service.core.vocabulary.systems import CodeSystem
from cds_service.core.vocabulary.value_sets import Include, ValueSet
from cds_service.core.vocabulary.vocabulary import Vocabulary
from cds_service.errors import TerminologyError
from cds_service.workbench.value_sets.edit import apply_edits, diff_of
from cds_service.workbench.value_sets.expansion import FoundCode, expand
from cds_service.workbench.value_sets.proposals import INACTIVE, compare, propose
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
    texts: Mapping[Path, str]


def refresh(root: Path, server: TerminologyServer) -> Refreshed:
    """Expand every definition under `root`; raise where the server or the content fails."""
    vocabulary = load_vocabulary(root)
    report: list[str] = []
    texts: dict[Path, str] = {}
    diffs: list[str] = []
    for name, value_set in vocabulary.published.items():
        file = f"{FOLDER}/{name}.yaml"
        before = (root / file).read_bytes().decode()
        told, after = _refresh_file(before, file, value_set, vocabulary, server)
        report += told
        if after != before:
            texts[root / file] = after
            diffs.append(diff_of(file, before, after))
    if not report:
        return Refreshed(NO_DEFINITIONS, {})
    ending = [*diffs, "", TO_REVIEW] if texts else [NO_CHANGES]
    return Refreshed("\n".join([*report, "", *ending]), texts)


def _refresh_file(
    text: str,
    file: str,
    value_set: ValueSet,
    vocabulary: Vocabulary,
    server: TerminologyServer,
) -> tuple[list[str], str]:
    """Return what to tell of a value set, and the text of its file with what is proposed."""
    report: list[str] = []
    added: dict[int, Sequence[str]] = {}
    comments: dict[int, str] = {}
    for include in value_set.compose.include:
        if include.expand_from:
            system = vocabulary.systems[include.system]
            told, found = _expand_all(include, system, server)
            findings = compare(value_set, include, found, vocabulary)
            report += [f"{file}, {system.name}", *told, *findings.told()]
            added[place_of((include.concept, include)).line] = propose(findings.new, value_set)
            comments |= {place_of(code).line: INACTIVE for code in findings.listed_inactive}
    return report, apply_edits(text, file, added, comments)


def _expand_all(
    include: Include, system: CodeSystem, server: TerminologyServer
) -> tuple[list[str], list[FoundCode]]:
    """Expand the definitions of one list; an error names the file, the line and the definition."""
    report: list[str] = []
    found: dict[str, FoundCode] = {}
    for definition in include.expand_from:
        try:
            expanded = expand(server, definition, system)
        except TerminologyError as error:
            raise TerminologyError(str(wrong(definition, f"`{definition}`: {error}"))) from error
        version = f" of {', '.join(expanded.versions)}" if expanded.versions else ""
        report.append(f"  {definition}: {len(expanded.codes)} codes{version}")
        found |= {item.code: item for item in expanded.codes}
    return report, list(found.values())
