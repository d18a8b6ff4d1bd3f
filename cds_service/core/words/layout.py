"""How a text is laid out on a line: items of a list, fields, wide gaps -> where lines would end.

"1) AVN R hip 2) OA L knee", "R: no | L: yes", "股骨头坏死　右": each pass is linear in the text.
"""

import re
from collections.abc import Collection, Iterator
from itertools import pairwise
from typing import NamedTuple

# Stand before the first item of a list, and before each further one.
FIRST_ITEM, ITEM = "\ue000", "\ue001"
_MARKS = str.maketrans("", "", FIRST_ITEM + ITEM)
# One space parts nothing.
_SPACES = re.compile("[ \t\u3000]{2,}|[\t\u3000]")
_NAME = re.compile("[^\n\t\u3000\u3002:\uff1a=]{1,30}[:\uff1a=]")
_NO_FIELD_BEHIND = frozenset(":\uff1a=\n")
_FIELD = re.compile(r"\||(?<![:/])//(?!/)")
_CIRCLED = re.compile("[\u2460-\u2473]")
_FIRST_CIRCLED, _NEXT_CIRCLED = "\u2460", "\u2461"
_MARKER = re.compile(r"([(#]?)(\d{1,2})([.)\u3001]?)")
# What stands before and behind the number of an item.
_KINDS = frozenset({("", "."), ("", ")"), ("", "\u3001"), ("(", ")"), ("#", ""), ("#", ".")})
_NO_MARKER_BEHIND = frozenset(".,/-+<>=~\u2013")


class _Item(NamedTuple):
    """The number of an item of a list, where it stands, and the signs around it."""

    at: int
    number: int
    kind: tuple[str, str]


def in_lines(text: str) -> str:
    """Return a text with what parts its fields as ends of lines; circled numbers too."""
    text = _SPACES.sub(_gap, text.translate(_MARKS))
    if _FIRST_CIRCLED in text and _NEXT_CIRCLED in text:
        text = _CIRCLED.sub(lambda m: FIRST_ITEM if m[0] == _FIRST_CIRCLED else ITEM, text)
    return _FIELD.sub("|\n\n", text)


def _gap(spaces: re.Match[str]) -> str:
    """Return an end of a line for spaces that part fields.

    That is a tab; and a wide gap before a named field, for it parts words too: "AVN  OF HIP",
    "特発性大腿骨頭壊死症　右". Beside the end of a line it is none, nor behind a colon.
    """
    text, start, end = spaces.string, spaces.start(), spaces.end()
    is_beside_an_end = text[start - 1 : start] in _NO_FIELD_BEHIND or text[end : end + 1] == "\n"
    is_wide = end - start > 1 or spaces[0] == "\u3000"
    is_field = "\t" in spaces[0] or (is_wide and _NAME.match(text, end))
    return "\n" if is_field and not is_beside_an_end else spaces[0]


def in_items(text: str, numbered: Collection[str]) -> str:
    """Return a plain text with a mark before each item of a list that begins with its first.

    A number behind a word that is `numbered` is none: "stage 2. SLE".
    """
    found: dict[tuple[str, str], list[_Item]] = {}
    for item in _markers(text, numbered):
        listed = found.setdefault(item.kind, [])
        if item.number == len(listed) + 1:
            listed.append(item)
    marks = {
        item.at: FIRST_ITEM if item.number == 1 else ITEM
        for listed in found.values()
        if len(listed) > 1
        for item in listed
    }
    ends = [0, *sorted(marks), len(text)]
    parts = (marks.get(a, "") + text[a:b] for a, b in pairwise(ends))
    return "".join(parts)


def _markers(text: str, numbered: Collection[str]) -> Iterator[_Item]:
    """Yield what may be the number of an item."""
    for found in _MARKER.finditer(text):
        kind = found[1], found[3]
        before, behind = (
            text[max(found.start() - 1, 0) : found.start()],
            text[found.end() : found.end() + 2],
        )
        is_number = before.isdigit() or before in _NO_MARKER_BEHIND or _is_amount(before, behind)
        is_word = before.isascii() and before.isalnum()
        if kind in _KINDS and not is_number and not is_word and before != "(":
            word = text[max(found.start() - 12, 0) : found.start()].split()[-1:]
            if "".join(word).casefold() not in numbered:
                yield _Item(found.start(), int(found[2]), kind)


def _is_amount(before: str, behind: str) -> bool:
    """Tell whether a number goes on: "2.5 mm", but "2.2型糖尿病" behind a space or a bracket."""
    if not behind[:1].isdigit():
        return False
    return before.isalnum() or behind[1:].isascii()
