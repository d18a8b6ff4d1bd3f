"""The clinical content, read and checked: what `cards/` and a site's folder say, as plain data."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Literal

import msgspec

from cds_service.core.approval import Approval, ReviewedPart, SitePolicy
from cds_service.core.declaration import Declaration
from cds_service.core.record import Concept, Recognise
from cds_service.core.texts import CardText, Frame, Notes, Template
from cds_service.core.values import Absence, Period, Quantity, Truth, Value
from cds_service.core.vocabulary.value_sets import ValueSet
from cds_service.core.vocabulary.vocabulary import Vocabulary
from cds_service.core.words.kept import Kept
from cds_service.core.words.lexicon import Lexicon
from cds_service.core.words.stages.staging import Staging
from cds_service.core.words.topics import TextPattern
from cds_service.hooks import Coding, Hook

Operator = Literal["is", "atLeast", "below"]
Joint = Literal["all", "any", "none"]
ParameterValue = Quantity | Period
# The patient attributes whose use 45 CFR 170.315(b)(11)(iv)(A)(5) to (13) wants declared, in order.
PatientAttribute = Literal[
    "race",
    "ethnicity",
    "language",
    "sexualOrientation",
    "genderIdentity",
    "sex",
    "dateOfBirth",
    "socialDeterminants",
    "healthStatusAssessments",
]


class FactKind(Enum):
    """The type of value that a fact holds, which decides its operators and its wording."""

    CHOICE = "choice"
    QUANTITY = "quantity"
    DATE = "date"
    PERIOD = "period"
    TEXT = "text"


class FactDeclaration(Declaration, frozen=True):
    """A fact of `facts.yaml`: what a card may ask, and which resource types answer it.

    The note on an answer that is `said_first` goes before all else of every card that says it.
    `longest` is the longest value of a text.
    """

    name: str
    kind: FactKind
    meaning: str
    absence: str = ""
    choices: tuple[str, ...] = ()
    unit: str | None = None
    longest: str = ""
    may_be: frozenset[Literal["never", "unknown"]] = frozenset()
    read_from: tuple[str, ...] = ()
    patient_attributes: tuple[PatientAttribute, ...] = ()
    value_sets: tuple[str, ...] = ()
    text_patterns: tuple[str, ...] = ()
    said_first: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One criterion of a `when`: a fact, an operator, and what to do when it is unknown.

    `parameter` names the number that the fact is compared with; `is` compares with answers. A line
    is only equal to itself: the cards of a population share its lines.
    """

    fact: str
    operator: Operator
    operands: tuple[Value, ...]
    shows_when_unknown: bool
    line_number: int
    parameter: str | None = None

    @property
    def label(self) -> str:
        """The line as the content writes it: `patientAge atLeast adultAge`."""
        answers = (one.value if isinstance(one, Absence) else str(one) for one in self.operands)
        return f"{self.fact} {self.operator} {self.parameter or ' or '.join(answers)}"


@dataclass(frozen=True, eq=False)
class Group:
    """Lines joined by `all`, `any` or `none`; like a line, a group is only equal to itself."""

    joined_by: Joint
    members: tuple["Line | Group", ...]

    @property
    def lines(self) -> tuple[Line, ...]:
        """Every line of the tree, in order."""
        found: list[Line] = []
        for member in self.members:
            found += [member] if isinstance(member, Line) else member.lines
        return tuple(found)

    @cached_property
    def vetoes(self) -> tuple[tuple["Line | Group", Truth], ...]:
        """What is asked in turn, each with the answer that alone makes the group false."""
        if self.joined_by == "any":
            return ((self, Truth.FALSE),)
        if self.joined_by == "none":
            return tuple((member, Truth.TRUE) for member in self.members)
        return tuple(
            veto
            for member in self.members
            for veto in (member.vetoes if isinstance(member, Group) else ((member, Truth.FALSE),))
        )


@dataclass(frozen=True, slots=True)
class Population:
    """Whom cards are about: the part of their rules that they share."""

    id: str
    meaning: str
    when: Group


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number with its evidence, used by rules and texts under one name.

    `replaces` is our number where a hospital's own folder sets another one, or that of a source
    where our policy departs from it.
    """

    name: str
    value: ParameterValue
    meaning: str
    evidence: str
    replaces: "Parameter | None" = None

    @property
    def as_published(self) -> "Parameter":
        """The number as the source gives it that the policies in force depart from."""
        return self.replaces.as_published if self.replaces else self


class Citation(Declaration, frozen=True, kw_only=True):
    """A source of the content; `kind` says how far to trust it."""

    id: str
    kind: Literal[
        "expert-opinion",
        "guideline",
        "study",
        "classification",
        "coding-rule",
        "service-default",
        "site-policy",
    ]
    citation: str
    url: str | None = None
    says: str


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of the review schedule; the last one has no `until`.

    A `stable_only` phase is not for a lesion whose recorded stage has advanced.
    """

    name: str
    until: Period | None
    interval: Period
    stable_only: bool = False


@dataclass(frozen=True, eq=False)
class ReviewSchedule:
    """When hip imaging is due, from `cards/schedules/`.

    `site_groups` says by modality what an image must be of to count as a review. What is of `vague`
    groups may or may not show the hip; what is of `in_passing` shows it and was made for another
    part of the body. `pregnancy_lasts` and `fracture_is_acute` are how long after its date such an
    entry stands for what is so now.
    """

    version: str
    phases: tuple[Phase, ...]
    window: Period
    stable_after: Period
    pregnancy_lasts: Period
    fracture_is_acute: Period
    site_groups: Mapping[str, frozenset[str]]
    vague: frozenset[str] = frozenset()
    in_passing: frozenset[str] = frozenset()

    @cached_property
    def hips(self) -> frozenset[str]:
        """The regions of which some image counts."""
        return frozenset[str]().union(*self.site_groups.values())

    def last_phase(self, is_stable: bool) -> int:
        """The number of the last phase that a lesion reaches: a `stable_only` one if it is."""
        return len(self.phases) - (1 if is_stable or not self.phases[-1].stable_only else 2)

    def counts(self, modality: str | None, groups: frozenset[str]) -> bool:
        """Tell whether an image of this kind and of one of these regions is a review of the hip."""
        return bool(groups & self.site_groups.get(modality or "", frozenset()))


class OrderTemplate(Declaration, frozen=True):
    """A file of `actions/`: a FHIR resource with placeholders, of which a draft order is made."""

    id: str
    resource: dict[str, object]


class OfferedOrder(OrderTemplate, frozen=True):
    """An order as a card suggests it; the lines `unless` keep it back."""

    unless: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class CardDefinition:
    """A card: when it is shown and with which indicator; its words by language.

    `when` holds the lines of its `population`, too; one that asks for a fact on the orders at hand
    makes it a card `about_orders`. `indicators` is keyed by variant; a card
    without variants has the one variant "". `noted_facts` are those on which the card may say a
    note, `override_reasons` the codes of those that it offers. `digest` is over `parts`: what a
    reviewer of the card sees.
    """

    id: str
    version: str
    priority: int
    when: Group
    variant_fact: str | None
    indicators: Mapping[str, str]
    noted_facts: tuple[str, ...]
    orders: tuple[OfferedOrder, ...]
    evidence: tuple[Citation, ...]
    links: tuple[str, ...]
    override_reasons: tuple[str, ...]
    approval: Approval
    digest: str
    texts: Mapping[str, CardText]
    about_orders: bool = False
    population: Population | None = None
    parts: Mapping[str, ReviewedPart] = field(default_factory=dict)

    @property
    def status(self) -> Literal["active", "draft"]:
        """Whether a sign-off holds."""
        return "active" if self.approval.signatures else "draft"

    @property
    def lines(self) -> tuple[Line, ...]:
        """Every line of the rule, then those that keep a suggestion back."""
        return (*self.when.lines, *(line for order in self.orders for line in order.unless))

    @property
    def own_lines(self) -> tuple[Line, ...]:
        """The lines of `when` that are not its population's."""
        shared = self.population.when.lines if self.population else ()
        return tuple(line for line in self.when.lines if not any(line is one for one in shared))

    @property
    def numbers(self) -> frozenset[str]:
        """The parameters that the lines compare with or a text writes."""
        written = (name for text in self.texts.values() for name in text.parameters)
        return frozenset({*written, *(line.parameter for line in self.lines if line.parameter)})

    @property
    def facts(self) -> frozenset[str]:
        """The facts that the rule, the texts in any language or the suggestions use."""
        used = {*self.noted_facts, *(line.fact for line in self.lines)}
        used |= {self.variant_fact} if self.variant_fact else set()
        return frozenset(used.union(*(text.facts for text in self.texts.values())))


@dataclass(frozen=True, slots=True)
class Words:
    """The language file. `units` are forms for one and for more; `numerals` no text writes.

    `override_reasons` go by code; `said_first` are the notes that go before all else of a card.
    """

    months: tuple[str, ...]
    dates: Mapping[str, str]
    hips: Mapping[str, str]
    choices: Mapping[str, Mapping[str, str]]
    units: Mapping[str, tuple[str, str]]
    phrases: Mapping[str, Template]
    notes: Notes
    override_reasons: Mapping[str, Coding]
    numerals: tuple[str, ...] = ()
    said_first: frozenset[tuple[str, str]] = frozenset()


class Service(Declaration, frozen=True):
    """A CDS service of `services.yaml`; its `prefetch` follows from the facts of its cards."""

    id: str
    hook: Hook
    hook_version: str
    title: str
    description: str
    usage_requirements: str
    cards: tuple[str, ...]
    prefetch: dict[str, str] = msgspec.field(default_factory=dict)


class LeanPrefetch(Declaration, frozen=True):
    """The types that a client still sends where the rest is asked for, and what that needs."""

    types: tuple[str, ...]
    usage_requirements: str


class Publisher(Declaration, frozen=True):
    """Who develops the content and who pays for that, from `publisher.yaml`."""

    developer: str
    funding: str


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Everything that `cards/` and a site's folder say, proved, with the digest of all files.

    `kept` is what codes and words of charts were found to say by it, `frames` are those of cards by
    language and base URL.
    """

    digest: str
    publisher: Publisher
    topic_system: str
    most_cards: int
    services: Mapping[str, Service]
    prefetch_types: Mapping[str, str]
    lean_prefetch: LeanPrefetch
    imaging_stand_ins: Mapping[str, str]
    page_sizes: Mapping[str, int]
    facts: Mapping[str, FactDeclaration]
    parameters: Mapping[str, Parameter]
    evidence: Mapping[str, Citation]
    schedule: ReviewSchedule
    staging: Staging
    cards: Mapping[str, CardDefinition]
    words: Mapping[str, Words]
    vocabulary: Vocabulary
    lexicon: Lexicon
    topics: Mapping[str, TextPattern]
    site: SitePolicy | None = None
    kept: Kept[object, object] = field(default_factory=Kept, init=False, compare=False, repr=False)
    frames: Kept[tuple[CardDefinition, str, str], Frame] = field(
        default_factory=Kept, init=False, compare=False, repr=False
    )

    @property
    def recognise(self) -> Recognise:
        """What finds the meaning of a code."""
        return self.vocabulary.recognise

    @property
    def value_sets(self) -> Mapping[str, tuple[Concept, ...]]:
        """The codes of each value set, in our words."""
        return self.vocabulary.value_sets

    @property
    def published(self) -> Mapping[str, ValueSet]:
        """The value sets as their files have them."""
        return self.vocabulary.published

    @property
    def knows_system(self) -> Callable[[str | None], bool]:
        """What tells whether a code system, as sent, is one of ours; no system is none."""
        return self.vocabulary.knows_system
