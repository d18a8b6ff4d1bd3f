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
from cds_service.content.files.strict_yaml import read_yaml
from cds_service.content.files.templates import check_plain
from cds_service.content.files.words import each, raise_all, twice, wrong
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


class SiteFile(File, frozen=True):
    """site.yaml: whose folder this is, and who answers for it."""

    name: str
    responsible: str


class SiteNumber(File, frozen=True):
    """A number of ours that the site sets otherwise, and why."""

    name: str
    value: str
    reason: str


class SiteNumbersFile(File, frozen=True):
    """parameters.yaml of a site."""

    parameters: tuple[SiteNumber, ...]


@dataclass(frozen=True, slots=True)
class Site:
    """What a hospital's folder holds: numbers and sign-offs, and other files, not yet read.

    `texts` is by card and language.
    """

    root: Path
    name: str
    responsible: str
    numbers: Mapping[str, SiteNumber]
    code_files: tuple[Path, ...]
    texts: Mapping[tuple[str, str], Path]
    words: Mapping[str, Path]
    signatures: tuple[Signature, ...]

    @property
    def above(self) -> Path:
        """What file names in errors are relative to, so that they begin with the folder's name."""
        return self.root.parent

    def owns(self, file: str) -> bool:
        """Tell whether a file name in an error is one of this folder's."""
        return file.startswith(f"{self.root.name}/")

    def named(self, path: Path) -> str:
        """Return a file's name as errors say it."""
        return str(path.relative_to(self.above))


def load_site(folder: Path, cards: Path) -> Site:
    """Read a site's folder against our folder `cards`; a file that nothing reads is an error."""
    root = folder.resolve()
    whose = read_yaml(root / "site.yaml", root.parent, SiteFile)
    numbers = _numbers(root)
    for text in (whose.name, whose.responsible, *(number.reason for number in numbers)):
        check_plain(text, partial(wrong, text))
    paths = _files(root)
    places = list(zip(paths, each(partial(_place, root, cards), paths), strict=True))
    return Site(
        root=root,
        name=whose.name,
        responsible=whose.responsible,
        numbers={number.name: number for number in numbers},
        code_files=tuple(path for path, match in places if match["set"]),
        texts={(m["card"], m["language"]): path for path, m in places if m["language"]},
        words={match["words"]: path for path, match in places if match["words"]},
        signatures=load_signatures(root, root.parent, cards),
    )


def policy_of(site: Site) -> SitePolicy:
    """Return whose policy is in force and what it changes, for pages and for `check`."""
    numbers = (f"{n.name}: {n.value}. {n.reason}" for n in site.numbers.values())
    files = (*site.code_files, *site.texts.values(), *site.words.values())
    changes = (*numbers, *(path.relative_to(site.root).as_posix() for path in files))
    return SitePolicy(site.name, site.responsible, changes)


def say_site(knowledge: Knowledge) -> list[str]:
    """Return whose folder is in force and each of its changes, or nothing."""
    policy = knowledge.site
    if policy is None:
        return []
    whose = f"With the folder of {policy.name} (responsible: {policy.responsible}):"
    return [whose, *(f"- {change}" for change in policy.changes)]


def _files(root: Path) -> list[Path]:
    paths = (path for path in sorted(root.rglob("*")) if path.is_file())
    return [
        path
        for path in paths
        if not any(part.startswith(".") for part in path.relative_to(root).parts)
    ]


def _place(root: Path, cards: Path, path: Path) -> re.Match[str]:
    """Return what the name of a file says that it is; raise where we have nothing of this name."""
    file = str(path.relative_to(root.parent))
    match = _PLACE.fullmatch(path.relative_to(root).as_posix())
    if match is None:
        words = f"no file of this name is read from a site's folder, only: {PLACES}"
        raise KnowledgeError(file, 1, words)
    if match["set"] and not (cards / f"value-sets/{match['set']}.yaml").is_file():
        raise KnowledgeError(file, 1, f"we have no value set `{match['set']}`")
    if match["card"] and not (cards / match["card"] / "card.md").is_file():
        raise KnowledgeError(file, 1, f"we have no card `{match['card']}`")
    return match


def _numbers(root: Path) -> tuple[SiteNumber, ...]:
    path = root / "parameters.yaml"
    numbers = read_yaml(path, root.parent, SiteNumbersFile).parameters if path.exists() else ()
    raise_all(twice((number.name for number in numbers), "parameter "))
    return numbers
