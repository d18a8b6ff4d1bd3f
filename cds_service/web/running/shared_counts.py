"""What the server process and its workers share: a row of numbers each, and one flag."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.sharedctypes import RawArray

from cds_service.web.running.metrics import Family, Metrics, Row, series_in


@dataclass(frozen=True, slots=True)
class Board:
    """Memory that a new worker inherits; `flag` holds 1.0 from the moment the server drains."""

    flag: Row
    rows: Sequence[Row]

    @property
    def is_draining(self) -> bool:
        """Tell whether the server has been asked to end."""
        return bool(self.flag[0])

    def drain(self) -> None:
        """Tell every worker that the server is about to end."""
        self.flag[0] = 1.0


@dataclass(frozen=True, slots=True)
class Desk:
    """One worker's place at the board."""

    board: Board
    number: int = 0

    def metrics(self, families: Sequence[Family]) -> Metrics:
        """Return the counters of this worker."""
        return Metrics(families, self.board.rows, self.number)

    @property
    def is_draining(self) -> Callable[[], bool]:
        """Return what tells whether the server has been asked to end."""
        return lambda: self.board.is_draining


def make_board(families: Sequence[Family], workers: int) -> Board:
    """Return the board of a server with this many workers; made before they are started."""
    size = series_in(families)
    return Board(RawArray("d", 1), [RawArray("d", size) for _ in range(workers)])
