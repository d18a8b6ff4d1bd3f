"""A hospital's own folder (`CDS_SITE_DIR`) -> what it changes; refuses to apply it.

The folder mirrors `cards/`. It can add codes, set numbers otherwise, say a card in its own words
and bring a language; it has no place for a rule, a card of its own, or a code taken away.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cds_service.content.files.source import Document, read_document
from cds_service.content.files.templates import check_plain
from cds_service.content.signatures import load_signatures
from cds_service.content.site.schema import (
    SiteFile,
    SiteNumberFile,
    SiteNumbersFile,
)
from cds_service.core.approval import Signature, SitePolicy
from cds_service.core.knowledge import Knowledge
from cds_service.errors import KnowledgeError

PLACES = (
    "site.yaml, parameters.yaml, approvals.yaml, README.md, words.<language>.yaml, "
    "value-sets/systems.yaml, value-sets/<our value set>.yaml, .json or .csv, "
    "<our card>/card.<language>.md, <our card>/cases/*.yaml, schedules/cases/*.yaml"
)
_PLACE = re.compile(
    r"(?:site|parameters|approvals)\.yaml|README\.md|words\.(?P<words>[A-Za-z-]+)\.yaml"
    r"|value-sets/(?:systems\.yaml|(?P<set>[a-z0-9-]+)\.(?:yaml|json|csv))"
    r"|schedules/cases/[^/]+\.yaml"
    r"|(?P<card>[a-z0-9-]+)/(?:card\.(?P<language>[A-Za-z-]+)\.md|cases/[^/]+\.yaml)"
)


@dataclass(frozen=True, slots=True)
class SiteNumber:
    """A number of the site, and where it stands."""

    document: Document
    place: str
    item: SiteNumberFile


@dataclass(frozen=True, slots=True)
class Site:
    """What a hospital's folder holds, as files not yet read; numbers and sign-offs are read.

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
    document = read_document(root / "site.yaml", root.parent)
    content = document.read_as(SiteFile)
    check_plain(content.name, partial(document.error, "$.name"))
    check_plain(content.responsible, partial(document.error, "$.responsible"))
    found = {path: _placed(path, root, cards) for path in _files(root)}
    return Site(
        root=root,
        name=content.name,
        responsible=content.responsible,
        numbers=_numbers(root),
        code_files=tuple(path for path, match in found.items() if match["set"]),
        texts={
            (match["card"], match["language"]): path
            for path, match in found.items()
            if match["language"]
        },
        words={match["words"]: path for path, match in found.items() if match["words"]},
        signatures=load_signatures(root, root.parent, cards),
    )


def policy_of(site: Site) -> SitePolicy:
    """Return whose policy is in force and what it changes, for pages and for `check`."""
    numbers = (f"{n.item.name}: {n.item.value}. {n.item.reason}" for n in site.numbers.values())
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


def _placed(path: Path, root: Path, cards: Path) -> re.Match[str]:
    name = path.relative_to(root).as_posix()
    match = _PLACE.fullmatch(name)
    if match is None:
        words = f"no file of this name is read from a site's folder, only: {PLACES}"
        raise KnowledgeError(str(path.relative_to(root.parent)), 1, words)
    wanted = {
        "set": f"value-sets/{match['set']}.yaml",
        "card": f"{match['card']}/card.md",
    }
    for kind, ours in wanted.items():
        if match[kind] and not (cards / ours).is_file():
            what = {"set": "value set", "card": "card"}[kind]
            words = f"we have no {what} `{match[kind]}`"
            raise KnowledgeError(str(path.relative_to(root.parent)), 1, words)
    return match


def _numbers(root: Path) -> dict[str, SiteNumber]:
    path = root / "parameters.yaml"
    if not path.exists():
        return {}
    document = read_document(path, root.parent)
    numbers: dict[str, SiteNumber] = {}
    for i, item in enumerate(document.read_as(SiteNumbersFile).parameters):
        place = f"$.parameters[{i}]"
        if item.name in numbers:
            raise document.error(f"{place}.name", f"parameter `{item.name}` stands here twice")
        check_plain(item.reason, partial(document.error, f"{place}.reason"))
        numbers[item.name] = SiteNumber(document, place, item)
    return numbers
