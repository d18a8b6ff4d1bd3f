"""One hip of one record on one day: all that a fact may be drawn from, and what a fact is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from msgspec import Struct

from cds_service.core.hip.restarts import Restarts
from cds_service.core.hip.review import Review
from cds_service.core.hip.stages import HipStages
from cds_service.core.hip.stoppers import Stop
from cds_service.core.hip.worsening import BoneLoss
from cds_service.core.knowledge import ReviewSchedule
from cds_service.core.record import Diagnosis, Mention, NotUnderstood, Record, Side
from cds_service.core.values import Period, Value

ValueT_co = TypeVar("ValueT_co", bound=Value, covariant=True)


class Fact(Struct, Generic[ValueT_co], frozen=True):
    """A value with the references of the resources that it came from."""

    value: ValueT_co
    sources: tuple[str, ...] = ()


Entry = Diagnosis | Mention | NotUnderstood
Facts = Mapping[str, Fact[Value]]


@dataclass(frozen=True, slots=True)
class HipChart:
    """A hip, its diagnoses of osteonecrosis, its recorded stages, and where its review stands.

    `restarts` started its clock anew, or may have; `stop` leaves it without an interval.
    `schedule` says what of a study shows a hip.
    """

    side: Side
    record: Record
    today: date
    diagnoses: tuple[Diagnosis, ...]
    stages: HipStages
    review: Review
    schedule: ReviewSchedule
    restarts: Restarts
    stop: Stop
    bone_loss: BoneLoss

    @property
    def earliness(self) -> Period:
        """How long before its due date a review counts as due."""
        return self.schedule.window

    @property
    def sources(self) -> tuple[str, ...]:
        """The references of the diagnoses."""
        return references(self.diagnoses)


def references(entries: Iterable[Entry]) -> tuple[str, ...]:
    """Return the references of the entries that have one."""
    return tuple(entry.reference for entry in entries if entry.reference)
