"""The shape of every file under `cards/`; refuses to know whether the content makes sense."""

from typing import Annotated

from msgspec import Meta, field

from cds_service.core.declaration import Declaration


class File(Declaration, frozen=True):
    """The base of all shapes that are not what the service uses."""


Version = Annotated[str, Meta(pattern=r"^\d+\.\d+\.\d+$(?#a version such as 1.2.0)")]
Filled = Annotated[tuple[str, ...], Meta(min_length=1)]


class OverrideReasonsFile(File, frozen=True):
    """override-reasons.yaml."""

    system: str
    source: str
    codes: list[str]


class WordsFile(File, frozen=True):
    """words.<language>.yaml."""

    language: str
    months: list[str]
    dates: dict[str, str]
    units: dict[str, list[str]]
    hips: dict[str, str]
    choices: dict[str, dict[str, str]]
    phrases: dict[str, str]
    notes: dict[str, dict[str, str]]
    override_reasons: dict[str, str]
    numerals: list[str]
    code_title: str = "{label} ({system} {code})"
    code_labels: dict[str, str] = field(default_factory=dict)
