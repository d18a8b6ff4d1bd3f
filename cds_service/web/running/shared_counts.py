"""What the server process and its workers share: a row of numbers each, and one flag."""

from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.sharedctypes import RawArray

from cds_service.web.running.metrics import Family, Metrics, Row, series_in


@dataclass(frozen=True, slots=True)
class SharedCounts:
    """Memory that a new worker inherits; `flag` holds 1.0 from the moment the server drains."""

    flag: Row
    rows: Sequence[Row]

    def is_draining(self) -> bool:
        """Tell whether the server has been asked to end."""
        return bool(self.flag[0])

    def drain(self) -> None:
        """Tell every worker that the server is about to end."""
        self.flag[0] = 1.0

    def metrics(self, families: Sequence[Family], worker: int = 0) -> Metrics:
        """Return the counters of a worker."""
        return Metrics(families, self.rows, worker)


def share_counts(families: Sequence[Family], workers: int = 1) -> SharedCounts:
    """Return the memory for this many workers; made before they are started."""
    size = series_in(families)
    return SharedCounts(RawArray("d", 1), [RawArray("d", size) for _ in range(workers)])
