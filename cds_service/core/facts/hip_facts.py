"""Record and today -> the facts of each hip, each worked out when a card first asks for it."""

from datetime import date

from cds_service.core.facts.table import FACTS
from cds_service.core.hip.chart import Fact, Facts, HipChart
from cds_service.core.hip.diagnosis import hips_with_osteonecrosis, osteonecrosis_of
from cds_service.core.hip.restarts import restarts_of
from cds_service.core.hip.review import Course, Shape, review_of
from cds_service.core.hip.stages import COLLAPSED, HipStages, stages_of
from cds_service.core.hip.stoppers import stop_of, stopped
from cds_service.core.hip.worsening import bone_loss_of, with_words
from cds_service.core.knowledge import ReviewSchedule
from cds_service.core.record import Record, Side
from cds_service.core.values import NEVER, Value


class HipFacts(dict[str, Fact[Value]]):
    """The facts of one hip by name, each worked out when it is first asked for by `[]`.

    Whoever wants all of them goes through `FACTS`, which holds their names.
    """

    def __init__(self, chart: HipChart) -> None:
        super().__init__()
        self._chart = chart

    def __missing__(self, name: str) -> Fact[Value]:
        fact = self[name] = FACTS[name].work_out(self._chart)
        return fact


def gather_facts(record: Record, schedule: ReviewSchedule, today: date) -> dict[Side, Facts]:
    """Return the facts of each hip that has, or might have, osteonecrosis."""
    hips = hips_with_osteonecrosis(record)
    return {hip: HipFacts(_chart(hip, record, schedule, today)) for hip in hips}


def _chart(hip: Side, record: Record, schedule: ReviewSchedule, today: date) -> HipChart:
    diagnoses = osteonecrosis_of(record, hip)
    stages = with_words(stages_of(hip, record), hip, record)
    restarts = restarts_of(hip, record, diagnoses, today)
    course = Course(diagnoses, restarts.starts, _shape(stages))
    stop = stop_of(hip, record, schedule, today)
    review = review_of(hip, course, record.studies, schedule, today)
    review = stopped(review, stop, is_collapsed=stages.stage == COLLAPSED)
    loss = bone_loss_of(hip, record, review.last)
    return HipChart(
        hip, record, today, diagnoses, stages, review, schedule, restarts, stop, bone_loss=loss
    )


def _shape(stages: HipStages) -> Shape:
    """Tell what is recorded of the head; a report without words says nothing of it."""
    if isinstance(stages.stage, str):
        return "whole"
    return "notRead" if stages.doubt in (NEVER, "reportNotRead") else "unclear"
