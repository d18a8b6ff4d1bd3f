"""Figures of many rounds: the median, with the least and the most."""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Spread:
    """What several rounds found, in whatever unit."""

    median: float
    least: float
    most: float

    def __str__(self) -> str:
        """Write the median and the spread: `1.85 (1.80-1.92)`."""
        if self.least == self.most:
            return shown(self.median)
        return f"{shown(self.median)} ({shown(self.least)}-{shown(self.most)})"


def spread(values: Iterable[float]) -> Spread:
    """Return the median and both ends."""
    found = sorted(values)
    return Spread(median(found), found[0], found[-1])


def shown(value: float) -> str:
    """Write a number with as many places as it is worth reading."""
    places = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:,.{places}f}"


def at_share(values: Iterable[float], share: float) -> float:
    """Return the value below which this share of them lies."""
    found = sorted(values)
    return found[min(len(found) - 1, int(len(found) * share))]
