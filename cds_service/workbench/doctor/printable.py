"""What a file says -> what may be printed of it: nothing that could be about a person.

A name, an address or a date is never a code or a key, so what does not look like one of these is
described and not printed. Everything printed is ASCII on one line.
"""

import re
from collections.abc import Iterable, Iterator

MOST_LINES = 20
_NAME = re.compile(r"[A-Za-z0-9_.\-:]{1,64}")
_CODE = re.compile(r"(?=.*[0-9])(?!.*[0-9]{4}-[0-9]{2}-[0-9]{2})[A-Za-z0-9.&/^|:+_\-]{1,48}")
_SYSTEM = re.compile(r"(?:https?://|urn:)[A-Za-z0-9.:/_\-#~]{1,150}|[0-9.]{5,64}")
_ID = re.compile(r"[A-Za-z0-9\-._~]{1,256}")
_KINDS = {
    "NoneType": "null",
    "bool": "true or false",
    "str": "text",
    "int": "a number",
    "float": "a number",
    "list": "a list",
    "dict": "an object",
}
_TYPE = re.compile(r"[A-Z][A-Za-z]{1,39}")


def name_of(text: str) -> str:
    """Return a key or an element name, or a description of one that is odd."""
    return text if _NAME.fullmatch(text) else f"(an odd name of {len(text)} characters)"


def code_of(code: str) -> str:
    """Return a code, or a description of what stands in its place."""
    bare = code.strip()
    return f"`{bare}`" if _CODE.fullmatch(bare) else f"(a text of {len(code)} characters)"


def system_of(system: str | None) -> str:
    """Return a system URL, or a description of what stands in its place."""
    if not system:
        return "no system"
    bare = system.strip()
    return bare if _SYSTEM.fullmatch(bare) else f"(a system of {len(system)} characters)"


def type_of(content: object) -> str:
    """Return the resource type of raw JSON."""
    name = content.get("resourceType") if isinstance(content, dict) else None
    return name if isinstance(name, str) and _TYPE.fullmatch(name) else "(no resource type)"


def reference_of(content: object) -> str:
    """Return `Type/id` of raw JSON, the bare type where its id is odd."""
    own_id = content.get("id") if isinstance(content, dict) else None
    is_id = isinstance(own_id, str) and _ID.fullmatch(own_id)
    return f"{type_of(content)}/{own_id}" if is_id else f"{type_of(content)} without a plain id"


def kind_of(value: object) -> str:
    """Say which kind of JSON value was sent."""
    return _KINDS.get(type(value).__name__, "something else")


def counted(number: int, noun: str) -> str:
    """Return `1 entry`, `2 entries`."""
    plural = f"{noun.removesuffix('y')}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number} {noun if number == 1 else plural}"


def bounded(lines: Iterable[str], most: int = MOST_LINES) -> Iterator[str]:
    """Yield the first lines, and how many more there are."""
    left = 0
    for number, line in enumerate(lines):
        if number < most:
            yield line
        else:
            left += 1
    if left:
        yield f"  ... and {left} more like these"
