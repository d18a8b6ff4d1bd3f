"""Value sets as their files have them."""

from collections.abc import Iterator, Mapping
from typing import Literal

from cds_service.core.declaration import Declaration
from cds_service.core.record import NO_SIDE, SIDES, Side

ATTRIBUTES = ("laterality", "precision", "role", "siteGroup")
SIDES_OF: Mapping[str | None, frozenset[Side]] = {
    "right": frozenset({Side.RIGHT}),
    "left": frozenset({Side.LEFT}),
    "bilateral": SIDES,
    None: NO_SIDE,
}


class Filter(Declaration, frozen=True):
    """A filter of a FHIR `ValueSet.compose.include`."""

    property: str
    op: Literal["=", "is-a", "descendent-of", "regex"]
    value: str


class Definition(Declaration, frozen=True, kw_only=True):
    """What a list of codes should hold by definition: an ECL expression or a filter."""

    ecl: str | None = None
    filter: Filter | None = None
    source: str

    def __str__(self) -> str:
        """Return the rule as a person writes it."""
        rule = self.filter
        return f"{rule.property} {rule.op} {rule.value}" if rule else self.ecl or ""


class Code(Declaration, frozen=True):
    """A code with our own label; `?` is what a proposal leaves to the reviewer.

    `seventh_character` are those that ICD-10-CM puts behind it, filled with X, and that count.
    """

    code: str
    display: str
    laterality: Literal["right", "left", "bilateral", "?"] | None = None
    precision: Literal["head", "femur", "broader", "?"] | None = None
    role: str | None = None
    site_group: str | None = None
    match_prefix: bool = False
    seventh_character: str = ""
    note: str | None = None

    @property
    def attributes(self) -> dict[str, str]:
        """What the rules read of it, by the names of the files."""
        said = (self.laterality, self.precision, self.role, self.site_group)
        return {name: value for name, value in zip(ATTRIBUTES, said, strict=True) if value}


class Include(Declaration, frozen=True):
    """The codes of one system, where they were verified, and how they are defined."""

    system: str
    source: str
    concept: tuple[Code, ...]
    expand_from: tuple[Definition, ...] = ()


class Compose(Declaration, frozen=True):
    include: tuple[Include, ...]


class ValueSet(Declaration, frozen=True):
    """A value set with the sentences that stand around its codes, by FHIR's names."""

    id: str
    version: str
    status: Literal["draft", "active"]
    title: str
    description: str
    copyright: str
    compose: Compose

    @property
    def members(self) -> Iterator[tuple[str, Code]]:
        """Every code with the URL of its system, in order."""
        for include in self.compose.include:
            yield from ((include.system, code) for code in include.concept)
