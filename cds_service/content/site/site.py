"""A hospital's own folder (`CDS_SITE_DIR`) -> what it changes.

The folder mirrors `cards/`. It can add codes, set numbers otherwise, say a card in its own words
and bring a language; it has no place for a rule, a card of its own, or a code taken away.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cds_service.content.files.schema import File
from cds_service.content.files.strict_yaml import read_list, read_yaml
from cds_service.content.files.templates import wrong_marks
from cds_service.content.files.words import each, raise_all, twice
from cds_service.content.signatures import load_signatures
from cds_service.core.approval import Signature, SitePolicy
from cds_service.core.knowledge import Knowledge
from cds_service.errors import KnowledgeError

PLACES = (
    "site.yaml, parameters.yaml, approvals.yaml, README.md, words.<language>.yaml, "
    "value-sets/systems.yaml, value-sets/<our value set>.yaml, .json or .csv, "
    "<our card>/card.<language>.md, <our card>/cases/*.yaml, cases/*.yaml, schedules/cases/*.yaml"
)
_PLACE = re.compile(
    r"(?:site|parameters|approvals)\.yaml|README\.md|words\.(?P<words>[A-Za-z-]+)\.yaml"
    r"|value-sets/(?:systems\.yaml|(?P<set>[a-z0-9-]+)\.(?:yaml|json|csv))"
    r"|(?:schedules/)?cases/[^/]+\.yaml"
    r"|(?P<card>[a-z0-9-]+)/(?:card\.(?P<language>[A-Za-z-]+)\.md|cases/[^/]+\.yaml)"
)
# What in the name of a file tells that it changes something; cases and site.yaml do not.
CHANGES = ("set", "language", "words")


class SiteFile(File, frozen=True):
    """site.yaml: whose folder this is, and who answers for it."""

    name: str
    responsible: str


class SiteNumber(File, frozen=True):
    """A number of ours that the site sets otherwise, and why."""

    name: str
    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class Site:
    """What a hospital's folder holds: numbers and sign-offs, and files that are not yet read.

    `files` are those that change something: codes, then texts, then languages. Each is its name in
    the folder, matched with what the name says.
    """

    root: Path
    name: str
    responsible: str
    numbers: Mapping[str, SiteNumber]
    files: tuple[re.Match[str], ...]
    signatures: tuple[Signature, ...]

    @property
    def above(self) -> Path:
        """What file names in errors are relative to, so that they begin with the folder's name."""
        return self.root.parent

    @property
    def code_files(self) -> tuple[Path, ...]:
        """The lists of codes."""
        return tuple(self.root / file.string for file in self.files if file["set"])

    @property
    def texts(self) -> frozenset[tuple[str, str]]:
        """The cards that it says in its own words, with the language."""
        return frozenset((f["card"], f["language"]) for f in self.files if f["language"])

    @property
    def words(self) -> tuple[str, ...]:
        """The languages that it brings."""
        return tuple(file["words"] for file in self.files if file["words"])

    def named(self, file: str) -> str:
        """Return the name of a file of the folder as errors say it."""
        return f"{self.root.name}/{file}"


def load_site(folder: Path, cards: Path) -> Site:
    """Read a site's folder against our folder `cards`; a file that nothing reads is an error."""
    root = folder.resolve()
    whose = read_yaml(root / "site.yaml", root.parent, SiteFile)
    numbers = _numbers(root)
    raise_all(wrong_marks(whose.name, whose.responsible, *(number.reason for number in numbers)))
    names = (path.relative_to(root) for path in sorted(root.rglob("*")) if path.is_file())
    seen = [name for name in names if not any(part.startswith(".") for part in name.parts)]
    files = each(partial(_understood, root, cards), seen)
    return Site(
        root=root,
        name=whose.name,
        responsible=whose.responsible,
        numbers={number.name: number for number in numbers},
        files=tuple(file for kind in CHANGES for file in files if file.lastgroup == kind),
        signatures=load_signatures(root, root.parent, cards),
    )


def policy_of(site: Site) -> SitePolicy:
    """Return whose policy is in force and what it changes, for pages and for `check`."""
    numbers = (f"{n.name}: {n.value}. {n.reason}" for n in site.numbers.values())
    changes = (*numbers, *(file.string for file in site.files))
    return SitePolicy(site.name, site.responsible, changes)


def say_site(knowledge: Knowledge) -> list[str]:
    """Return whose folder is in force and each of its changes, or nothing."""
    policy = knowledge.site
    if policy is None:
        return []
    whose = f"With the folder of {policy.name} (responsible: {policy.responsible}):"
    return [whose, *(f"- {change}" for change in policy.changes)]


def _understood(root: Path, cards: Path, name: Path) -> re.Match[str]:
    """Return what the name of a file says that it is; raise where we have nothing of this name."""
    words, match = "", _PLACE.fullmatch(name.as_posix())
    if match is None:
        words = f"no file of this name is read from a site's folder, only: {PLACES}"
    elif match["set"] and not (cards / f"value-sets/{match['set']}.yaml").is_file():
        words = f"we have no value set `{match['set']}`"
    elif match["card"] and not (cards / match["card"] / "card.md").is_file():
        words = f"we have no card `{match['card']}`"
    if match is None or words:
        raise KnowledgeError(f"{root.name}/{name}", 1, words)
    return match


def _numbers(root: Path) -> tuple[SiteNumber, ...]:
    path = root / "parameters.yaml"
    numbers = read_list(path, root.parent, SiteNumber) if path.exists() else ()
    raise_all(twice((number.name for number in numbers), "parameter "))
    return numbers
