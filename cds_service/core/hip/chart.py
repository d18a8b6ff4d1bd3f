"""One hip of one record on one day: all that a fact may be drawn from, and what a fact is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Generic, TypeVar

from msgspec import Struct

from cds_service.core.hip.diagnosis import osteonecrosis_of
from cds_service.core.hip.restarts import Restarts, restarts_of
from cds_service.core.hip.review import Course, Review, Shape, review_of
from cds_service.core.hip.stages import COLLAPSED, HipStages, stages_of
from cds_service.core.hip.stoppers import Stop, stop_of, stopped
from cds_service.core.hip.worsening import BoneLoss, bone_loss_of, with_words
from cds_service.core.knowledge import ReviewSchedule
from cds_service.core.record import Diagnosis, Mention, NotUnderstood, Record, Side
from cds_service.core.values import NEVER, Period, Value

ValueT_co = TypeVar("ValueT_co", bound=Value, covariant=True)


class Fact(Struct, Generic[ValueT_co], frozen=True):
    """A value with the references of the resources that it came from."""

    value: ValueT_co
    sources: tuple[str, ...] = ()


Entry = Diagnosis | Mention | NotUnderstood
Facts = Mapping[str, Fact[Value]]


@dataclass(frozen=True)
class HipChart:
    """A hip on one day; what is asked of it is worked out when it is first asked for.

    `schedule` says what of a study shows a hip, and when it is reviewed.
    """

    side: Side
    record: Record
    today: date
    schedule: ReviewSchedule

    @cached_property
    def diagnoses(self) -> tuple[Diagnosis, ...]:
        """Its diagnoses of osteonecrosis."""
        return osteonecrosis_of(self.record, self.side)

    @cached_property
    def stages(self) -> HipStages:
        """Its recorded stages."""
        return with_words(stages_of(self.side, self.record), self.side, self.record)

    @cached_property
    def restarts(self) -> Restarts:
        """What started its clock anew, or may have."""
        return restarts_of(self.side, self.record, self.diagnoses, self.today)

    @cached_property
    def stop(self) -> Stop:
        """What leaves it without an interval."""
        return stop_of(self.side, self.record, self.schedule, self.today)

    @cached_property
    def review(self) -> Review:
        """Where its review stands."""
        course = Course(self.diagnoses, self.restarts.starts, _shape(self.stages))
        review = review_of(self.side, course, self.record.studies, self.schedule, self.today)
        return stopped(review, self.stop, is_collapsed=self.stages.stage == COLLAPSED)

    @cached_property
    def bone_loss(self) -> BoneLoss:
        """The bone lost at it, before its last review or since."""
        return bone_loss_of(self.side, self.record, self.review.last)

    @property
    def earliness(self) -> Period:
        """How long before its due date a review counts as due."""
        return self.schedule.window

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """The references of the diagnoses."""
        return references(self.diagnoses)


def references(entries: Iterable[Entry]) -> tuple[str, ...]:
    """Return the references of the entries that have one."""
    return tuple(entry.reference for entry in entries if entry.reference)


def _shape(stages: HipStages) -> Shape:
    """Tell what is recorded of the head; a report without words says nothing of it."""
    if isinstance(stages.stage, str):
        return "whole"
    return "notRead" if stages.doubt in (NEVER, "reportNotRead") else "unclear"
