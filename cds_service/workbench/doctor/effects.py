"""What the words of a resource did: the record as it is read, beside the record read without words.

Both are made by the service's own readers, so nothing else can be said of the words than what they
really change.
"""

import re
from collections.abc import Iterator, Mapping
from enum import Enum
from itertools import zip_longest

from cds_service.core.hip.diagnosis import osteonecrosis_strength
from cds_service.core.record import Concept, Diagnosis, Listing, Record

ASPECTS: Mapping[str, str] = {
    "strength": "osteonecrosis of a hip",
    "sides": "side",
    "sides_said": "side in words",
    "clinical": "clinical status",
    "verification": "verification",
    "says": "it says",
    "topics": "named",
    "noted": "named in notes",
    "ruled_out": "ruled out",
    "codes": "what it is",
    "procedures": "what was imaged",
    "sites": "body site",
    "unread": "not understood",
}
"""What may be told of an item of the record; none of it is the chart's own text."""
NOTHING = "none"
# An aspect, as it is without the words and with them (None: whatever it is), and what they did.
_DID: Mapping[tuple[str, str | None, str | None], str] = {
    ("strength", "femur", "head"): "they name the femoral head",
    ("strength", "broader", "head"): "they name the femoral head",
    ("strength", NOTHING, "possible"): "they make osteonecrosis of a hip possible",
    ("strength", None, "possible"): "they weaken the code: osteonecrosis of a hip is only possible",
    ("strength", None, NOTHING): "they veto the code: it is not taken for osteonecrosis of a hip",
    ("sides", NOTHING, None): "they give the side: {}",
    ("sides", None, NOTHING): "they contradict the coded side, so the side is open",
}
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def items_of(record: Record, reference: str) -> list[object]:
    """Return what the record holds of a resource."""
    lists = (record.diagnoses, record.studies, record.operations, record.stage_texts, record.orders)
    held: list[object] = list(record.mentions)
    for listing in lists:
        if isinstance(listing, Listing):
            held += (*listing.items, *listing.not_understood)
    return [item for item in held if getattr(item, "reference", None) == reference]


def told(item: object) -> dict[str, str]:
    """Return what may be told of an item, by aspect; what says nothing is left out."""
    found = {name: _shown(getattr(item, name, None)) for name in ASPECTS}
    if isinstance(item, Diagnosis):
        found["strength"] = osteonecrosis_strength(item) or NOTHING
    return {name: words for name, words in found.items() if words}


def as_read(item: object) -> str:
    """Say what a resource was read as."""
    said = ", ".join(f"{ASPECTS[name]} {words}" for name, words in told(item).items())
    return f"{_kind(item)}: {said or 'nothing that a card asks about'}"


def effects(items: list[object], without_words: list[object]) -> Iterator[str]:
    """Yield what the words of a resource did to what the record holds of it."""
    for kind in dict.fromkeys(type(item) for item in (*items, *without_words)):
        pairs = zip_longest(
            (item for item in items if type(item) is kind),
            (item for item in without_words if type(item) is kind),
        )
        for read, unread in pairs:
            if read is None or unread is None:
                does = "make it" if unread is None else "take it away as"
                yield f"they {does} {_kind(read or unread)}"
            else:
                yield from _differences(told(unread), told(read))


def _differences(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    for aspect, words in ASPECTS.items():
        was, now = before.get(aspect, NOTHING), after.get(aspect, NOTHING)
        if was != now:
            keys = [(aspect, was, now), (aspect, was, None), (aspect, None, now)]
            did = next((_DID[key] for key in keys if key in _DID), "")
            yield did.format(now) or f"{words}: {was} without them, {now} with them"


def _kind(item: object) -> str:
    return _CAPITAL.sub(" ", type(item).__name__).lower()


def _shown(value: object) -> str:
    """Return words for an enumeration, for concepts, for topics and parts; nothing for the rest."""
    if isinstance(value, frozenset | tuple):
        return ", ".join(sorted(filter(None, map(_shown, value))))
    if isinstance(value, Concept):
        return value.label
    if isinstance(value, Enum):
        return str(value.value)
    return value if isinstance(value, str) else ""
