"""The quirk cases as files -> types, and their placeholders filled.

A case is a request as EHRs send it, what every service owes it (`expect`) and what one named
service must answer besides (`expectHere`). README.md explains each member.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import msgspec
import yaml
from msgspec import Struct, field

_TOKEN = re.compile(r"\{\{(today|year|month|n|service|fhirPort)(?:([+-][0-9]{1,5})d)?\}\}")
SHIPPED = Path(__file__).parent / "cases"
_WRITTEN = {"today": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y"}


class BrokenCase(Exception):
    """A file that is no quirk case, or a folder without any."""


class Expectation(Struct, rename="camel", forbid_unknown_fields=True, frozen=True):
    """What an answer must be; the keys of the mappings are paths such as `cards.*.summary`."""

    service: str = ""
    status: tuple[str | int, ...] = ("2xx",)
    seconds: float = 10.0
    outcome: bool = False
    every: dict[str, str] = field(default_factory=dict)
    values: dict[str, tuple[str, ...]] = field(default_factory=dict)
    count: dict[str, int] = field(default_factory=dict)
    distinct: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    not_asked: tuple[str, ...] = ()


class FhirAnswer(Struct, forbid_unknown_fields=True, frozen=True):
    """What the scripted FHIR server answers to an address that contains `when`."""

    when: str
    status: int = 200
    json: object = None
    text: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    gzip: bool = False


class Quirk(Struct, rename="camel", forbid_unknown_fields=True, frozen=True):
    """A case; `request` is sent as JSON, `body` as the bytes of its pieces."""

    id: str
    title: str
    source: str
    why: str
    hook: str
    expect: Expectation
    expect_here: Expectation | None = None
    method: Literal["GET", "POST"] = "POST"
    path: str = "/cds-services/{{service}}"
    headers: dict[str, str | None] = field(default_factory=dict)
    request: object = None
    body: tuple[object, ...] | None = None
    fhir_server: tuple[FhirAnswer, ...] | None = None
    again: bool = False

    @property
    def own_service(self) -> str:
        """The id of the service that `expectHere` is about, or nothing."""
        return self.expect_here.service if self.expect_here else ""


def load_quirks(folder: Path = SHIPPED) -> tuple[Quirk, ...]:
    """Read the cases of a folder, or those shipped; raise `BrokenCase` for one that is none."""
    files = sorted(file for file in folder.glob("Q*") if file.suffix in (".yaml", ".json"))
    if not files:
        raise BrokenCase(f"{folder}: there is no quirk case here; name a folder that has some.")
    return tuple(_load(file) for file in files)


def body_of(quirk: Quirk, now: Mapping[str, str]) -> bytes:
    """Return the bytes to send, with every placeholder filled."""
    if quirk.body is None:
        return msgspec.json.encode(filled(quirk.request, now))
    return b"".join(_piece(filled(piece, now)) for piece in quirk.body)


def filled(node: object, now: Mapping[str, str]) -> object:
    """Fill placeholders; `{repeat: 3, of: x}` gives a list of three, or a text three times."""
    match node:
        case str():
            return _TOKEN.sub(lambda found: _value(found[1], int(found[2] or 0), now), node)
        case {"repeat": int(times), "of": str(text)}:
            return text * times
        case {"repeat": int(times), "of": member}:
            return [filled(member, {**now, "n": str(number)}) for number in range(times)]
        case dict():
            return {name: filled(member, now) for name, member in node.items()}
        case list() | tuple():
            return [filled(member, now) for member in node]
        case _:
            return node


def _load(file: Path) -> Quirk:
    try:
        quirk = msgspec.convert(yaml.load(file.read_bytes(), yaml.CSafeLoader), Quirk)
    except (yaml.YAMLError, msgspec.ValidationError, ValueError) as error:
        raise BrokenCase(f"{file}: this is not a quirk case: {error}") from error
    if quirk.id != file.stem:
        raise BrokenCase(f"{file}: the id is {quirk.id}; the file must be named after it.")
    return quirk


def _piece(piece: object) -> bytes:
    match piece:
        case str():
            return piece.encode()
        case {"hex": str(digits)}:
            return bytes.fromhex(digits)
        case {"json": content}:
            return msgspec.json.encode(content)
        case _:
            raise BrokenCase(f"A piece of a body is text, `hex`, `json` or `repeat`: {piece}")


def _value(name: str, days: int, now: Mapping[str, str]) -> str:
    if name in _WRITTEN:
        return (datetime.now(UTC) + timedelta(days=days)).strftime(_WRITTEN[name])
    return now.get(name, f"{{{{{name}}}}}")
