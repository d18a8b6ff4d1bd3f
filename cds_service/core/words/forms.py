"""A form -> the same as prose: what is ticked is said, what is not ticked does not stand there."""

import re
from collections.abc import Iterator
from itertools import groupby, islice
from typing import NamedTuple

from cds_service.core.words.tokens import CJK

_GAP = r"[ \t]{2,}|[\t\u3000]"
_TICKED = r"[\[(\uff08\u3010]\s?[xX✓✔√☑■●]\s?[\])\uff09\u3011]|[☑☒✓✔✅]"
_EMPTY = r"[\[(\uff08\u3010][ _\u3000]{0,4}[\])\uff09\u3011]|[□☐]"
_BOXES = re.compile(rf"(?P<ticked>{_TICKED})|{_EMPTY}")
# These are bullets and signs of arithmetic where no empty one stands beside them.
_MORE_BOXES = re.compile(rf"(?P<ticked>{_TICKED}|[■√●◉])|{_EMPTY}|[○◯]")
_PAIRED = (("■", "□"), ("√", "□"), ("●", "○"), ("◉", "○"))
# `Collapse:`, with the boxes on the lines below it.
_BELOW_A_NAME = re.compile(rf"[:\uff1a][ \t]*(?:\n[ \t]*(?:{_TICKED}|{_EMPTY})[^\n]*)+")
_ENDS_A_NAME = frozenset(":\uff1a=?\uff1f")
_ENDS_AN_OPTION = re.compile(rf"{_GAP}|[|;\uff1b\u3002]|[.](?=\s|$)|(?<=[{CJK}])\s")
_BEGINS_AN_OPTION = re.compile(
    rf"{_GAP}|[|;\uff1b\uff0c\u3002:\uff1a=?\uff1f]|[.,](?=\s)|(?<=[{CJK}])\s"
)
_BETWEEN_OPTIONS = " \t\u3000,;/|.\uff0c\uff1b\u3001\u3002"
# A name without a colon is no longer: `Crescent sign [ ] yes [ ] no`.
_LONGEST_NAME = 2
_BEGINS_A_FIELD = re.compile(rf"{_GAP}|[|;\uff1b,\uff0c.。]")
_NAME = re.compile(r"\s\S[^:\uff1a]*[:\uff1a]")
# `ARCO=.`; `ARCO=2 COLLAPSE=1`; `ARCO_R`; `R2 L3`, and so not L4, which is a vertebra.
_EMPTY_FIELD = re.compile(r"\b[^\W\d]\w*=(?:\.(?=[,;\s]|$)|(?=[,;|]|$))")
_NEXT_FIELD = re.compile(r"(?<=\w)(=[^\s,;=]+) +(?=\w+=\S)")
_UNDERSCORE = re.compile(r"(?<=[^\W_])_(?=[^\W_])")
_BY_SIDE = re.compile(
    r"\b(?:(R)([0-6][A-D]?)([\s,/]+)(L)(?=[0-6])|(L)([0-6][A-D]?)([\s,/]+)(R)(?=[0-6]))", re.I
)

# `Collapse (R/L): no/yes`
_IN_ORDER = re.compile(
    r"[(\uff08]?([^\W\d_]{1,8}) ?[/\uff0f] ?([^\W\d_]{1,8})[)\uff09]?( ?[:\uff1a=] ?)"
    r"([^\s/\uff0f,;\uff1b]{1,12}) ?[/\uff0f] ?([^\s/\uff0f,;.\uff1b\u3002]{1,12})"
)

# `Collapse (mm): R 0, L 3`
_MEASURED = re.compile(r"[(\uff08] ?([mc]m) ?[)\uff09]( ?[:\uff1a=])([^;\uff1b|\n\u3002]{1,40})")
_AMOUNT = re.compile(r"\d+(?:[.,]\d+)?(?![.,]?\d)(?! ?[mc]m)")


class _Option(NamedTuple):
    """What a box stands by, and what stands before that: the name of its field, or nothing."""

    lead: str
    text: str
    is_ticked: bool


def written_out(text: str) -> str:
    """Return a text with its forms written out."""
    if "_" in text or "=" in text:
        text = _UNDERSCORE.sub(" ", _NEXT_FIELD.sub(r"\1; ", _EMPTY_FIELD.sub("", text)))
    if "/" in text or "\uff0f" in text:
        text = _IN_ORDER.sub(r"\3\1 \4 / \2 \5", text)
    text = _MEASURED.sub(_with_units, _BY_SIDE.sub(_apart, text))
    boxes = _MORE_BOXES if any(a in text and b in text for a, b in _PAIRED) else _BOXES
    if not any(islice(boxes.finditer(text), 1, None)):
        return text
    joined = _BELOW_A_NAME.sub(lambda block: block[0].replace("\n", "  "), text)
    lines = (_line(line, list(boxes.finditer(line))) for line in joined.split("\n"))
    return "\n".join(line for line in lines if line is not None)


def _apart(found: re.Match[str]) -> str:
    side, number, between, other = (part for part in found.groups() if part)
    return f"{side} {number}{between}{other} "


def _with_units(found: re.Match[str]) -> str:
    unit, sign, told = found.groups()
    return sign + _AMOUNT.sub(rf"\g<0> {unit}", told)


def _line(line: str, boxes: list[re.Match[str]]) -> str | None:
    """Return a line written out; none of one on which nothing else stood than empty boxes."""
    if not boxes:
        return line
    starts, ends = [0, *(box.end() for box in boxes)], [*(box.start() for box in boxes), len(line)]
    pieces = [line[start:end] for start, end in zip(starts, ends, strict=True)]
    before = pieces[0].rstrip()
    is_named = not before or before[-1] in _ENDS_A_NAME
    is_behind = not is_named and (before == pieces[0] or pieces[-1].strip()[:1] in _BETWEEN_OPTIONS)
    split = _split_behind if is_behind else _split_before
    leads, options, tail = split(pieces)
    ticked = (box["ticked"] is not None for box in boxes)
    told = "".join(_told(map(_Option, leads, options, ticked))) + tail
    return told if told.strip() or not line.strip() else None


def _split_before(pieces: list[str]) -> tuple[list[str], list[str], str]:
    """Split what stands behind each box into what it stands by and the next name."""
    options, leads = [], [pieces[0]]
    for piece in pieces[1:]:
        skipped = len(piece) - len(piece.lstrip())
        end = _ENDS_AN_OPTION.search(piece, skipped)
        at = end.start() if end else len(piece)
        colon = max(piece.rfind(sign, 0, at) for sign in ":\uff1a")
        name = _NAME.search(piece, skipped + 1, colon + 1)
        at = name.start() if name else at
        options.append(piece[:at])
        leads.append(piece[at:])
    return leads[:-1], options, leads[-1]


def _split_behind(pieces: list[str]) -> tuple[list[str], list[str], str]:
    """Split what stands before each box into a name and what it stands by."""
    places = []
    for piece in pieces:
        begins = [found.end() for found in _BEGINS_AN_OPTION.finditer(piece.rstrip())]
        places.append(begins[-1] if begins else 0)
    leads = [piece[:at] for piece, at in zip(pieces, places, strict=True)]
    options = [piece[at:] for piece, at in zip(pieces, places, strict=True)]
    return leads[:-1], options[:-1], pieces[-1]


def _told(options: Iterator[_Option]) -> Iterator[str]:
    """Yield each name with what is ticked of it; not one of which nothing is."""
    number = 0

    def group(option: _Option) -> int:
        nonlocal number
        number += bool(option.lead.strip(_BETWEEN_OPTIONS))
        return number

    for _, own in groupby(options, group):
        first, *others = own
        ticked = [one.text.strip() for one in (first, *others) if one.is_ticked]
        lead = first.lead.rstrip()
        if not ticked:
            lead = _without_name(lead)
        is_short = not any(" " in one for one in ticked)
        yield lead + " " + (" / " if is_short else ", ").join(ticked) + ";"


def _without_name(lead: str) -> str:
    """Return what stands before the name of a field of which nothing is ticked."""
    ends = [found.end() for found in _BEGINS_A_FIELD.finditer(lead)]
    at = ends[-1] if ends else 0
    is_name = lead[-1:] in _ENDS_A_NAME or len(lead[at:].split()) <= _LONGEST_NAME
    return lead[:at] if is_name else lead
