"""Record and today -> the facts of each hip, each worked out when a card first asks for it."""

from datetime import date

from cds_service.core.facts.table import FACTS
from cds_service.core.hip.chart import Fact, Facts, HipChart
from cds_service.core.hip.diagnosis import hips_with_osteonecrosis
from cds_service.core.knowledge import ReviewSchedule
from cds_service.core.record import Record, Side
from cds_service.core.values import Value


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
    return {hip: HipFacts(HipChart(hip, record, today, schedule)) for hip in hips}
