"""What was read of one patient, in our words, whatever FHIR version it came in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar, get_args

from cds_service.core.values import NEVER, Absence, DateRange, Member

ItemT = TypeVar("ItemT")
StudyKind = Literal["study", "report", "procedure", "order"]
Part = Literal["code", "site", "side", "status", "certainty", "modality"]
"""What of a resource may be sent and not understood: a doubt, never the same as absent."""

OrderKind = Literal["service", "medication", "any", "other"]
"""What may be ordered by an order: `any` is an activity of a plan."""
Purpose = Literal["osteonecrosis", "other"]
"""What an order is for, by the codes and the words of its reason."""
StageGroup = Literal["filmNormal", "earlyChange", "collapsed"]
GROUPS: tuple[StageGroup, ...] = get_args(StageGroup)
StageSays = Literal["stage", "unnamed", "collapse", "arthritis", "intact", "unread", "report"]
"""A stage of a named system; one without its system; a head that words call collapsed; a hip with
arthritis; a head that words call intact; something on a stage that cannot be told; a report without
words.
"""
BoneLossKind = Literal["osteoporosis", "osteopenia", "boneDefect"]
Worsening = Literal["largerLesion", "worse"]
RemarkBasis = Literal["code", "tScore", "words"]
Load = Literal["nonWeightBearing", "toeTouch", "partial", "asTolerated", "full", "asWritten"]
WalkingAid = Literal["twoCrutches", "oneCrutch", "crutches", "stick", "frame"]

ALL_READ: frozenset[Part] = frozenset()
WORDS = "words"
"""The system name of a concept that words say and no code."""


class ValueSetId:
    """The value sets whose members the reader and the rules tell apart (`cards/value-sets/`).

    Plain texts: to ask an Enum for a member costs ten times as much, and every coding asks.
    """

    FEMORAL_HEAD = "osteonecrosis-femoral-head"
    POSSIBLE = "osteonecrosis-possible"
    OTHER_SITE = "osteonecrosis-other-site"
    JUVENILE = "juvenile-hip-disorder"
    LOOKALIKE = "hip-lookalike"
    OSTEOARTHRITIS = "hip-osteoarthritis"
    PROSTHESIS = "hip-prosthesis"
    ARTHROPLASTY = "hip-arthroplasty"
    BODY_SITE = "body-site"
    LATERALITY = "laterality"
    CONDITION_STATUS = "condition-status"
    IMAGING_MODALITY = "imaging-modality"
    IMAGING_PROCEDURE = "imaging-procedure"
    PHYSIOTHERAPY = "physiotherapy-order"
    GLUCOCORTICOID_ORDER = "glucocorticoid-order"
    HEAD_PRESERVING_SURGERY = "head-preserving-surgery"
    FEMUR_FRACTURE = "femur-fracture"
    PREGNANCY = "pregnancy"
    PALLIATIVE_CARE = "palliative-care"
    BISPHOSPHONATE_ORDER = "bisphosphonate-order"
    CALCIUM_VITAMIN_D_ORDER = "calcium-vitamin-d-order"
    OTHER_BONE_DRUG_ORDER = "other-bone-drug-order"
    BONE_LOSS = "bone-loss"


VALUE_SETS = frozenset(text for name, text in vars(ValueSetId).items() if name.isupper())
NAMES_OSTEONECROSIS = frozenset({ValueSetId.FEMORAL_HEAD, ValueSetId.POSSIBLE})
"""The value sets of the disease that the cards are about."""


class Side(Member):
    """A side of the body; `UNRECORDED` where the chart does not say."""

    RIGHT = "right"
    LEFT = "left"
    UNRECORDED = "unrecorded"


SIDES = frozenset({Side.RIGHT, Side.LEFT})
NO_SIDE: frozenset[Side] = frozenset()


def may_be_of(hip: Side, sides: frozenset[Side]) -> bool:
    """Tell whether what is recorded of some sides may be of a hip; either may be of none."""
    return hip is Side.UNRECORDED or not sides or hip in sides


@dataclass(frozen=True, slots=True)
class Concept:
    """One code of a value set, with what the value set says of it."""

    value_set: str
    system_name: str
    code: str
    label: str
    sides: frozenset[Side] = NO_SIDE
    precision: str | None = None
    role: str | None = None
    site_group: str | None = None

    @property
    def title(self) -> str:
        """The code in our words, with its system: the answer of a fact, and its key in `words`."""
        return f"{self.label} ({self.system_name} {self.code})"

    @property
    def is_said(self) -> bool:
        """Whether words say it: that alone never makes an advice."""
        return self.system_name == WORDS

    @property
    def is_vague(self) -> bool:
        """Whether the words beside a code may say more: it is of a limb, or of many operations."""
        return self.site_group == "limb" or self.precision in ("femur", "broader")


Recognise = Callable[[str | None, str], tuple[Concept, ...]]
"""(system, code) as sent -> the concepts that the value sets know for it."""


class Clinical(Member):
    """Whether a condition is present now (FHIR condition-clinical, folded)."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    UNRECORDED = "unrecorded"


class Verification(Member):
    """How sure the chart is (FHIR condition-ver-status, folded)."""

    CONFIRMED = "confirmed"
    UNCONFIRMED = "unconfirmed"
    RULED_OUT = "ruled-out"
    UNRECORDED = "unrecorded"


@dataclass(frozen=True)
class Diagnosis:
    """A Condition with a code that the value sets know; `sides` as the chart gives them.

    `dates` are those on which it was recorded, or of its onset (`is_onset`) where none is. `unread`
    are the parts that were sent and not understood, or that contradict each other.
    """

    reference: str | None
    codes: tuple[Concept, ...]
    sites: tuple[Concept, ...]
    sides: frozenset[Side]
    clinical: Clinical
    verification: Verification
    dates: tuple[DateRange, ...] = ()
    unread: frozenset[Part] = ALL_READ
    is_onset: bool = False


@dataclass(frozen=True, slots=True)
class Series:
    """The part of an imaging study that has one modality and one site.

    `unread` are the parts that were sent and not understood; `is_said`: words tell the site, or how
    it was made.
    """

    modality: str | None
    site_groups: frozenset[str]
    sides: frozenset[Side]
    unread: frozenset[Part] = ALL_READ
    is_said: bool = False


@dataclass(frozen=True)
class Study:
    """An imaging study that took place; `started` is None where no date was recorded.

    `procedures` holds what its codes say was imaged, and what its words say. `sides_said` is the
    side that its words give, where they give one. `unread` are the parts that were sent and not
    understood, or whose words contradict each other. `kind` is `study`, or `report`, `procedure` or
    `order` for what stands in for one.
    """

    reference: str | None
    started: DateRange | None
    series: tuple[Series, ...]
    procedures: tuple[Concept, ...]
    sides_said: frozenset[Side] = NO_SIDE
    unread: frozenset[Part] = ALL_READ
    kind: StudyKind = "study"


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a named system; `letter` is empty where none was given or it says nothing."""

    label: str
    group: StageGroup
    family: str
    system: str
    number: int
    letter: str = ""
    letters_in_order: bool = False


@dataclass(frozen=True, slots=True)
class StageText:
    """What a text of the chart says of the stage of some hips, or may say.

    `number` is that of a stage whose system is not named. `diagnosis` is that of the Condition in
    which it stands. `unread` names what of the resource was sent and not understood; the side also
    where the text does not tell the hip, or contradicts the codes.
    """

    reference: str | None
    says: StageSays
    sides: frozenset[Side] = NO_SIDE
    on: DateRange | None = None
    stage: Stage | None = None
    number: str = ""
    diagnosis: Diagnosis | None = None
    unread: frozenset[Part] = ALL_READ


@dataclass(frozen=True, slots=True)
class Remark:
    """What the chart says of bone beside a stage: that it was lost, or that a necrosis is worse.

    `is_more`: the loss is new, or more than before. `unread` are the parts that were sent and not
    understood, or that leave it open.
    """

    reference: str | None
    says: BoneLossKind | Worsening
    basis: RemarkBasis = "words"
    sides: frozenset[Side] = NO_SIDE
    on: DateRange | None = None
    is_more: bool = False
    unread: frozenset[Part] = ALL_READ

    @property
    def loss(self) -> BoneLossKind | None:
        """The bone loss that it tells of, if it does."""
        match self.says:
            case "largerLesion" | "worse":
                return None
            case kind:
                return kind


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """How much weight a leg may take, and on what; `asWritten`: no limit of our lists, or many."""

    load: Load
    aid: WalkingAid | None = None


@dataclass(frozen=True, slots=True)
class PlanOnFile:
    """An observation of the plan for a leg."""

    reference: str | None
    plan: LoadPlan
    sides: frozenset[Side] = NO_SIDE
    on: DateRange | None = None
    unread: frozenset[Part] = ALL_READ


@dataclass(frozen=True, slots=True)
class Operation:
    """A Procedure that was done; `on` is None where no date was recorded that could be read.

    `purpose` is what its codes and words state as its reason, None where they state none: that of a
    Condition stands in `reason_references` alone.
    """

    reference: str | None
    codes: tuple[Concept, ...]
    sides: frozenset[Side]
    unread: frozenset[Part] = ALL_READ
    on: DateRange | None = None
    purpose: Purpose | None = None
    reason_references: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Order:
    """A draft order of the hook context, or one of the chart that is in force.

    `topics` are those of `text-patterns/` that its name says, `noted` those that only its notes
    say, `ruled_out` those that its words exclude, `plan` how much load they allow a leg. `purpose`
    is what it states as its reason, None where it states none: that of a Condition stands in
    `reason_references` alone. `occurs` is NEVER where it has no date, `authored` is when
    it was written.
    `unread` are the parts that were sent and not understood, or that contradict each other.
    """

    reference: str | None
    codes: tuple[Concept, ...]
    sites: tuple[Concept, ...]
    sides: frozenset[Side]
    is_selected: bool
    kind: OrderKind = "service"
    purpose: Purpose | None = None
    reason_references: frozenset[str] = frozenset()
    is_urgent: bool = False
    topics: frozenset[str] = frozenset()
    noted: frozenset[str] = frozenset()
    ruled_out: frozenset[str] = frozenset()
    plan: LoadPlan | None = None
    occurs: DateRange | Absence = NEVER
    authored: DateRange | None = None
    unread: frozenset[Part] = ALL_READ


@dataclass(frozen=True, slots=True)
class Mention:
    """A current Condition that names osteonecrosis of the femoral head, but in no code we read.

    Its words do, or a code of ours does under the system `sent_under`, which is not known.
    """

    reference: str | None
    sides: frozenset[Side] = NO_SIDE
    dates: tuple[DateRange, ...] = ()
    sent_under: str | None = None


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """An entry of which nothing was understood: no words, and a code that nobody knows."""

    reference: str | None
    dates: tuple[DateRange, ...] = ()


ConditionRead = Diagnosis | Mention | NotUnderstood
"""What an entry of the problem list may be read as."""


@dataclass(frozen=True, slots=True)
class Listing(Generic[ItemT]):
    """What was found of one resource type; `gap` says in plain words why it is not complete.

    `not_understood` are the entries that were read and not understood.
    """

    items: tuple[ItemT, ...] = ()
    gap: str | None = None
    not_understood: tuple[NotUnderstood, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether all of it was read, and every entry understood: then nothing found is none."""
        return self.gap is None and not self.not_understood


@dataclass(frozen=True)
class Record:
    """All that cards may ask about one patient; `gaps` says by resource type what is lacking.

    `orders` are the drafts of the call, `active_orders` those of the chart that are in force.
    """

    patient_id: str
    birth_date: DateRange | Absence
    is_deceased: bool
    diagnoses: Listing[Diagnosis]
    studies: Listing[Study]
    operations: Listing[Operation]
    orders: Listing[Order] | Absence
    takes_service_requests: bool
    gaps: Mapping[str, str]
    stage_texts: Listing[StageText] = Listing()
    remarks: Listing[Remark] = Listing()
    plans: Listing[PlanOnFile] = Listing()
    active_orders: Listing[Order] = Listing()
    mentions: tuple[Mention, ...] = ()
