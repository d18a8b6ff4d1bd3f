"""Counters of a closed set, shared by the workers of a server; no label comes from a request.

Each worker adds to a row of its own in memory that the server process shares out, so nothing is
locked across processes, nothing is written to disk, and the counts outlive a worker. The library
(prometheus-client) would need a folder to write to, and leaves files of dead workers there.
"""

import threading
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, MutableSequence, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, product
from multiprocessing.sharedctypes import RawArray

from cds_service.core.knowledge import Knowledge
from cds_service.errors import Overloaded, TooManyRequests
from cds_service.fhir.server.access import Access
from cds_service.fhir.server.fetch import Fetcher, Queries
from cds_service.fhir.server.paging import Fetched
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
    """A metric, and the values of each label; whatever else comes is counted as `other`."""

    name: str
    meaning: str
    labels: Mapping[str, Sequence[str]] = field(default_factory=dict)
    kind: str = "counter"

    @property
    def keys(self) -> tuple[Key, ...]:
        """The labels of every series."""
        others = [(OTHER,) * len(self.labels)] if self.labels and self.kind == "counter" else []
        return (*product(*self.labels.values()), *others)


def families_of(knowledge: Knowledge) -> tuple[Family, ...]:
    """Return every metric for this content; nothing else can be counted."""
    services = (*knowledge.services, NO_SERVICE)
    resources = tuple({*knowledge.prefetch_types.values(), *knowledge.imaging_stand_ins})
    shed = tuple(_SHED.values())
    cards = {"card": tuple(knowledge.cards), "indicator": _INDICATORS}
    gaps = {"resource": resources, "cause": CAUSES}
    fetched = {"resource": resources, "outcome": FETCHED}
    seconds = {"service": services, "le": (*_LE, "sum")}
    latency = "Seconds from the head of a request to its answer."
    return (
        Family(
            "cds_requests_total", "Requests answered.", {"service": services, "status": _STATUSES}
        ),
        Family("cds_cards_total", "Cards shown.", cards),
        Family("cds_could_not_check_total", "Lists that could not be read whole.", gaps),
        Family("cds_fhir_calls_total", "FHIR queries.", fetched),
        Family("cds_authentications_total", "Clients checked.", {"outcome": OUTCOMES}),
        Family("cds_shed_total", "Calls turned away to stay up.", {"reason": shed}),
        Family("cds_audit_failures_total", "Audit events not written at once."),
        Family("cds_audit_lost_total", "Audit events given up."),
        Family("cds_request_seconds", latency, seconds, "histogram"),
    )


@dataclass(frozen=True, slots=True)
class SharedCounts:
    """What the server process and its workers share: a row of numbers each, and one flag.

    A new worker inherits it; `flag` holds 1.0 from the moment the server drains.
    """

    families: Sequence[Family]
    rows: Sequence[Row]
    flag: Row

    def is_draining(self) -> bool:
        """Tell whether the server has been asked to end."""
        return bool(self.flag[0])

    def drain(self) -> None:
        """Tell every worker that the server is about to end."""
        self.flag[0] = 1.0


def share_counts(knowledge: Knowledge, workers: int = 1) -> SharedCounts:
    """Return the memory for this many workers; made before they are started."""
    families = families_of(knowledge)
    size = sum(len(family.keys) for family in families)
    return SharedCounts(families, [RawArray("d", size) for _ in range(workers)], RawArray("d", 1))


class Metrics:
    """Adds to the counters of one worker, and shows the sum over all workers."""

    def __init__(self, counts: SharedCounts, worker: int = 0) -> None:
        self._counts = counts
        self._mine = counts.rows[worker]
        self._lock = threading.Lock()
        named = ((family.name, *key) for family in counts.families for key in family.keys)
        self._places = {key: place for place, key in enumerate(named)}

    def add(self, name: str, *labels: str, amount: float = 1.0) -> None:
        """Add to a series; labels outside the closed set count as `other`."""
        place = self._places.get((name, *labels))
        if place is None:
            place = self._places[(name, *(OTHER for _ in labels))]
        with self._lock:
            self._mine[place] += amount

    def count(self, exchange: Exchange) -> None:
        """Count a request once it is answered."""
        bucket = _LE[bisect_left(BOUNDS, exchange.seconds)]
        self.add("cds_requests_total", exchange.service, str(exchange.status))
        self.add("cds_request_seconds", exchange.service, bucket)
        self.add("cds_request_seconds", exchange.service, "sum", amount=exchange.seconds)
        for card_id, indicator in zip(exchange.card_ids, exchange.indicators, strict=True):
            self.add("cds_cards_total", card_id, indicator)
        for resource, cause in exchange.causes.items():
            self.add("cds_could_not_check_total", resource, cause)
        if exchange.authentication:
            self.add("cds_authentications_total", exchange.authentication)
        if exchange.outcome in _SHED:
            self.add("cds_shed_total", _SHED[exchange.outcome])

    def exposition(self) -> str:
        """Return the numbers of all workers in the text format of Prometheus."""
        sums = map(sum, zip(*self._counts.rows, strict=True))
        return "".join(
            line
            for family in self._counts.families
            for line in _lines(family, {key: next(sums) for key in family.keys})
        )


class CountedFetcher(Fetcher):
    """A fetcher whose queries are counted by outcome."""

    def __init__(self, metrics: Metrics) -> None:
        super().__init__()
        self._metrics = metrics

    def collect(self, queries: Queries, access: Access) -> dict[str, Fetched]:
        """Return what is given by the deadline."""
        answers = super().collect(queries, access)
        for resource, fetched in answers.items():
            outcome = cause_of(fetched.gap) if fetched.gap else "whole"
            self._metrics.add("cds_fhir_calls_total", resource, outcome)
        return answers


def _lines(family: Family, values: Mapping[Key, float]) -> Iterator[str]:
    yield f"# HELP {family.name} {family.meaning}\n# TYPE {family.name} {family.kind}\n"
    if family.kind == "histogram":
        for service in family.labels["service"]:
            yield from _histogram(family.name, service, values)
        return
    for key, value in values.items():
        yield f"{family.name}{_written(family.labels, key)} {value:.0f}\n"


def _histogram(name: str, service: str, values: Mapping[Key, float]) -> Iterator[str]:
    """Yield the buckets of a service, each with the counts of all below it."""
    counts = list(accumulate(values[service, bound] for bound in _LE))
    labels = _written(("service",), (service,))
    for bound, count in zip(_LE, counts, strict=True):
        yield f"{name}_bucket{_written(('service', 'le'), (service, bound))} {count:.0f}\n"
    yield f"{name}_sum{labels} {values[service, 'sum']:.6f}\n"
    yield f"{name}_count{labels} {counts[-1]:.0f}\n"


def _written(labels: Iterable[str], values: Sequence[str]) -> str:
    pairs = ",".join(f'{label}="{value}"' for label, value in zip(labels, values, strict=True))
    return f"{{{pairs}}}" if pairs else ""
