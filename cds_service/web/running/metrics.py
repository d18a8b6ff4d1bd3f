"""Counters of a closed set, shared by the workers of a server; no label comes from a request.

Each worker adds to a row of its own in memory that the server process shares out, so nothing is
locked across processes, nothing is written to disk, and the counts outlive a worker. The library
(prometheus-client) would need a folder to write to, and leaves files of dead workers there.
"""

import threading
from collections.abc import Iterator, Mapping, MutableSequence, Sequence
from dataclasses import dataclass
from itertools import product

from cds_service.core.knowledge import Knowledge
from cds_service.errors import Overloaded, TooManyRequests
from cds_service.fhir.server.access import Access
from cds_service.fhir.server.fetch import Fetcher
from cds_service.fhir.server.paging import Ask, Fetched
from cds_service.trust.gate import OUTCOMES
from cds_service.web.exchange import NO_SERVICE, Exchange
from cds_service.web.running.causes import CAUSES, OTHER, cause_of

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SHED = {Overloaded.outcome: "places", TooManyRequests.outcome: "client-rate"}
FETCHED = ("whole", *CAUSES)
BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
_LE = (*(f"{bound:g}" for bound in BOUNDS), "+Inf")
_STATUSES = tuple(map(str, (200, 204, 304, 400, 401, 403, 404, 405, 412, 413, 415, 429, 500, 503)))
_INDICATORS = ("info", "warning", "critical")

Row = MutableSequence[float]
Key = tuple[str, ...]


@dataclass(frozen=True)
class Family:
    """A metric with all its series; the last series is for whatever is not in the set."""

    name: str
    meaning: str
    labels: tuple[str, ...]
    keys: tuple[Key, ...]
    kind: str = "counter"


def families_of(knowledge: Knowledge) -> tuple[Family, ...]:
    """Return every metric for this content; nothing else can be counted."""
    services = (*knowledge.services, NO_SERVICE)
    resources = tuple({*knowledge.prefetch_types.values(), *knowledge.imaging_stand_ins})
    cards = tuple(knowledge.cards)
    made: tuple[tuple[str, str, Key, Sequence[Sequence[str]]], ...] = (
        ("requests_total", "Requests answered.", ("service", "status"), (services, _STATUSES)),
        ("cards_total", "Cards shown.", ("card", "indicator"), (cards, _INDICATORS)),
        (
            "could_not_check_total",
            "Lists that could not be read whole.",
            ("resource", "cause"),
            (resources, CAUSES),
        ),
        ("fhir_calls_total", "FHIR queries.", ("resource", "outcome"), (resources, FETCHED)),
        ("authentications_total", "Clients checked.", ("outcome",), (OUTCOMES,)),
        ("shed_total", "Calls turned away to stay up.", ("reason",), (tuple(_SHED.values()),)),
        ("audit_failures_total", "Audit events not written at once.", (), ()),
        ("audit_lost_total", "Audit events given up.", (), ()),
    )
    counters = (
        Family(f"cds_{name}", meaning, labels, _keys(sets)) for name, meaning, labels, sets in made
    )
    seconds = tuple(product(services, (*_LE, "sum")))
    latency = "Seconds from the head of a request to its answer."
    return (
        *counters,
        Family("cds_request_seconds", latency, ("service", "le"), seconds, "histogram"),
    )


def series_in(families: Sequence[Family]) -> int:
    """Return how many numbers a row holds."""
    return sum(len(family.keys) for family in families)


class Metrics:
    """Adds to the counters of one worker, and shows the sum over all workers."""

    def __init__(self, families: Sequence[Family], rows: Sequence[Row], mine: int = 0) -> None:
        self._families = families
        self._rows = rows
        self._mine = rows[mine]
        self._lock = threading.Lock()
        named = ((family.name, key) for family in families for key in family.keys)
        self._places = {(name, *key): place for place, (name, key) in enumerate(named)}
        self._others = {family.name: (OTHER,) * len(family.labels) for family in families}

    def add(self, name: str, *labels: str, amount: float = 1.0) -> None:
        """Add to a series; labels outside the closed set count as `other`."""
        place = self._places.get((name, *labels))
        if place is None:
            place = self._places[(name, *self._others[name])]
        with self._lock:
            self._mine[place] += amount

    def observe(self, service: str, seconds: float) -> None:
        """Add a duration to the histogram of a service."""
        bucket = next((f"{bound:g}" for bound in BOUNDS if seconds <= bound), "+Inf")
        self.add("cds_request_seconds", service, bucket)
        self.add("cds_request_seconds", service, "sum", amount=seconds)

    def count(self, exchange: Exchange, status: int, seconds: float) -> None:
        """Count a request once it is answered."""
        self.add("cds_requests_total", exchange.service, str(status))
        self.observe(exchange.service, seconds)
        for card_id, indicator in zip(exchange.card_ids, exchange.indicators, strict=True):
            self.add("cds_cards_total", card_id, indicator)
        for resource, gap in exchange.seen.gaps.items():
            self.add("cds_could_not_check_total", resource, cause_of(gap))
        if exchange.authentication:
            self.add("cds_authentications_total", exchange.authentication)
        if exchange.outcome in _SHED:
            self.add("cds_shed_total", _SHED[exchange.outcome])

    def exposition(self) -> str:
        """Return the numbers of all workers in the text format of Prometheus."""
        sums = [sum(column) for column in zip(*self._rows, strict=True)]
        return "".join(line for family in self._families for line in self._lines(family, sums))

    def _lines(self, family: Family, sums: Sequence[float]) -> Iterator[str]:
        yield f"# HELP {family.name} {family.meaning}\n# TYPE {family.name} {family.kind}\n"
        values = {key: sums[self._places[(family.name, *key)]] for key in family.keys}
        if family.kind == "histogram":
            for service in dict.fromkeys(key[0] for key in family.keys):
                yield from _histogram(family.name, service, values)
            return
        for key, value in values.items():
            yield f"{family.name}{_written(family.labels, key)} {value:.0f}\n"


class CountedFetcher(Fetcher):
    """A fetcher whose queries are counted by outcome."""

    def __init__(self, metrics: Metrics) -> None:
        super().__init__()
        self._metrics = metrics

    def fetch(self, asks: Mapping[str, Ask], access: Access) -> dict[str, Fetched]:
        """Return what was given by the deadline."""
        answers = super().fetch(asks, access)
        for resource, fetched in answers.items():
            outcome = cause_of(fetched.gap) if fetched.gap else "whole"
            self._metrics.add("cds_fhir_calls_total", resource, outcome)
        return answers


def _keys(sets: Sequence[Sequence[str]]) -> tuple[Key, ...]:
    return (*product(*sets), *([(OTHER,) * len(sets)] if sets else ()))


def _histogram(name: str, service: str, values: dict[Key, float]) -> Iterator[str]:
    count = 0.0
    for bound in _LE:
        count += values[service, bound]
        yield f"{name}_bucket{_written(('service', 'le'), (service, bound))} {count:.0f}\n"
    yield f"{name}_sum{_written(('service',), (service,))} {values[service, 'sum']:.6f}\n"
    yield f"{name}_count{_written(('service',), (service,))} {count:.0f}\n"


def _written(labels: Sequence[str], values: Sequence[str]) -> str:
    pairs = ",".join(f'{label}="{value}"' for label, value in zip(labels, values, strict=True))
    return f"{{{pairs}}}" if pairs else ""
