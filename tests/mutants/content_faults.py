"""Faults for `cards/`: a code mistyped, a side turned, a number, a word or a rule changed."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.mutants.code_faults import Fault

OTHER = {
    "right": "left",
    "left": "right",
    "bilateral": "right",
    "head": "broader",
    "femur": "head",
    "broader": "head",
    "film": "mri",
    "mri": "film",
    "ct": "film",
    "not-a-review": "film",
    "hip": "femur",
    "pelvis": "hip",
    "limb": "hip",
    "other": "hip",
    "femoral-head": "other",
    "placement": "removal",
    "removal": "placement",
    "revision": "removal",
}
MEMBER = re.compile(r"\b(?:laterality|precision|role|siteGroup): ([a-z-]+)")
CODE = re.compile(r'\{code: "([^"]*\d)"')
NUMBER = re.compile(r"\bP(\d+)([DMY])\b|(?:value|low|high|priority): (\d+)\b")
RULE = re.compile(r"^ +- \{?fact: .*$", re.MULTILINE)
# What stands before is said to people: the title of a table, and what it is for.
PHRASES = re.compile(r"^(?:abbreviations|triggers|phrases|terms|systems):", re.MULTILINE)
WORD = re.compile(r'(?<=[\[ ])(?:"([^"]{3,})"|([^\W\d_][^,\[\]{}:"#]{2,}))(?=[,\]])')


def faults_in_content(path: Path, root: Path) -> Iterator[Fault]:
    """Yield every fault of a file of the content."""
    text = (root / path).read_text(encoding="utf-8")
    if "value-sets" in path.parts:
        yield from _replaced(path, text, MEMBER, OTHER.get)
        yield from _replaced(path, text, CODE, _mistyped)
    elif "text-patterns" in path.parts or path.name == "staging.yaml":
        words = PHRASES.search(text)
        begin = words.start() if words else 0
        yield from _replaced(path, text, WORD, lambda was: f"{was}zz", begin)
    elif path.name == "card.md":
        yield from _dropped(path, text)
    else:
        yield from _replaced(path, text, NUMBER, lambda was: str(int(was) + 1))


def _replaced(
    path: Path,
    text: str,
    pattern: re.Pattern[str],
    other: Callable[[str], str | None],
    begin: int = 0,
) -> Iterator[Fault]:
    for found in pattern.finditer(text, begin):
        group = next(i for i, said in enumerate(found.groups(), 1) if said)
        becomes = other(found[group])
        if becomes is not None and not _is_comment(text, found.start()):
            line = text.count("\n", 0, found.start()) + 1
            yield Fault(path, line, *found.span(group), found[group], becomes)


def _dropped(path: Path, text: str) -> Iterator[Fault]:
    """Take a line of a rule out, unless it is the only one of its list."""
    for found in RULE.finditer(text.split("\n---\n", maxsplit=1)[0]):
        line = text.count("\n", 0, found.start()) + 1
        yield Fault(path, line, *found.span(), found[0], "")


def _mistyped(code: str) -> str:
    """Return the code with its last digit changed, as a slip of the finger does."""
    place = max(i for i, sign in enumerate(code) if sign.isdigit())
    return f"{code[:place]}{(int(code[place]) + 1) % 10}{code[place + 1 :]}"


def _is_comment(text: str, place: int) -> bool:
    start = text.rfind("\n", 0, place) + 1
    return text[start:place].lstrip().startswith("#")
