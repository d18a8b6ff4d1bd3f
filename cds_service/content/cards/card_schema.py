"""The shape of cards and populations."""

from typing import Annotated, Literal

from msgspec import Meta, field

from cds_service.content.files.schema import File, Filled, Version
from cds_service.core.knowledge import Operator


class LineNode(File, frozen=True):
    """A line of a rule: a fact and one operator with what it is compared with."""

    fact: str = ""
    is_: str | Filled | None = field(name="is", default=None)
    at_least: str | None = None
    below: str | None = None
    if_unknown: Literal["show"] | None = None

    @property
    def operands(self) -> dict[Operator, str | tuple[str, ...]]:
        """What the fact is compared with, by operator."""
        given: dict[Operator, str | tuple[str, ...] | None] = {
            "is": self.is_,
            "atLeast": self.at_least,
            "below": self.below,
        }
        return {operator: operand for operator, operand in given.items() if operand is not None}

    def __post_init__(self) -> None:
        if not self.fact:
            raise ValueError("a line begins with `fact`")
        if len(self.operands) != 1:
            raise ValueError("a line has exactly one of `is`, `atLeast`, `below`")


Lines = Annotated[tuple[LineNode, ...], Meta(min_length=1)]


class InnerNode(LineNode, frozen=True):
    """A line, or a group of lines."""

    all: Lines | None = None
    any: Lines | None = None
    none: Lines | None = None

    def __post_init__(self) -> None:
        groups = [group for group in (self.all, self.any, self.none) if group]
        if self.fact or self.operands or self.if_unknown:
            LineNode.__post_init__(self)
            if groups:
                raise ValueError("a line has no `all`, `any` or `none`")
        elif len(groups) != 1:
            raise ValueError("a group has one of `all`, `any`, `none`; a line begins with `fact`")


Members = Annotated[tuple[InnerNode, ...], Meta(min_length=1)]


class WhenNode(File, frozen=True):
    """A rule: lines and groups of lines, joined; several joints must all hold."""

    all: Members | None = None
    any: Members | None = None
    none: Members | None = None

    def __post_init__(self) -> None:
        if not (self.all or self.any or self.none):
            raise ValueError("`when` begins with `all`, `any` or `none`")


class VariantsFile(File, frozen=True):
    """The fact whose value picks the summary, with an indicator for each value."""

    by: str
    indicators: dict[str, Literal["info", "warning", "critical"]]


class OrderFile(File, frozen=True):
    """A suggestion: the action it creates and the lines that keep it back."""

    order: str
    unless: tuple[LineNode, ...] = ()


class SourceFile(File, frozen=True):
    """The label of card.source and the evidence that it stands for."""

    label: str
    evidence: str


class CardFile(File, frozen=True):
    """The front matter of card.md."""

    id: str
    version: Version
    title: str
    priority: int
    source: SourceFile
    evidence: tuple[str, ...]
    author: str
    override_reasons: tuple[str, ...] = ()
    population: str | None = None
    when: WhenNode | None = None
    indicator: Literal["info", "warning", "critical"] | None = None
    variants: VariantsFile | None = None
    data_notes: tuple[str, ...] = ()
    suggestions: tuple[OrderFile, ...] = ()
    links: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if (self.indicator is None) == (self.variants is None):
            raise ValueError("a card has either `indicator` or `variants`")
        if self.population is None and self.when is None:
            raise ValueError("a card says for whom it is: `population` or `when`")

    @property
    def shown_as(self) -> dict[str, str]:
        """The indicator of each variant; a card without variants has the variant ""."""
        return dict(self.variants.indicators) if self.variants else {"": self.indicator or ""}


class PopulationFile(File, frozen=True):
    """Whom cards are about: a rule that they share."""

    id: str
    meaning: str
    when: WhenNode


class TranslationFile(File, frozen=True):
    """The front matter of card.<language>.md."""

    id: str
    translates: str
    title: str
    source_label: str
    author: str
