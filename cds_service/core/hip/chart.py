"""One hip of one record on one day: all that a fact may be drawn from, and what a fact is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from cds_service.core.hip.review import Review
from cds_service.core.hip.stages import HipStages
from cds_service.core.record import Diagnosis, Record, Side
from cds_service.core.values import Period, Value


@dataclass(frozen=True, slots=True)
class Fact:
    """A value with the references of the resources that it came from."""

    value: Value
    sources: tuple[str, ...] = ()


Facts = Mapping[str, Fact]


@dataclass(frozen=True, slots=True)
class HipChart:
    """A hip, its diagnoses of osteonecrosis, its recorded stages, and where its review stands.

    `earliness` is how long before its due date a review counts as due.
    """

    side: Side
    record: Record
    today: date
    diagnoses: tuple[Diagnosis, ...]
    stages: HipStages
    review: Review
    earliness: Period


def references(diagnoses: Iterable[Diagnosis]) -> tuple[str, ...]:
    """Return the references of the diagnoses that have one."""
    return tuple(diagnosis.reference for diagnosis in diagnoses if diagnosis.reference)
